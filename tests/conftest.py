"""Fixtures for every test: no network but this computer's own, and a school to work in."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from kolibri.core.device.models import DeviceSettings
from tests.schools import School
from tests.schools import make_school
from tools import catalogues

_connect = socket.socket.connect


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse every connection that leaves this computer."""

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(
            ("127.", "localhost", "::1", "10.", "172.", "192.168.")
        ):
            raise AssertionError(f"a test reached for the network: {address}")
        _connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def compiled_catalogues() -> None:
    """Compile the translations that changed: the tests read them as the program does."""
    for source in catalogues.out_of_date():
        catalogues.compile_file(source)


@pytest.fixture
def school(db: None) -> School:
    """The school of this computer, which is set up."""
    made = make_school()
    DeviceSettings(is_provisioned=True, default_facility=made.facility, language="en").save()
    return made


@pytest.fixture
def other_school(db: None) -> School:
    return make_school("Valley School", prefix="v_")


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Start each test without what the one before kept in the process."""
    cache.clear()
    yield
    cache.clear()
