"""Three computers of one school, edited and synced in any order and cut anywhere: in the end all hold the same.

`WAYS` is how records travel. Another way joins by adding a function to it that takes the school, two
computers and a number after which it is cut (None: not at all).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any
from typing import Final

import pytest
from hypothesis import HealthCheck
from hypothesis import Phase
from hypothesis import given
from hypothesis import note
from hypothesis import settings
from hypothesis import strategies as st

from tests.core.sync.parcel.computers import Computer
from tests.core.sync.parcel.computers import Refusal
from tests.core.sync.parcel.computers import join_by_stick

EDITS = ["person", "room", "rename", "rename-room", "delete-room", "remove-person", "enrol", "leave", "role",
         "lesson", "rename-lesson", "delete-lesson", "bring-back", "undo", "password", "group", "rename-group",
         "members", "delete-group", "visit", "plan", "order", "template", "from-template",
         "remove-template"]  # fmt: skip

# The long mode: KOLIBRI_EXAMPLES=300 pytest -s tests/core/sync/parcel/test_agreement.py
EXAMPLES: Final = int(os.environ.get("KOLIBRI_EXAMPLES", "0"))
# What a good file may still be refused for: the receiver has lost what it once said it holds, or never met the sender.
FAIR = {"base_not_held", "not_for_this_computer"}


@dataclass
class School:
    """The three, and every file that was written, by its receiver: a stick may turn up late, or twice."""

    computers: list[Computer]
    stick: Path
    dataset: str = ""
    files: list[tuple[Computer, str]] = field(default_factory=list)
    # The copy of its data that a computer's owner has, and the people that were made there since.
    copies: dict[int, str] = field(default_factory=dict)
    since: dict[int, set[str]] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)


def by_stick(school: School, sender: Computer, receiver: Computer, cut: int | None) -> None:
    """Everything, for whoever it is."""
    _carry(school, sender, receiver, cut, "")


def by_short_stick(school: School, sender: Computer, receiver: Computer, cut: int | None) -> None:
    """Only what is new to the receiver, where it has said what it holds."""
    _carry(school, sender, receiver, cut, receiver.instance)


def _carry(school: School, sender: Computer, receiver: Computer, cut: int | None, for_instance: str) -> None:
    made = sender.write(stick=str(school.stick), dataset=school.dataset, for_instance=for_instance, cut=cut)
    if "path" in made:
        kept = school.stick / f"{len(school.files)}.kolibri-changes"
        Path(made["path"]).rename(kept)
        school.files.append((receiver, str(kept)))
        _take(receiver, str(kept), cut)


def _take(receiver: Computer, path: str, cut: int | None) -> None:
    try:
        receiver.take(path=path, cut=None if cut is None else cut - 1)
    except Refusal as refusal:
        assert refusal.code in FAIR, refusal


def by_network(school: School, sender: Computer, receiver: Computer, cut: int | None) -> None:
    """Both ways at once; what is cut goes on with the next one."""
    receiver.sync(address=sender.serve(), dataset=school.dataset, cut=None if cut is None else 3_000 + 6_000 * cut)


WAYS: dict[str, Callable[[School, Computer, Computer, int | None], None]] = {
    "stick": by_stick,
    "short stick": by_short_stick,
    "network": by_network,
}

COMPUTER = st.integers(0, 2)
CUT = st.none() | st.integers(0, 4)
EDIT = st.tuples(st.just("edit"), COMPUTER, st.sampled_from(EDITS), st.integers(0, 20), st.sampled_from("ABCDEFGH"))
SYNC = st.tuples(st.just("sync"), st.sampled_from(sorted(WAYS)), COMPUTER, st.integers(1, 2), CUT)
COPY = st.tuples(st.just("copy"), COMPUTER)
PUT_BACK = st.tuples(st.just("put back"), COMPUTER)
LATE = st.tuples(st.just("late"), st.integers(0, 50), COMPUTER, CUT)


@pytest.fixture(scope="module")
def counted() -> Iterator[Counter[str]]:
    """What was done in all examples; said in the end (`pytest -s`)."""
    found: Counter[str] = Counter()
    yield found
    print("\n" + ", ".join(f"{count} {what}" for what, count in sorted(found.items())))


@pytest.fixture(scope="module")
def begun(processes: list[Computer], tmp_path_factory: pytest.TempPathFactory) -> Callable[[], School]:
    """Return what begins anew: three computers that have joined the school and hold its first people."""
    home = tmp_path_factory.mktemp("begun")
    school = School(processes, home)
    for one in processes:
        one.begin_anew()
    school.dataset = processes[0].make_school(name="Hill School")
    for edit in ("person", "person", "room", "lesson"):
        processes[0].edit(what=edit, number=0, text="A")
    for new in processes[1:]:
        join_by_stick(new, processes[0], school.dataset, home)
    for new in processes[1:]:
        by_stick(school, processes[0], new, None)
        by_stick(school, new, processes[0], None)
    for new in processes[1:]:
        by_stick(school, processes[0], new, None)
    for number, one in enumerate(processes):
        one.keep(path=str(home / f"{number}.sqlite3"))
    rounds = iter(range(10_000))

    def begin() -> School:
        stick = home / f"stick-{next(rounds)}"
        stick.mkdir()
        for number, one in enumerate(processes):
            one.put_back(path=str(home / f"{number}.sqlite3"))
        return School(processes, stick, school.dataset)

    return begin


@settings(
    # The same few in every run of the checks; with KOLIBRI_EXAMPLES so many, others each time, and longer.
    max_examples=EXAMPLES or 16,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.target),
    derandomize=not EXAMPLES,
    print_blob=True,
)
@given(steps=st.lists(EDIT | SYNC | EDIT | SYNC | LATE | COPY | PUT_BACK, min_size=4, max_size=40 if EXAMPLES else 18))
@pytest.mark.timeout(0 if EXAMPLES else 2_400)
def test_all_hold_the_same_in_the_end(
    begun: Callable[[], School], counted: Counter[str], steps: list[tuple[Any, ...]]
) -> None:
    school = begun()
    counted["examples"] += 1
    for kind, *rest in steps:
        counted[" ".join(str(part) for part in rest[:1]) if kind == "sync" else kind] += 1
        if kind == "edit":
            number, what, which, text = rest
            counted[f"edit: {what}"] += 1
            if name := school.computers[number].edit(what=what, number=which, text=text):
                school.people.add(name)
                school.since.setdefault(number, set()).add(name)
        elif kind == "copy":
            (number,) = rest
            school.copies[number] = str(school.stick / f"copy-{number}.sqlite3")
            school.computers[number].keep(path=school.copies[number])
            school.since[number] = set()
        elif kind == "put back":
            (number,) = rest
            if number in school.copies:
                school.computers[number].put_back(path=school.copies[number])
                # Who was made there since the copy may be gone, if nobody else had heard of it.
                school.people -= school.since.pop(number, set())
        elif kind == "sync":
            counted["cut"] += rest[3] is not None
            way, sender, further, cut = rest
            WAYS[way](school, school.computers[sender], school.computers[(sender + further) % 3], cut)
        elif school.files:
            file, receiver, cut = rest
            _take_late(school, school.files[file % len(school.files)][1], school.computers[receiver], cut)
    settle(school, by_network if len(steps) % 2 else by_stick)
    note(str([one.status() for one in school.computers]))
    first = school.computers[0]
    for other in school.computers[1:]:
        assert other.bodies() == first.bodies()
        assert other.rows() == first.rows()
    assert school.people <= set(first.usernames())
    assert [one.status()["buffers"] for one in school.computers] == [0, 0, 0]


def _take_late(school: School, path: str, receiver: Computer, cut: int | None) -> None:
    try:
        receiver.take(path=path, cut=cut)
    except Refusal as refusal:
        assert refusal.code in FAIR | {"own_parcel"}, refusal


def settle(school: School, way: Callable[[School, Computer, Computer, int | None], None]) -> None:
    """Sync round and round: what was merged, and what was counted anew, has to get back."""
    one, two, three = school.computers
    for sender, receiver in [(one, two), (two, three), (three, one)] * (4 if school.copies else 2):
        way(school, sender, receiver, None)
