"""A class's lessons as its coaches see them: found, narrowed, sorted, and put under their terms."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.utils.translation import pgettext

from kolibri.coach import lesson_page
from kolibri.coach import lesson_progress
from kolibri.coach.lesson_progress import Progress
from kolibri.core.auth import by_name
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.content import services as content
from kolibri.core.content.search import fold
from kolibri.core.fields import local_now
from kolibri.core.lessons import plans
from kolibri.core.lessons.plans import Plan

WHOLE: Final = "whole"
SINGLE: Final = "single"


@dataclass(frozen=True)
class Choice:
    """What the list is narrowed to, and how it is sorted; all empty is every lesson in the learners' order."""

    query: str = ""
    people: str = ""  # WHOLE, SINGLE or a group's id
    state: str = ""  # "visible", "hidden" or "archived"; empty: all but the archive
    sort: str = ""  # "title", "newest" or "due"

    @property
    def is_any(self) -> bool:
        """Whether anything differs from the list that learners have."""
        return self != Choice()


@dataclass(frozen=True)
class LessonRow:
    """A lesson in its class's list; `size` in bytes of what is on this computer."""

    id: str
    title: str
    is_active: bool
    resource_count: int
    missing: int
    size: int
    people: str
    plan: Plan
    age: int  # 0 is the newest
    progress: Progress = Progress()
    recipients: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def is_late(self) -> bool:
        """Whether its last day has passed, by this computer's clock."""
        return self.plan.due_on is not None and self.plan.due_on < today()

    @property
    def is_early(self) -> bool:
        """Whether its first day is still to come, by this computer's clock."""
        return self.plan.starts_on is not None and self.plan.starts_on > today()


@dataclass(frozen=True)
class Term:
    """Lessons under one heading; an empty name for those without a term."""

    name: str
    rows: list[LessonRow]


def today() -> datetime.date:
    """Return the school's day."""
    return local_now().date()


def chosen(data: Mapping[str, str]) -> Choice:
    """Return the choice that an address makes; what it does not know counts as nothing."""
    state, sort = data.get("state", ""), data.get("sort", "")
    return Choice(
        query=data.get("q", "").replace("\x00", "").strip()[:100],
        people=data.get("people", "")[:32],
        state=state if state in dict(states()) else "",
        sort=sort if sort in dict(sorts()) else "",
    )


def states() -> list[tuple[str, str]]:
    """Return the states that a list can be narrowed to, each with its words."""
    return [
        ("", _("All but the archive")),
        ("visible", _("Visible to learners")),
        ("hidden", _("Hidden")),
        ("archived", _("In the archive")),
    ]


def sorts() -> list[tuple[str, str]]:
    """Return the orders that a list can have, each with its words."""
    return [
        ("", _("In the learners’ order")),
        ("newest", _("Newest first")),
        ("title", _("By title")),
        ("due", _("By the day it is due")),
    ]


def audiences(groups: Iterable[LearnerGroup]) -> list[tuple[str, str]]:
    """Return whom lessons can be for, each with its words."""
    named = [(group.pk, group.name) for group in groups]
    return [("", _("For anybody")), (WHOLE, _("Whole class")), *named, (SINGLE, _("Single learners"))]


def resources_of(items: Iterable[dict[str, Any]]) -> dict[str, content.Resource]:
    """Return the resources of lessons as the API's read door gives them, by their ids; four queries at most."""
    return content.resources_by_ids(sorted({entry["contentnode_id"] for item in items for entry in item["resources"]}))


def lesson_rows(
    classroom: Classroom,
    items: Iterable[dict[str, Any]],
    groups: Iterable[LearnerGroup],
    learners: Iterable[FacilityUser],
    known: Mapping[str, content.Resource],
) -> list[LessonRow]:
    """Return rows for lessons as the API's read door gives them, the newest first, in the learners' order.

    `learners` are the class's, `known` the lessons' resources by their ids. Five queries at most, however many
    lessons there are.
    """
    items = list(items)
    names = {group.pk: group.name for group in groups}
    planned = plans.plans_of(item["id"] for item in items)
    done = lesson_progress.of_lessons(classroom.pk, (learner.pk for learner in learners), items)
    rows = []
    for age, item in enumerate(items):
        resources = [known.get(entry["contentnode_id"]) for entry in item["resources"]]
        rows.append(
            LessonRow(
                id=item["id"],
                title=item["title"],
                is_active=item["active"],
                resource_count=len(resources),
                missing=sum(one is None or not one.available for one in resources),
                size=lesson_page.size_of(one for one in resources if one is not None),
                people=_who(classroom, item, names),
                plan=planned.get(item["id"], Plan()),
                age=age,
                progress=done.get(item["id"], Progress()),
                recipients=_recipients(classroom, item),
            )
        )
    return plans.in_order(rows, plans.order_of(classroom.pk))


def narrowed(rows: Iterable[LessonRow], choice: Choice) -> list[LessonRow]:
    """Return the rows that the choice leaves, sorted as it says; `rows` come in the learners' order."""
    words = fold(choice.query).split()
    found = [
        row
        for row in rows
        if _is_in(row, choice.state)
        and (not choice.people or choice.people in row.recipients)
        and all(word in fold(row.title) for word in words)
    ]
    if choice.sort == "title":
        found.sort(key=lambda row: by_name.key(row.title))
    elif choice.sort == "newest":
        found.sort(key=lambda row: row.age)
    elif choice.sort == "due":
        found.sort(key=lambda row: row.plan.due_on or datetime.date.max)
    return found


def by_term(rows: Iterable[LessonRow]) -> list[Term]:
    """Return the rows under their terms, the terms in the order of their first lessons."""
    terms: dict[str, Term] = {}
    for row in rows:
        terms.setdefault(fold(row.plan.term), Term(row.plan.term, [])).rows.append(row)
    return list(terms.values())


def _is_in(row: LessonRow, state: str) -> bool:
    if state == "archived" or row.plan.is_archived:
        return state == "archived" and row.plan.is_archived
    return not state or row.is_active == (state == "visible")


def _who(classroom: Classroom, item: dict[str, Any], names: dict[str, str]) -> str:
    """Return whom a lesson is for, in words."""
    if classroom.pk in item["assignments"]:
        return _("Whole class")
    parts = [names[pk] for pk in item["assignments"] if pk in names]
    if single := len(item["learner_ids"]):
        parts.append(ngettext("%(count)d learner", "%(count)d learners", single) % {"count": single})
    return pgettext("between names", ", ").join(parts) or _("Nobody yet")


def _recipients(classroom: Classroom, item: dict[str, Any]) -> frozenset[str]:
    """Return what `Choice.people` finds the lesson by."""
    kinds = {WHOLE} if classroom.pk in item["assignments"] else set(item["assignments"])
    return frozenset(kinds | ({SINGLE} if item["learner_ids"] else set()))
