"""A lesson for another class, with its people as far as they are there, and lessons kept as templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kolibri.core.auth import usernames
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.fields import local_now
from kolibri.core.lessons import audience
from kolibri.core.lessons import history
from kolibri.core.lessons import plans
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonTemplate
from kolibri.core.transactions import joined
from kolibri.errors import Conflict


@dataclass(frozen=True)
class People:
    """Whom a copy would be for in another class.

    `groups` are those that are called the same there; `missing_groups` are names, `missing_learners`
    is how many of the lesson's single learners are not in the class.
    """

    classroom: Collection
    whole_class: bool
    groups: tuple[LearnerGroup, ...] = ()
    learner_ids: tuple[str, ...] = ()
    missing_groups: tuple[str, ...] = ()
    missing_learners: int = 0

    @property
    def assignments(self) -> list[str]:
        """The ids of the class or groups, as `create_lesson` takes them."""
        return [self.classroom.pk] if self.whole_class else [group.pk for group in self.groups]


def people_elsewhere(lesson: Lesson, classrooms: Sequence[Collection]) -> list[People]:
    """Return whom a copy would be for in each of the classes; five queries, however many there are."""
    chosen = history.people_of(lesson.pk)
    ids = [classroom.pk for classroom in classrooms]
    names = dict(LearnerGroup.objects.filter(pk__in=chosen["assignments"]).values_list("pk", "name"))
    groups: dict[str, dict[str, LearnerGroup]] = {}
    for group in LearnerGroup.objects.filter(parent_id__in=ids).order_by("-name", "pk") if names else ():
        groups.setdefault(str(group.parent_id), {})[usernames.fold(group.name)] = group
    members: dict[str, set[str]] = {}
    if chosen["learner_ids"]:
        there = Membership.objects.filter(collection_id__in=ids, user__date_deleted=None)
        for classroom_id, learner_id in there.filter(user_id__in=chosen["learner_ids"]).values_list(
            "collection_id", "user_id"
        ):
            members.setdefault(classroom_id, set()).add(learner_id)
    found = []
    for classroom in classrooms:
        same = groups.get(classroom.pk, {})
        wanted = {pk: name for pk, name in names.items() if classroom.pk != lesson.collection_id}
        kept = [same[usernames.fold(name)] for name in wanted.values() if usernames.fold(name) in same]
        if classroom.pk == lesson.collection_id:
            kept = [group for group in same.values() if group.pk in names]
        learners = members.get(classroom.pk, set())
        found.append(
            People(
                classroom=classroom,
                whole_class=lesson.collection_id in chosen["assignments"],
                groups=tuple(kept),
                learner_ids=tuple(sorted(learners)),
                missing_groups=tuple(name for name in wanted.values() if usernames.fold(name) not in same),
                missing_learners=len(set(chosen["learner_ids"]) - learners),
            )
        )
    return found


@joined
def copy_lesson(lesson: Lesson, classroom: Collection, actor: FacilityUser) -> Lesson:
    """Return a hidden copy of the lesson in the class, for the same people as far as they are there.

    Days that have passed are left behind. Raises Conflict when the lesson was deleted meanwhile.
    """
    kept = Lesson.objects.filter(pk=lesson.pk).first()
    if kept is None:
        raise Conflict(_("This lesson was deleted in the meantime."), code="deleted")
    (people,) = people_elsewhere(kept, [classroom])
    made = services.create_lesson(
        actor,
        collection=classroom,
        title=services.free_title(classroom, kept.title),
        description=kept.description,
        resources=kept.resources,
        assignments=people.assignments,
        learner_ids=people.learner_ids,
    )
    plan = plans.plan_of(kept.pk)
    today = local_now().date()
    is_over = plan.due_on is not None and plan.due_on < today
    values = {
        "term": plan.term,
        "notes": plan.notes,
        "starts_on": None if is_over else plan.starts_on,
        "due_on": None if is_over else plan.due_on,
    }
    plans.write(made, {name: value for name, value in values.items() if value})
    return made


def templates_of(facility_id: str | None) -> QuerySet[LessonTemplate]:
    """Return the school's templates, by title."""
    kept: QuerySet[LessonTemplate] = LessonTemplate.objects.filter(facility_id=facility_id, date_removed__isnull=True)
    return kept.order_by("title", "pk")


@joined
def keep_as_template(lesson: Lesson, actor: FacilityUser) -> LessonTemplate:
    """Return a new template of the lesson: title, note, resources with their notes, no people and no days."""
    facility_id = lesson.collection.parent_id or lesson.collection_id
    made: LessonTemplate = LessonTemplate.objects.create(
        facility_id=facility_id,
        dataset_id=lesson.dataset_id,
        title=services.free_among(lesson.title, templates_of(facility_id).values_list("title", flat=True)),
        description=lesson.description,
        resources=lesson.resources,
        notes=plans.plan_of(lesson.pk).notes,
        created_by=audience.signature(actor, lesson),
    )
    return made


@joined
def lesson_from(template: LessonTemplate, classroom: Collection, actor: FacilityUser) -> Lesson:
    """Return a new hidden lesson for the whole class, made from the template."""
    made = services.create_lesson(
        actor,
        collection=classroom,
        title=services.free_title(classroom, template.title),
        description=template.description,
        resources=template.resources,
    )
    if template.notes:
        plans.write(made, {"notes": template.notes})
    return made


@joined
def remove_template(template: LessonTemplate) -> None:
    """Take the template out of the list; `bring_template_back` undoes it."""
    template.date_removed = local_now()
    template.save(update_fields=["date_removed"])


@joined
def bring_template_back(template: LessonTemplate) -> None:
    """Undo a removal."""
    template.date_removed = None
    template.save(update_fields=["date_removed"])
