"""The wizard as the computer's own window sees it."""

import pytest
from django.test import Client

from kolibri.core.device import window_key
from tools.smoke import SCHOOL


def at_window(client: Client) -> Client:
    """Let the client's session be the window's, as the one-time key does."""
    client.defaults["kolibri.listener"] = "window"
    client.get("/window/enter", {"key": window_key.issue(), "next": "/setup/"})
    return client


@pytest.fixture
def window(db: None) -> Client:
    return at_window(Client())


def class_fields(names: str = "", classroom_name: str = "Grade 4") -> dict[str, str]:
    return {"classroom_name": classroom_name, "names": names}


def answer(window: Client, *, upto: str = "content", names: str = "Ben Carter\nCarla Diaz") -> None:
    """Answer the wizard's pages before `upto`."""
    steps = [
        ("language", "/setup/language/", {"language": "en"}),
        ("school", "/setup/school/", SCHOOL),
        ("classroom", "/setup/class/", class_fields(names)),
    ]
    for page, address, fields in steps:
        if page == upto:
            return
        response = window.post(address, fields)
        assert response.status_code == 302, (page, response.content.decode())
