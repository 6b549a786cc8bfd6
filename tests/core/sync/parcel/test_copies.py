"""A computer's data put back from an old copy, and a copy that goes on elsewhere: no change is taken for an old one.

`way` is how the records travel. Without `counting` each of these loses changes for good, and nobody notices.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.core.sync.parcel.computers import Computer
from tests.core.sync.parcel.computers import Refusal
from tests.core.sync.parcel.computers import join_by_stick
from tests.core.sync.parcel.conftest import Three


class Network:
    """Both directions at once, asked for by the first or by the second."""

    def __init__(self, three: Three, *, is_first_client: bool) -> None:
        self._three, self._is_first_client = three, is_first_client

    def meet(self, one: Computer, other: Computer) -> None:
        client, server = (one, other) if self._is_first_client else (other, one)
        client.sync(address=server.serve(), dataset=self._three.dataset)


class Stick:
    """There and back."""

    def __init__(self, three: Three) -> None:
        self._three = three

    def meet(self, one: Computer, other: Computer) -> None:
        self._three.carry(other, one)
        self._three.carry(one, other)


@pytest.fixture(params=["as client", "as server", "by stick"])
def way(request: pytest.FixtureRequest, three: Three) -> Any:
    return Stick(three) if request.param == "by stick" else Network(three, is_first_client=request.param == "as client")


def names(one: Computer) -> str:
    return str(one.rows()["facilityuser"])


def agree(way: Any, computers: list[Computer]) -> None:
    """Meet round and round until all hold the same, which must be soon."""
    for _round in range(4):
        for one, other in zip(computers, [*computers[1:], computers[0]], strict=True):
            way.meet(one, other)
        if all(one.bodies() == computers[0].bodies() for one in computers):
            break
    for other in computers[1:]:
        assert other.bodies() == computers[0].bodies()
        assert other.rows() == computers[0].rows()


def test_what_was_changed_after_an_old_copy_was_put_back_is_not_lost(three: Three, way: Any) -> None:
    """Lost: Dora, and the last word on Amina; each has a number that Beta has seen already."""
    alpha, beta, copy = three.alpha, three.beta, str(three.stick / "copy.sqlite3")
    way.meet(alpha, beta)
    alpha.keep(path=copy)
    amina = "Amina"
    for text in "ABC":
        alpha.rename_person(name=amina, to=f"Amina {text}")
        amina = f"Amina {text}"
        alpha.edit(what="person", number=0, text=f"Lost here {text}")
        way.meet(alpha, beta)
    alpha.put_back(path=copy)
    alpha.edit(what="person", number=0, text="Dora")
    alpha.rename_person(name="Ben", to="Benedict")
    agree(way, [alpha, beta])
    assert "Dora" in names(beta) and "Benedict" in names(beta)
    # Nobody keeps what was got ready for a sync that began anew.
    assert alpha.status()["buffers"] == beta.status()["buffers"] == 0
    # What was lost here is back, and what was changed after the copy is not taken back by what stood in it.
    assert "Lost here A" in names(alpha) and "Lost here C" in names(alpha) and "Amina C" in names(alpha)


def test_several_syncs_go_by_before_it_shows(three: Three, way: Any) -> None:
    """The one that was put back counts on with a third computer, and meets who knows more of it only then."""
    alpha, beta, gamma, copy = three.alpha, three.beta, three.gamma, str(three.stick / "copy.sqlite3")
    join_all(three, way)
    alpha.keep(path=copy)
    for text in "AC":
        alpha.edit(what="person", number=0, text=f"Lost here {text}")
        way.meet(alpha, beta)
    alpha.put_back(path=copy)
    for text in "DI":
        alpha.edit(what="person", number=0, text=f"Later {text}")
        way.meet(alpha, gamma)
    agree(way, [alpha, beta, gamma])
    for text in ("Lost here A", "Lost here C", "Later D", "Later I"):
        assert text in names(beta) and text in names(gamma), text


@pytest.mark.parametrize("further", [1, 4])
def test_a_copy_that_is_met_only_through_a_third_computer(three: Three, way: Any, further: int) -> None:
    """Gamma goes on with a copy of Alpha's data; both meet only Beta, and count alike, one further than the other."""
    alpha, beta, gamma, copy = three.alpha, three.beta, three.gamma, str(three.stick / "copy.sqlite3")
    way.meet(alpha, beta)
    alpha.keep(path=copy)
    gamma.put_back(path=copy)
    for number in range(2):
        alpha.edit(what="person", number=0, text=f"Of Alpha {number}")
        way.meet(alpha, beta)
    for number in range(further):
        gamma.edit(what="person", number=0, text=f"Of the copy {number}")
        gamma.write(stick=str(three.stick), dataset=three.dataset)
    gamma.rename_person(name="Ben", to="Renamed by the copy")
    for number in range(2):
        way.meet(gamma, beta)
        alpha.edit(what="person", number=0, text=f"Still of Alpha {number}")
        way.meet(alpha, beta)
    agree(way, [gamma, beta, alpha])
    for text in ("Of Alpha 0", "Of Alpha 1", "Of the copy 0", f"Of the copy {further - 1}", "Still of Alpha 1"):
        assert text in names(beta), text
    assert "Renamed by the copy" in names(alpha)


