"""The whole server in a process of its own: ready, found, shared, stopped at any moment."""

import contextlib
import hashlib
import json
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from kolibri import __version__
from kolibri.server import control
from tests.patience import PATIENCE
from tests.patience import until
from tests.server.conftest import ROOT
from tests.server.conftest import Process
from tests.server.conftest import ask
from tests.server.conftest import plain_environment

# Stops while one thread of the start is made but does not run yet, which lasts long here.
BETWEEN = """
import sys, threading, time
from pathlib import Path
from kolibri.server import run
slow, begin = threading.Event(), threading.Thread.start
def start(thread):
    if thread.name == sys.argv[2]:
        slow.set()
        time.sleep(0.5)
    begin(thread)
threading.Thread.start = start
running = run.Running(Path(sys.argv[1]), "tests.server.settings", None, None)
threading.Thread(target=running._serve, args=(0,), name="serve").start()
assert slow.wait(60)
running.stop()
print("stopped", running.is_saved)
"""

Start = Callable[..., Process]
Connect = Callable[..., socket.socket]


def kolibri(*words: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = plain_environment()
    environment["DJANGO_SETTINGS_MODULE"] = "tests.server.settings"
    if home:
        environment["KOLIBRI_HOME"] = str(home)
    command = [sys.executable, "-m", "kolibri", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def _used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("used") / "home"


@pytest.fixture
def served(process: Start, _used: Path) -> Process:
    """A ready server; its home is used again from test to test."""
    return process(_used).wait()


def write_to(home: Path) -> None:
    with contextlib.closing(sqlite3.connect(home / "db.sqlite3")) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS written (n)")
        connection.execute("INSERT INTO written VALUES (1)")


def stopped_in(served: Process, stop: Callable[[], object]) -> float:
    began = time.monotonic()
    stop()
    served.popen.wait(20)
    return time.monotonic() - began


def test_a_server_says_where_it_is(served: Process) -> None:
    assert ask(served.server.port).json["listener"] == "window"
    line = served.popen.stdout.readline()
    found = re.fullmatch(r"Kolibri Desktop is at (http://127\.0\.0\.1:\d+)(/window/enter\?key=.{43}&next=/)\n", line)
    assert found
    assert ask(served.server.port, found[2]).status == 302
    assert ask(served.server.port, found[2]).status == 403
    kept = served.home / "run" / "server.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text())["pid"] == served.popen.pid


def test_few_threads_serve_a_quiet_school(served: Process) -> None:
    assert psutil.Process(served.popen.pid).num_threads() < 20


def test_the_log_names_the_start_and_no_key(served: Process) -> None:
    key = served.server.ask("enter")["url"].partition("key=")[2].partition("&")[0]
    ask(served.server.port, f"/window/enter?key=wrong{key}")
    text = (served.home / "logs" / "kolibri.log").read_text()
    assert "Ready." in text
    assert key not in text and served.server.token not in text


@pytest.mark.parametrize("path", ["status", "enter", "raise", "stop", "nothing"])
def test_control_needs_the_token(served: Process, path: str) -> None:
    port = served.server.port
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer \xe9"}):
        assert ask(port, f"/control/{path}", method="POST", body=b"", headers=headers).status == 404
    bearer = {"Authorization": f"Bearer {served.server.token}"}
    assert ask(port, f"/control/{path}", headers=bearer).status in (404, 405)
    assert served.server.ask("status")["state"] == "ready"


def test_the_class_is_shared_from_a_page_and_hosts_follow(served: Process) -> None:
    port = served.server.port
    told = ask(port, "/share?on=1").json
    assert told["is_on"] is True
    for address in told["addresses"]:
        host = f"{address}:{told['port']}"
        # Through Django's own check of the host, too.
        assert ask(told["port"], host=host).json == {
            "at_window": False,
            "listener": "class",
            "host": host,
            "content": ask(told["port"], host=host).json["content"],
            "language": "en",
        }
        key = served.server.ask("enter")["url"].partition("/window")[2]
        assert ask(told["port"], f"/window{key}", host=host).status == 403
        control_ = {"Authorization": f"Bearer {served.server.token}"}
        assert ask(told["port"], "/control/stop", method="POST", body=b"", host=host, headers=control_).status == 404
    assert ask(told["port"], host="127.0.0.1:1").status == 400
    assert ask(port, "/share?on=0").json["is_on"] is False
    with pytest.raises(OSError):
        ask(told["port"])


def shared_at(served: Process, is_shared: bool) -> list[str]:
    """Return the addresses that the class is let in at, once there are some or none."""
    until(lambda: bool(served.server.ask("status")["class"]) is is_shared, "the class's addresses")
    return list(served.server.ask("status")["class"])


@pytest.mark.parametrize("is_wanted", [True, False])
def test_the_class_is_let_in_at_the_start_where_a_teacher_said_so(
    process: Start, tmp_path: Path, is_wanted: bool
) -> None:
    home = tmp_path / "home"
    first = process(home).wait()
    assert shared_at(first, False) == []
    told = ask(first.server.port, "/share?on=1").json
    before = shared_at(first, True)
    stopped_in(first, first.popen.terminate)
    with contextlib.closing(sqlite3.connect(home / "db.sqlite3")) as connection, connection:
        connection.execute(
            "INSERT INTO device_devicesettings (id, name, language, is_provisioned, setup_answers, recovery_code,"
            " class_port, learners_may_browse, shares_at_start) VALUES (1, '', '', 1, '{}', '', ?, 1, ?)",
            [told["port"], is_wanted],
        )
    second = process(home).wait()
    if is_wanted:
        assert shared_at(second, True) == before
    else:
        time.sleep(1)
        assert shared_at(second, False) == []


@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(served: Process, number: signal.Signals) -> None:
    write_to(served.home)
    assert stopped_in(served, lambda: served.popen.send_signal(number)) < 3
    assert served.popen.returncode == 0
    assert not (served.home / "run" / "server.json").exists()
    wal = Path(f"{served.home / 'db.sqlite3'}-wal")
    assert not wal.exists() or wal.stat().st_size == 0


@pytest.mark.alone
@pytest.mark.parametrize("path", ["/stream", "/hang"])
def test_it_stops_in_3_seconds_with_clients_attached(served: Process, connect: Connect, path: str) -> None:
    port = served.server.port
    ask(port, "/share?on=1")
    host = f"Host: 127.0.0.1:{port}\r\n"
    for _count in range(50):
        connect(port)
        connect(port, b"GET / HTTP/1.1\r\nHost: a")
    for _count in range(20):
        connect(port, f"GET {path} HTTP/1.1\r\n{host}\r\n".encode())
    busy = connect(port, f"GET {path} HTTP/1.1\r\n{host}\r\n".encode())
    time.sleep(0.3)
    assert stopped_in(served, served.popen.terminate) < 3
    assert served.popen.returncode == 0
    busy.close()


@pytest.mark.alone
@pytest.mark.parametrize("after", [0.0, 0.1, 0.2, 0.3, 0.5, 0.8])
def test_it_stops_in_3_seconds_while_it_starts(process: Start, tmp_path: Path, after: float) -> None:
    started = process(tmp_path / "home")
    until((tmp_path / "home" / "logs").exists, "the home", pause=0.005)
    time.sleep(after)
    assert stopped_in(started, started.popen.terminate) < 3
    assert started.popen.returncode == 0, started.end()
    # What it was doing is whole or not there: the next start goes on.
    assert process(tmp_path / "home").wait()


@pytest.mark.parametrize("thread", ["start", "announcer"])
def test_it_stops_while_a_thread_is_made_but_does_not_run_yet(tmp_path: Path, thread: str) -> None:
    command = [sys.executable, "-c", BETWEEN, str(tmp_path / "home"), thread]
    done = subprocess.run(command, cwd=ROOT, env=plain_environment(), capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout, done.returncode) == ("stopped True\n", 0), done.stderr


def test_a_home_of_a_real_kolibri_stays_closed_and_untouched(process: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "db.sqlite3").write_bytes(b"another program's")
    (home / "options.ini").write_text("[Deployment]\n")
    started = process(home)
    assert "belongs to another program" in started.popen.communicate(timeout=PATIENCE)[1]
    assert started.popen.returncode == 1
    assert sorted(path.name for path in home.iterdir()) == ["db.sqlite3", "options.ini"]


def test_a_second_server_of_a_home_is_refused(served: Process, process: Start) -> None:
    second = process(served.home)
    assert "runs already" in second.popen.communicate(timeout=PATIENCE)[1]
    assert second.popen.returncode == 1
    assert served.server.ask("status")["state"] == "ready"


def test_of_two_servers_started_at_once_one_gets_the_home(process: Start, tmp_path: Path) -> None:
    both = [process(tmp_path / "home") for _count in range(2)]
    until(lambda: any(one.popen.poll() is not None for one in both), "the end of one")
    (lost,) = (one for one in both if one.popen.poll() is not None)
    assert lost.popen.returncode == 1
    assert "runs already" in lost.end()
    (won,) = (one for one in both if one is not lost)
    assert won.wait().server.pid == won.popen.pid


def test_a_server_that_was_killed_is_not_taken_for_a_running_one(served: Process, process: Start) -> None:
    served.popen.kill()
    served.popen.wait()
    assert control.read(served.home) is not None
    assert control.find(served.home) is None
    assert process(served.home).wait()


def test_a_taken_port_is_said(served: Process, process: Start, tmp_path: Path) -> None:
    second = process(tmp_path / "home", "--port", str(served.server.port))
    assert "uses port" in second.popen.communicate(timeout=PATIENCE)[1]
    assert second.popen.returncode == 1


def test_the_command_line_starts_finds_and_stops_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert kolibri("status", home=home).returncode == 1
    assert (kolibri("stop", home=home).returncode, home.exists()) == (0, False)
    started = kolibri("start", home=home)
    try:
        assert started.returncode == 0, started.stderr
        assert "/window/enter?key=" in started.stdout
        assert kolibri("start", "--home", str(home)).returncode == 1
        assert kolibri("status", "--home", str(home)).stdout.startswith("ready http://127.0.0.1:")
    finally:
        assert kolibri("stop", home=home).stdout == "Stopped.\n"
    assert kolibri("status", home=home).returncode == 1


def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    started = kolibri("start", home=tmp_path / "home")
    assert started.returncode == 1
    assert started.stderr.endswith("Start Kolibri Desktop with another folder.\n")


@pytest.mark.acceptance("N2")
@pytest.mark.parametrize(
    ("word", "told"), [("--version", f"kolibri-desktop {__version__}\n"), ("--help", "usage: kolibri")]
)
def test_version_and_usage_come_without_django(word: str, told: str) -> None:
    code = (
        "import sys\nfrom kolibri.cli import main\n"
        f"try:\n main([{word!r}])\nexcept SystemExit as end:\n print(end.code, 'django' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(told)
    assert done.stdout.endswith("0 False\n")


@pytest.mark.parametrize(
    "words", [[], ["fly"], ["start", "--port", "70000"], ["start", "--port", "http"], ["stop", "now"]]
)
def test_a_wrong_command_line_is_refused(words: list[str]) -> None:
    done = kolibri(*words)
    assert done.returncode == 2
    assert "usage: kolibri" in done.stderr


@pytest.mark.acceptance("N2")
def test_every_command_is_there(tmp_path: Path) -> None:
    told = kolibri("--help").stdout
    assert set(re.findall(r"^    (\w+) ", told, re.MULTILINE)) == {
        *("start", "stop", "restart", "status", "manage", "shell")
    }
    done = kolibri("shell", "--no-imports", "-c", "import sys; print('in', 1 + 1); sys.exit(7)", home=tmp_path / "home")
    assert (done.stdout, done.returncode) == ("in 2\n", 7)


@pytest.mark.acceptance("N1")
def test_manage_passes_words_and_status_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert kolibri("manage", "check", home=home).returncode == 0
    assert not home.exists()
    done = kolibri("manage", "shell", "--no-imports", "-c", "import sys; print('in', 1 + 1); sys.exit(7)", home=home)
    assert (done.stdout, done.returncode) == ("in 2\n", 7)
    assert kolibri("manage", "no_such_command", home=home).returncode == 1
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "options.ini").write_text("")
    refused = kolibri("manage", "migrate", home=tmp_path / "other")
    assert (refused.returncode, "another program" in refused.stderr) == (1, True)


def test_the_first_start_signs_with_the_key_it_keeps(process: Start, tmp_path: Path) -> None:
    served = process(tmp_path / "home").wait()
    entrance = served.server.ask("enter")["url"].partition("/window")[2]
    cookie = ask(served.server.port, f"/window{entrance}").headers["Set-Cookie"]
    key = (tmp_path / "home" / "secret_key").read_text()
    assert cookie.startswith(f"kd_session_{hashlib.sha256(key.encode()).hexdigest()[:10]}=")
    assert "SameSite=Strict" in cookie and "HttpOnly" in cookie
