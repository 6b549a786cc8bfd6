"""Three computers of one school: two that have it, and one that has nothing yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path

import pytest

from tests.core.sync.parcel.computers import Computer
from tests.core.sync.parcel.computers import join_by_stick


@dataclass
class Three:
    """Alpha made the school; Beta has joined and holds it; Gamma is new. `stick` is a folder."""

    alpha: Computer
    beta: Computer
    gamma: Computer
    stick: Path
    dataset: str = ""

    def carry(self, sender: Computer, receiver: Computer, **options: object) -> dict[str, int]:
        made = sender.write(stick=str(self.stick), dataset=self.dataset, **options)
        taken: dict[str, int] = receiver.take(path=made["path"])
        return taken


class Kept:
    """The three as they are when this is made, to begin again from in each test: getting there takes long."""

    def __init__(self, three: Three, folder: Path) -> None:
        self._three = three
        self._copies = {one: str(folder / f"{one.name}.sqlite3") for one in (three.alpha, three.beta, three.gamma)}
        for one, copy in self._copies.items():
            one.keep(path=copy)

    def again(self, stick: Path) -> Three:
        """Return them as they were, with another stick."""
        for one, copy in self._copies.items():
            one.put_back(path=copy)
        return replace(self._three, stick=stick)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template")
    builder = Computer(home, "builder")
    builder.build()
    place = Path(builder.database())
    builder.end()
    return place


@pytest.fixture(scope="module")
def processes(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Computer]]:
    made = [Computer(tmp_path_factory.mktemp(name), name, template) for name in ("Alpha", "Beta", "Gamma")]
    yield made
    for one in made:
        one.end()


@pytest.fixture(scope="module")
def begun(processes: list[Computer], tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("begun")
    return Kept(set_up(processes, folder), folder)


@pytest.fixture
def three(begun: Kept, tmp_path: Path) -> Three:
    return begun.again(tmp_path)


@pytest.fixture(scope="module")
def steady(processes: list[Computer], tmp_path_factory: pytest.TempPathFactory) -> Three:
    """Three for tests that change nothing; not in a module with `three`."""
    return set_up(processes, tmp_path_factory.mktemp("stick"))


def set_up(processes: list[Computer], stick: Path) -> Three:
    """Let Alpha make the school and Beta join it, by that stick."""
    found = Three(*processes, stick=stick)
    found.dataset = found.alpha.make_school(name="Hill School")
    for text in ("Amina", "Ben", "Carla"):
        found.alpha.edit(what="person", number=0, text=text)
    found.alpha.edit(what="room", number=0, text="Grade 4")
    join_by_stick(found.beta, found.alpha, found.dataset, stick)
    found.carry(found.alpha, found.beta)
    return found
