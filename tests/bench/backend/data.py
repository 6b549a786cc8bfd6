"""A big school: 100 classes, 5,000 learners, 5,000 lessons, 15,000 assignments; 1,000 lessons are 1.1 MB of JSON."""

from __future__ import annotations

import datetime
import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db import transaction

from kolibri.core.auth import services
from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment

RESOURCES = 4


@dataclass(frozen=True)
class Size:
    classes: int = 100
    learners: int = 5_000
    lessons: int = 5_000
    groups: int = 400
    single: int = 1_000


TINY = Size(classes=4, learners=40, lessons=60, groups=8, single=12)


def fill(facility: Facility, size: Size = Size()) -> tuple[FacilityUser, FacilityUser]:
    """Write the school into an empty database; return an admin and a coach of one class."""
    made = random.Random(20_261_123)

    def key() -> str:
        return uuid.UUID(int=made.getrandbits(128)).hex

    def write(rows: Iterable[Any]) -> list[Any]:
        """Write many records at once; what morango works out for each is of no matter to reading."""
        kept = list(rows)
        for row in kept:
            row.id = key()
            row.dataset_id = facility.dataset_id
            row._morango_source_id = row.id
            row._morango_partition = facility.dataset_id
            row._morango_dirty_bit = False
        type(kept[0])._base_manager.bulk_create(kept, batch_size=500)
        return kept

    with transaction.atomic():
        admin = services.create_person(facility, username="bench_head", full_name="Bench Head", password="")
        services.give_role(admin, facility, role_kinds.ADMIN)
        coach = services.create_person(facility, username="bench_coach", full_name="Bench Coach", password="")
        rooms = [services.create_classroom(facility, f"Class {number}") for number in range(size.classes)]
        services.give_role(coach, rooms[0], role_kinds.COACH)
        learners = write(
            FacilityUser(username=f"learner{n}", full_name=f"Learner {n}", facility=facility, password="")
            for n in range(size.learners)
        )
        places = [rooms[n % size.classes] for n in range(max(size.learners, size.lessons))]
        groups, single = (
            write(Collection(name=f"{kind} {n}", kind=kind, parent=places[n]) for n in range(many))
            for kind, many in (
                (collection_kinds.LEARNERGROUP, size.groups),
                (collection_kinds.ADHOCLEARNERSGROUP, size.single),
            )
        )
        members = [(person, places[n]) for n, person in enumerate(learners)]
        for collections, many in ((groups, 5), (single, 3)):
            members += [
                (learners[(n % size.classes + size.classes * step) % size.learners], collection)
                for n, collection in enumerate(collections)
                for step in range(many)
            ]
        write(Membership(user=person, collection=collection) for person, collection in dict.fromkeys(members))
        now = datetime.datetime(2026, 11, 23, 8, 0, 0, 120_301, tzinfo=datetime.UTC)
        lessons = write(
            Lesson(
                title=f"Lesson {n}",
                description="What we do today, and what to bring along.",
                collection=places[n],
                created_by=admin,
                is_active=n % 2 == 0,
                date_created=now - datetime.timedelta(minutes=n),
                date_modified=now,
                resources=[
                    {"contentnode_id": key(), "content_id": key(), "channel_id": key()} for _ in range(RESOURCES)
                ],
            )
            for n in range(size.lessons)
        )
        write(
            LessonAssignment(lesson=lesson, collection=collection, assigned_by=admin)
            for n, lesson in enumerate(lessons)
            for collection in (
                places[n],
                groups[n % size.groups],
                single[n // 5 % size.single] if n % 5 == 0 else groups[(n + size.groups // 2) % size.groups],
            )
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return admin, coach
