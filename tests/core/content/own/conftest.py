"""What the tests of own files share."""

from functools import partial
from pathlib import Path

import pytest

from tests import own_files


@pytest.fixture
def give(home: Path, db: None) -> own_files.Give:
    return partial(own_files.add, home)
