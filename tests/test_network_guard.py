"""The suite runs without a network: the guard of conftest.py holds."""

import socket

import pytest

pytestmark = pytest.mark.acceptance("A3")


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "8.8.8.8"])
@pytest.mark.parametrize("way", ["connect", "connect_ex"])
def test_what_leaves_this_computer_is_refused(way, address):
    with socket.socket() as sock, pytest.raises(AssertionError, match="reached for the network"):
        sock.settimeout(0.01)
        getattr(sock, way)((address, 80))


def test_a_name_is_refused_before_anybody_is_asked_for_its_address():
    with socket.socket() as sock, pytest.raises(AssertionError, match="reached for the network"):
        sock.connect(("kolibri.example", 80))


def test_version_6_is_refused_too():
    with socket.socket(socket.AF_INET6) as sock, pytest.raises(AssertionError, match="reached for the network"):
        sock.connect(("2001:db8::1", 80))


def test_this_computer_may_be_reached():
    with socket.socket() as server, socket.socket() as sock:
        server.bind(("127.0.0.1", 0))
        server.listen()
        sock.connect(server.getsockname())
        assert sock.getpeername() == server.getsockname()
