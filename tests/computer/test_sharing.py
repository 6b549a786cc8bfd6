"""Sharing with the class: what the page shows as the server's state changes."""

import re
import threading
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.db.models import QuerySet
from django.test import Client

from kolibri.core.device import services
from kolibri.core.device import sharing
from kolibri.core.device.models import DeviceSettings
from kolibri.core.device.sharing import Sharing
from kolibri.errors import Conflict
from kolibri.server import run
from tests.computer.doors import DOORS
from tests.computer.doors import open_door
from tests.schools import make_superuser


class Sharer:
    now = Sharing()
    addresses: tuple[str, ...] = ("192.168.1.20", "10.0.0.5")

    def state(self):
        return self.now

    def start(self):
        self.now = Sharing(True, self.addresses, 8088)
        return self.now

    def stop(self):
        self.now = Sharing()
        return self.now


@pytest.fixture
def sharer():
    found = Sharer()
    sharing.register(found)
    yield found
    sharing.register(None)


@pytest.fixture
def client(school):
    client = Client()
    client.force_login(make_superuser(school.admin))
    return client


def page(client) -> str:
    return client.get("/computer/share/").content.decode()


def test_it_is_off_until_a_teacher_presses(client, sharer):
    assert "http://" not in page(client) and "<svg" in page(client)
    assert client.post("/computer/share/start/")["Location"] == "/computer/share/"
    html = page(client)
    assert ">http://192.168.1.20:8088<" in html and "http://10.0.0.5:8088" in html
    assert 'class="qr"' in html
    client.post("/computer/share/stop/")
    assert "192.168" not in page(client)


def test_the_sheet_follows_a_changed_address(client, sharer):
    client.post("/computer/share/start/")
    (address,) = re.findall(r'hx-get="([^"]*share/state/[^"]*)" hx-trigger="every 3s"', page(client))
    assert client.get(address).status_code == 204
    first = re.findall(r'class="qr"[^>]*>.*?</svg>', page(client))
    sharer.now = Sharing(True, ("172.16.0.9",), 8088)
    answer = client.get(address)
    assert answer.status_code == 200 and "http://172.16.0.9:8088" in answer.content.decode()
    assert re.findall(r'class="qr"[^>]*>.*?</svg>', answer.content.decode()) != first


def test_without_a_network_it_says_what_to_do(client, sharer):
    sharer.addresses = ()
    client.post("/computer/share/start/")
    assert "This computer is on no network." in page(client) and 'class="qr"' not in page(client)


def test_a_failure_is_a_sentence_on_the_page(client, sharer, monkeypatch):
    def taken(self):
        raise Conflict("Every port is taken.")

    monkeypatch.setattr(Sharer, "start", taken)
    answer = client.post("/computer/share/start/")
    assert answer.status_code == 409 and "Every port is taken." in answer.content.decode()


def test_a_server_that_shares_in_another_way_says_so(client):
    answer = client.post("/computer/share/start/")
    assert answer.status_code == 404 and "set up by its administrator" in answer.content.decode()


def test_it_is_shared_again_at_each_start_where_a_teacher_says_so(client, sharer):
    client.post("/computer/share/start/")
    switch = re.compile(r'<input type="checkbox" role="switch" name="again"[^>]*?( checked)?>')
    assert switch.search(page(client))[1] is None
    assert client.post("/computer/share/again/", {"again": "on"})["Location"] == "/computer/share/"
    assert DeviceSettings.objects.get().shares_at_start and switch.search(page(client))[1]
    # Also while it is off: whoever stops for good must find what would begin it again tomorrow.
    client.post("/computer/share/stop/")
    assert switch.search(page(client))[1]
    client.post("/computer/share/again/")
    assert switch.search(page(client)) is None
    client.post("/computer/share/start/")
    assert not DeviceSettings.objects.get().shares_at_start and switch.search(page(client))[1] is None


@pytest.mark.parametrize(("way", "shows_names", "words"), DOORS)
def test_learners_are_told_how_to_sign_in(client, school, sharer, way, shows_names, words):
    open_door(school, way, shows_names)
    client.post("/computer/share/start/")
    assert f"<li>{words}" in page(client)


@pytest.mark.parametrize("error", [OSError("the network went away"), OperationalError("database is locked")])
def test_what_keeps_the_class_out_does_not_fail_a_start_that_is_ready(school, sharer, monkeypatch, error):
    def gone(self):
        raise error

    services.share_at_start(True)
    monkeypatch.setattr(run, "_close_connections", lambda: None)
    running = SimpleNamespace(_stopping=threading.Event())
    with monkeypatch.context() as patch:
        patch.setattr(Sharer, "start", gone)
        run.Running._share_again(running)
    run.Running._share_again(running)
    assert sharing.state() == Sharing(is_on=True, addresses=sharer.addresses, port=8088)


def test_a_port_that_cannot_be_kept_keeps_nobody_out(client, monkeypatch):
    def full(self, **values):
        raise OperationalError("database or disk is full")

    listeners = Sharer()
    listeners.share, listeners.sharing = lambda preferred: listeners.start(), listeners.state
    sharing.register(run._ClassSharing(listeners))
    try:
        with monkeypatch.context() as patch:
            patch.setattr(QuerySet, "update", full)
            assert client.post("/computer/share/start/")["Location"] == "/computer/share/"
        assert "http://192.168.1.20:8088" in page(client)
        assert DeviceSettings.objects.get().class_port is None
        # Pressed again, it is kept.
        client.post("/computer/share/start/")
        assert DeviceSettings.objects.get().class_port == 8088
    finally:
        sharing.register(None)
