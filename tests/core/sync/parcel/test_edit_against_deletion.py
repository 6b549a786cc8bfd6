"""Changed on one computer and deleted on the other: over the network both agree, and what did not stay can be had.

`asks` is who asks for the sync. `met` says whether both versions were in the computers' stores before, as when each
had met a third computer: then morango merges them and lets the deletion stay; else what was changed where the other
one's version arrives stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.core.sync.parcel.computers import Computer
from tests.core.sync.parcel.conftest import Three

MEMBERS = ["Amina", "Ben"]


@dataclass
class Pair:
    """Alpha edits and Beta deletes; then `sync`."""

    three: Three
    asks: str
    met: bool

    @property
    def editor(self) -> Computer:
        return self.three.alpha

    @property
    def deleter(self) -> Computer:
        return self.three.beta

    @property
    def edit_stays(self) -> bool:
        return self.asks == "editor" and not self.met

    def sync(self) -> None:
        """Let the two meet once, and expect the same on both."""
        asking, answering = (self.editor, self.deleter) if self.asks == "editor" else (self.deleter, self.editor)
        if self.met:
            for one in (asking, answering):
                # Writing a file puts what was changed into the store; nobody gets this one.
                one.write(stick=str(self.three.stick), dataset=self.three.dataset)
        asking.sync(address=answering.serve(), dataset=self.three.dataset)
        agree(self)


def agree(pair: Pair) -> None:
    assert pair.editor.rows() == pair.deleter.rows()
    assert pair.editor.bodies() == pair.deleter.bodies()
    assert pair.editor.status()["waiting"] == pair.deleter.status()["waiting"] == 0


def again(pair: Pair, by: str) -> None:
    """Sync once more; asked for by the editor or the deleter."""
    one, other = (pair.editor, pair.deleter) if by == "editor" else (pair.deleter, pair.editor)
    one.sync(address=other.serve(), dataset=pair.three.dataset)
    agree(pair)


@pytest.fixture(params=[("editor", False), ("deleter", False), ("editor", True), ("deleter", True)],
                ids=["editor asks", "deleter asks", "met, editor asks", "met, deleter asks"])  # fmt: skip
def pair(request: pytest.FixtureRequest, three: Three) -> Pair:
    """A class with a group of two, and a lesson for these two and not for Carla."""
    alpha = three.alpha
    for number in range(3):
        alpha.edit(what="enrol", number=number, text="")
    alpha.make_group(room="Grade 4", name="Blue", members=MEMBERS)
    alpha.edit(what="lesson", number=0, text="Fractions")
    alpha.change_lesson(title="Fractions", learners=MEMBERS, due_on="2026-12-01")
    three.carry(alpha, three.beta)
    assert three.beta.lessons() == {"Fractions": MEMBERS} and three.beta.groups() == {"Blue": MEMBERS}
    return Pair(three, *request.param)


def test_a_lesson(pair: Pair) -> None:
    pair.editor.change_lesson(title="Fractions", title_to="Fractions, by heart")
    pair.deleter.delete_lesson(title="Fractions")
    pair.sync()
    if pair.edit_stays:
        assert pair.editor.lessons() == {"Fractions, by heart": MEMBERS}
        # The deletion is still in the history there, and nothing is offered of a lesson that is there again.
        assert None in [after for _origin, _before, after in pair.deleter.history()]
        assert pair.editor.bring_back() == pair.deleter.bring_back() == ""
        pair.deleter.delete_lesson(title="Fractions, by heart")
        again(pair, "deleter")
    assert pair.editor.lessons() == {}
    # What was changed is kept where it was changed, and comes back from there with its learners and its plan.
    assert pair.editor.bring_back() == "Fractions, by heart"
    again(pair, "editor")
    assert pair.deleter.lessons() == {"Fractions, by heart": MEMBERS}
    assert pair.deleter.bring_back() == ""


def test_a_group(pair: Pair) -> None:
    pair.editor.rename(kind="group", name="Blue", to="Green")
    pair.deleter.delete_group(name="Blue")
    pair.sync()
    if pair.edit_stays:
        assert pair.editor.groups() == {"Green": MEMBERS}
        assert pair.editor.bring_back() == ""
        pair.deleter.delete_group(name="Green")
        again(pair, "deleter")
    assert pair.editor.groups() == {}
    assert pair.editor.bring_back() == "Green"
    again(pair, "editor")
    assert pair.deleter.groups() == {"Green": MEMBERS}


def test_a_group_comes_back_where_it_was_deleted(pair: Pair) -> None:
    pair.editor.rename(kind="group", name="Blue", to="Green")
    pair.deleter.delete_group(name="Blue")
    pair.sync()
    if pair.edit_stays:
        # There again by itself, and not offered any more.
        assert pair.deleter.groups() == {"Green": MEMBERS} and pair.deleter.bring_back() == ""
    else:
        assert pair.deleter.bring_back() == "Blue"
        again(pair, "deleter")
        assert pair.editor.groups() == {"Blue": MEMBERS}


def test_a_class(pair: Pair) -> None:
    """With all that is in it."""
    pair.editor.rename(kind="room", name="Grade 4", to="Grade 5")
    pair.deleter.delete_room(name="Grade 4")
    pair.sync()
    if pair.edit_stays:
        assert pair.editor.learners(room="Grade 5") == ["Amina", "Ben", "Carla"]
        assert pair.editor.lessons() == {"Fractions": MEMBERS} and pair.editor.groups() == {"Blue": MEMBERS}
        pair.deleter.delete_room(name="Grade 5")
        again(pair, "deleter")
    assert pair.editor.lessons() == pair.editor.groups() == {}
    assert pair.editor.bring_back() == "Grade 5"
    again(pair, "editor")
    assert pair.deleter.learners(room="Grade 5") == ["Amina", "Ben", "Carla"]
    assert pair.deleter.lessons() == {"Fractions": MEMBERS} and pair.deleter.groups() == {"Blue": MEMBERS}


def test_a_learner(pair: Pair) -> None:
    """People are only marked as deleted: of two versions that of who asked stays, whole, the other one beside it."""
    pair.editor.rename_person(name="Ben", to="Benedict")
    pair.deleter.remove_person(name="Ben")
    pair.sync()
    for one in (pair.editor, pair.deleter):
        (lost,) = one.did_not_stay(kind="facilityuser")
        if pair.asks == "editor":
            assert one.people_gone() == [] and one.learners(room="Grade 4") == ["Amina", "Benedict", "Carla"]
            assert (lost["full_name"], bool(lost["date_deleted"])) == ("Ben", True)
        else:
            assert one.people_gone() == ["Ben"]
            assert (lost["full_name"], lost["date_deleted"]) == ("Benedict", None)
    if pair.asks == "deleter":
        pair.editor.bring_person_back(name="Ben")
        again(pair, "editor")
        assert pair.deleter.people_gone() == [] and pair.deleter.groups() == {"Blue": MEMBERS}
