"""What the lesson's page shows, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kolibri.core.auth import by_name
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.auth.namesakes import namesakes
from kolibri.core.content import services as content
from kolibri.core.lessons import services
from kolibri.core.lessons.history import people_of
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange


@dataclass(frozen=True)
class GroupChoice:
    """A group that a lesson may be for, and how many learners are in it."""

    id: str
    name: str
    size: int
    chosen: bool


@dataclass(frozen=True)
class LearnerChoice:
    """A learner of the class; `chosen` when the lesson names this learner singly."""

    id: str
    name: str
    username: str
    chosen: bool


@dataclass(frozen=True)
class People:
    """Whom a lesson is for: the whole class, groups, single learners."""

    class_id: str
    whole_class: bool
    class_size: int
    groups: list[GroupChoice]
    learners: list[LearnerChoice]
    reached: int

    @cached_property
    def namesakes(self) -> frozenset[str]:
        """The ids of the learners whose name another one of the class has, too."""
        return namesakes((learner.id, learner.name) for learner in self.learners)

    @property
    def ticked(self) -> str:
        """The ids of what is ticked, with commas between them."""
        chosen = [group.id for group in self.groups if group.chosen]
        chosen += [learner.id for learner in self.learners if learner.chosen]
        return ",".join([self.class_id, *chosen] if self.whole_class else chosen)

    @property
    def has_single_learners(self) -> bool:
        """Whether the lesson names learners singly."""
        return any(learner.chosen for learner in self.learners)

    @property
    def sentence(self) -> str:
        """How many learners get the lesson, in words."""
        if not self.reached:
            return _("Nobody gets this lesson yet.")
        return ngettext("%(count)d learner gets this lesson.", "%(count)d learners get this lesson.", self.reached) % {
            "count": self.reached
        }


def learners_of(collection: Collection) -> list[FacilityUser]:
    """Return the learners of a class or group by name; one query."""
    members = Membership.objects.filter(collection=collection).order_by().values("user_id")
    return by_name.people(FacilityUser.objects.filter(pk__in=members))


def ids_of(collection: Collection) -> set[str]:
    """Return the ids of the learners of a class or group; one query."""
    return set(Membership.objects.filter(collection=collection).order_by().values_list("user_id", flat=True))


def collections_of(person_id: str) -> set[str]:
    """Return the ids of the classes and groups that a learner is in; one query."""
    return set(Membership.objects.filter(user_id=person_id).order_by().values_list("collection_id", flat=True))


def groups_of(classroom: Collection) -> list[LearnerGroup]:
    """Return the class's groups by name, each with `size`, its number of learners; one query."""
    groups = LearnerGroup.objects.filter(parent=classroom)
    return by_name.places(groups.annotate(size=Count("membership", filter=Membership.present())))


def people(lesson: Lesson) -> People:
    """Return whom the lesson is and could be for; six queries."""
    chosen = people_of(lesson.pk)
    assigned, single = set(chosen["assignments"]), set(chosen["learner_ids"])
    learners = learners_of(lesson.collection)
    return People(
        class_id=lesson.collection_id,
        whole_class=lesson.collection_id in assigned,
        class_size=len(learners),
        groups=[
            GroupChoice(group.pk, group.name, group.size, group.pk in assigned)
            for group in groups_of(lesson.collection)
        ],
        learners=[LearnerChoice(person.pk, str(person), person.username, person.pk in single) for person in learners],
        reached=len(services.recipients(lesson)),
    )


def still_there(lesson: Lesson) -> dict[str, set[str]]:
    """Return whom the lesson is for (`assignments`, `learner_ids`), without who left the class; three queries."""
    chosen = people_of(lesson.pk)
    present = Membership.objects.filter(collection_id=lesson.collection_id, user__date_deleted__isnull=True)
    inside = present.filter(user_id__in=chosen["learner_ids"]).values_list("user_id", flat=True)
    return {"assignments": set(chosen["assignments"]), "learner_ids": set(inside)}


def resources(lesson: Lesson) -> list[content.Resource]:
    """Return the lesson's resources in order, as `content.services.resources_by_ids` describes each."""
    known = content.resources_by_ids([entry["contentnode_id"] for entry in lesson.resources])
    return [known[entry["contentnode_id"]] for entry in lesson.resources if entry["contentnode_id"] in known]


@dataclass(frozen=True)
class Lost:
    """The resources of a lesson that cannot be opened here: their ids, and the channels that they come from."""

    ids: list[str]
    channels: list[str]


def lost(found: Iterable[content.Resource]) -> Lost | None:
    """Return what is not here of `found`, None when all is; two queries at most."""
    gone = [one for one in found if one.missing or not one.available]
    if not gone:
        return None
    names = content.channel_names(one.channel_id for one in gone)
    return Lost([one.id for one in gone], sorted(set(names.values())))


def size_of(found: Iterable[content.Resource]) -> int:
    """Return how many bytes the resources take on this computer; a copy of the same one counts once."""
    return sum({one.shown_id: one.size for one in found if one.available}.values())


def describe(change: LessonChange) -> str:
    """Return what the change did, in a teacher's words."""
    if change.before is None:
        return _("Lesson made")
    if change.after is None:
        return _("Lesson deleted")
    names = set(change.after)
    if "resources" in names:
        before = len(change.before["resources"])
        after = len(change.after["resources"])
        if after > before:
            return ngettext("%(count)d resource added", "%(count)d resources added", after - before) % {
                "count": after - before
            }
        if after < before:
            return ngettext("%(count)d resource removed", "%(count)d resources removed", before - after) % {
                "count": before - after
            }
        return _("Order changed")
    if names & {"assignments", "learner_ids"}:
        return _("Who it is for changed")
    for name, words in (
        ("is_archived", _("Put into the archive") if change.after.get("is_archived") else _("Taken from the archive")),
        ("is_active", _("Shown to learners") if change.after.get("is_active") else _("Hidden from learners")),
        ("title", _("Title changed")),
        ("term", _("Term changed")),
        ("starts_on", _("Days changed")),
        ("due_on", _("Days changed")),
        ("notes", _("Note for a resource changed")),
    ):
        if name in names:
            return words
    return _("Note changed")
