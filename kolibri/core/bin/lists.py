"""Undoing a list of people as a whole, for 30 days, without taking anything from who has worked since.

Made people go for good: nobody misses who was never here. Whoever has signed in since, or whom anything in the database
refers to that the list did not write itself, is kept as they are, and so is what was changed after the list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from functools import cached_property
from typing import Any

from django.db import models
from django.db import transaction
from django.utils.translation import gettext as _

from kolibri.core.auth import by_name
from kolibri.core.auth import services
from kolibri.core.auth import usernames
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import ListImport
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.auth.roster import kept
from kolibri.core.bin import rows
from kolibri.core.fields import local_now
from kolibri.core.lessons.models import Lesson
from kolibri.core.logger.models import ContentSummaryLog
from kolibri.errors import Conflict

_Rows = dict[type[models.Model], set[str]]


@dataclass
class Undone:
    """What came of it: how many made people went, and the names of whom and what was kept, each once."""

    gone: int = 0
    people: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)


def undoable(school: Facility) -> list[ListImport]:
    """Return the lists of the last 30 days that wrote something and are not undone, newest first; one query."""
    found = kept.there().filter(school_id=school.pk, undone_at__isnull=True).select_related("made_by").defer("records")
    return [one for one in found if one.counts["create"] or one.counts["change"]]


@transaction.atomic
def undo(done: ListImport, by: FacilityUser) -> Undone:
    """Take back what the list wrote and tell what was kept: a fixed number of queries, and one for each old name.

    `by` keeps their own rights. Raises Conflict when it was undone already.
    """
    school = Facility.objects.get(pk=done.school_id)
    services.hold(school)
    found = kept.there().filter(pk=done.pk, undone_at__isnull=True).first()
    if found is None:
        raise Conflict(_("This was undone already."), code="already_undone")
    told = _Undoing(found, school, by).run()
    # The rows are not needed any more, and hold how passwords were kept.
    found.undone_at, found.records = local_now(), {}
    found.save(update_fields=["undone_at", "records"])
    return told


class _Undoing:
    def __init__(self, done: ListImport, school: Facility, by: FacilityUser) -> None:
        self.done, self.school, self.by = done, school, by
        self.made: dict[str, str] = done.records["people"]
        self.classes: dict[str, str] = done.records["classes"]
        self.changes: dict[str, dict[str, list[str | None]]] = done.records["changes"]
        self.members = list(Membership.objects.filter(pk__in_ids=done.records["members"]).select_related("collection"))
        self.roles = list(Role.objects.filter(pk__in_ids=done.records["roles"]))
        # Those that are written back or stay: by id, to be named.
        self.kept: set[str] = set()

    def run(self) -> Undone:
        gone = self.people_to_go()
        members = [one for one in self.members if one.user_id in gone or self.may_leave(one, gone)]
        roles = self.roles_to_go(gone)
        _erase(Membership, [one.pk for one in members])
        _erase(Role, [one.pk for one in roles])
        _erase(FacilityUser, gone)
        # Only now: one of those may have had a username that somebody gets back.
        self.write_back()
        classes = self.classes_to_go()
        _erase(Collection, classes)
        names = FacilityUser.all_objects.filter(pk__in_ids=list(self.kept))
        return Undone(
            gone=len(gone),
            people=[str(person) for person in by_name.people(names)],
            classes=sorted(self.still_there(set(self.classes) - classes).values(), key=by_name.key),
        )

    def people_to_go(self) -> set[str]:
        """Return who was made and neither changed, signed in, nor referred to since."""
        own: _Rows = {Membership: {one.pk for one in self.members}, Role: {one.pk for one in self.roles}}
        used = _referred(FacilityUser, self.made, own)
        gone = set()
        for person in FacilityUser.all_objects.filter(pk__in_ids=list(self.made)):
            same = kept.mark_of(getattr(person, name) for name in kept.COLUMNS) == self.made[person.pk]
            if same and person.last_login is None and person.pk not in used:
                gone.add(person.pk)
            else:
                self.kept.add(person.pk)
        return gone

    def may_leave(self, place: Membership, gone: set[str]) -> bool:
        """Whether somebody who was there before may leave the class again: no group of it holds them, nor work."""
        if place.user_id in self.made:
            return False
        if (place.user_id, place.collection_id) not in self.bound:
            return True
        self.kept.add(place.user_id)
        return False

    @cached_property
    def bound(self) -> set[tuple[str, str]]:
        """(person, class) where the person is in a group, or has worked since on what its lessons hold."""
        return self._groups() | self._work()

    def _groups(self) -> set[tuple[str, str]]:
        inside = Membership.objects.filter(
            user_id__in_ids=[one.user_id for one in self.members],
            collection__parent_id__in=list({one.collection_id for one in self.members}),
        )
        return set(inside.order_by().values_list("user_id", "collection__parent_id"))

    def _work(self) -> set[tuple[str, str]]:
        classes = list({one.collection_id for one in self.members})
        content: defaultdict[str, set[str]] = defaultdict(set)
        for where, resources in Lesson.objects.filter(collection_id__in=classes).values_list(
            "collection_id", "resources"
        ):
            for one in resources if isinstance(resources, list) else []:
                content[one.get("content_id", "")].add(where)
        logs = ContentSummaryLog.objects.filter(
            user_id__in_ids=[one.user_id for one in self.members], content_id__in_ids=list(content)
        )
        columns = ("user_id", "content_id", "start_timestamp", "end_timestamp")
        return {
            (user, where)
            for user, what, began, ended in logs.values_list(*columns)
            if (ended or began) >= self.done.made_at
            for where in content[what]
        }

    def roles_to_go(self, gone: set[str]) -> list[Role]:
        """Return the rights that the list gave, without those of who was made and stays, and one's own.

        Who was made coach of a class otherwise since stays one that can be made it.
        """
        given = {one.pk for one in self.roles}
        coaches = Role.objects.filter(user_id__in_ids=[one.user_id for one in self.roles], kind=role_kinds.COACH)
        coach_still = {user for pk, user in coaches.order_by().values_list("pk", "user_id") if pk not in given}
        return [
            one
            for one in self.roles
            if one.user_id in gone
            or not (
                one.user_id in self.made
                or one.user_id == self.by.pk
                or (one.kind == role_kinds.ASSIGNABLE_COACH and one.user_id in coach_still)
            )
        ]

    def write_back(self) -> None:
        """Give who was there before what they had, where it is still as the list wrote it."""
        people = {one.pk: one for one in FacilityUser.all_objects.filter(pk__in_ids=list(self.changes))}
        taken = services.taken_usernames(self.school)
        for pk, changes in self.changes.items():
            person = people.get(pk)
            if person is None:
                continue
            writes = {}
            for name, (before, after) in changes.items():
                now = getattr(person, name)
                if now != after or (name == "username" and self._is_taken(before or "", now, taken)):
                    self.kept.add(pk)
                else:
                    writes[name] = before
            if writes.get("picture_password") and self._picture_is_taken(pk, str(writes["picture_password"])):
                del writes["picture_password"]
                self.kept.add(pk)
            if writes:
                FacilityUser.all_objects.filter(pk=pk).update(**writes)

    def _is_taken(self, before: str, now: str, taken: set[str]) -> bool:
        folded = usernames.fold(before)
        return folded != usernames.fold(now) and folded in taken

    def _picture_is_taken(self, pk: str, picture: str) -> bool:
        others = FacilityUser.all_objects.filter(dataset_id=self.school.dataset_id, picture_password=picture)
        return others.exclude(pk=pk).exists()

    def classes_to_go(self) -> set[str]:
        """Return the made classes that are called as they were and that nothing refers to any more."""
        used = _referred(Collection, self.classes, {})
        return {
            pk for pk, name in self.still_there(self.classes).items() if name == self.classes[pk] and pk not in used
        }

    def still_there(self, ids: Iterable[str]) -> dict[str, str]:
        return dict(Collection.objects.filter(pk__in_ids=list(ids)).values_list("pk", "name"))


def _referred(model: type[models.Model], ids: Iterable[str], but: _Rows) -> set[str]:
    """Return those of the ids that any row refers to, apart from the rows of `but`; one query for each kind of row."""
    ids = list(ids)
    found: set[str] = set()
    for relation in model._meta.related_objects:
        column: Any = relation.field
        other: Any = relation.related_model
        pointing = other._base_manager.filter(**{f"{column.attname}__in_ids": ids}).order_by()
        own = but.get(other._meta.concrete_model, set())
        found.update(to for pk, to in pointing.values_list("pk", column.attname) if pk not in own)
    return found


def _erase(model: type[models.Model], ids: Iterable[str]) -> None:
    rows.erase([(model._meta.label_lower, {"id": pk}) for pk in ids])
