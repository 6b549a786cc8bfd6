"""A school whose records leave, so that they can arrive."""

from __future__ import annotations

import pytest

from tests.core.sync.arrivals.travel import Luggage
from tests.core.sync.arrivals.travel import pack
from tests.schools import School


@pytest.fixture
def luggage(school: School) -> Luggage:
    """What a peer would send of the school; nothing of it is here any more but the tables."""
    return pack(school)
