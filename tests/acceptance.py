"""The lines of docs/backend-contract.md and the tests that hold them.

After a run of everything, a line that no test has passed for fails the run: a test that is
skipped, or never collected, holds nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "docs" / "backend-contract.md"

# What a report carries from the process that ran the test to the one that counts.
_PROPERTY = "acceptance"
_passed: set[str] = set()


def lines() -> list[str]:
    """Return the numbers of the lines, in their order: `A1`, `A2`, ..."""
    return re.findall(r"^- ([A-Z]\d+) ", CONTRACT.read_text("utf-8"), re.MULTILINE)


def _marks_in(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.acceptance":
            yield from (ast.literal_eval(argument) for argument in call.args)


def marked() -> dict[str, list[str]]:
    """Return the tests that carry each line, as `file::name`, from their source: whatever is being run."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                for decorator in node.decorator_list:
                    for line in _marks_in(decorator):
                        found.setdefault(line, []).append(f"{path.relative_to(ROOT)}::{node.name}")
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
                for line in _marks_in(node.value):
                    found.setdefault(line, []).append(f"{path.relative_to(ROOT)}")
    return found


def pytest_runtest_setup(item: pytest.Item) -> None:
    lines = {line for mark in item.iter_markers("acceptance") for line in mark.args}
    item.user_properties += [(_PROPERTY, line) for line in sorted(lines)]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        _passed.update(str(value) for name, value in report.user_properties if name == _PROPERTY)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if hasattr(session.config, "workerinput"):
        # Each process runs a part; the one that gave the parts out hears of all of them.
        return
    options = session.config.option
    is_whole = session.config.args == session.config.getini("testpaths")
    if not is_whole or options.keyword or options.markexpr or options.collectonly or options.maxfail:
        return
    if unheld := [line for line in lines() if line not in _passed]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\nLines of {CONTRACT.name} that no test passed for: {', '.join(unheld)}")
