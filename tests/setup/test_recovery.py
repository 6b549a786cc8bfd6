"""The code on paper: shown once, used once."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from kolibri.core.auth.models import FacilityUser
from kolibri.core.device import recovery
from tests.setup.conftest import SCHOOL
from tests.setup.conftest import answer

CODE = re.compile(rf"[{recovery.ALPHABET}]{{4}}(?:-[{recovery.ALPHABET}]{{4}}){{3}}")
NEW = "seven goats on a hill"


@pytest.fixture
def done(window):
    """The window after the wizard, its teacher signed in."""
    answer(window)
    window.post("/setup/content/", {"go": "later"})
    window.get("/setup/finish/")
    return window


def shown(client):
    found = CODE.findall(client.get("/setup/code/").content.decode())
    return found[0] if found else ""


def recover(client, right_code, **changes):
    return client.post("/setup/recover/", {"username": "amina", "code": right_code, "password": NEW, **changes})


def test_the_code_is_shown_until_it_is_written_down_and_never_again(done):
    code = shown(done)
    assert code
    assert done.post("/setup/code/written-down/", {"next": "/learn/"})["Location"] == "/learn/"
    assert shown(done) == ""
    assert done.get("/setup/code/").status_code == 200


def test_after_a_restart_a_new_code_is_offered(done):
    old = shown(done)
    cache.clear()
    assert shown(done) == ""
    done.post("/setup/code/new/")
    assert shown(done) and shown(done) != old
    assert recover(Client(), old).status_code == 400


@pytest.mark.parametrize("onward", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "\x00"])
def test_written_down_leads_nowhere_else(done, onward):
    assert done.post("/setup/code/written-down/", {"next": onward})["Location"] == "/"


def test_the_code_is_for_superusers_only(done):
    learner = Client()
    learner.force_login(FacilityUser.objects.get(username="ben"))
    for client in (learner, Client()):
        assert client.get("/setup/code/").status_code in (302, 403)
        assert client.post("/setup/code/new/").status_code in (302, 403)
        assert client.post("/setup/code/written-down/").status_code in (302, 403)
    assert shown(done)


def test_a_forgotten_password_is_replaced_by_the_code(done):
    code = shown(done)
    client = Client()
    assert recover(client, code.lower())["Location"] == "/"
    amina = FacilityUser.objects.get(username="amina")
    assert amina.check_password(NEW)
    assert client.session["_auth_user_id"] == amina.pk
    assert shown(client) not in ("", code)
    assert recover(Client(), code, password="another good one").status_code == 400


def test_the_old_sessions_end_with_the_old_password(done):
    recover(Client(), shown(done))
    assert done.get("/setup/code/").status_code in (302, 403)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "a\x00"}, "username"),
        ({"code": ""}, "code"),
        ({"code": "AAAA-AAAA-AAAA-AAAA"}, "code"),
        ({"code": "x" * 101}, "code"),
        ({"password": ""}, "password"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": "12345678"}, "password"),
        ({"username": "ben"}, "code"),
        ({"username": "nobody"}, "code"),
    ],
)
def test_a_bad_field_is_named(done, changes, field):
    response = recover(Client(), shown(done), **changes)
    assert response.status_code == 400
    assert set(re.findall(r'id="error-(\w+)"', response.content.decode())) == {field}
    assert FacilityUser.objects.get(username="amina").check_password(SCHOOL["password"])


def test_after_five_wrong_codes_the_page_asks_to_wait(done):
    client = Client()
    for _ in range(5):
        recover(client, recovery.new_code())
    response = recover(client, shown(done))
    assert response.status_code == 429 and "Try again in 60 seconds" in response.content.decode()
    assert response["Retry-After"] == "60"


def test_neither_password_nor_code_is_stored_or_logged(done, caplog):
    from tests.core.device.test_services import stored_text

    code = shown(done)
    recover(Client(), recovery.new_code())
    stored = stored_text() + caplog.text
    for secret in (SCHOOL["password"], NEW, code, code.replace("-", "")):
        assert secret not in stored


def test_the_code_stands_on_no_page_that_a_class_may_see(done):
    """A teacher shows the sharing page to the whole room."""
    code = shown(done)
    assert code
    shared = done.get("/computer/share/").content.decode()
    assert code not in shared
    assert "Write this down: your recovery code" in shared
    assert code in done.get("/coach/", follow=True).content.decode()
