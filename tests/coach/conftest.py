"""A school with a channel on its computer, and a lesson to work on."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Page

from kolibri.core.content import services as content
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.services import create_lesson
from tests.coach.lesson_editor import THREE
from tests.coach.lesson_editor import address
from tests.schools import School
from tests.screens import Visit
from tests.screens import bring
from tests.screens import chromium
from tests.screens import computer
from tests.screens import listeners
from tests.screens import open_school
from tests.screens import served
from tests.screens import visit
from tests.sticks import Stick
from tests.sticks import make_stick

__all__ = ["chromium", "computer", "listeners", "open_school", "served", "visit"]

PAGES = 30


def entries(*node_ids: str) -> list[dict[str, str]]:
    """Return the resources as a lesson keeps them."""
    known = content.resources_by_ids(node_ids)
    return [
        {"contentnode_id": one.id, "content_id": one.content_id, "channel_id": one.channel_id} for one in known.values()
    ]


def asks_with(html: str) -> dict[str, str]:
    """Return the headers with which a page asks whether there is news."""
    (found,) = re.findall(r'hx-headers="({[^"]*If-None-Match[^"]*})"', html)
    return {"HX-Request": "true", **json.loads(unescape(found))}


@pytest.fixture
def stick(tmp_path: Path) -> Stick:
    """A stick whose channel has a folder of thirty pages beside the usual ones."""
    return make_stick(tmp_path / "stick", padding=PAGES)


@pytest.fixture
def channel(stick: Stick, computer: Path, db: None) -> Stick:
    """The stick's channel, on this computer."""
    bring(stick, computer)
    return stick


@pytest.fixture
def open_channel(stick: Stick, computer: Path, open_school: School) -> Stick:
    """The same, written for the server's threads to see."""
    bring(stick, computer)
    return stick


@pytest.fixture
def open_lesson(open_school: School, open_channel: Stick) -> Lesson:
    """A lesson of three resources."""
    resources = entries(*(open_channel.node_ids[title] for title in THREE))
    return create_lesson(open_school.coach, collection=open_school.classroom, title="Rain", resources=resources)


@pytest.fixture
def lesson_page(open_school: School, open_lesson: Lesson, visit: Visit) -> Page:
    """That lesson's page, before its coach."""
    return visit(address("lesson", open_lesson), open_school.coach)
