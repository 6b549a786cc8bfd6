"""Several at once at one computer: two that push, a stick that is read or written. All agree, and nothing is lost.

Alpha answers Beta and Gamma in threads of one process, as a server does, while its own work goes on in another.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.core.sync.parcel.computers import Computer
from tests.core.sync.parcel.computers import Pause
from tests.core.sync.parcel.computers import join_by_stick
from tests.core.sync.parcel.conftest import Kept
from tests.core.sync.parcel.conftest import Three

TAKING = "kolibri.core.sync.parcel.taking_in"
WRITING = "kolibri.core.sync.parcel.writing"


@pytest.fixture(scope="module")
def all_joined(begun: Kept, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """All three hold the school, with a lesson, and know each other; each has made something that all have."""
    folder = tmp_path_factory.mktemp("joined")
    three = begun.again(folder)
    three.alpha.edit(what="lesson", number=0, text="Fractions")
    join_by_stick(three.gamma, three.alpha, three.dataset, three.stick)
    three.carry(three.alpha, three.gamma)
    three.carry(three.gamma, three.alpha)
    three.carry(three.alpha, three.beta)
    for one in (three.beta, three.gamma):
        one.edit(what="person", number=0, text=f"Early {one.name}")
    for client in (three.beta, three.gamma, three.beta):
        sync(three, client)
    # By which Alpha learns what Gamma holds, for files of only the newest changes.
    three.carry(three.gamma, three.alpha)
    return Kept(three, folder)


@pytest.fixture
def joined(all_joined: Kept, tmp_path: Path) -> Three:
    return all_joined.again(tmp_path)


@pytest.fixture
def meanwhile() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


def sync(three: Three, client: Computer) -> Any:
    return client.sync(address=three.alpha.serve(), dataset=three.dataset)


def edit(one: Computer, text: str, count: int = 5) -> set[str]:
    """Make people, a class and a lesson; returns what must be everywhere in the end."""
    made = {f"{text} {number}" for number in range(count)}
    for name in made:
        one.edit(what="person", number=0, text=name)
    one.edit(what="room", number=0, text=f"Class of {text}")
    one.edit(what="lesson", number=0, text=f"Lesson of {text}")
    return made | {f"Class of {text}", f"Lesson of {text}"}


def agree(three: Three, wanted: set[str]) -> None:
    """Let each meet Alpha until nothing more is on its way, and compare all rows."""
    for client in (three.beta, three.gamma, three.beta, three.gamma):
        sync(three, client)
    same(three)
    found = str(three.gamma.rows())
    assert [text for text in wanted if text not in found] == []
    # Nothing new: whoever asked has it all.
    assert sync(three, three.beta) == {"fetched": 0, "sent": 0}


def same(three: Three) -> None:
    for other in (three.beta, three.gamma):
        assert other.rows() == three.alpha.rows()
        assert other.bodies() == three.alpha.bodies()
    for one in (three.alpha, three.beta, three.gamma):
        status = one.status()
        assert status["waiting"] == status["buffers"] == 0


@pytest.mark.parametrize("stage", ["transferring", "dequeuing", "deserializing"])
def test_two_push_at_once(joined: Three, meanwhile: ThreadPoolExecutor, stage: str) -> None:
    """Both are in the same stage at the same moment; and both have renamed the same learner and the same lesson."""
    wanted = edit(joined.beta, "Beta") | edit(joined.gamma, "Gamma")
    for one in (joined.beta, joined.gamma):
        one.rename_person(name="Amina", to=f"Amina by {one.name}")
        one.change_lesson(title="Fractions", title_to=f"Fractions by {one.name}")
    address = joined.alpha.serve()
    joined.alpha.answer_together(stage=stage)
    try:
        runs = [
            meanwhile.submit(one.sync, address=address, dataset=joined.dataset) for one in (joined.beta, joined.gamma)
        ]
        sent = [run.result(120)["sent"] for run in runs]
    finally:
        joined.alpha.answer_as_usual()
    assert min(sent) >= 7
    # What both were told is taken is there now, before anybody asks again.
    arrived = str(joined.alpha.rows())
    assert [text for text in wanted if text not in arrived] == []
    agree(joined, wanted)
    for kind, name in (("facilityuser", "Amina"), ("lesson", "Fractions")):
        found = str(joined.alpha.rows()[kind]), str(joined.alpha.did_not_stay(kind=kind))
        for by in ("Beta", "Gamma"):
            assert [f"{name} by {by}" in where for where in found].count(True) == 1, (kind, by)
    # Who changed the lesson sees the version that did not stay, to be brought back.
    for one in (joined.beta, joined.gamma):
        assert [row[0] for row in one.history()].count("conflict") == 1, one.name


def test_two_push_again_and_again_while_the_server_is_worked_at(joined: Three, meanwhile: ThreadPoolExecutor) -> None:
    wanted: set[str] = set()
    address = joined.alpha.serve()

    def often(one: Computer) -> set[str]:
        made: set[str] = set()
        for number in range(4):
            made |= edit(one, f"{one.name} in round {number}", 2)
            one.sync(address=address, dataset=joined.dataset)
        return made

    runs = [meanwhile.submit(often, one) for one in (joined.beta, joined.gamma)]
    number = 0
    while not all(run.done() for run in runs):
        wanted |= edit(joined.alpha, f"Alpha at time {number}", 2)
        number += 1
    for run in runs:
        wanted |= run.result()
    agree(joined, wanted)


def test_a_version_that_is_just_arriving_is_noted_before_it_is_lost(
    joined: Three, meanwhile: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """Beta's lesson lies in Alpha's store and is no row yet when Gamma asks, and Alpha's own lesson is put there."""
    joined.alpha.change_lesson(title="Fractions", description="By heart")
    joined.beta.change_lesson(title="Fractions", description="On paper")
    address = joined.alpha.serve()
    # Beta would fetch Alpha's change first, and the two would meet there.
    with Pause(joined.alpha, "kolibri.core.sync.arrivals.settling:settle", tmp_path / "pause") as pause:
        run = meanwhile.submit(joined.beta.sync, address=address, dataset=joined.dataset, pull=False)
        pause.reached()
        sync(joined, joined.gamma)
    run.result(60)
    agree(joined, {"By heart"})
    (conflict,) = [row for row in joined.alpha.history() if row[0] == "conflict"]
    assert (conflict[1]["description"], conflict[2]["description"]) == ("On paper", "By heart")


