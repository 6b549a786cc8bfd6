"""A school to write into, made once, and the shim, compiled once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.loss.disk import NoCompiler
from tests.loss.disk import build_shim
from tests.loss.rounds import Ground
from tests.loss.rounds import prepare_ground


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return prepare_ground(tmp_path_factory.mktemp("loss") / "home")


@pytest.fixture
def new_ground(prepared: Ground, tmp_path: Path) -> Callable[[], Ground]:
    """Return what makes a home of its own with the school in it."""
    made: list[Ground] = []

    def new() -> Ground:
        made.append(prepared.copy(tmp_path / f"home-{len(made)}"))
        return made[-1]

    return new


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if os.uname().sysname != "Linux":
        pytest.skip("the diary of writes is kept with LD_PRELOAD, which is Linux's")
    try:
        return build_shim(tmp_path_factory.mktemp("shim"))
    except NoCompiler as problem:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(problem))


@pytest.fixture
def chance() -> Random:
    """Return chances that are new in every run and told when a test fails."""
    seed = int.from_bytes(os.urandom(4))
    print(f"seed {seed}")
    return Random(seed)
