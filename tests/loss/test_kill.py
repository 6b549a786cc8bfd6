"""`kill -9` in the middle of writing, again and again on one home."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.loss.kill_rounds import kill_rounds
from tests.loss.ledger import Event
from tests.loss.ledger import Ledger
from tests.loss.rounds import Ground
from tests.loss.rounds import as_left
from tests.loss.rounds import write_until_killed

ROUNDS = 52


@pytest.mark.timeout(900)
def test_fifty_kills_lose_nothing_that_was_acknowledged(
    new_ground: Callable[[], Ground], chance: Random, tmp_path: Path
) -> None:
    ledger = Ledger()
    for number, faults in enumerate(kill_rounds(new_ground(), ledger, ROUNDS, chance, tmp_path / "look")):
        assert not faults, f"after kill {number + 1}: {faults[:5]}"
    assert ledger.acknowledged > ROUNDS


def test_ledger_finds_a_lost_lesson_a_lost_change_and_a_lost_deletion(
    new_ground: Callable[[], Ground], tmp_path: Path
) -> None:
    ground, ledger = new_ground(), Ledger()
    write_until_killed(ground, ledger, 0.2)
    database = as_left(ground, tmp_path / "look")
    assert ledger.faults(database) == []
    lesson, title = next((pk, next(iter(titles))) for pk, titles in ledger.possible().items() if titles != {None})
    for event in (Event(True, "0" * 32, "lost"), Event(True, lesson, f"not {title}"), Event(True, lesson, None)):
        assert len(Ledger([*ledger.events, event]).faults(database)) == 1
