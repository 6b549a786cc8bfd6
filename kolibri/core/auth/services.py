"""What changes a school: the one place where its people, classes and groups are written.

Every function is atomic and checks what the database cannot: names are unique among those a
person would confuse (compared by `usernames.fold`), inside the transaction that writes. A
duplicate that a peer sends never comes through here and is accepted.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence

from django.db import connection
from django.db import transaction
from django.utils.translation import gettext as _

from kolibri.core.auth import hashers
from kolibri.core.auth import pictures
from kolibri.core.auth import usernames
from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.constants import facility_presets
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import NO_PASSWORD
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityDataset
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.auth.syncable import create_many
from kolibri.errors import BadInput
from kolibri.errors import BadInputs


def hold(collection: Collection) -> None:
    """Keep every other writer of this collection waiting until the transaction ends.

    On SQLite the transaction itself does (IMMEDIATE); on PostgreSQL the row is locked.
    """
    if not connection.features.has_select_for_update:
        return
    Collection.objects.select_for_update().filter(pk=collection.pk).values_list("pk", flat=True).first()


def _unique_name(siblings: Iterable[tuple[str, str]], name: str, own_id: str | None, message: str) -> None:
    wanted = usernames.fold(name)
    if any(usernames.fold(other) == wanted and pk != own_id for pk, other in siblings):
        raise BadInput(message, code="duplicate", field="name")


@transaction.atomic
def create_facility(name: str, *, preset: str = facility_presets.FORMAL, without_password: bool = True) -> Facility:
    """Return a new school with its settings and its root certificate.

    `without_password`: learners sign in by username alone, and so have no password to change.
    """
    dataset = FacilityDataset.objects.create(
        preset=preset,
        learner_can_login_with_no_password=without_password,
        learner_can_edit_password=not without_password,
        learner_can_sign_up=False,
        learner_can_delete_account=False,
    )
    return Facility.objects.create(name=name, dataset=dataset)  # type: ignore[no-any-return]


@transaction.atomic
def create_classroom(facility: Facility, name: str) -> Classroom:
    """Return a new class of the school. Raises BadInput (`name`) when another one has that name."""
    hold(facility)
    check_classroom_name(facility, name)
    return Classroom.objects.create(name=name, parent=facility)  # type: ignore[no-any-return]


def check_classroom_name(facility: Collection, name: str, own_id: str | None = None) -> None:
    """Raise BadInput (`name`) when another class of the school is called so."""
    siblings = Classroom.objects.filter(parent_id=facility.pk).values_list("pk", "name")
    _unique_name(siblings, name, own_id, _("There is already a class with this name. Choose another name."))


def check_username(facility: Facility, username: str, own_id: str | None = None) -> None:
    """Raise BadInput (`username`) when it cannot be used, or when another person of the school has it."""
    check_spelling(username)
    if usernames.fold(username) in taken_usernames(facility, but=own_id):
        raise BadInput(_("Somebody already has this username. Choose another."), code="duplicate", field="username")


def check_spelling(username: str) -> None:
    """Raise BadInput (`username`) when nobody can be called so."""
    if not usernames.is_allowed(username):
        raise BadInput(
            _("Use letters, digits and underscores only, at most 30, without spaces."), code="invalid", field="username"
        )


def taken_usernames(facility: Facility, *, but: str | None = None) -> set[str]:
    """Return the usernames of the school's people, folded; one query."""
    people = FacilityUser.objects.filter(facility_id=facility.pk).exclude(pk=but or "0" * 32)
    return {usernames.fold(name) for name in people.order_by().values_list("username", flat=True)}


@transaction.atomic
def create_person(facility: Facility, *, username: str, full_name: str = "", password: str = "") -> FacilityUser:
    """Return a new person of the school, without roles. Raises BadInput (`username`).

    Without a password he can sign in only where the school lets learners do so.
    """
    hold(facility)
    check_username(facility, username)
    person = FacilityUser(facility=facility, username=username, full_name=full_name)
    pictures.deal(facility.dataset, [person])
    set_password(person, password)
    person.save()
    return person


