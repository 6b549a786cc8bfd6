"""What people change: by chance, as `edit` does for many computers, or one thing by its name."""

from __future__ import annotations

import contextlib
import datetime
import os
from typing import Any

from kolibri.core.auth import people
from kolibri.core.auth import services
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.bin import services as bin_services
from kolibri.core.content.models import ContentNode
from kolibri.core.fields import local_now
from kolibri.core.lessons import copies
from kolibri.core.lessons import plans
from kolibri.core.lessons import services as lesson_services
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from kolibri.core.lessons.models import Origin
from kolibri.core.logger import services as log_services
from kolibri.errors import KolibriError


def edit(what: str, number: int, text: str) -> str:
    """Change something as the screens do; where there is nothing to change or it is refused, nothing.

    Returns the username of a new person.
    """
    school = Facility.objects.first()
    if school is None:
        return ""
    people = list(FacilityUser.objects.order_by("pk"))
    rooms = list(Classroom.objects.order_by("pk"))
    lessons = list(Lesson.objects.order_by("pk"))
    person = people[number % len(people)] if people else None
    room = rooms[number % len(rooms)] if rooms else None
    lesson = lessons[number % len(lessons)] if lessons else None
    groups = list(LearnerGroup.objects.order_by("pk"))
    group = groups[number % len(groups)] if groups else None
    templates = list(copies.templates_of(school.pk))
    template = templates[number % len(templates)] if templates else None
    with contextlib.suppress(KolibriError):
        if what == "person":
            name = f"u{os.urandom(6).hex()}"
            services.create_person(school, username=name, full_name=text, password="chalk-slate")
            return name
        elif what == "room":
            services.create_classroom(school, text)
        elif what == "rename" and person:
            person.full_name = text
            person.save()
        elif what == "rename-room" and room:
            services.rename(room, text)
        elif what == "delete-room" and room:
            room.delete()
        elif what == "remove-person" and person:
            person.date_deleted = local_now()
            person.save()
        elif what == "enrol" and room and person:
            services.enrol(room, [person])
        elif what == "leave" and room and person:
            services.leave(room, [person.pk])
        elif what == "role" and room and person:
            services.give_role(person, room, "coach")
        elif what == "lesson" and room and person:
            lesson_services.create_lesson(person, collection=room, title=text)
        elif what == "rename-lesson" and lesson and person:
            lesson_services.update_lesson(lesson, person, title=text)
        elif what == "delete-lesson" and lesson and person:
            lesson_services.delete_lesson(lesson, person)
        elif what == "bring-back" and person:
            bring_back(number)
        elif what == "password" and person:
            services.set_password(person, f"chalk-{text}-{os.urandom(3).hex()}")
            person.save()
        elif what == "group" and room:
            services.create_group(room, text, [one.user for one in room.membership.all()[:2]])
        elif what == "rename-group" and group:
            services.rename(group, text)
        elif what == "members" and group:
            in_class = FacilityUser.objects.filter(membership__collection=group.parent_id).order_by("pk")
            services.set_members(group, list(in_class[number % 3 :]))
        elif what == "delete-group" and group:
            bin_services.delete(group, people[0])
        elif what == "visit" and person:
            _visit(person, number, text)
        elif what == "plan" and lesson and person:
            due = datetime.date(2026, 12, 1) + datetime.timedelta(days=number)
            lesson_services.update_lesson(lesson, person, term=text, due_on=due)
        elif what == "order" and room:
            plans.set_order(room, [one.pk for one in lessons[number % 3 :] if one.collection_id == room.pk])
        elif what == "template" and lesson and person:
            copies.keep_as_template(lesson, person)
        elif what == "from-template" and template and room and person:
            copies.lesson_from(template, room, person)
        elif what == "remove-template" and template:
            copies.remove_template(template)
        elif what == "undo" and person and (change := _undoable(number)):
            lesson_services.undo(change, person)
    return ""


