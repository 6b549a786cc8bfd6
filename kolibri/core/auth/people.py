"""What a school's admin does with people: rights, passwords, leaving and coming back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from kolibri.core.auth import pictures
from kolibri.core.auth import services
from kolibri.core.auth import usernames
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Role
from kolibri.core.auth.ways import Way
from kolibri.core.fields import local_now
from kolibri.errors import BadInput


class Rights(StrEnum):
    """What a person may do in a school, least first."""

    LEARNER = "learner"
    CLASS_COACH = "class_coach"
    COACH = "coach"
    ADMIN = "admin"


@dataclass(frozen=True)
class Held:
    """The rights of a person, and the ids of the classes that a coach of classes teaches."""

    rights: Rights
    classes: frozenset[str] = frozenset()


def rights_of(person: FacilityUser) -> Held:
    """Return what the person may do; no query when the roles were read already."""
    held = person.roles_held
    at_school = {kind for kind, where in held if where == person.facility_id}
    if role_kinds.ADMIN in at_school:
        return Held(Rights.ADMIN)
    if role_kinds.COACH in at_school:
        return Held(Rights.COACH)
    classes = frozenset(where for kind, where in held if kind == role_kinds.COACH)
    return Held(Rights.CLASS_COACH, classes) if classes else Held(Rights.LEARNER)


@transaction.atomic
def set_rights(person: FacilityUser, rights: Rights, classrooms: Iterable[Classroom], by: FacilityUser) -> None:
    """Give the person exactly these rights. `classrooms` counts for a coach of classes only.

    Raises BadInput (`rights`, `classes`): nobody changes their own, a coach of classes has some, and
    who teaches has a password.
    """
    services.hold(person.facility)
    classrooms = list(classrooms) if rights is Rights.CLASS_COACH else []
    if person.pk == by.pk:
        raise BadInput(_("Ask another admin to change what you may do."), code="own_rights", field="rights")
    if rights is not Rights.LEARNER and not person.has_own_password:
        message = _("Give this person a password first: without one, only learners can sign in.")
        raise BadInput(message, code="no_password", field="rights")
    if rights is Rights.CLASS_COACH and not classrooms:
        raise BadInput(_("Choose the classes that this person teaches."), code="required", field="classes")
    if any(classroom.dataset_id != person.dataset_id for classroom in classrooms):
        raise BadInput(_("Choose classes of this school."), code="other_school", field="classes")
    wanted = {(role_kinds.COACH, classroom.pk) for classroom in classrooms}
    if rights in (Rights.COACH, Rights.ADMIN):
        wanted = {(role_kinds.COACH if rights is Rights.COACH else role_kinds.ADMIN, person.facility_id)}
    kept = {(role_kinds.ASSIGNABLE_COACH, person.facility_id)} if classrooms else set()
    for role in Role.objects.filter(user=person):
        if (role.kind, role.collection_id) not in wanted | kept:
            role.delete()
    places = {classroom.pk: classroom for classroom in classrooms} | {person.facility_id: person.facility}
    for kind, where in sorted(wanted):
        services.give_role(person, places[where], kind)
    person.__dict__.pop("roles_held", None)
    _deal_again(person.facility, [person.pk])


@transaction.atomic
def remove(person: FacilityUser, by: FacilityUser) -> None:
    """Take the person out of the school; what they did stays, and they can come back. Raises BadInput for oneself."""
    if person.pk == by.pk:
        raise BadInput(_("You cannot remove yourself. Ask another admin."), code="oneself")
    person.date_deleted = local_now()
    person.save(update_fields=["date_deleted"])


@transaction.atomic
def bring_back(person: FacilityUser) -> None:
    """Undo a removal. Raises BadInput (`username`) when somebody else has the username meanwhile."""
    services.hold(person.facility)
    services.check_username(person.facility, person.username, own_id=person.pk)
    person.date_deleted = None
    person.save(update_fields=["date_deleted"])
    _deal_again(person.facility, [person.pk])


@transaction.atomic
def remove_many(people: Sequence[FacilityUser], by: FacilityUser) -> None:
    """Take the people out of the school, as `remove` does. Raises BadInput (`person`) when oneself is among them."""
    if any(person.pk == by.pk for person in people):
        raise BadInput(_("You cannot remove yourself. Ask another admin."), code="oneself", field="person")
    FacilityUser.objects.filter(pk__in=[person.pk for person in people]).update(date_deleted=local_now())


@transaction.atomic
def bring_back_many(people: Sequence[FacilityUser]) -> int:
    """Undo the removal of people of one school and return their number; all or none.

    Raises BadInput (`username`) when somebody else has one of the usernames meanwhile.
    """
    if not people:
        return 0
    services.hold(people[0].facility)
    taken = services.taken_usernames(people[0].facility)
    for person in people:
        if usernames.fold(person.username) in taken:
            message = _("“%(username)s” is taken. Choose another username.") % {"username": person.username}
            raise BadInput(message, code="duplicate", field="username")
    ids = [person.pk for person in people]
    FacilityUser.all_objects.filter(pk__in=ids).update(date_deleted=None)
    _deal_again(people[0].facility, ids)
    return len(people)


def _deal_again(school: Facility, ids: Sequence[str]) -> None:
    """Give pictures to those of the people who sign in by them and have lost theirs, as far as there are any."""
    if school.dataset.way_in is Way.PICTURES:
        with contextlib.suppress(BadInput):
            pictures.give(school, ids)
