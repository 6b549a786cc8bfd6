"""A home of its own for each test, a stick to import from, and someone who watches the import."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from kolibri.core.content.importer import Import
from kolibri.core.content.importer import Result
from tests.sticks import Stick
from tests.sticks import make_stick


class Watching:
    """Notes what an import tells, and stops it when `stop` returns an exception."""

    def __init__(self, stop: Callable[[float], BaseException | None] = lambda done: None) -> None:
        self.told: list[tuple[float, float, Mapping[str, Any] | None]] = []
        self._stop = stop

    def update_progress(
        self, progress: float, total_progress: float = 1.0, text: str | None = None, extra: Any = None
    ) -> None:
        self.told.append((progress, total_progress, extra))

    def check_for_cancel(self) -> None:
        error = self._stop(self.told[-1][0] if self.told else 0)
        if error is not None:
            raise error


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Path:
    settings.KOLIBRI_HOME = tmp_path / "home"
    settings.KOLIBRI_EXTRA_DRIVES = []
    return tmp_path / "home"


@pytest.fixture
def stick(tmp_path: Path) -> Stick:
    return make_stick(tmp_path / "stick")


@pytest.fixture
def bring(home: Path, db: None) -> Callable[..., Result]:
    """Import a stick's channels and return the result of the first one (`all=True`: of each)."""

    def bring(stick: Stick, watcher: Watching | None = None, *, all: bool = False) -> Any:
        results = Import(stick.content, home, watcher or Watching()).run(stick.channel_ids)
        return results if all else results[0]

    return bring


def stored(home: Path) -> set[str]:
    """Return the names of all files in the home's storage."""
    return {path.name for path in (home / "content" / "storage").rglob("*") if path.is_file()}