def _visit(person: FacilityUser, number: int, text: str) -> None:
    """Have the person open one of a few works, as a learner's device tells it."""
    work = ContentNode(content_id=f"{number % 3:032x}", channel_id="b" * 32, kind="exercise")
    log_services.record_visit(
        person, work, visit=os.urandom(16).hex(), seconds=number + 1.0, progress=number / 20, state={"at": text}
    )


def bring_back(number: int = 0) -> str:
    """Bring back one of the classes, groups and lessons that were deleted, here or elsewhere, and return its name."""
    school = Facility.objects.get()
    places = [school, *Classroom.objects.order_by("pk")]
    deletions = [one for place in places for one in bin_services.recent(place)]
    changes = [one for room in places[1:] for one in lesson_services.deleted_lately(room)]
    found = [*deletions, *changes]
    if not found:
        return ""
    one = found[number % len(found)]
    if isinstance(one, LessonChange):
        lesson = lesson_services.undo(one, FacilityUser.objects.order_by("pk")[0])
        return lesson.title if lesson else ""
    return bin_services.bring_back(one).name


def _undoable(number: int) -> LessonChange | None:
    changes = list(LessonChange.objects.filter(undone_at=None, before__isnull=False).order_by("made_at", "pk"))
    return changes[number % len(changes)] if changes else None


def rename_person(name: str, to: str) -> None:
    person = FacilityUser.objects.get(full_name=name)
    person.full_name = to
    person.save()


def remove_person(name: str) -> None:
    person = FacilityUser.objects.get(full_name=name)
    people.remove(person, FacilityUser.objects.exclude(pk=person.pk)[0])


def bring_person_back(name: str) -> None:
    people.bring_back(FacilityUser.all_objects.get(full_name=name, date_deleted__isnull=False))


def make_group(room: str, name: str, members: list[str]) -> None:
    found = FacilityUser.objects.filter(full_name__in=members)
    services.create_group(Classroom.objects.get(name=room), name, list(found))


def rename(kind: str, name: str, to: str) -> None:
    """Rename a class or a group as its page does."""
    model = {"room": Classroom, "group": LearnerGroup}[kind]
    services.rename(model.objects.get(name=name), to)


def delete_group(name: str) -> None:
    bin_services.delete(LearnerGroup.objects.get(name=name), FacilityUser.objects.order_by("pk")[0])


def delete_room(name: str) -> None:
    bin_services.delete(Classroom.objects.get(name=name), FacilityUser.objects.order_by("pk")[0])


def change_lesson(title: str, **changes: Any) -> None:
    """Change the lesson of this title as its page does. `learners` are usernames, `due_on` is ISO 8601."""
    lesson = Lesson.objects.get(title=title)
    if title_to := changes.pop("title_to", ""):
        changes["title"] = title_to
    if learners := changes.pop("learners", None):
        found = FacilityUser.objects.filter(full_name__in=learners)
        changes |= {"assignments": [], "learner_ids": list(found.values_list("pk", flat=True))}
    if due := changes.get("due_on"):
        changes["due_on"] = datetime.date.fromisoformat(due)
    if changes.pop("resources", None):
        changes["resources"] = [{"contentnode_id": "a" * 32, "channel_id": "b" * 32, "content_id": "c" * 32}]
    lesson_services.update_lesson(lesson, FacilityUser.objects.order_by("pk")[0], **changes)


def delete_lesson(title: str) -> None:
    lesson_services.delete_lesson(Lesson.objects.get(title=title), FacilityUser.objects.order_by("pk")[0])


def undo_conflict() -> None:
    """Bring back the version that did not stay, of the latest lesson that has one."""
    change = LessonChange.objects.filter(origin=Origin.CONFLICT, undone_at=None)[0]
    lesson_services.undo(change, FacilityUser.objects.order_by("pk")[0])


def wait(days: int) -> None:
    """Let so many days pass for all that was deleted and changed."""
    since = datetime.timedelta(days=days)
    LessonChange.objects.update(made_at=local_now() - since)
    bin_services.Deletion.objects.update(made_at=local_now() - since)
