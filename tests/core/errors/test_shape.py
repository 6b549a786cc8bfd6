"""Whatever goes wrong under /api/ is told in one shape; screens keep their pages."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.http import HttpResponseNotAllowed
from django.http import HttpResponseRedirect
from django.test import Client
from django.test import RequestFactory
from django.urls import reverse

from kolibri.core.auth.middleware import AuthenticationMiddleware
from kolibri.core.device.middleware import LanguageMiddleware
from kolibri.core.device.middleware import WindowMiddleware
from kolibri.core.device.models import DeviceSettings
from kolibri.core.lessons.api import LessonViewset
from kolibri.core.values.middleware import ApiErrorsMiddleware
from kolibri.errors import TooOften
from kolibri.server.packing import PackingMiddleware
from kolibri.ui.middleware import PageHeadersMiddleware
from tests.core.errors.shape import problem
from tests.core.errors.shape import problems
from tests.schools import School

LESSONS = "/api/lesson/"
NOWHERE = f"{LESSONS}{'0' * 32}/"
JSON = "application/json"

Ask = Callable[[Client], Any]


def signed_in(school: School, **more: Any) -> Client:
    client = Client(raise_request_exception=False, **more)
    client.force_login(school.coach)
    return client


def boom(*_args: Any, **_kwargs: Any) -> Any:
    raise ValueError("the secret of kolibri/somewhere.py")


def many(count: int) -> str:
    return "&".join(f"a{number}=1" for number in range(count))


CASES: dict[str, tuple[Ask, tuple[int, str, str]]] = {
    "a choice that is none": (
        lambda c: c.post(LESSONS, {"title": "Rain", "collection": "x"}, content_type=JSON),
        (400, "invalid", "collection"),
    ),
    "a class that is not there": (
        lambda c: c.post(LESSONS, {"title": "Rain", "collection": "0" * 32}, content_type=JSON),
        (403, "refused", ""),
    ),
    "broken JSON": (lambda c: c.post(LESSONS, "{", content_type=JSON), (400, "invalid", "")),
    "no JSON at all": (lambda c: c.post(LESSONS, b"\xff", content_type=JSON), (400, "invalid", "")),
    "a list": (lambda c: c.post(LESSONS, [1], content_type=JSON), (400, "invalid", "")),
    "nested too deep": (lambda c: c.post(LESSONS, "[" * 100_000, content_type=JSON), (400, "invalid", "")),
    "a form without its boundary": (
        lambda c: c.post(LESSONS, b"x", content_type="multipart/form-data"),
        (400, "invalid", ""),
    ),
    "a bad filter": (lambda c: c.get(f"{LESSONS}?collection=x"), (400, "invalid", "collection")),
    "a bad size of pages": (lambda c: c.get(f"{LESSONS}?page_size=x"), (400, "invalid", "page_size")),
    "no such page": (lambda c: c.get(f"{LESSONS}?page=9"), (404, "not_found", "")),
    "another host": (lambda c: c.get(LESSONS, headers={"Host": "evil.example"}), (400, "invalid", "")),
    "a host that is none": (lambda c: c.get(LESSONS, headers={"Host": "a b"}), (400, "invalid", "")),
    "no such record": (lambda c: c.get(NOWHERE), (404, "not_found", "")),
    "a malformed id": (lambda c: c.get(f"{LESSONS}x/"), (404, "not_found", "")),
    "a null character in the address": (lambda c: c.get(f"{LESSONS}%00/"), (404, "not_found", "")),
    "no such address": (lambda c: c.get("/api/nothing/"), (404, "not_found", "")),
    "no such address to write to": (lambda c: c.post("/api/nothing/", {}), (404, "not_found", "")),
    "the root": (lambda c: c.get("/api/"), (404, "not_found", "")),
    "an unknown format": (lambda c: c.get(f"{LESSONS}?format=xml"), (404, "not_found", "")),
    "another method": (lambda c: c.put(LESSONS, {}, content_type=JSON), (405, "method_not_allowed", "")),
    "no method of HTTP": (lambda c: c.generic("BREW", LESSONS), (405, "method_not_allowed", "")),
    "only pages wanted": (lambda c: c.get(LESSONS, headers={"Accept": "text/html"}), (406, "not_acceptable", "")),
    "XML": (
        lambda c: c.post(LESSONS, "<a/>", content_type="application/xml"),
        (415, "unsupported_media_type", ""),
    ),
    "a body over 5 MB": (
        lambda c: c.post(LESSONS, b"{" + b" " * settings.DATA_UPLOAD_MAX_MEMORY_SIZE, content_type=JSON),
        (413, "too_large", ""),
    ),
    "a form over 5 MB": (
        lambda c: c.post(
            LESSONS,
            b"title=" + b"a" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            content_type="application/x-www-form-urlencoded",
        ),
        (413, "too_large", ""),
    ),
    "too many fields": (
        lambda c: c.post(LESSONS, many(5_001), content_type="application/x-www-form-urlencoded"),
        (413, "too_large", ""),
    ),
    "too many files": (
        lambda c: c.post(LESSONS, {f"f{number}": io.BytesIO(b"x") for number in range(101)}),
        (413, "too_large", ""),
    ),
    "too many filters": (lambda c: c.get(f"{LESSONS}?{many(5_001)}"), (413, "too_large", "")),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_refused_has_the_shape(school: School, name: str) -> None:
    ask, expected = CASES[name]
    answer = ask(signed_in(school))
    assert problem(answer) == expected
    assert answer.headers["Cache-Control"] == "no-store"


def test_all_that_is_wrong_is_told_at_once_each_with_its_place(school: School) -> None:
    body = {"title": "x" * 51, "collection": school.classroom.pk, "resources": [{"contentnode_id": "x"}, 7]}
    answer = signed_in(school).post(LESSONS, body, content_type=JSON)
    assert answer.status_code == 400
    told = {(one["field"], one["code"]) for one in problems(answer.headers["Content-Type"], answer.content)}
    assert ("title", "max_length") in told
    assert {field for field, _code in told} >= {"resources.0.contentnode_id", "resources.1"}


def test_nobody_signed_in(school: School) -> None:
    assert problem(Client().get(LESSONS)) == (403, "not_authenticated", "")
    assert "WWW-Authenticate" not in Client().get(LESSONS).headers


def test_a_person_who_may_not(school: School) -> None:
    client = Client()
    client.force_login(school.learner)
    body = {"title": "Rain", "collection": school.classroom.pk}
    assert problem(client.post(LESSONS, body, content_type=JSON)) == (403, "refused", "")


def test_a_write_without_the_sessions_token(school: School) -> None:
    strict = signed_in(school, enforce_csrf_checks=True)
    for body, kind in (({}, "multipart/form-data; boundary=x"), ("{}", JSON)):
        answer = strict.generic("POST", LESSONS, body if isinstance(body, str) else "", content_type=kind)
        assert problem(answer) == (403, "csrf_failed", "")


def test_a_name_that_is_taken(school: School) -> None:
    client = signed_in(school)
    body = {"title": "Rain", "collection": school.classroom.pk}
    assert client.post(LESSONS, body, content_type=JSON).status_code == 201
    assert problem(client.post(LESSONS, body, content_type=JSON)) == (400, "duplicate", "title")


def test_too_many_wrong_tries(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    for _try in range(20):
        answer = client.post("/api/session/", {"username": "coach", "password": "wrong"}, content_type=JSON)
        if answer.status_code == 429:
            break
        assert problem(answer)[:2] == (400, "invalid_credentials")
    assert problem(answer)[:2] == (429, "throttled")
    assert int(answer.headers["Retry-After"]) >= 1


def test_an_expected_failure_of_a_plain_view(rf: RequestFactory) -> None:
    request = rf.get("/api/plain/")
    answer = PageHeadersMiddleware(lambda request: HttpResponse()).process_exception(request, TooOften(7))
    assert answer is not None
    assert problem(answer) == (429, "throttled", "")
    assert answer.headers["Retry-After"] == "7"


@pytest.mark.parametrize("debug", [False, True])
def test_a_fault_of_the_program_is_told_without_its_trace(
    school: School, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, debug: bool
) -> None:
    monkeypatch.setattr(settings, "DEBUG", debug)
    monkeypatch.setattr(LessonViewset, "get_queryset", boom)
    client = signed_in(school)
    answer = client.get(LESSONS)
    assert problem(answer) == (500, "failed", "")
    assert b"secret" not in answer.content
    assert "the secret" in caplog.text
    head = client.head(LESSONS)
    assert (head.status_code, head.content, head.headers["Content-Type"]) == (500, b"", JSON)


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    ("middleware", "method"),
    [
        (PackingMiddleware, "__call__"),
        (LanguageMiddleware, "_language"),
        (AuthenticationMiddleware, "process_request"),
        (WindowMiddleware, "__call__"),
        (PageHeadersMiddleware, "__call__"),
    ],
)
def test_a_fault_in_a_middleware_is_told_like_any_other(
    school: School, monkeypatch: pytest.MonkeyPatch, middleware: type, method: str, debug: bool
) -> None:
    monkeypatch.setattr(settings, "DEBUG", debug)
    monkeypatch.setattr(middleware, method, boom)
    client = Client(raise_request_exception=False)
    answer = client.get(LESSONS, headers={"Accept-Language": "fr"})
    assert problem(answer) == (500, "failed", "")
    assert b"secret" not in answer.content
    head = client.head(LESSONS)
    assert (head.status_code, head.content, head.headers["Content-Type"]) == (500, b"", JSON)


def test_unknown_addresses_and_hosts_have_no_debug_page(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEBUG", True)
    client = signed_in(school)
    assert problem(client.get("/api/nothing/")) == (404, "not_found", "")
    assert problem(client.get(LESSONS, headers={"Host": "evil.example"})) == (400, "invalid", "")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (HttpResponseNotAllowed(["GET"]), (405, "method_not_allowed", "")),
        (HttpResponse("<h1>No</h1>", status=403), (403, "refused", "")),
        (HttpResponse("gone", status=410), (410, "invalid", "")),
        (HttpResponse("", status=502), (502, "failed", "")),
    ],
)
def test_what_another_view_says_is_put_into_the_shape(given: HttpResponse, expected: tuple[int, str, str]) -> None:
    answer = ApiErrorsMiddleware(lambda request: given)(RequestFactory().get("/api/other/"))
    assert problem(answer) == expected
    assert answer.headers.get("Allow") == given.headers.get("Allow")


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/learn/", HttpResponse("<h1>No</h1>", status=404)),
        ("/api", HttpResponse("<h1>No</h1>", status=404)),
        ("/api/x/", HttpResponse("fine", status=200)),
        ("/api/x", HttpResponseRedirect("/api/x/")),
    ],
)
def test_pages_and_what_is_no_error_stay_as_they_are(path: str, given: HttpResponse) -> None:
    before = (given.status_code, given.content, dict(given.headers))
    answer = ApiErrorsMiddleware(lambda request: given)(RequestFactory().get(path))
    assert (answer.status_code, answer.content, dict(answer.headers)) == before


def test_screens_keep_their_pages(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(school)
    for answer, status in (
        (client.get("/nothing/"), 404),
        (client.get("/", headers={"Host": "evil.example"}), 400),
        (signed_in(school, enforce_csrf_checks=True).post(reverse("kolibri:ui:sign-in"), {}), 403),
        (client.post(reverse("kolibri:ui:sign-in"), many(5_001), "application/x-www-form-urlencoded"), 413),
    ):
        assert answer.status_code == status
        assert answer.headers["Content-Type"].startswith("text/html")
        assert b"<h1" in answer.content
    monkeypatch.setattr("kolibri.ui.middleware.PageHeadersMiddleware.__call__", boom)
    failed = client.get("/")
    assert (failed.status_code, failed.headers["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert b"secret" not in failed.content


FRENCH = {
    "not_authenticated": "Connectez-vous d’abord.",
    "not_found": "Cette page n’est pas ici. Elle a peut-être été supprimée, ou l’adresse est fausse.",
}


def test_messages_are_in_the_language_of_the_request(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(path: str, client: Client | None = None, **headers: str) -> str:
        answer = (client or Client(raise_request_exception=False)).get(path, headers=headers)
        return str(json.loads(answer.content)["errors"][0]["message"])

    english = {path: said(path, **{"Accept-Language": "fr"}) for path in (LESSONS, "/api/nothing/")}
    assert english[LESSONS] == "Sign in first.", "the computer's language comes first"
    here = DeviceSettings.current()
    here.language = ""
    here.save()
    assert said(LESSONS, **{"Accept-Language": "fr"}) == FRENCH["not_authenticated"]
    assert said("/api/nothing/", **{"Accept-Language": "sw"}) != english["/api/nothing/"]
    chosen = Client()
    chosen.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    assert said(LESSONS, chosen, **{"Accept-Language": "es"}) == FRENCH["not_authenticated"]
    # Before the language is chosen, and where choosing it fails.
    spanish = said(LESSONS, Host="evil.example", **{"Accept-Language": "es"})
    assert spanish.startswith("La dirección")
    monkeypatch.setattr(LanguageMiddleware, "_language", boom)
    assert said(LESSONS, **{"Accept-Language": "es"}).startswith("Algo")
