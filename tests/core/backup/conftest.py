from pathlib import Path

import pytest

from kolibri.server.home import prepare


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return prepare(tmp_path / "a home")
