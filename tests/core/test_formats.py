"""JSON however it is asked for; pages to browse the API in development only."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.test import Client
from django.utils.module_loading import import_string
from rest_framework.renderers import BrowsableAPIRenderer

from kolibri.core.lessons.api import LessonViewset
from kolibri.core.lessons.services import create_lesson
from kolibri.core.values.rendering import ORJSONRenderer
from tests.schools import School
from tests.server.conftest import ROOT
from tests.server.conftest import plain_environment

LISTS = ("/api/lesson/", "/api/facilityuser/", "/api/classroom/", "/api/role/", "/api/channel/")
SHOW = (
    "import django, json; from django.conf import settings; "
    "print(json.dumps([settings.DEBUG, settings.REST_FRAMEWORK['DEFAULT_RENDERER_CLASSES']]))"
)


def settings_of(module: str) -> tuple[bool, list[str]]:
    environment = plain_environment() | {"DJANGO_SETTINGS_MODULE": module, "PATH": os.environ["PATH"]}
    shown = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    is_debug, renderers = json.loads(shown.stdout)
    return is_debug, renderers


def signed_in(school: School) -> Client:
    client = Client()
    client.force_login(school.admin)
    return client


@pytest.mark.acceptance("G13")
@pytest.mark.parametrize("kind", ["list", "page", "detail", "error"])
def test_json_is_the_same_however_it_is_asked_for(school: School, kind: str) -> None:
    lesson = create_lesson(school.coach, collection=school.classroom, title="Rain “à l’école” 雨", is_active=True)
    paths = {
        "list": LISTS,
        "page": ("/api/lesson/?page_size=1&page=1", "/api/facilityuser/?page_size=2&page=2"),
        "detail": (f"/api/lesson/{lesson.pk}/", f"/api/classroom/{school.classroom.pk}/"),
        "error": (f"/api/lesson/{'0' * 32}/", "/api/lesson/?collection=x"),
    }
    client = signed_in(school)
    for path in paths[kind]:
        plain = client.get(path)
        accepted = client.get(path, headers={"Accept": "application/json"})
        asked = client.get(f"{path}{'&' if '?' in path else '?'}format=json")
        assert plain.content and plain.content == accepted.content == asked.content
        assert {one.headers["Content-Type"] for one in (plain, accepted, asked)} == {"application/json"}
        assert {one.status_code for one in (plain, accepted, asked)} == {plain.status_code}


@pytest.mark.acceptance("G13")
@pytest.mark.parametrize("module", ["desktop", "server", "test"])
def test_a_release_sends_no_pages_of_the_api(module: str) -> None:
    is_debug, renderers = settings_of(f"kolibri.settings.{module}")
    assert is_debug is False
    assert [import_string(name) for name in renderers] == [ORJSONRenderer]


@pytest.mark.acceptance("G13")
def test_where_nothing_is_debugged_a_page_is_refused(school: School) -> None:
    client = signed_in(school)
    assert client.get(LISTS[0], headers={"Accept": "text/html"}).status_code == 406
    assert client.get(f"{LISTS[0]}?format=api").status_code == 404


@pytest.mark.acceptance("G13")
def test_in_development_the_api_can_be_browsed(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    is_debug, renderers = settings_of("kolibri.settings.dev")
    classes = [import_string(name) for name in renderers]
    assert is_debug is True
    assert classes == [ORJSONRenderer, BrowsableAPIRenderer]
    create_lesson(school.coach, collection=school.classroom, title="Rain", is_active=True)
    client = signed_in(school)
    before = client.get(LISTS[0])
    monkeypatch.setattr(LessonViewset, "renderer_classes", classes)
    page = client.get(LISTS[0], headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"Rain" in page.content
    assert client.get(f"{LISTS[0]}?format=api").content.count(b"Rain") == page.content.count(b"Rain")
    for headers in ({}, {"Accept": "application/json"}, {"Accept": "*/*"}):
        assert client.get(LISTS[0], headers=headers).content == before.content
    # What one form has as a validator is never another's.
    tag = {"If-None-Match": before.headers["ETag"], "Accept": "text/html"}
    assert client.get(LISTS[0], headers=tag).status_code == 200
