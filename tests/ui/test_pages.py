"""What every page has: places by role, the jobs under way, languages, and pages for what goes wrong."""

import datetime

import pytest
from django.conf import settings
from django.db import OperationalError
from django.http import HttpResponse
from django.template import Context
from django.template import Template
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View

from kolibri.core.content.tasks import ImportChannels
from kolibri.core.device.models import DeviceSettings
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State
from kolibri.ui import access
from kolibri.ui import notices
from tests.schools import School
from tests.schools import make_superuser


def places(client: Client, path: str) -> list[str]:
    return [item.label for item in client.get(path).context["nav"]]


def test_each_person_sees_his_own_places(school: School) -> None:
    client = Client()
    client.force_login(school.learner)
    assert places(client, "/learn/") == ["My lessons", "Library"]
    client.force_login(school.coach)
    assert places(client, "/coach/?stay") == ["Classes"]
    client.force_login(school.admin)
    assert places(client, "/coach/?stay") == ["Classes", "School"]
    make_superuser(school.admin)
    assert places(client, "/coach/?stay") == ["Classes", "School", "Content", "Share with the class", "This computer"]
    current = [item.label for item in client.get("/coach/?stay").context["nav"] if item.current]
    assert current == ["Classes"]
    assert places(Client(), "/sign-in/") == []


def test_names_are_shown_as_text(school: School) -> None:
    school.facility.name = "<script>alert(1)</script>"
    school.facility.save()
    DeviceSettings.forget()
    page = Client().get("/sign-in/").content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_a_page_says_its_language_and_direction(school: School, settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    client = Client()
    answer = client.post(reverse("kolibri:ui:language"), {"language": "ar", "next": "/sign-in/"})
    assert answer["Location"] == "/sign-in/"
    assert '<html lang="ar" dir="rtl">' in client.get("/sign-in/").content.decode()
    # A language that the program does not have changes nothing.
    client.post(reverse("kolibri:ui:language"), {"language": "xx"})
    assert '<html lang="ar" dir="rtl">' in client.get("/sign-in/").content.decode()


def test_a_language_leads_nowhere_else(school: School) -> None:
    address = reverse("kolibri:ui:language")
    assert Client().post(address, {"language": "en", "next": "//evil.example"})["Location"] == "/"
    assert Client().get(address).status_code == 405


def test_jobs_are_seen_and_stopped_by_who_runs_the_computer(school: School) -> None:
    job = ImportChannels.enqueue("/nowhere", ["a" * 32])
    chip, cancel = reverse("kolibri:ui:jobs"), reverse("kolibri:ui:cancel-job", args=[job.job_id])
    client = Client()
    client.force_login(school.admin)
    assert client.get(chip).status_code == 403
    assert client.post(cancel).status_code == 403
    make_superuser(school.admin)
    client.force_login(school.admin)
    shown = client.get(chip).content.decode()
    assert "Bringing in channels" in shown and "<progress" in shown and cancel in shown
    assert 'hx-get="/jobs/"' in client.get("/coach/?stay").content.decode()
    assert client.get(cancel).status_code == 405
    client.post(cancel, headers={"HX-Request": "true"})
    assert ImportChannels.get(job.job_id).is_canceled
    assert client.post(reverse("kolibri:ui:cancel-job", args=["0" * 32])).status_code == 404


def test_what_is_planned_for_later_is_not_under_way(school: School) -> None:
    client = Client()
    client.force_login(make_superuser(school.admin))
    planned = ImportChannels.enqueue_in(datetime.timedelta(hours=1), "/nowhere", ["a" * 32])
    chip = reverse("kolibri:ui:jobs")
    assert "Bringing in channels" not in client.get(chip).content.decode()
    JobRow.objects.filter(pk=planned.job_id).update(state=State.RUNNING)
    assert "Bringing in channels" in client.get(chip).content.decode()


def test_the_window_s_own_wishes_are_refused_to_others(school: School) -> None:
    client = Client()
    client.force_login(make_superuser(school.admin))
    for name in ("open-in-browser", "print"):
        assert client.post(reverse(f"kolibri:ui:{name}")).status_code == 403


def test_alive_asks_the_database_nothing(school: School, django_assert_num_queries) -> None:
    DeviceSettings.current()
    with django_assert_num_queries(0):
        assert Client().get("/alive/").status_code == 204


def test_an_old_page_s_form_says_to_load_it_again(school: School) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/sign-in/", {"username": "coach", "password": "x"})
    assert answer.status_code == 403
    assert "Load it again" in answer.content.decode()
    assert "sentence" in client.post("/sign-in/", headers={"HX-Request": "true"})["HX-Trigger"]


def test_a_failure_s_page_needs_no_database(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr("kolibri.ui.context.DeviceSettings.current", broken)
    answer = Client(raise_request_exception=False).get("/sign-in/")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "What was saved before is safe" in page and "disk I/O" not in page and "data-trouble" in page
    fragment = Client(raise_request_exception=False).get("/sign-in/", headers={"HX-Request": "true"})
    assert "sentence" in fragment["HX-Trigger"]


def test_a_notice_stands_on_every_page_until_it_is_dealt_with(school: School, monkeypatch) -> None:
    monkeypatch.setattr(notices, "_notices", [])
    notices.register(lambda request: render_to_string("ui/viewers/missing.html") if "on" in request.GET else "")
    assert "not here any more" in Client().get("/sign-in/?on").content.decode()
    assert "not here any more" not in Client().get("/sign-in/").content.decode()


def test_signing_in_changes_the_session_and_may_last(school: School) -> None:
    client = Client()
    client.get("/sign-in/")
    client.post("/sign-in/", {"username": "amina"})
    first = client.session.session_key
    assert client.session.get_expire_at_browser_close()
    client.post("/sign-out/")
    client.post("/sign-in/", {"username": "amina", "stay": "on"})
    assert client.session.session_key != first
    assert not client.session.get_expire_at_browser_close()
    assert client.cookies[settings.SESSION_COOKIE_NAME]["httponly"]


def test_classes_of_views_carry_rules_too(school: School, rf) -> None:
    @method_decorator(access.open_to(access.teacher), name="dispatch")
    class Page(View):
        def get(self, request):
            return HttpResponse("in")

    class Forgotten(View):
        pass

    Page.__module__ = Forgotten.__module__ = "kolibri.coach.views"
    assert [found.id for found in access.unruled(iter([Page.as_view(), Forgotten.as_view()]))] == ["ui.E001"]
    request = rf.get("/")
    request.user = school.coach
    assert Page.as_view()(request).content == b"in"


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ("", ['<label for="id-name">', 'value="&lt;b&gt;"', " required"]),
        (
            'hint="Short" error="Long"',
            ['aria-describedby="error-name hint-name"', 'aria-invalid="true"', ">Long<"],
        ),
        ("rows=4", ["<textarea", ">&lt;b&gt;</textarea>"]),
        ('type="password"', ['type="password"', 'data-shows="id-name"']),
        ('optional=True inputmode="numeric" most=5', ["(may stay empty)", 'inputmode="numeric"', 'maxlength="5"']),
    ],
)
def test_a_field_is_tied_to_its_words(options: str, parts: list[str]) -> None:

    html = Template(f'{{% load ui %}}{{% field "name" "Name" value=value {options} %}}').render(
        Context({"value": "<b>"})
    )
    for part in parts:
        assert part in html
    assert ("required" in html) == ("optional" not in options)
    assert "<b>" not in html
