"""One import at a time, also among processes on one home."""

import subprocess
import sys
import threading
import time

import pytest

from kolibri.core.content.turn import Turn

HOLD = """
import sys
from django.conf import settings
settings.configure(KOLIBRI_HOME=sys.argv[1])
from kolibri.core.content.turn import Turn
with Turn():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(settings, tmp_path):
    """Another process that has the turn."""
    settings.KOLIBRI_HOME = tmp_path
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_another_process_is_waited_for(other):
    turn = Turn()
    assert not turn.acquire(blocking=False)
    began = time.monotonic()
    assert not turn.acquire(timeout=0.3)
    assert time.monotonic() - began >= 0.3
    other.stdin.close()
    assert turn.acquire(timeout=20)
    turn.release()


def test_a_process_that_was_killed_leaves_no_lock_behind(other):
    other.kill()
    other.wait()
    with Turn():
        pass


def test_threads_take_turns(settings, tmp_path):
    settings.KOLIBRI_HOME = tmp_path
    turn = Turn()
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _round in range(20):
            with turn:
                inside += 1
                most = max(most, inside)
                time.sleep(0.001)
                inside -= 1

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_a_folder_that_cannot_be_made_is_said_and_nothing_stays_locked(settings, tmp_path):
    (tmp_path / "content").write_text("a file where the folder should be")
    settings.KOLIBRI_HOME = tmp_path
    turn = Turn()
    with pytest.raises(OSError):
        turn.acquire()
    (tmp_path / "content").unlink()
    assert turn.acquire(blocking=False)
    turn.release()
