"""Fixtures for every test: no network but this computer's own, and a school to work in."""

import ipaddress
import socket
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db.models.signals import post_migrate

from kolibri.core.content import mounts
from kolibri.core.device.models import DeviceSettings
from tests.acceptance import pytest_runtest_logreport  # noqa: F401  (hooks, which pytest finds here)
from tests.acceptance import pytest_runtest_setup  # noqa: F401
from tests.acceptance import pytest_sessionfinish  # noqa: F401
from tests.alone import pytest_runtest_protocol  # noqa: F401
from tests.budget_marker import query_budget  # noqa: F401  (a marker's fixture)
from tests.schools import School
from tests.schools import make_school
from tools import catalogues

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex

# Left out by `make test-postgres`: a computer with a window and one SQLite file, which a district has not.
# What stands here makes homes of its own, with an SQLite file in each, whatever DATABASE_URL says.
DESKTOP = {
    "tests/app": "the desktop program",
    "tests/core/backup": "copies of the SQLite file",
    "tests/core/safekeeping": "copies of the SQLite file",
    "tests/bench": "measures the desktop program and the SQLite file",
    "tests/end_to_end": "the desktop program with its window",
    "tests/loss": "kills and power cuts of the SQLite file",
    "tests/portable": "the portable program, with its SQLite file on a stick",
    "tests/server/test_bad_conditions.py": "homes on disks of their own, with an SQLite file in each",
    "tests/server/test_home.py": "the home folder, before there is a database",
    "tests/server/test_lost_data.py": "the SQLite file gone or damaged at a start",
    "tests/server/test_portable_home.py": "a stick's SQLite journal and its first page",
    "tests/server/test_run.py": "the desktop's start and stop, around its SQLite file",
    "tests/server/test_starting.py": "the window's first page, before there is a database",
    "tests/server/test_upgrade.py": "the SQLite file's copies and upgrades",
    "tests/server/test_waiting.py": "slow clients of listeners that have no database behind them",
    "tests/test_repository.py": "files, locks and the desktop's build",
    "tests/window": "the native window",
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "desktop: about the desktop and its SQLite file; not for a district's PostgreSQL"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        path = item.path.relative_to(config.rootpath).as_posix() if item.path.is_relative_to(config.rootpath) else ""
        for place, why in DESKTOP.items():
            if path == place or path.startswith(f"{place}/"):
                item.add_marker(pytest.mark.desktop(why))
        if "processes" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.desktop("computers with homes of their own (tests/core/sync/parcel)"))
    # At the end no long test keeps those waiting that must be alone (tests/alone.py). Not at the beginning: most of
    # them empty the database, also of what migrations have put there.
    items.sort(key=lambda item: item.get_closest_marker("alone") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let a report travel between processes: what a test logged may hold what UTF-8 cannot write."""
    report = yield
    report.sections = [(name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections]
    return report


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse every connection that leaves this computer."""

    def connect(self: socket.socket, address: Any) -> None:
        refuse_strangers(self, address)
        _connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        refuse_strangers(self, address)
        return _connect_ex(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign]
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]
    socket.socket.connect_ex = _connect_ex  # type: ignore[method-assign]


def refuse_strangers(sock: socket.socket, address: Any) -> None:
    """Raise AssertionError for an address that is not this computer's own."""
    if not isinstance(address, tuple):
        return
    if sock.type & socket.SOCK_DGRAM and address[1] == 9:
        # The discard port: nothing is sent, the system only says which address it would send from.
        return
    if address[0] != "localhost" and not _is_loopback(str(address[0])):
        raise AssertionError(f"a test reached for the network: {address}")


def _is_loopback(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        # A name: whoever looked it up would ask the network.
        return False


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


@pytest.fixture(autouse=True, scope="session")
def scopes_outlive_a_flush() -> None:
    """Put back what a migration has written when a test has emptied the database: the tests' order is not fixed."""
    migration = import_module("kolibri.core.auth.migrations.0002_certificate_scopes")
    # A flush ends with this signal as migrations do.
    post_migrate.connect(
        lambda **_about: migration.add_scopes(apps, None), sender=apps.get_app_config("morango"), weak=False
    )


@pytest.fixture(autouse=True)
def no_sticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no stick be attached but those that a test makes: this computer may have one of its own."""
    monkeypatch.setattr(mounts.psutil, "disk_partitions", lambda all: [])


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Start each test without what the one before kept in the process."""
    cache.clear()
    yield
    cache.clear()
