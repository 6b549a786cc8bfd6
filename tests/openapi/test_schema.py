"""The API's description holds for what the API really answers."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.urls import URLPattern
from rest_framework.test import APIClient

from kolibri import urls
from kolibri.core.api import ReadOnlyValuesViewset
from kolibri.core.api import registry
from kolibri.core.auth.models import Classroom
from kolibri.core.lessons.api import LessonViewset
from kolibri.core.lessons.models import Lesson
from kolibri.core.values.schema import item_schema
from tests.schools import School
from tests.sticks import Stick

ROLES = ("admin", "coach", "learner")


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The description as the command writes it, without a warning."""
    home = tmp_path_factory.mktemp("home")
    file = home / "schema.json"
    words = ["manage", "spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(file)]
    told = subprocess.run(
        [sys.executable, "-m", "kolibri", *words],
        env={**os.environ, "KOLIBRI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "kolibri.settings.dev"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert told.returncode == 0, told.stderr
    return json.loads(file.read_text())


def strict(schema: Any) -> Any:
    """OpenAPI's `nullable` in the words of JSON schema."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: strict(one) for name, one in schema.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


def hold(described: dict[str, Any], path: str, method: str, answer: Any) -> None:
    """Assert that the answer is one that the description knows."""
    answers = described["paths"][path][method]["responses"]
    assert str(answer.status_code) in answers, (method, path, answer.status_code, answer.content[:300])
    content = answers[str(answer.status_code)].get("content")
    if content is None:
        assert not answer.content
        return
    jsonschema.validate(json.loads(answer.content), strict(content["application/json"]["schema"]))


def signed_in(person: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(person)
    return client


def make_lesson(school: School) -> str:
    client = signed_in(school.coach)
    sent = {"title": "Fractions", "collection": school.classroom.pk, "assignments": [school.classroom.pk]}
    sent |= {"is_active": True, "learner_ids": [school.learner.pk]}
    answer = client.post("/api/lesson/", sent, format="json")
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


@pytest.mark.parametrize("role", ROLES)
def test_every_list_and_detail_is_as_described(described: dict[str, Any], school: School, role: str) -> None:
    make_lesson(school)
    client = signed_in(getattr(school, role))
    details = 0
    lists = [path for path in described["paths"] if f"{path}{{id}}/" in described["paths"]]
    for path in lists:
        for query in ("", "?page_size=2"):
            answer = client.get(path + query)
            assert answer.status_code == 200, (path, answer.content)
            hold(described, path, "get", answer)
        rows = answer.json()["results"]
        for row in rows:
            answer = client.get(f"{path}{row['id']}/")
            assert answer.status_code == 200
            hold(described, f"{path}{{id}}/", "get", answer)
            details += 1
    assert len(lists) >= 10
    assert details >= 5


@pytest.mark.parametrize("role", ROLES)
def test_channels_and_resources_are_as_described(
    described: dict[str, Any],
    school: School,
    stick: Stick,
    bring: Callable[..., Any],
    role: str,
) -> None:
    bring(stick)
    client = signed_in(getattr(school, role))
    for path in ("/api/channel/", "/api/contentnode/"):
        rows = client.get(f"{path}?page=1")
        hold(described, path, "get", rows)
        for row in rows.json()["results"]:
            hold(described, f"{path}{{id}}/", "get", client.get(f"{path}{row['id']}/"))
        assert rows.json()["count"] >= 1
    assert any(row["files"] for row in rows.json()["results"])


def test_writes_and_errors_are_as_described(described: dict[str, Any], school: School) -> None:
    client = signed_in(school.coach)
    lesson, detail = make_lesson(school), "/api/lesson/{id}/"
    sent = {"title": "Decimals", "collection": school.classroom.pk}
    wanted = {
        201: client.post("/api/lesson/", sent, format="json"),
        400: client.post("/api/lesson/", {"title": ""}, format="json"),
        403: APIClient().post("/api/lesson/", sent, format="json"),
        415: client.post("/api/lesson/", "x", content_type="text/csv"),
    }
    for status, answer in wanted.items():
        assert answer.status_code == status, answer.content
        hold(described, "/api/lesson/", "post", answer)
    changed = client.patch(f"/api/lesson/{lesson}/", {"title": "Shapes"}, format="json")
    assert changed.status_code == 200
    hold(described, detail, "patch", changed)
    missing = client.get(f"/api/lesson/{'0' * 32}/")
    assert missing.status_code == 404
    hold(described, detail, "get", missing)
    gone = client.delete(f"/api/lesson/{lesson}/")
    assert gone.status_code == 204
    hold(described, detail, "delete", gone)


def test_every_address_is_described(described: dict[str, Any]) -> None:
    def walk(patterns: Any, before: str) -> Any:
        for one in patterns:
            text = before + str(one.pattern).lstrip("^")
            if isinstance(one, URLPattern):
                # morango's protocol is its own, and described there.
                if getattr(getattr(one.callback, "cls", None), "schema", True) is not None:
                    yield text
            else:
                yield from walk(one.url_patterns, text)

    known = {re.sub(r"\{\w+\}", "*", path) for path in described["paths"]}
    found = {
        "/" + re.sub(r"\(\?P<\w+>(?:\[[^\]]*\]|[^)])*\)|<[^>]+>", "*", text).removesuffix(r"\Z").removesuffix("$")
        for text in walk(urls.urlpatterns, "")
    }
    api = {text for text in found if text.startswith("/api/")}
    assert len(api) >= 20
    assert api <= known


def test_a_viewset_that_lies_is_caught(school: School) -> None:
    class Liar(ReadOnlyValuesViewset[Classroom]):
        queryset = Classroom.objects.all()
        values = ("id", "name")

        def consolidate(self, items: list[dict[str, Any]], queryset: Any) -> list[dict[str, Any]]:
            return [{**item, "secret": 1} for item in items]

    registry.remove(Liar)
    with pytest.raises(jsonschema.ValidationError, match="secret"):
        jsonschema.validate(Liar.fetch(Classroom.objects.all())[0], strict(item_schema(Liar)))


def test_a_lesson_says_what_its_columns_are() -> None:
    keys = item_schema(LessonViewset)["properties"]
    pattern = "^[0-9a-f]{32}$"
    assert keys["id"] == {"type": "string", "pattern": pattern}
    assert keys["active"] == {"type": "boolean"}
    assert keys["date_created"] == {"type": "string", "format": "date-time"}
    assert keys["assignments"] == {"type": "array", "items": {"type": "string", "pattern": pattern}}
    assert list(keys["classroom"]["properties"]) == ["id", "name", "parent"]
    assert Lesson._meta.get_field("created_by").null is bool(keys["created_by"].get("nullable"))


@pytest.mark.parametrize("settings", ["desktop", "server"])
def test_a_release_knows_nothing_of_it(tmp_path: Path, settings: str) -> None:
    code = (
        "import django, sys; django.setup(); from django.urls import get_resolver; get_resolver().url_patterns; "
        "sys.exit(any(name.startswith(('drf_spectacular', 'kolibri.core.values.schema')) for name in sys.modules))"
    )
    env = {**os.environ, "KOLIBRI_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": f"kolibri.settings.{settings}"}
    assert subprocess.run([sys.executable, "-c", code], env=env, timeout=120).returncode == 0
