"""The computer itself: its database, its name, the schools that it begins with, what it runs."""

from __future__ import annotations

import io
import shutil
import sqlite3
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from morango.models import DatabaseIDModel
from morango.models import InstanceIDModel

from kolibri.core.auth import services
from kolibri.core.device.models import DeviceSettings


def build() -> None:
    call_command("migrate", verbosity=0)


def _become(path: str) -> None:
    connections.close_all()
    place = Path(settings.DATABASES["default"]["NAME"])
    for end in ("", "-wal", "-shm"):
        place.with_name(place.name + end).unlink(missing_ok=True)
    shutil.copy(path, place)
    InstanceIDModel._cached_instance = None
    DeviceSettings.forget()


def begin(template: str, name: str) -> str:
    """Become a new computer with an empty database."""
    _become(template)
    DatabaseIDModel.objects.create()
    DeviceSettings(name=name, language="en").save()
    return str(InstanceIDModel.get_or_create_current_instance(clear_cache=True)[0].id)


def instance_id() -> str:
    return str(InstanceIDModel.get_or_create_current_instance()[0].id)


def keep(path: str) -> None:
    """Put a copy of the database aside."""
    connections.close_all()
    Path(path).unlink(missing_ok=True)
    with sqlite3.connect(settings.DATABASES["default"]["NAME"]) as live:
        live.execute("VACUUM INTO ?", [path])
    live.close()


def put_back(path: str) -> None:
    """Begin again from a copy."""
    _become(path)
    InstanceIDModel.get_or_create_current_instance(clear_cache=True)


def database() -> str:
    connections.close_all()
    return str(settings.DATABASES["default"]["NAME"])


def make_school(name: str) -> str:
    return str(services.create_facility(name).dataset_id)


def make_run_school(name: str, admin: str) -> None:
    """Make a school with an admin."""
    school = services.create_facility(name)
    person = services.create_person(school, username=admin, full_name="Head", password="chalk-slate")
    services.give_role(person, school, "admin")


def command(name: str, arguments: list[str]) -> str:
    """Run one of our commands and return what it wrote."""
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def peak() -> int:
    """The most memory that this process ever had, in bytes; without what its parent had when it began."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
