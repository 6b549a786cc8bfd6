"""The portable program on a stick: all data on it, nothing lost when it is pulled out, and each trouble said."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kolibri.server import control
from tests.loss.ledger import Ledger
from tests.loss.rounds import Client
from tests.loss.rounds import Ground
from tests.loss.rounds import as_left
from tests.media import exfat_stick
from tests.media import memory_disk
from tests.media import take_away
from tests.patience import until
from tests.portable.conftest import Portable
from tests.portable.conftest import page

Write = Callable[[int, Ledger], list[Client]]

OUT_NOW = "You may take the stick out now."
TAKEN = "The stick with the program was taken out."


def uses_wal(database: Path) -> bool:
    """Whether the database's header says that it has a write-ahead log."""
    return database.read_bytes()[18:20] == b"\2\2"


def lesson_faults(portable: Portable, school: Ground, ledger: Ledger, look: Path) -> list[str]:
    """Return what is wrong on the stick as it was left."""
    return ledger.faults(as_left(Ground(**{**vars(school), "home": portable.home}), look))


def test_a_stick_holds_all_data_and_may_be_taken_out_in_the_end(tmp_path: Path, school: Ground, write: Write) -> None:
    with exfat_stick(tmp_path) as stick:
        portable, ledger = Portable(stick.put_in(), tmp_path / "person").lay(school.home), Ledger()
        with portable.running() as process:
            server = control.find(portable.home)
            assert server
            clients = write(server.port, ledger)
            process.send_signal(signal.SIGTERM)
            status, out, _err = portable.ended(process)
        assert (status, out.splitlines()[-1]) == (0, f"Everything is saved. {OUT_NOW}")
        # At once, as the sentence says: nothing of the program has a file open.
        subprocess.run(["umount", stick.place], check=True)
        for client in clients:
            client.join(30)
        assert list(portable.person.iterdir()) == []
        stick.put_in()
        assert not list(portable.home.glob("db.sqlite3-wal"))
        assert not uses_wal(portable.home / "db.sqlite3")
        assert ledger.faults(portable.home / "db.sqlite3") == []
        stick.eject()


def test_a_stick_pulled_out_in_the_middle_of_writing_loses_nothing_that_was_acknowledged(
    tmp_path: Path, school: Ground, write: Write
) -> None:
    with exfat_stick(tmp_path) as stick:
        portable, ledger = Portable(stick.put_in(), tmp_path / "person").lay(school.home), Ledger()
        with portable.running() as process:
            server = control.find(portable.home)
            assert server
            write(server.port, ledger)
            time.sleep(0.5)
            stick.pull_out()
            until(lambda: TAKEN in page(server.port), "the sentence about the stick", seconds=20)
            assert list(stick.place.iterdir()) == [], "something was written where the stick had been"
            process.send_signal(signal.SIGTERM)
            status, out, err = portable.ended(process)
        assert status == 1 and OUT_NOW not in out
        assert TAKEN in err
        assert list(stick.place.iterdir()) == list(portable.person.iterdir()) == []
        stick.put_in()
        assert lesson_faults(portable, school, ledger, tmp_path / "look") == []
        # And it is gone on with.
        with portable.running() as process:
            later = Ledger()
            server = control.find(portable.home)
            assert server
            write(server.port, later)
            process.kill()
            process.communicate()
        assert lesson_faults(portable, school, Ledger([*ledger.events, *later.events]), tmp_path / "look") == []


def test_a_disk_that_is_taken_from_its_place_is_noticed_and_nothing_is_put_there(
    tmp_path: Path, school: Ground, write: Write
) -> None:
    with memory_disk(tmp_path / "BLUE STICK", "size=80m") as place:
        seen = tmp_path / "seen"
        seen.mkdir()
        subprocess.run(["mount", "--bind", place, seen], check=True)
        try:
            portable, ledger = Portable(place, tmp_path / "person").lay(school.home), Ledger()
            with portable.running() as process:
                server = control.find(portable.home)
                assert server
                write(server.port, ledger)
                take_away(place)
                until(lambda: TAKEN in page(server.port), "the sentence about the stick", seconds=20)
                process.send_signal(signal.SIGINT)
                assert portable.ended(process)[0] == 1
            assert list(place.iterdir()) == []
            assert lesson_faults(Portable(seen, portable.person), school, ledger, tmp_path / "look") == []
        finally:
            take_away(seen)


@pytest.mark.parametrize(
    ("options", "said"),
    [("size=80m,ro", "Copy the program's folder to this computer"), ("size=10m", "too little space left: 20 MB")],
)
def test_a_stick_that_cannot_be_written_is_said_before_anything_is_typed(
    tmp_path: Path, options: str, said: str
) -> None:
    with memory_disk(tmp_path / "BLUE STICK", "size=80m") as place:
        portable = Portable(place, tmp_path / "person").lay()
        subprocess.run(["mount", "-o", f"remount,{options}", place], check=True)
        status, out, err = portable.ended(portable.start())
        assert status == 1 and said in err and str(portable.folder) in err
        assert not (portable.home / "db.sqlite3").exists()
        assert OUT_NOW not in out
        assert list(portable.person.iterdir()) == []


def test_a_stick_that_gets_full_refuses_what_does_not_fit_and_goes_on_when_there_is_room(
    tmp_path: Path, school: Ground, write: Write
) -> None:
    with memory_disk(tmp_path / "BLUE STICK", "size=80m") as place:
        portable, ledger = Portable(place, tmp_path / "person").lay(school.home), Ledger()
        with portable.running() as process:
            server = control.find(portable.home)
            assert server
            clients = write(server.port, ledger)
            with pytest.raises(OSError, match="No space"), (place / "film").open("wb", buffering=0) as film:
                while True:
                    film.write(bytes(4096))
            for client in clients:
                client.join(30)
            # Each was told that its last change was not saved.
            assert all(" was answered 5" in client.trouble for client in clients), [one.trouble for one in clients]
            assert "has stopped" not in page(server.port)
            (place / "film").unlink()
            write(server.port, ledger)
            process.send_signal(signal.SIGTERM)
            assert portable.ended(process)[0] == 0
        assert lesson_faults(portable, school, ledger, tmp_path / "look") == []