def set_password(person: FacilityUser, password: str) -> None:
    """Set the password on `person` without saving; an empty one takes it away.

    In a transaction give one that `hash_password` has made: hashing takes long, and on SQLite all other writers wait.
    """
    person.password = hash_password(person, password) if password else NO_PASSWORD


def hash_password(person: FacilityUser, password: str) -> hashers.Hashed:
    """Return the password as it is kept, with the rounds that this person's rights ask for."""
    return password if isinstance(password, hashers.Hashed) else hashers.make(password, _rounds(person))


def _rounds(person: FacilityUser) -> int:
    if not person._state.adding:
        return hashers.rounds_for(person)
    # Roles come after the person. Where learners need no password, who is given one will be a teacher.
    for_teachers = person.facility.dataset.learner_can_login_with_no_password
    return hashers.teacher_rounds() if for_teachers else hashers.learner_rounds()


@transaction.atomic
def add_learners(classroom: Classroom, learners: Sequence[tuple[str, str]]) -> list[FacilityUser]:
    """Return new learners in the class, one for each (full name, username), in that order.

    An empty username is proposed from the name. All or none are made. Raises BadInputs, each
    error's field `learners.<index>.username` or `learners.<index>.full_name`.
    """
    facility = Facility.objects.select_related("dataset").get(pk=classroom.parent_id)
    hold(facility)
    taken = taken_usernames(facility)
    given = {usernames.fold(username) for _name, username in learners if username}
    wanted = [username for _name, username in learners]
    blanks = [index for index, username in enumerate(wanted) if not username]
    for index, proposed in zip(blanks, usernames.propose((learners[i][0] for i in blanks), taken | given), strict=True):
        wanted[index] = proposed
    errors = []
    seen = set(taken)
    for index, ((full_name, _username), username) in enumerate(zip(learners, wanted, strict=True)):
        folded = usernames.fold(username)
        where = f"learners.{index}"
        if not full_name.strip() or len(full_name) > usernames.LONGEST_NAME:
            errors.append(BadInput(_("Write a name of at most 120 letters."), field=f"{where}.full_name"))
        if not usernames.is_allowed(username):
            message = _("Use letters, digits and underscores only, at most 30, without spaces.")
            errors.append(BadInput(message, field=f"{where}.username"))
        elif folded in seen:
            message = _("“%(username)s” is taken. Choose another username.") % {"username": username}
            errors.append(BadInput(message, code="duplicate", field=f"{where}.username"))
        seen.add(folded)
    if errors:
        raise BadInputs(errors)
    people = [
        FacilityUser(
            facility=facility, dataset=facility.dataset, username=username, full_name=name, password=NO_PASSWORD
        )
        for (name, _given), username in zip(learners, wanted, strict=True)
    ]
    pictures.deal(facility.dataset, people)
    create_many(people)
    enrol(classroom, people)
    return people


@transaction.atomic
def enrol(collection: Collection, people: Iterable[FacilityUser]) -> int:
    """Put `people` into the class or group and return how many were new there.

    Raises BadInput (`user`) for somebody of another school, or for a group's learner who is not in its class.
    """
    hold(collection)
    people = list(people)
    ids = {person.pk for person in people}
    if any(person.dataset_id != collection.dataset_id for person in people):
        raise BadInput(_("Choose learners of this school."), code="other_school", field="user")
    if collection.kind != collection_kinds.CLASSROOM:
        in_class = set(
            Membership.objects.filter(collection_id=collection.parent_id, user_id__in=ids).values_list(
                "user_id", flat=True
            )
        )
        if ids - in_class:
            raise BadInput(_("Choose learners of this class."), code="not_in_class", field="user")
    there = set(Membership.objects.filter(collection=collection).values_list("user_id", flat=True))
    new = [
        Membership(user=person, collection=collection, dataset_id=collection.dataset_id)
        for person in people
        if person.pk not in there
    ]
    create_many(new)
    return len(new)


