"""A stick that is really pulled out, while a file goes onto it and while one is read; and a home without room."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.sync.parcel.computers import Computer
from tests.core.sync.parcel.computers import Refusal
from tests.core.sync.parcel.computers import join_by_stick
from tests.core.sync.parcel.conftest import Three

MB = 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str, int], Path]]:
    """Return what plugs in a disk of so many megabytes."""
    if not shutil.which("mount") or os.geteuid():
        pytest.skip("only root can mount")
    places: list[Path] = []

    def plug_in(name: str, size: int) -> Path:
        place = tmp_path / name
        place.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "none", place], check=False).returncode:
            pytest.skip("tmpfs cannot be mounted here")
        places.append(place)
        return place

    yield plug_in
    for place in places:
        subprocess.run(["umount", "-l", place], check=False, stderr=subprocess.DEVNULL)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def home_of(computer: Computer) -> Path:
    return Path(computer.database()).parent


def test_pulled_out_while_a_file_goes_onto_it(three: Three, disk: Callable[[str, int], Path]) -> None:
    stick = disk("media", 16)
    with pytest.raises(Refusal, match="The stick was taken out") as refused:
        three.alpha.write(stick=str(stick), dataset=three.dataset, pull=["umount", "-l", str(stick)])
    assert refused.value.code == "stick_gone"
    # Nothing into the empty folder that is left where the stick was, nothing left in the home.
    assert files(stick) == [] and not list(home_of(three.alpha).glob("stick-changes-*"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", stick], check=True)
    three.alpha.edit(what="person", number=0, text="Dora")
    three.beta.take(path=three.alpha.write(stick=str(stick), dataset=three.dataset)["path"])
    assert three.beta.rows() == three.alpha.rows()


@pytest.fixture
def shaky(template: Path, tmp_path: Path) -> Iterator[tuple[Computer, Path, Path]]:
    """A computer, its stick, and the file that pulls it out by being there."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or os.uname().sysname != "Linux":
        pytest.skip("needs Linux and a C compiler")
    made, stick, out = tmp_path / "pulled.so", tmp_path / "media", tmp_path / "out"
    stick.mkdir()
    source = Path(__file__).with_name("pulled.c")
    subprocess.run(
        [compiler, "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True
    )
    environment = {"LD_PRELOAD": str(made), "PULLED_ROOT": str(stick.resolve()), "PULLED_NOW": str(out)}
    computer = Computer(tmp_path / "shaky", "Shaky", template, environment)
    yield computer, stick, out
    computer.end()


def test_pulled_out_at_each_step_while_files_are_open(three: Three, shaky: tuple[Computer, Path, Path]) -> None:
    """Asking, signing, saving, looking, taking in: a sentence each, nothing half done, and all well afterwards."""
    computer, stick, out = shaky
    pull, put_in = ["touch", str(out)], out.unlink

    def refused(what: Callable[..., object], code: str, **arguments: object) -> None:
        with pytest.raises(Refusal) as problem:
            what(**arguments)
        assert problem.value.code == code, problem.value

    out.touch()
    # Writing onto what is out: the system says why, and so does the sentence.
    refused(computer.ask, "not_writable", stick=str(stick))
    put_in()
    assert computer.requests() == 0
    join_by_stick(computer, three.alpha, three.dataset, stick)
    three.alpha.learn(count=3_000)
    path = three.alpha.write(stick=str(stick), dataset=three.dataset)["path"]
    out.touch()
    refused(computer.look, "stick_gone", path=path)
    put_in()
    before = computer.stored()
    refused(computer.take, "stick_gone", path=path, pull=pull)
    put_in()
    assert computer.stored() == before and computer.status()["buffers"] == 0
    computer.take(path=path)
    assert computer.rows() == three.alpha.rows()
    seen = files(stick)
    refused(computer.write, "stick_broken", stick=str(stick), dataset=three.dataset, pull=pull)
    put_in()
    assert files(stick) == seen and not list(home_of(computer).glob("stick-changes-*"))
    computer.edit(what="person", number=0, text="Dora")
    three.alpha.take(path=computer.write(stick=str(stick), dataset=three.dataset)["path"])
    assert three.alpha.rows() == computer.rows()


def test_a_home_without_room(three: Three, template: Path, disk: Callable[[str, int], Path]) -> None:
    """Taking in and saving say so, leave nothing half done, and go through once there is room."""
    small = disk("small", 48)
    computer = Computer(small / "home", "Small", template)
    ballast = small / "ballast"

    def fill_up(but: int) -> None:
        ballast.write_bytes(bytes(shutil.disk_usage(small).free - but))

    try:
        join_by_stick(computer, three.alpha, three.dataset, three.stick)
        three.alpha.learn(count=5_000)
        path = three.alpha.write(stick=str(three.stick), dataset=three.dataset)["path"]
        digest = computer.look(path=path)["digest"]
        before = computer.stored()
        fill_up(but=1_500_000)
        with pytest.raises(Refusal, match="This computer's disk is full") as refused:
            computer.take(path=path, digest=digest)
        assert refused.value.code == "no_room"
        ballast.unlink()
        assert computer.stored() == before
        # The turn was given back, and the buffers are emptied by the next.
        computer.take(path=path, digest=digest)
        assert computer.rows() == three.alpha.rows() and computer.status()["buffers"] == 0
        computer.learn(count=5_000)
        computer.write(stick=str(three.stick), dataset=three.dataset)
        saved = files(three.stick)
        fill_up(but=100_000)
        with pytest.raises(Refusal, match="This computer's disk is full"):
            computer.write(stick=str(three.stick), dataset=three.dataset)
        ballast.unlink()
        assert files(three.stick) == saved and not list((small / "home").glob("stick-changes-*"))
        three.carry(computer, three.alpha)
        assert computer.rows() == three.alpha.rows()
    finally:
        computer.end()
