"""Three computers of one school: two that have it, and one that has nothing yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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


@pytest.fixture(scope="module")
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


@pytest.fixture
def three(processes: list[Computer], tmp_path: Path) -> Three:
    return set_up(processes, tmp_path)


@pytest.fixture(scope="module")
def steady(processes: list[Computer], tmp_path_factory: pytest.TempPathFactory) -> Three:
    """Three for tests that change nothing; not in a module with `three`."""
    return set_up(processes, tmp_path_factory.mktemp("stick"))


def set_up(processes: list[Computer], stick: Path) -> Three:
    for one in processes:
        one.begin_anew()
    found = Three(*processes, stick=stick)
    found.dataset = found.alpha.make_school(name="Hill School")
    for text in ("Amina", "Ben", "Carla"):
        found.alpha.edit(what="person", number=0, text=text)
    found.alpha.edit(what="room", number=0, text="Grade 4")
    join_by_stick(found.beta, found.alpha, found.dataset, stick)
    found.carry(found.alpha, found.beta)
    return found
