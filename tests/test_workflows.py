"""The workflows of the three systems only call what is here and tested here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.test_repository import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# What every one of GitHub's computers has.
INTERPRETERS = {"sh", "bash", "python", "python3"}


def steps(workflow: Path) -> Iterator[dict[str, Any]]:
    for job in yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values():
        yield from job["steps"]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def problem(line: str) -> str:
    """Return what is wrong with a line that a workflow runs, or nothing."""
    words = shlex.split(line, comments=True)
    if not words:
        return ""
    if words[0] == "make":
        asked = [word for word in words[1:] if "=" not in word]
        return next((f"make has no target {word}" for word in asked if word not in targets()), "")
    if words[0] in INTERPRETERS and len(words) > 1:
        return "" if (ROOT / words[1]).is_file() else f"there is no {words[1]}"
    return f"{words[0]} is neither a target nor a script of ours"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_call_what_exists(workflow: Path) -> None:
    lines = [line for step in steps(workflow) for line in step.get("run", "").splitlines()]
    assert lines
    assert [found for line in lines if (found := problem(line))] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_of_others_are_pinned_and_few(workflow: Path) -> None:
    for step in steps(workflow):
        if "uses" in step:
            assert re.fullmatch(
                r"actions/(checkout|setup-python|upload-artifact|download-artifact|cache)@v\d+", step["uses"]
            )


def test_each_line_that_cannot_work_is_seen() -> None:
    assert problem("make no-such-target")
    assert problem("sh tools/no-such-script.sh")
    assert problem("curl example.org")
    assert not problem("make build OUT=dist")
    assert not problem("python3 tools/smoke.py x --home y")


def test_there_is_a_workflow_for_each_system() -> None:
    assert {"linux", "macos", "windows"} <= {path.stem for path in WORKFLOWS}
