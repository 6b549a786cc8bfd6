"""A few made-up requests as each kind of person; `make schemathesis` makes up thousands."""

from __future__ import annotations

import subprocess
import sys

from tests.server.conftest import ROOT
from tests.server.conftest import plain_environment


def test_made_up_requests_find_no_fault() -> None:
    command = [sys.executable, "-m", "tests.openapi", "--cases", "90", "--seed", "20261123"]
    told = subprocess.run(command, cwd=ROOT, env=plain_environment(), capture_output=True, text=True, timeout=240)
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-2000:]
    lines = [line for line in told.stdout.splitlines() if " cases, " in line]
    assert len(lines) == 5 and all(", 0 faults," in line for line in lines)
    # Writes reach their views: nothing was kept out at the door for want of a token.
    assert all("201: " in line for line in lines if line.startswith(("admin", "superuser"))), told.stdout
