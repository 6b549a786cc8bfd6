"""How a school's learners can sign in, and the words that tell them so."""

from __future__ import annotations

from dataclasses import replace

from django.test import Client

from kolibri.core.auth import school_settings
from kolibri.core.auth.ways import Way
from kolibri.core.device.models import DeviceSettings
from tests.schools import School

DOORS = [
    (Way.NAME, True, "Choose your class and your name."),
    (Way.NAME, False, "Sign in with the username; leave the password empty."),
    (Way.PASSWORD, True, "Sign in with the username and the password."),
    (Way.PICTURES, True, "Choose your class and your name, then press your three pictures."),
]


def open_door(school: School, way: Way, shows_names: bool) -> None:
    """Let the learners sign in so."""
    before = school_settings.read(school.facility)
    school_settings.write(school.facility, replace(before, way=way, shows_names=shows_names))
    DeviceSettings.forget()


def lists_names() -> bool:
    """Return whether the sign-in page itself lists the names of the school's one class."""
    return "Amina Bello" in Client().get("/sign-in/?with=name").content.decode()
