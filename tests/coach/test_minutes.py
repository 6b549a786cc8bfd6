"""Minutes as reports tell them."""

from __future__ import annotations

import pytest

from kolibri.coach.minutes import whole_minutes


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(0, 0), (0.4, 1), (29, 1), (60, 1), (89, 1), (91, 2), (3600, 60), (3599.9, 60)]
)
def test_who_was_there_at_all_has_a_minute(seconds: float, minutes: int) -> None:
    assert whole_minutes(seconds) == minutes