def test_what_was_lost_comes_back_from_its_own_file(three: Three) -> None:
    """A file that the computer itself had saved, of later than the copy that was put back."""
    alpha, copy = three.alpha, str(three.stick / "copy.sqlite3")
    alpha.keep(path=copy)
    alpha.edit(what="person", number=0, text="Eve")
    saved = alpha.write(stick=str(three.stick), dataset=three.dataset)["path"]
    with pytest.raises(Refusal, match="own_parcel"):
        alpha.take(path=saved)
    alpha.put_back(path=copy)
    alpha.edit(what="person", number=0, text="Fay")
    alpha.take(path=saved)
    assert "Eve" in names(alpha) and "Fay" in names(alpha)
    three.carry(alpha, three.beta)
    assert three.beta.rows() == alpha.rows()


def test_who_finds_out_while_it_answers_is_asked_again_by_itself(three: Three) -> None:
    """Alpha learns of its copy only from what Beta brings, and ends that sync. Beta's person has pressed once."""
    alpha, beta, gamma, copy = three.alpha, three.beta, three.gamma, str(three.stick / "copy.sqlite3")
    beta.sync(address=alpha.serve(), dataset=three.dataset)
    alpha.keep(path=copy)
    gamma.put_back(path=copy)
    # Far ahead of the copy: what Beta says that it holds of Alpha is no more than Alpha has said itself.
    for number in range(8):
        alpha.edit(what="person", number=0, text=f"Of Alpha {number}")
        alpha.write(stick=str(three.stick), dataset=three.dataset)
    beta.sync(address=alpha.serve(), dataset=three.dataset)
    gamma.rename_person(name="Ben", to="Renamed by the copy")
    three.carry(gamma, beta)
    beta.rename_person(name="Renamed by the copy", to="Renamed again")
    beta.edit(what="person", number=0, text="Of Beta")
    alpha.edit(what="person", number=0, text="Fetched")
    before = alpha.instance_id()
    done = beta.sync_by_job(address=alpha.serve(), dataset=three.dataset)
    assert (done["state"], done["ending"], done["error"]) == ("COMPLETED", "done", "")
    assert done["sessions"] == 2 and alpha.instance_id() != before
    assert done["result"]["received"] > 0 and done["result"]["sent"] > 0
    assert alpha.status()["buffers"] == beta.status()["buffers"] == 0
    assert "Renamed again" in names(alpha) and "Of Beta" in names(alpha) and "Fetched" in names(beta)
    agree(Network(three, is_first_client=False), [alpha, beta])
    for text in ("Of Alpha 0", "Of Alpha 7", "Renamed again", "Of Beta", "Fetched"):
        assert text in names(alpha), text


def test_nothing_is_counted_anew_without_reason(three: Three, way: Any) -> None:
    """Edits, merges and deletes in any order on three computers: each keeps its id."""
    join_all(three, way)
    computers = [three.alpha, three.beta, three.gamma]
    before = [one.instance_id() for one in computers]
    for number, what in enumerate(["rename", "delete-room", "rename"]):
        for one in computers:
            one.edit(what=what, number=0, text=f"{what} {number}")
        way.meet(computers[number % 3], computers[(number + 1) % 3])
    agree(way, computers)
    assert [one.instance_id() for one in computers] == before


def join_all(three: Three, way: Any) -> None:
    join_by_stick(three.gamma, three.alpha, three.dataset, Path(three.stick))
    three.carry(three.alpha, three.gamma)
    three.carry(three.gamma, three.alpha)
    way.meet(three.alpha, three.beta)
