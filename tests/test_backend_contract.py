"""docs/backend-contract.md and the tests' marks go together."""

from __future__ import annotations

import collections
import subprocess
import sys
from pathlib import Path

from tests import acceptance


def test_every_line_has_a_test() -> None:
    held = acceptance.marked()
    assert [line for line in acceptance.lines() if line not in held] == []


def test_every_marked_line_stands_in_the_contract() -> None:
    known = set(acceptance.lines())
    assert {line: tests for line, tests in acceptance.marked().items() if line not in known} == {}


def test_no_number_is_given_twice() -> None:
    assert [line for line, times in collections.Counter(acceptance.lines()).items() if times > 1] == []


def test_a_run_of_everything_fails_when_a_line_was_not_passed(tmp_path: Path) -> None:
    """A whole suite of two tests: one that holds a line, and one that is skipped and so holds none."""
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = suite\nmarkers = acceptance(line): a line\n", "utf-8")
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "conftest.py").write_text(
        "from tests import acceptance\n"
        "acceptance.lines = lambda: ['A1', 'A2']\n"
        "from tests.acceptance import pytest_runtest_logreport, pytest_runtest_setup, pytest_sessionfinish\n",
        "utf-8",
    )
    (suite / "test_suite.py").write_text(
        "import pytest\n"
        "@pytest.mark.acceptance('A1')\ndef test_one(): pass\n"
        "@pytest.mark.acceptance('A2')\n@pytest.mark.skip\ndef test_two(): pass\n",
        "utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:django", "-p", "no:cacheprovider", "-c", "pytest.ini"]
    environment = {"PYTHONPATH": str(acceptance.ROOT), "PATH": ""}
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "that no test passed for: A2" in ended.stdout
    assert ended.returncode == 1
    (suite / "test_suite.py").write_text(
        "import pytest\n@pytest.mark.acceptance('A1', 'A2')\ndef test_one(): pass\n", "utf-8"
    )
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
