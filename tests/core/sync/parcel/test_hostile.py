"""Files that were cut short, altered, or made by somebody who means harm: each is refused whole."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.core.sync.parcel import forging
from tests.core.sync.parcel.computers import Refusal
from tests.core.sync.parcel.conftest import Three

ALTERED = {"not_a_parcel", "not_whole", "not_joined", "not_for_this_computer", "wrong_signature", "stick_gone"}


def refused(steady: Three, path: str) -> str:
    """Return the code that Beta refuses the file with, having kept nothing of it."""
    before = _state(steady)
    with pytest.raises(Refusal) as looking:
        steady.beta.look(path=path)
    with pytest.raises(Refusal) as taking:
        steady.beta.take_blindly(path=path, dataset=steady.dataset)
    assert looking.value.code == taking.value.code
    assert _state(steady) == before
    return looking.value.code


def _state(steady: Three) -> Any:
    return steady.beta.stored(), steady.beta.held(dataset=steady.dataset), steady.beta.status()["buffers"]


def test_a_forger_who_changes_nothing_is_believed(steady: Three) -> None:
    """Else the rest of this proves nothing."""
    path = steady.alpha.forge_file(kind="nothing", dataset=steady.dataset, path=str(steady.stick / "forged"))
    assert steady.beta.look(path=path)["records"] > 5


@pytest.mark.parametrize("kind", forging.KINDS)
def test_forged_by_a_computer_of_the_school(steady: Three, kind: str) -> None:
    path = steady.alpha.forge_file(kind=kind, dataset=steady.dataset, path=str(steady.stick / "forged"))
    assert refused(steady, path) == forging.KINDS[kind][0]


@pytest.mark.skipif(sys.platform != "linux", reason="the most memory so far is read from /proc")
def test_a_piece_that_grows_without_end(steady: Three) -> None:
    path = steady.alpha.forge_file(kind="bomb", dataset=steady.dataset, path=str(steady.stick / "bomb"))
    before = steady.beta.peak()
    assert refused(steady, path) == "not_whole"
    assert steady.beta.peak() - before < 60 * 1024 * 1024


def test_half_written(steady: Three) -> None:
    whole = Path(steady.alpha.write(stick=str(steady.stick), dataset=steady.dataset)["path"]).read_bytes()
    path = steady.stick / "cut"
    places = [0, 1, 16, 17, 20, 21, 300, len(whole) - 1, *range(500, len(whole) - 1, max(1, len(whole) // 15))]
    for place in places:
        path.write_bytes(whole[:place])
        assert refused(steady, str(path)) in ALTERED


def test_altered_anywhere(steady: Three) -> None:
    whole = Path(steady.alpha.write(stick=str(steady.stick), dataset=steady.dataset)["path"]).read_bytes()
    path = steady.stick / "altered"
    chance = random.Random(6)
    for place in [0, 17, 20, *(chance.randrange(len(whole)) for _ in range(25)), len(whole) - 1]:
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        code = refused(steady, str(path))
        assert code in ALTERED, place
    path.write_bytes(whole + b"x")
    assert refused(steady, str(path)) == "not_whole"


def test_put_together_from_two(steady: Three) -> None:
    """The end of one good file behind the beginning of another."""
    first = Path(steady.alpha.write(stick=str(steady.stick), dataset=steady.dataset)["path"]).read_bytes()
    (steady.stick / "two").mkdir()
    second = Path(steady.alpha.write(stick=str(steady.stick / "two"), dataset=steady.dataset)["path"]).read_bytes()
    path = steady.stick / "both"
    path.write_bytes(first[: len(first) // 2] + second[len(second) // 2 :])
    assert refused(steady, str(path)) in ALTERED


def test_of_another_school(steady: Three) -> None:
    other = steady.gamma.make_school(name="Valley School")
    path = steady.gamma.write(stick=str(steady.stick), dataset=other)["path"]
    assert refused(steady, path) == "not_joined"


@pytest.mark.parametrize("content", [b"", b"{}", b"PK\x03\x04", b"Kolibri parcel 1\n", b"Kolibri parcel 2\n" * 50])
def test_something_else(steady: Three, content: bytes) -> None:
    path = steady.stick / "holiday.jpg"
    path.write_bytes(content)
    assert refused(steady, str(path)) in {"not_a_parcel", "not_whole"}


def test_no_file_at_all(steady: Three) -> None:
    assert refused(steady, str(steady.stick)) == "stick_gone"
    assert refused(steady, str(steady.stick / "gone")) == "stick_gone"
