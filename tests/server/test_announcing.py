"""This computer as others find it: while it shares with the class and lets them sync, and no longer."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from morango.models import InstanceIDModel

from kolibri.core.device.sharing import Sharing
from kolibri.core.sync.network.models import SyncDoor
from kolibri.core.sync.network.nearby import Found
from kolibri.core.sync.network.nearby import Search
from kolibri.server import announcing
from kolibri.server.announcing import Announcer
from tests.patience import until

# The announcer reads the database in a thread of its own.
pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = Sharing()


def sharing(port: int) -> Sharing:
    return Sharing(is_on=True, addresses=("127.0.0.1",), port=port)


@pytest.fixture
def search() -> Iterator[Search]:
    made = Search(lambda: ["127.0.0.1"])
    yield made
    made.stop()


def test_it_is_found_while_it_shares_and_its_door_is_open(search: Search, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(announcing, "_LOOK_EVERY", 0.1)
    own = InstanceIDModel.get_or_create_current_instance()[0].id
    now = [NOBODY]

    def found() -> list[Found]:
        return [one for one in search.found() if one.instance_id == own]

    announcer = Announcer(lambda: now[0])
    announcer.start()
    try:
        now[0] = sharing(8088)
        time.sleep(1.5)
        assert not found(), "the door is closed"
        SyncDoor.set_open(True)
        until(lambda: bool(found()))
        assert found()[0].address == "http://127.0.0.1:8088/"
        assert found()[0].program.startswith("kolibri-desktop ")
        # At another port it is found there, and nowhere else.
        now[0] = sharing(8090)
        until(lambda: [one.address for one in found()] == ["http://127.0.0.1:8090/"])
        SyncDoor.set_open(False)
        until(lambda: not found())
        SyncDoor.set_open(True)
        until(lambda: bool(found()))
        now[0] = NOBODY
        until(lambda: not found())
        now[0] = sharing(8088)
        until(lambda: bool(found()))
    finally:
        announcer.stop(5)
    until(lambda: not found())


def test_it_stops_before_it_has_begun():
    Announcer(lambda: NOBODY).stop()
