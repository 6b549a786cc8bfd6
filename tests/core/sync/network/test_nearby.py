"""Finding and being found by multicast DNS, on this computer's loopback."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from zeroconf import DNSPointer

from kolibri.core.sync.network import nearby
from kolibri.core.sync.network.nearby import Announcement
from kolibri.core.sync.network.nearby import Found
from kolibri.core.sync.network.nearby import Search
from kolibri.core.sync.network.nearby import read
from tests.patience import until

OFFICE = {
    "application": "kolibri",
    "kolibri_version": "0.19.5",
    "program": "kolibri-desktop",
    "program_version": "0.1.0",
    "instance_id": "ab" * 16,
    "device_name": "Büro",
}


def office(search: Search) -> list[Found]:
    """What is found of the computer of this test; the network may have others, such as those of another test."""
    return [one for one in search.found() if one.instance_id == "ab" * 16]


def test_a_computer_is_found_and_goes_again():
    announcement, search = Announcement(), Search(lambda: ["127.0.0.1"])
    assert announcement.say(["127.0.0.1"], 8088, OFFICE)
    try:
        until(lambda: bool(office(search)))
        assert office(search) == [Found("http://127.0.0.1:8088/", "ab" * 16, "Büro", "kolibri-desktop 0.1.0")]
        announcement.stop()
        until(lambda: not office(search))
    finally:
        announcement.stop()
        search.stop()


def test_without_a_network_nobody_is_found_and_nothing_fails():
    assert Search(lambda: ()).found() == []
    assert not Announcement().say([], 8088, OFFICE)


def test_a_stranger_who_never_stops_saying_names_fills_nothing():
    search = Search(lambda: ())
    listener = nearby._hearing(search._heard)
    said = DNSPointer(nearby.SERVICE, 12, 1, 4500, f"one.{nearby.SERVICE}")
    listener.async_update_records(None, 0.0, [SimpleNamespace(new=said)] * 50_000)
    assert search._heard.qsize() == 1_000


@pytest.mark.parametrize(
    ("properties", "addresses", "port"),
    [
        ({b"instance_id": b'"../etc"'}, ["192.168.1.7"], 80),
        ({b"instance_id": b"[[[["}, ["192.168.1.7"], 80),
        ({b"instance_id": b"\xff"}, ["192.168.1.7"], 80),
        ({b"instance_id": b'"' + b"a" * 32 + b'"', b"device_name": b'"' + b"x" * 5000 + b'"'}, ["192.168.1.7"], 80),
        ({b"instance_id": b'"' + b"a" * 32 + b'"'}, [], 80),
        ({b"instance_id": b'"' + b"a" * 32 + b'"'}, ["fe80::1"], 80),
        ({b"instance_id": b'"' + b"a" * 32 + b'"'}, ["192.168.1.7"], None),
    ],
)
def test_what_makes_no_sense_is_left_out(properties, addresses, port):
    info = SimpleNamespace(properties=properties, parsed_addresses=lambda: addresses, port=port)
    assert read(info) is None  # type: ignore[arg-type]
