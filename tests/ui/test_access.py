import pytest
from django.core import checks
from django.http import HttpResponse
from django.test import Client
from django.test import RequestFactory
from django.urls import reverse

from kolibri.core.auth.models import AnonymousUser
from kolibri.errors import Refused
from kolibri.ui import access
from tests.schools import PASSWORD
from tests.schools import School
from tests.schools import make_superuser


def view(request):
    return HttpResponse("in")


def ask(rule, user, *, at_window=False, htmx=False):
    request = RequestFactory().get("/coach/?a=1", headers={"HX-Request": "true"} if htmx else {})
    request.user, request.at_window = user, at_window
    return access.open_to(rule)(view)(request)


def test_every_screen_says_who_may_open_it() -> None:
    assert [found for found in checks.run_checks() if found.id == "ui.E001"] == []


def test_a_screen_that_does_not_is_found() -> None:
    def forgotten(request):
        return HttpResponse("open to all")

    forgotten.__module__ = "kolibri.coach.views"
    (found,) = access.unruled(iter([forgotten, access.open_to(access.teacher)(forgotten)]))
    assert found.id == "ui.E001" and "forgotten" in found.msg


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (access.everyone, {"nobody", "learner", "coach", "admin", "superuser"}),
        (access.signed_in, {"learner", "coach", "admin", "superuser"}),
        (access.learner, {"learner"}),
        (access.teacher, {"coach", "admin", "superuser"}),
        (access.admin, {"admin", "superuser"}),
        (access.this_computer, {"superuser"}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_each_rule_lets_in_exactly_whom_it_names(school: School, rule, allowed) -> None:
    people = {"nobody": AnonymousUser(), "learner": school.learner, "coach": school.coach, "admin": school.admin}
    for name, person in people.items():
        if name in allowed:
            assert ask(rule, person).content == b"in"
        elif name == "nobody":
            assert ask(rule, person)["Location"] == "/sign-in/?next=/coach/%3Fa%3D1"
            assert ask(rule, person, htmx=True)["HX-Redirect"].startswith("/sign-in/")
        else:
            with pytest.raises(Refused):
                ask(rule, person)
    make_superuser(school.admin)
    if "superuser" in allowed:
        assert ask(rule, school.admin).content == b"in"


def test_the_window_may_what_is_this_computer_s(school: School) -> None:
    assert ask(access.this_computer, AnonymousUser(), at_window=True).content == b"in"
    with pytest.raises(Refused):
        ask(access.teacher, school.learner, at_window=True)


def sign_in(client: Client, username: str, password: str = "", **extra):
    return client.post(reverse("kolibri:ui:sign-in"), {"username": username, "password": password, **extra})


def test_people_sign_in_and_land_where_they_belong(school: School) -> None:
    for username, password, place in (("amina", "", "/learn/"), ("coach", PASSWORD, "/coach/")):
        client = Client()
        assert sign_in(client, username, password)["Location"] == "/"
        assert client.get("/")["Location"] == place
        assert client.post(reverse("kolibri:ui:sign-out"))["Location"] == "/sign-in/"
        assert client.get(place)["Location"].startswith("/sign-in/")


def test_a_wrong_name_and_a_wrong_password_look_the_same(school: School) -> None:
    wrong = [
        sign_in(Client(), username, password)
        for username, password in (("coach", "wrong"), ("nobody", "wrong"), ("nobody", ""), ("coach", ""), ("", ""))
    ]
    assert {answer.status_code for answer in wrong} == {400}
    texts = {answer.content.decode().partition('role="alert">')[2].partition("<")[0] for answer in wrong}
    assert len(texts) == 1
    assert sign_in(Client(), "amina", "a guess").status_code == 400


def test_after_eight_wrong_tries_the_name_waits_on_that_device_only(school: School) -> None:
    client = Client()
    client.get(reverse("kolibri:ui:sign-in"))
    for _ in range(8):
        assert sign_in(client, "coach", "wrong").status_code == 400
    refused = sign_in(client, "coach", PASSWORD)
    assert refused.status_code == 429 and refused["Retry-After"] == "15"
    assert "Try again in 15 seconds" in refused.content.decode()
    assert sign_in(client, "amina").status_code == 302
    assert sign_in(Client(REMOTE_ADDR="192.168.1.9"), "coach", PASSWORD).status_code == 302


@pytest.mark.parametrize(
    "onward", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "\\\\evil", "/\\evil"]
)
def test_nobody_is_sent_away(school: School, onward: str) -> None:
    assert sign_in(Client(), "amina", next=onward)["Location"] == "/"
    assert sign_in(Client(), "ben", next="/learn/?a=1")["Location"] == "/learn/?a=1"


def test_bad_names_are_only_wrong(school: School) -> None:
    for username in ("\x00", "a\x00b", "x" * 5000, "'; --"):
        assert sign_in(Client(), username, "\x00").status_code == 400


def test_pages_carry_their_policy(school: School) -> None:
    answer = Client().get(reverse("kolibri:ui:sign-in"))
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe-inline" not in policy and "frame-ancestors 'none'" in policy
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_trouble_is_a_page_with_a_way_on(school: School) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(school.learner)
    for address, status in (("/coach/", 403), ("/nothing/", 404), (f"/learn/lesson/{'0' * 32}/", 404)):
        answer = client.get(address)
        assert answer.status_code == status
        assert b"Go to the first page" in answer.content and b"Traceback" not in answer.content
    assert "sentence" in client.get("/coach/", headers={"HX-Request": "true"})["HX-Trigger"]
