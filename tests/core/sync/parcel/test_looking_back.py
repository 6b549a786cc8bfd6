"""What another computer changed or deleted can be seen and brought back, and all agree afterwards."""

from __future__ import annotations

import pytest

from tests.core.sync.parcel.conftest import Three


@pytest.fixture
def two(three: Three) -> Three:
    """Alpha and Beta with a class of three and a lesson for it."""
    three.alpha.edit(what="enrol", number=0, text="")
    three.alpha.edit(what="enrol", number=1, text="")
    three.alpha.edit(what="lesson", number=0, text="Fractions")
    three.carry(three.alpha, three.beta)
    assert three.beta.lessons() == three.alpha.lessons() and len(three.beta.lessons()["Fractions"]) == 2
    assert three.beta.history() == []
    return three


def meet(two: Three) -> None:
    """Let each bring the other what it knows, until both agree."""
    for sender, receiver in [(two.alpha, two.beta), (two.beta, two.alpha)] * 2:
        two.carry(sender, receiver)
    assert two.alpha.rows() == two.beta.rows()
    assert two.alpha.bodies() == two.beta.bodies()


def test_a_change_made_elsewhere_stands_in_the_history_and_can_be_undone(two):
    two.alpha.change_lesson(title="Fractions", description="By heart")
    two.carry(two.alpha, two.beta)
    assert two.beta.history() == [["elsewhere", {"description": ""}, {"description": "By heart"}]]
    two.carry(two.alpha, two.beta)
    assert len(two.beta.history()) == 1
    meet(two)
    assert [row[0] for row in two.alpha.history()] == ["", ""]


@pytest.mark.parametrize("first", ["alpha", "beta"])
def test_both_see_the_version_that_did_not_stay_and_bring_it_back(two, first):
    two.alpha.change_lesson(title="Fractions", title_to="Fractions A")
    two.beta.change_lesson(title="Fractions", title_to="Fractions B", resources=True)
    sender, receiver = (two.alpha, two.beta) if first == "alpha" else (two.beta, two.alpha)
    two.carry(sender, receiver)
    meet(two)
    (stays,) = two.alpha.lessons()
    for one in (two.alpha, two.beta):
        assert list(one.lessons()) == [stays]
        (conflict,) = [row for row in one.history() if row[0] == "conflict"]
        assert {conflict[1]["title"], conflict[2]["title"]} == {"Fractions A", "Fractions B"}
        assert conflict[2]["title"] == stays
        assert len(conflict[1]["resources"]) + len(conflict[2]["resources"]) == 1
    meet(two)
    assert [row[0] for row in two.beta.history()].count("conflict") == 1
    two.beta.undo_conflict()
    meet(two)
    assert set(two.alpha.lessons()) == {"Fractions A", "Fractions B"} - {stays}


@pytest.mark.parametrize("asks", ["alpha", "beta"])
def test_both_versions_meet_over_the_network(two, asks):
    two.alpha.change_lesson(title="Fractions", description="By heart")
    two.beta.change_lesson(title="Fractions", description="On paper")
    asking, answering = (two.alpha, two.beta) if asks == "alpha" else (two.beta, two.alpha)
    asking.sync(address=answering.serve(), dataset=two.dataset)
    assert two.alpha.rows() == two.beta.rows()
    stays, lost = ("By heart", "On paper") if asks == "alpha" else ("On paper", "By heart")
    for one in (two.alpha, two.beta):
        (conflict,) = [row for row in one.history() if row[0] == "conflict"]
        assert conflict == ["conflict", {"description": lost}, {"description": stays}]
    answering.undo_conflict()
    asking.sync(address=answering.serve(), dataset=two.dataset)
    assert two.alpha.rows() == two.beta.rows()
    assert f'"description": "{lost}"' in str(two.alpha.rows()["lesson"])


def test_days_that_two_computers_set_at_the_same_time(two):
    two.alpha.change_lesson(title="Fractions", due_on="2026-03-01")
    two.carry(two.alpha, two.beta)
    two.alpha.change_lesson(title="Fractions", due_on="2026-03-08")
    two.beta.change_lesson(title="Fractions", due_on="2026-03-15")
    meet(two)
    for one in (two.alpha, two.beta):
        (conflict,) = [row for row in one.history() if row[0] == "conflict"]
        assert {conflict[1]["due_on"], conflict[2]["due_on"]} == {"2026-03-08", "2026-03-15"}
    two.alpha.undo_conflict()
    meet(two)


def test_the_same_change_on_both_is_no_conflict(two):
    for one in (two.alpha, two.beta):
        one.change_lesson(title="Fractions", description="By heart")
    meet(two)
    assert "conflict" not in [row[0] for row in (*two.alpha.history(), *two.beta.history())]


def test_a_lesson_that_was_deleted_elsewhere_comes_back_with_its_single_learners(two):
    two.alpha.change_lesson(title="Fractions", learners=two.alpha.learners(room="Grade 4")[:1])
    two.carry(two.alpha, two.beta)
    before = two.alpha.lessons()
    assert len(before["Fractions"]) == 1
    two.alpha.edit(what="delete-lesson", number=0, text="")
    two.carry(two.alpha, two.beta)
    assert two.beta.lessons() == {}
    assert two.beta.bring_back() == "Fractions"
    assert two.beta.bring_back() == ""
    meet(two)
    assert two.alpha.lessons() == before
    # It is there again: nothing is left to bring back where it was deleted.
    assert two.alpha.bring_back() == ""


def test_a_class_that_was_deleted_elsewhere_comes_back_with_all_that_was_in_it(two):
    lessons, learners = two.alpha.lessons(), two.alpha.learners(room="Grade 4")
    two.alpha.delete_room(name="Grade 4")
    two.carry(two.alpha, two.beta)
    assert two.beta.lessons() == {}
    assert two.beta.bring_back() == "Grade 4"
    meet(two)
    for one in (two.alpha, two.beta):
        assert one.lessons() == lessons and one.learners(room="Grade 4") == learners


def test_after_thirty_days_nothing_is_offered_any_more(two):
    two.alpha.edit(what="delete-lesson", number=0, text="")
    two.carry(two.alpha, two.beta)
    two.beta.wait(days=31)
    assert two.beta.bring_back() == ""
    two.alpha.delete_room(name="Grade 4")
    two.carry(two.alpha, two.beta)
    two.beta.wait(days=31)
    assert two.beta.bring_back() == ""
