"""`@pytest.mark.alone`: a test that holds a time limit; no other process of the same run works meanwhile.

What a limit says of the program it would otherwise say of the computer. Two locks on files: all tests share
one, a test that is alone has it for itself. Whoever waits holds the other one, so that nobody overtakes them.
"""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

# The lock that this process has at the moment.
_held: list[TextIO] = []


def _locked(path: Path, kind: int) -> TextIO:
    """Wait for a lock and return the file whose closing gives it back."""
    file = path.open("a")
    fcntl.flock(file, kind)
    return file


def _is_alone(item: pytest.Item | None) -> bool:
    return item is not None and item.get_closest_marker("alone") is not None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    if not hasattr(item.config, "workerinput"):
        return (yield)
    run = Path(tempfile.gettempdir()) / f"kd-tests-{item.config.workerinput['testrunuid']}"
    kind = fcntl.LOCK_EX if _is_alone(item) else fcntl.LOCK_SH
    if not _held:
        with _locked(run.with_suffix(".queue"), fcntl.LOCK_EX):
            _held.append(_locked(run.with_suffix(".work"), kind))
    try:
        return (yield)
    finally:
        # Several that are alone, one after another, wait for the others once.
        if not (_is_alone(item) and _is_alone(nextitem)):
            _held.pop().close()
