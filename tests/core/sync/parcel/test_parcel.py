"""A school's changes through a file and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.sync.parcel.computers import Refusal
from tests.core.sync.parcel.computers import join_by_stick
from tests.core.sync.parcel.conftest import Three


def test_a_new_computer_gets_everything(three: Three) -> None:
    assert three.beta.rows() == three.alpha.rows()
    assert len(three.beta.rows()["facilityuser"]) == 3
    assert three.beta.status()["waiting"] == three.beta.status()["buffers"] == 0


def test_changes_go_back_and_forth(three: Three) -> None:
    three.beta.edit(what="rename", number=0, text="Amina Bello")
    three.beta.edit(what="delete-room", number=0, text="")
    three.carry(three.beta, three.alpha)
    assert three.alpha.rows() == three.beta.rows()
    assert three.alpha.rows()["classroom"] == []


def test_same_file_twice_is_harmless(three: Three) -> None:
    three.alpha.edit(what="person", number=0, text="David")
    made = three.alpha.write(stick=str(three.stick), dataset=three.dataset)
    assert three.beta.take(path=made["path"])["new"] == 1
    before = three.beta.stored()
    assert three.beta.take(path=made["path"])["new"] == 0
    assert three.beta.stored() == before


def test_an_older_file_takes_nothing_back(three: Three) -> None:
    old = three.alpha.write(stick=str(three.stick / "old"), dataset=three.dataset) if _made(three, "old") else {}
    three.alpha.edit(what="rename", number=0, text="Newer")
    three.carry(three.alpha, three.beta)
    held = three.beta.held(dataset=three.dataset)
    three.beta.take(path=old["path"])
    assert three.beta.held(dataset=three.dataset) == held
    assert three.beta.rows() == three.alpha.rows()


def test_a_computer_that_was_put_back_counts_on(three: Three) -> None:
    """After an old copy of its data: what it changes from now on must not look old to the others."""
    copy = str(three.stick / "copy.sqlite3")
    three.alpha.keep(path=copy)
    for text in "ABCDEF":
        three.alpha.edit(what="rename", number=0, text=text)
        three.carry(three.alpha, three.beta)
    three.alpha.put_back(path=copy)
    three.carry(three.beta, three.alpha)
    three.alpha.edit(what="rename", number=0, text="The last word")
    three.carry(three.alpha, three.beta)
    assert "The last word" in str(three.beta.rows()["facilityuser"])
    assert three.beta.rows() == three.alpha.rows()


def test_what_two_changed_is_merged_the_same_everywhere(three: Three) -> None:
    three.alpha.edit(what="rename", number=0, text="Of Alpha")
    three.beta.edit(what="rename", number=0, text="Of Beta")
    three.carry(three.alpha, three.beta)
    three.carry(three.beta, three.alpha)
    three.carry(three.alpha, three.beta)
    assert three.beta.bodies() == three.alpha.bodies()
    assert three.beta.rows() == three.alpha.rows()


def _made(three: Three, name: str) -> Path:
    (three.stick / name).mkdir()
    return three.stick / name


def test_preview_says_whose_file_it_is(three: Three) -> None:
    made = three.alpha.write(stick=str(three.stick), dataset=three.dataset)
    before = three.beta.stored()
    seen = three.beta.look(path=made["path"])
    assert (seen["school"], seen["sender"], seen["is_full"]) == ("Hill School", "Alpha", True)
    assert seen["records"] == made["records"] == sum(seen["counts"].values())
    assert len(seen["fingerprint"]) == 24
    assert three.beta.stored() == before


def test_only_what_is_new_goes_to_who_said_what_it_holds(three: Three) -> None:
    # Nothing of Beta's was ever seen here: everything goes in, whatever is asked for.
    assert three.alpha.write(stick=str(three.stick), dataset=three.dataset, for_instance=three.beta.instance)["is_full"]
    three.carry(three.beta, three.alpha)
    three.alpha.edit(what="person", number=0, text="David")
    made = three.alpha.write(stick=str(three.stick), dataset=three.dataset, for_instance=three.beta.instance)
    assert (made["is_full"], made["records"]) == (False, 1)
    assert three.beta.take(path=made["path"])["new"] == 1
    assert three.beta.rows() == three.alpha.rows()


def test_the_silent_loss_trap(three: Three) -> None:
    """A file of the newest changes must never reach a computer that lacks what came before."""
    join_by_stick(three.gamma, three.alpha, three.dataset, three.stick)
    three.carry(three.beta, three.alpha)
    three.alpha.edit(what="person", number=0, text="David")
    made = three.alpha.write(stick=str(three.stick), dataset=three.dataset, for_instance=three.beta.instance)
    assert not made["is_full"]
    with pytest.raises(Refusal, match="base_not_held"):
        three.gamma.look(path=made["path"])
    with pytest.raises(Refusal, match="base_not_held"):
        three.gamma.take(path=made["path"], digest="0" * 64)
    assert three.gamma.held(dataset=three.dataset) == {}
    # And nothing of it stands in the way of everything.
    three.carry(three.alpha, three.gamma)
    assert three.gamma.rows() == three.alpha.rows()


def test_a_passphrase_opens_it_for_who_is_not_known(three: Three) -> None:
    join_by_stick(three.gamma, three.beta, three.dataset, three.stick)
    sealed = three.alpha.write(stick=str(three.stick), dataset=three.dataset)
    with pytest.raises(Refusal, match="not_for_this_computer"):
        three.gamma.look(path=sealed["path"])
    (three.stick / "other").mkdir()
    made = three.alpha.write(stick=str(three.stick / "other"), dataset=three.dataset, passphrase="three blue birds")
    with pytest.raises(Refusal, match="needs_passphrase"):
        three.gamma.look(path=made["path"])
    with pytest.raises(Refusal, match="wrong_passphrase"):
        three.gamma.look(path=made["path"], passphrase="three blue bird")
    three.gamma.take(path=made["path"], passphrase="three blue birds")
    assert three.gamma.rows() == three.alpha.rows()
    # Beta is known: it needs none.
    three.beta.take(path=made["path"])
    # And what Gamma brings back makes it known to Alpha.
    three.carry(three.gamma, three.alpha)
    three.carry(three.alpha, three.gamma)


def test_a_cut_leaves_nothing(three: Three) -> None:
    three.alpha.edit(what="person", number=0, text="David")
    assert three.alpha.write(stick=str(three.stick), dataset=three.dataset, cut=1) == {"cut": True}
    made = three.alpha.write(stick=str(three.stick), dataset=three.dataset)
    assert [path.name for path in (three.stick / "KOLIBRI_SYNC").glob("*.kolibri-changes")].count(
        Path(made["path"]).name
    ) == 1
    before = three.beta.stored()
    assert three.beta.take(path=made["path"], cut=0) == {"cut": True}
    assert three.beta.stored() == before and three.beta.status()["buffers"] == 0
    assert three.beta.take(path=made["path"])["new"] == 1


def test_refused_while_another_sync_runs(three: Three) -> None:
    made = three.alpha.write(stick=str(three.stick), dataset=three.dataset)
    with pytest.raises(Refusal, match="syncing"):
        three.beta.take_while_syncing(path=made["path"])
