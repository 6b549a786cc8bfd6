"""Two learners of one name are told apart by their usernames, where nothing else does."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from kolibri.core.auth.namesakes import namesakes
from kolibri.core.auth.services import add_learners
from kolibri.core.lessons.services import create_lesson
from tests.coach.conftest import entries


def test_namesakes() -> None:
    named = [("1", "Juma Ally"), ("2", "Fatma Said"), ("3", "juma  ally"), ("4", "Juma")]
    assert namesakes(named) == {"1", "3"}
    assert namesakes([]) == frozenset()


@pytest.fixture
def twins(school):
    return add_learners(school.classroom, [("Juma Ally", "juma"), ("Juma Ally", "jumaa")])


@pytest.fixture
def lesson(school, channel):
    found = entries(*channel.node_ids.values())[:2]
    return create_lesson(school.coach, collection=school.classroom, title="Rain", resources=found, is_active=True)


@pytest.fixture
def coach(client, school):
    client.force_login(school.coach)
    return client


@pytest.mark.parametrize("page", ["report", "class-report", "today", "lesson"])
def test_in_reports_and_where_learners_are_ticked(coach, school, channel, lesson, twins, page) -> None:
    key = lesson.pk if page in ("report", "lesson") else school.classroom.pk
    html = coach.get(reverse(f"kolibri:coach:{page}", args=[key])).content.decode()
    beside = re.findall(r"<bdi>([^<]+)</bdi> ?<bdi class=\"(?:quiet small|state quiet)\">(\w+)</bdi>", html)
    assert set(beside) == {("Juma Ally", "juma"), ("Juma Ally", "jumaa")}