@pytest.mark.parametrize(
    "moment",
    [f"{TAKING}:_keep", f"{TAKING}:_bring_in", f"{TAKING}:_end", "kolibri.core.sync.arrivals.settling:settle"],
)
def test_a_push_arrives_while_a_stick_is_taken_in(
    joined: Three, meanwhile: ThreadPoolExecutor, tmp_path: Path, moment: str
) -> None:
    """Wholly: Beta has been told that all is there before the taking in goes on."""
    wanted = edits_on_both(joined)
    path = joined.gamma.write(stick=str(joined.stick), dataset=joined.dataset)["path"]
    address = joined.alpha.serve()
    with Pause(joined.alpha, moment, tmp_path / "pause") as pause:
        taking = meanwhile.submit(joined.alpha.take, path=path)
        pause.reached()
        joined.beta.sync(address=address, dataset=joined.dataset)
        assert not taking.done()
    assert taking.result(60)["new"] >= 7
    assert joined.alpha.status()["waiting"] == 0
    gamma_gets(joined, wanted)
    agree(joined, wanted)


def test_a_push_waits_while_a_stick_comes_in(joined: Three, meanwhile: ThreadPoolExecutor, tmp_path: Path) -> None:
    """In the middle of the one transaction that a stick comes in with nobody else can write."""
    wanted = edits_on_both(joined)
    path = joined.gamma.write(stick=str(joined.stick), dataset=joined.dataset)["path"]
    address = joined.alpha.serve()
    with Pause(joined.alpha, f"{TAKING}:_dequeue_into_store", tmp_path / "pause") as pause:
        taking = meanwhile.submit(joined.alpha.take, path=path)
        pause.reached()
        pushing = meanwhile.submit(joined.beta.sync, address=address, dataset=joined.dataset)
        still_runs(pushing, 2.0)
    assert taking.result(60)["new"] >= 7
    assert pushing.result(60)["sent"] >= 7
    gamma_gets(joined, wanted)
    agree(joined, wanted)


@pytest.mark.parametrize("for_gamma", [False, True], ids=["everything", "only what is new"])
@pytest.mark.parametrize(
    "moment",
    ["kolibri.core.sync.arrivals.settling:serialize", f"{WRITING}:_opening", f"{WRITING}:_batches", f"{WRITING}:Pack",
     f"{WRITING}:_records"],
)  # fmt: skip
def test_a_push_arrives_while_a_stick_is_written(
    joined: Three, meanwhile: ThreadPoolExecutor, tmp_path: Path, moment: str, for_gamma: bool
) -> None:
    """What the file does not hold it does not vouch for: Gamma takes it in, and then asks for the rest."""
    wanted = edit(joined.alpha, "Alpha") | edits_on_both(joined)
    address = joined.alpha.serve()
    options = {"for_instance": joined.gamma.instance_id()} if for_gamma else {}
    with Pause(joined.alpha, moment, tmp_path / "pause") as pause:
        writing = meanwhile.submit(joined.alpha.write, stick=str(joined.stick), dataset=joined.dataset, **options)
        pause.reached()
        joined.beta.sync(address=address, dataset=joined.dataset)
        assert not writing.done()
    made = writing.result(60)
    assert made["is_full"] is not for_gamma
    joined.gamma.take(path=made["path"])
    gamma_gets(joined, wanted)
    agree(joined, wanted)


def gamma_gets(three: Three, wanted: set[str]) -> None:
    """Let Gamma ask Alpha, before Beta does once more: Beta may be gone by now."""
    sync(three, three.gamma)
    found = str(three.gamma.rows())
    assert [text for text in wanted if text not in found] == []


def edits_on_both(three: Three) -> set[str]:
    """Beta and Gamma make something each, and both rename the same learner."""
    wanted = edit(three.beta, "Beta") | edit(three.gamma, "Gamma")
    for one in (three.beta, three.gamma):
        one.rename_person(name="Amina", to=f"Amina by {one.name}")
    return wanted


def still_runs(run: Future[Any], seconds: float) -> None:
    """Expect that it goes on for so long."""
    time.sleep(seconds)
    assert not run.done()
