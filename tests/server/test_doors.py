"""Who may come in at which listener."""

import errno

import pytest

from kolibri.errors import Conflict
from kolibri.server import listeners as module
from kolibri.server.addresses import class_addresses
from kolibri.server.listener import Listener
from kolibri.server.listeners import Listeners
from kolibri.server.sender import Sender
from kolibri.server.workers import Workers
from tests.patience import until
from tests.server.conftest import Network
from tests.server.conftest import ask
from tests.server.conftest import content_port
from tests.server.conftest import small_app


def test_the_window_says_where_its_request_came_in(listeners: Listeners) -> None:
    told = ask(listeners.port).json
    assert told["listener"] == "window"
    assert told["content"].startswith("http://127.0.0.1:")
    assert ask(listeners.port, host=f"localhost:{listeners.port}").json["content"].startswith("http://localhost:")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.2:{port}",
        "LOCALHOST.:{port}",
        "localhost:{port}:1",
    ],
)
def test_the_window_has_two_names_only(listeners: Listeners, host: str) -> None:
    assert ask(listeners.port, host=host.format(port=listeners.port)).status == 400
    port = content_port(listeners)
    assert ask(port, "/shim/storage.js", host=host.format(port=port)).status == 400


def test_the_class_is_shut_out_until_shared_and_again_after(listeners: Listeners) -> None:
    assert listeners.sharing().is_on is False
    shared = listeners.share()
    told = ask(shared.port, host=f"127.0.0.2:{shared.port}").json
    assert told["listener"] == "class"
    assert told["content"].startswith("http://127.0.0.2:")
    assert told["content"] != f"http://127.0.0.2:{shared.port}"
    assert listeners.unshare().is_on is False
    with pytest.raises(OSError):
        ask(shared.port)
    assert ask(listeners.port).status == 200


def test_the_class_gets_its_old_port_back(listeners: Listeners) -> None:
    first = listeners.share()
    assert listeners.share() == first
    listeners.unshare()
    assert listeners.share(first.port).port == first.port


def test_a_taken_port_is_passed_over(listeners: Listeners) -> None:
    first = listeners.share()
    other = Listeners(small_app, listeners._content.zips._storage.parent, addresses=lambda: [])
    other.prepare()
    try:
        assert other.share(first.port).port not in (0, first.port)
    finally:
        other.stop()


def test_a_real_kolibris_port_is_never_taken() -> None:
    assert 8080 not in module.CLASS_PORTS


def test_a_port_that_another_program_has_is_named() -> None:
    workers, sender = Workers("test", 1), Sender()
    first = Listener("test", ("127.0.0.1", 0), small_app, workers, sender)
    first.prepare()
    try:
        with pytest.raises(Conflict, match=str(first.port)):
            Listener("test", ("127.0.0.1", first.port), small_app, workers, sender).prepare()
    finally:
        first.stop()


def test_the_class_follows_a_change_of_address(
    listeners: Listeners, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_AT_ADDRESSES_EVERY", 0.05)
    shared = listeners.share()
    assert ask(shared.port, host=f"127.0.0.2:{shared.port}").status == 200
    network.addresses = ["127.0.0.3"]
    until(lambda: listeners.sharing().addresses == ("127.0.0.3",), "the new address")
    assert listeners.sharing().url == f"http://127.0.0.3:{shared.port}"
    assert ask(shared.port, host=f"127.0.0.3:{shared.port}").status == 200
    assert ask(shared.port, host=f"127.0.0.2:{shared.port}").status == 400
    assert network.told == [["127.0.0.1", "127.0.0.2"], ["127.0.0.3"]]
    listeners.unshare()
    assert network.told[-1] == []


def test_without_a_network_sharing_waits_for_one(listeners: Listeners, network: Network) -> None:
    network.addresses = []
    shared = listeners.share()
    assert (shared.is_on, shared.url, shared.qr) == (True, "", "")


def test_a_network_that_cannot_be_read_at_first_is_found_later(
    listeners: Listeners, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_AT_ADDRESSES_EVERY", 0.05)
    tries: list[int] = []

    def addresses() -> list[str]:
        tries.append(1)
        if len(tries) == 1:
            raise OSError(errno.ENODEV, "No such device")
        return network()

    monkeypatch.setattr(listeners, "_find_addresses", addresses)
    shared = listeners.share()
    assert (shared.is_on, shared.url) == (True, "")
    until(lambda: listeners.sharing().addresses, "the addresses")
    assert ask(shared.port, host=f"127.0.0.2:{shared.port}").json["listener"] == "class"


def test_a_listener_that_cannot_be_opened_is_a_sentence_and_leaves_nothing_behind(
    listeners: Listeners, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Listener] = []
    prepare = Listener.prepare

    def prepare_one(self: Listener) -> None:
        if opened:
            raise OSError(errno.EMFILE, "Too many open files")
        prepare(self)
        opened.append(self)

    with monkeypatch.context() as patch:
        patch.setattr(Listener, "prepare", prepare_one)
        with pytest.raises(Conflict, match="Try again in a moment"):
            listeners.share()
    assert listeners.sharing().is_on is False
    assert listeners.share(opened[0].port).port == opened[0].port


def test_the_qr_code_holds_the_first_address(listeners: Listeners) -> None:
    shared = listeners.share()
    assert shared.url == f"http://127.0.0.1:{shared.port}"
    assert shared.qr.startswith("<svg")
    assert "style" not in shared.qr  # the pages' policy allows none


class _Address:
    def __init__(self, address: str) -> None:
        import socket

        self.family, self.address = socket.AF_INET, address


class _Stats:
    def __init__(self, isup: bool) -> None:
        self.isup = isup


def test_addresses_are_those_that_a_class_can_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "lo": ["127.0.0.1"],
        "docker0": ["172.17.0.1"],
        "eth0": ["10.1.2.3"],
        "wlan0": ["192.168.5.6"],
        "eth1": ["192.168.9.9"],
        "eth2": ["169.254.3.3"],
        "ppp0": ["8.8.4.4"],
    }
    monkeypatch.setattr("psutil.net_if_addrs", lambda: {n: [_Address(a) for a in v] for n, v in found.items()})
    monkeypatch.setattr("psutil.net_if_stats", lambda: {n: _Stats(n != "eth1") for n in found})
    monkeypatch.setattr("kolibri.server.addresses._towards_the_router", lambda: "10.1.2.3")
    assert class_addresses() == ["10.1.2.3", "192.168.5.6", "169.254.3.3", "172.17.0.1"]


def test_this_computers_addresses_can_be_read() -> None:
    assert all(not address.startswith("127.") for address in class_addresses())
