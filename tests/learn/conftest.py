"""A learner signed in, and a channel to learn from."""

import pytest
from django.test import Client

from tests.screens import bring
from tests.screens import chromium
from tests.screens import computer
from tests.screens import listeners
from tests.screens import open_school
from tests.screens import served
from tests.screens import visit
from tests.sticks import make_stick

__all__ = ["chromium", "computer", "listeners", "open_school", "served", "visit"]


@pytest.fixture
def channel(computer, db, tmp_path) -> str:
    stick = make_stick(tmp_path / "stick")
    bring(stick, computer)
    return stick.channel_id


@pytest.fixture
def client(school) -> Client:
    client = Client()
    client.force_login(school.learner)
    return client
