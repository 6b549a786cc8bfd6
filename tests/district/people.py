"""Many schools for measuring, made through the product's own services: run on the district's own database.

python -c "..." with `fill(schools=20, ...)`; some minutes for 10,000 learners and 8,000 lessons
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db import transaction

from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.device.models import DeviceSettings
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from kolibri.core.lessons.services import create_lesson
from tests.district.rig import PASSWORD

RESOURCES = [
    {"contentnode_id": f"{number:032x}", "content_id": f"{number + 1:032x}", "channel_id": "c" * 32}
    for number in range(1, 6)
]


def fill(schools: int = 20, classes: int = 20, learners: int = 25, lessons: int = 20) -> dict[str, Any]:
    """Make schools of so many classes of so many learners and lessons; returns what is there then.

    User names: `head_1`, `coach_1_2` (school, class), `learner_1_2_3`. Teachers have PASSWORD; so have
    the learners, whose schools also let them in by name alone.
    """
    hashed = make_password(PASSWORD)
    for school in range(1, schools + 1):
        with transaction.atomic():
            facility = services.create_facility(f"School {school}")
            head = services.create_person(facility, username=f"head_{school}", full_name=f"Head {school}")
            services.give_role(head, facility, role_kinds.ADMIN)
            for number in range(1, classes + 1):
                _fill_class(facility, school, number, learners, lessons)
            FacilityUser.objects.filter(facility=facility, username__startswith="head_").update(password=hashed)
            FacilityUser.objects.filter(facility=facility, username__startswith="coach_").update(password=hashed)
    # No school is the server's own: people choose theirs.
    DeviceSettings(is_provisioned=True, language="en").save()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SELECT pg_database_size(current_database())")
        size = cursor.fetchone()[0]
    return {
        "people": FacilityUser.objects.count(),
        "memberships": Membership.objects.count(),
        "lessons": Lesson.objects.count(),
        "assignments": LessonAssignment.objects.count(),
        "bytes": size,
        # In the order of their numbers.
        "schools": [pk for _name, pk in sorted((int(one.name.split()[1]), one.pk) for one in Facility.objects.all())],
    }


def _fill_class(facility, school: int, number: int, learners: int, lessons: int) -> None:  # type: ignore[no-untyped-def]
    classroom = services.create_classroom(facility, f"Class {number}")
    coach = services.create_person(facility, username=f"coach_{school}_{number}", full_name=f"Coach {number}")
    services.give_role(coach, classroom, role_kinds.COACH)
    names = [(f"Learner {one} of class {number}", f"learner_{school}_{number}_{one}") for one in range(1, learners + 1)]
    services.add_learners(classroom, names)
    for lesson in range(1, lessons + 1):
        create_lesson(
            coach, collection=classroom, title=f"Lesson {lesson}", resources=RESOURCES, is_active=lesson % 4 != 0
        )
