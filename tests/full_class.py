"""A class as full as one gets: 50 learners, 60 lessons of ten resources, and what all have done with them."""

from __future__ import annotations

from django.db import transaction

from kolibri.core.auth import services as auth
from kolibri.core.auth.models import FacilityUser
from kolibri.core.content.models import ContentNode
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.services import create_lesson
from kolibri.core.logger.services import record_visit
from tests.schools import School

LEARNERS = 50
LESSONS = 60
RESOURCES = 10


@transaction.atomic
def fill(school: School) -> tuple[list[FacilityUser], list[Lesson], list[ContentNode]]:
    """Fill the school's class, and return its learners, lessons and resources; a padded channel must be there."""
    nodes = list(ContentNode.objects.filter(title__startswith="Page ")[:RESOURCES])
    entries = [{"contentnode_id": n.pk, "content_id": n.content_id, "channel_id": n.channel_id} for n in nodes]
    room = school.classroom
    names = [(f"Learner number {number}", f"learner{number}") for number in range(LEARNERS - len(school.learners))]
    learners = [*school.learners, *auth.add_learners(room, names)]
    lessons = [
        create_lesson(
            school.coach,
            collection=room,
            title=f"Lesson {number}",
            resources=entries,
            is_active=True,
            learner_ids=[person.pk for person in learners[:5]] if number % 10 == 9 else [],
        )
        for number in range(LESSONS)
    ]
    for place, person in enumerate(learners):
        for number, node in enumerate(nodes):
            record_visit(person, node, visit=f"{place:016x}{number:016x}", seconds=60, progress=number % 3 / 2)
    return learners, lessons, nodes