@transaction.atomic
def leave(collection: Collection, user_ids: Iterable[str]) -> int:
    """Take people out of the class (and so out of its groups) or group; return how many were in it."""
    hold(collection)
    ids = list(user_ids)
    places = Membership.objects.filter(user_id__in=ids, collection=collection)
    found: int = places.count()
    if collection.kind == collection_kinds.CLASSROOM:
        Membership.objects.filter(user_id__in=ids, collection__parent_id=collection.pk).delete()
    places.delete()
    return found


def check_group_name(classroom: Collection, name: str, own_id: str | None = None) -> None:
    """Raise BadInput (`name`) when another group of the class is called so."""
    siblings = LearnerGroup.objects.filter(parent_id=classroom.pk).values_list("pk", "name")
    _unique_name(siblings, name, own_id, _("There is already a group with this name. Choose another name."))


def free_name(parent: Collection, kind: str, name: str) -> str:
    """Return `name`, or the first of “name 2”, “name 3” ... that no class of the school (or group of the class) has."""
    siblings = Collection.objects.filter(parent_id=parent.pk, kind=kind).values_list("name", flat=True)
    taken = {usernames.fold(other) for other in siblings}
    candidate, number = name, 2
    while usernames.fold(candidate) in taken:
        candidate, number = f"{name[:95]} {number}", number + 1
    return candidate


@transaction.atomic
def create_group(classroom: Classroom, name: str, people: Iterable[FacilityUser] = ()) -> LearnerGroup:
    """Return a new group of the class with `people` in it. Raises BadInput (`name` or `user`)."""
    hold(classroom)
    check_group_name(classroom, name)
    group = LearnerGroup.objects.create(name=name, parent=classroom)
    enrol(group, people)
    return group  # type: ignore[no-any-return]


@transaction.atomic
def set_members(group: Collection, people: Iterable[FacilityUser]) -> None:
    """Make `people` exactly the members of the group. Raises BadInput (`user`).

    Who was removed from the school meanwhile keeps the place: nobody could have chosen them.
    """
    people = list(people)
    enrol(group, people)
    present = Membership.objects.filter(collection=group, user__date_deleted__isnull=True)
    gone = present.exclude(user_id__in=[person.pk for person in people])
    leave(group, list(gone.values_list("user_id", flat=True)))


@transaction.atomic
def rename(collection: Collection, name: str) -> None:
    """Give the class or group another name. Raises BadInput (`name`)."""
    if collection.parent is not None:
        hold(collection.parent)
        check = check_classroom_name if collection.kind == collection_kinds.CLASSROOM else check_group_name
        check(collection.parent, name, own_id=collection.pk)
    collection.name = name
    collection.save(update_fields=["name"])


@transaction.atomic
def give_role(person: FacilityUser, collection: Collection, kind: str) -> Role:
    """Return the role, new or as it was. A class's coach also becomes assignable at the school, as peers expect."""
    role = Role.objects.filter(user=person, collection=collection, kind=kind).first()
    if role is None:
        role = Role.objects.create(user=person, collection=collection, kind=kind)
        person.__dict__.pop("roles_held", None)
    of_class = collection.kind == collection_kinds.CLASSROOM
    if of_class and not Role.objects.filter(user=person, collection_id=collection.parent_id).exists():
        Role.objects.create(user=person, collection_id=collection.parent_id, kind=role_kinds.ASSIGNABLE_COACH)
    if person.picture_password:
        # As peers have it for a class's coach: who teaches signs in with a password only.
        person.picture_password = None
        person.save(update_fields=["picture_password"])
    return role  # type: ignore[no-any-return]


@transaction.atomic
def give_pictures(school: Facility, people: Sequence[str] = ()) -> int:
    """Give pictures to the learners (all, or those with the ids `people`) who have none; return to how many.

    Raises BadInput (`way`) when there are not enough for all of them.
    """
    hold(school)
    return pictures.give(school, people)


@transaction.atomic
def change_pictures(learner: FacilityUser) -> None:
    """Give the learner other pictures to sign in by; those from before count no more."""
    hold(learner.facility)
    learner.picture_password = pictures.another(learner.facility.dataset)
    learner.save(update_fields=["picture_password"])
