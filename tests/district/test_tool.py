"""tools/postgres.py: a server for one command, and nothing left of it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import psutil
import pytest

from tests.patience import PATIENCE
from tests.patience import until
from tests.server.conftest import ROOT

TOOL = [sys.executable, str(ROOT / "tools" / "postgres.py")]
ASK = """
import os, psycopg2, sys
connection = psycopg2.connect(os.environ["DATABASE_URL"])
cursor = connection.cursor()
cursor.execute("SHOW server_version_num"); assert int(cursor.fetchone()[0]) >= 150000
cursor.execute("SHOW listen_addresses"); assert cursor.fetchone()[0] == ""
print(os.environ["DATABASE_URL"], flush=True)
"""


def folder_of(url: str) -> Path:
    return Path(unquote(url.partition("@")[2].partition("/")[0]))


def servers_in(folder: Path) -> list[int]:
    return [one.pid for one in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(one.info["cmdline"] or [])]


@pytest.mark.parametrize("status", [0, 3])
def test_the_command_finds_it_and_its_status_is_handed_on(status):
    ran = subprocess.run(
        [*TOOL, sys.executable, "-c", f"{ASK}\nsys.exit({status})"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == status, ran.stderr
    folder = folder_of(ran.stdout.strip())
    assert folder.is_absolute() and not folder.exists()
    assert servers_in(folder) == []


def test_a_stop_from_outside_leaves_no_server_behind():
    with subprocess.Popen(
        [*TOOL, sys.executable, "-c", f"{ASK}\nimport time; time.sleep(60)"], stdout=subprocess.PIPE, text=True
    ) as running:
        folder = folder_of(running.stdout.readline().strip())
        assert servers_in(folder)
        os.kill(running.pid, signal.SIGTERM)
        assert running.wait(PATIENCE) == 143
    until(lambda: not servers_in(folder), "the end of its servers")
    assert not folder.exists()
