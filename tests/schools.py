"""Schools for tests, made through the product's own services."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field

from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.device.models import DevicePermissions

PASSWORD = "chalk-and-slate"


@dataclass
class School:
    """A school with one class, its coach, an admin, and five learners of whom two are in a group."""

    facility: Facility
    classroom: Classroom
    admin: FacilityUser
    coach: FacilityUser
    learners: list[FacilityUser] = field(default_factory=list)

    @property
    def learner(self) -> FacilityUser:
        return self.learners[0]


def make_school(name: str = "Hill School", prefix: str = "") -> School:
    facility = services.create_facility(name)
    classroom = services.create_classroom(facility, f"{prefix}Grade 4")
    admin = services.create_person(facility, username=f"{prefix}head", full_name="Head Teacher", password=PASSWORD)
    services.give_role(admin, facility, role_kinds.ADMIN)
    coach = services.create_person(facility, username=f"{prefix}coach", full_name="Class Coach", password=PASSWORD)
    services.give_role(coach, classroom, role_kinds.COACH)
    names = ["Amina Bello", "Ben Carter", "Carla Diaz", "David Eke", "Esi Fofie"]
    learners = services.add_learners(classroom, [(name, f"{prefix}{name.split()[0].lower()}") for name in names])
    services.create_group(classroom, "Readers", learners[:2])
    return School(facility, classroom, admin, coach, learners)


def make_superuser(person: FacilityUser) -> FacilityUser:
    DevicePermissions.objects.update_or_create(user=person, defaults={"is_superuser": True})
    person.__dict__.pop("is_superuser", None)
    return person
