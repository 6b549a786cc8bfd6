"""The guide's test helpers."""

from __future__ import annotations

import itertools

from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from tests.schools import make_superuser

_numbers = itertools.count(1)
ROLES = {"none": None, "coach": role_kinds.COACH, "admin": role_kinds.ADMIN, "superuser": None}


def create_test_facility(name: str = "") -> Facility:
    """Return a school that is saved."""
    return services.create_facility(name or f"School {next(_numbers)}")


def create_test_user(facility: Facility, role: str = "none") -> FacilityUser:
    """Return a person of the school: `none` (a learner), `coach`, `admin` or `superuser`. Raises KeyError."""
    kind = ROLES[role]
    number = next(_numbers)
    person = services.create_person(facility, username=f"person{number}", full_name=f"Person {number}", password="")
    if kind:
        services.give_role(person, facility, kind)
    return make_superuser(person) if role == "superuser" else person
