"""The one-time key: opens once, at the window's listener only, and leaves a mark that ends with the process."""

import re

import pytest
from django.test import Client
from django.test import override_settings

from kolibri.core.device import window_key

WINDOW = {"kolibri.listener": "window"}
CLASS = {"kolibri.listener": "class"}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("below_the_screens"),
]


@pytest.fixture
def below_the_screens() -> object:
    from tests.server import settings

    names = ("MIDDLEWARE", "ROOT_URLCONF", "LANGUAGES", "CSRF_FAILURE_VIEW")
    with override_settings(**{name: getattr(settings, name) for name in names}):
        yield


def enter(client: Client, key: str, next: str = "/", **listener: str) -> object:
    return client.get("/window/enter", {"key": key, "next": next}, **(listener or WINDOW))


def at_window(client: Client, listener: dict[str, str] = WINDOW) -> bool:
    return bool(client.get("/", **listener).json()["at_window"])


def test_the_key_opens_the_window_and_rotates_the_session(client: Client) -> None:
    assert not at_window(client)
    session = client.session
    session["kept"] = "by the wizard"
    session.save()
    before = session.session_key
    answer = enter(client, window_key.issue(), "/learn/")
    assert (answer.status_code, answer["Location"]) == (302, "/learn/")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"
    assert at_window(client)
    assert client.session.session_key != before


def test_the_key_opens_once(client: Client) -> None:
    key = window_key.issue()
    enter(client, key)
    assert enter(Client(), key).status_code == 403
    # The window itself may reload its first address.
    assert enter(client, key).status_code == 302


@pytest.mark.parametrize("wrong", ["", "x", "é\0", "a" * 10_000])
def test_a_wrong_key_opens_nothing(client: Client, wrong: str) -> None:
    window_key.issue()
    assert enter(client, wrong).status_code == 403
    assert not at_window(client)


def test_the_key_opens_nothing_at_the_class_and_stays_good(client: Client) -> None:
    key = window_key.issue()
    assert enter(client, key, **CLASS).status_code == 403
    assert enter(client, key, **{"kolibri.listener": ""}).status_code == 403
    assert enter(client, key).status_code == 302


def test_the_windows_session_is_nothing_at_the_class(client: Client) -> None:
    enter(client, window_key.issue())
    assert at_window(client)
    assert not at_window(client, CLASS)
    assert not at_window(client, {})


def test_only_asking_opens(client: Client) -> None:
    key = window_key.issue()
    assert client.post(f"/window/enter?key={key}", **WINDOW).status_code == 405
    assert enter(client, key).status_code == 302


def test_signing_out_leaves_the_window_a_window(client: Client) -> None:
    enter(client, window_key.issue())
    client.get("/sign-out", **WINDOW)
    assert at_window(client)


def test_a_mark_of_an_earlier_run_proves_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(client, window_key.issue())
    monkeypatch.setattr(window_key, "RUN", "another")
    assert not at_window(client)


def test_old_keys_give_way(client: Client) -> None:
    first = window_key.issue()
    for _count in range(8):
        window_key.issue()
    assert enter(client, first).status_code == 403


def test_keys_are_long_and_never_the_same() -> None:
    keys = {window_key.issue() for _count in range(100)}
    assert len(keys) == 100
    assert all(re.fullmatch(r"[\w-]{43}", key) for key in keys)


@pytest.mark.parametrize(
    "next", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example", ""]
)
def test_the_key_leads_nowhere_else(client: Client, next: str) -> None:
    assert enter(client, window_key.issue(), next)["Location"] == "/"


def test_a_write_without_a_token_is_refused(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    enter(strict, window_key.issue())
    assert strict.post("/write", **WINDOW).status_code == 403


def test_languages_go_by_choice_then_computer_then_browser(client: Client) -> None:
    from django.conf import settings

    from kolibri.core.device.models import DeviceSettings

    def language(**extra: str) -> str:
        answer = client.get("/", **extra)
        assert answer["Content-Language"] == answer.json()["language"]
        return str(answer.json()["language"])

    assert language() == "en"
    assert language(HTTP_ACCEPT_LANGUAGE="fr-CA, en;q=0.5") == "fr"
    DeviceSettings(language="ar").save()
    assert language(HTTP_ACCEPT_LANGUAGE="fr") == "ar"
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    assert language() == "fr"
    for odd in ("xx", "a" * 1000, "../..", "%00"):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = odd
        assert language() == "ar"
