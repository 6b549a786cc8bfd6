"""Writing what a dry run promised: all good rows at once, in a fixed number of queries for each kind of record."""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from kolibri.core.auth import hashers
from kolibri.core.auth import pictures
from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import NO_PASSWORD
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.auth.people import Rights
from kolibri.core.auth.roster import kept
from kolibri.core.auth.roster import plan as planning
from kolibri.core.auth.roster.columns import Listing
from kolibri.core.auth.roster.plan import Checker
from kolibri.core.auth.roster.plan import Plan
from kolibri.core.auth.roster.plan import Row
from kolibri.core.auth.roster.plan import What
from kolibri.core.auth.roster.present import Place
from kolibri.core.auth.syncable import create_many

# (number of the row, whether its person teaches): what a hash was made for.
_Hashes = dict[tuple[int, bool], hashers.Hashed]
# Told how many passwords are ready, of how many.
Hashing = Callable[[int, int], None]
# By person and column: what was there before, and after.
_Changes = dict[str, dict[str, list[str | None]]]


@dataclass(frozen=True)
class Done:
    """How many rows became what, the ids of the classes that somebody came into, and by what id it can be undone."""

    counts: dict[What, int]
    classes: list[str]
    id: str


def run(
    listing: Listing,
    facility: Facility,
    by: FacilityUser,
    check: Checker,
    into: Place | None = None,
    hashed: Hashing | None = None,
) -> Done:
    """Write the good rows of the list, all or none; the faulty ones are left out. Arguments as `plan.make` has them.

    The list is judged anew against the school as it is now. Nothing is deleted and nobody loses rights. `hashed` is
    told of each password that is ready, before anything is written; what it raises ends the work.
    """
    hashes: _Hashes = {}
    # Before the transaction: all other writers would wait for the hashing.
    _hash(planning.make(listing, facility, by, check, into), hashes, hashed)
    with transaction.atomic():
        services.hold(facility)
        plan = planning.make(listing, facility, by, check, into)
        # None, unless the school changed in between.
        _hash(plan, hashes)
        return _write(plan, facility, hashes, by)


def _hash(plan: Plan, hashes: _Hashes, hashed: Hashing | None = None) -> None:
    """Hash the passwords that are not yet in `hashes`, on all cores: the hashing lets other threads run."""
    wanted = {_key(row): row.password for row in plan.good if row.password and _key(row) not in hashes}
    if not wanted:
        return
    rounds = [hashers.teacher_rounds() if teaches else hashers.learner_rounds() for _number, teaches in wanted]
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        try:
            made = pool.map(hashers.make, wanted.values(), rounds)
            for done, (key, encoded) in enumerate(zip(wanted, made, strict=True), start=1):
                hashes[key] = encoded
                if hashed is not None:
                    hashed(done, len(wanted))
        except BaseException:
            # Else leaving would wait for all that is still to be hashed.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _key(row: Row) -> tuple[int, bool]:
    return row.number, row.rights is not Rights.LEARNER


def _write(plan: Plan, facility: Facility, hashes: _Hashes, by: FacilityUser) -> Done:
    classes = _make_classes(plan.new_classes, facility)
    people = _make_people(plan.of(What.CREATE), facility, hashes)
    changes = _change(plan.of(What.CHANGE), hashes)
    good = plan.good
    members = [
        Membership(user_id=row.person, collection_id=_id(place, classes), dataset_id=facility.dataset_id)
        for row in good
        for place in row.learns
    ]
    create_many(members)
    roles = list(_roles(good, facility, classes))
    create_many(roles)
    places = dict.fromkeys(place for row in good for place in (*row.learns, *row.teaches))
    counts: Any = planning.by_what(plan.rows)
    into = list(dict.fromkeys(_id(place, classes) for place in places))
    made = kept.keep(
        facility.pk,
        by,
        counts,
        people,
        members,
        into,
        classes={classes[Place("", name).key]: name for name in plan.new_classes},
        roles=[one.pk for one in roles],
        changes=changes,
    )
    return Done(counts, into, made.pk)


def _make_people(rows: list[Row], facility: Facility, hashes: _Hashes) -> list[FacilityUser]:
    people = [
        FacilityUser(
            facility_id=facility.pk,
            dataset_id=facility.dataset_id,
            password=str(hashes[_key(row)]) if row.password else NO_PASSWORD,
            **row.writes,
        )
        for row in rows
    ]
    learners = [person for row, person in zip(rows, people, strict=True) if row.rights is Rights.LEARNER]
    pictures.deal(facility.dataset, learners)
    create_many(people)
    for row, person in zip(rows, people, strict=True):
        row.person = person.pk
    return people


def _change(rows: list[Row], hashes: _Hashes) -> _Changes:
    """Write what the rows change of people, and return it with what was before."""
    columns = (*kept.COLUMNS, "picture_password")
    there = FacilityUser.objects.filter(pk__in_ids=[row.person for row in rows]).order_by().values("pk", *columns)
    before = {values["pk"]: values for values in there}
    changes = {}
    for row in rows:
        writes: dict[str, str | None] = {
            **row.writes,
            **({"password": str(hashes[_key(row)])} if row.password else {}),
        }
        if row.teaches:
            # As peers have it: who coaches a class signs in with a password only.
            writes["picture_password"] = None
        if writes:
            FacilityUser.objects.filter(pk=row.person).update(**writes)
            changes[row.person] = {name: [before[row.person][name], value] for name, value in writes.items()}
    return changes


def _make_classes(names: list[str], facility: Facility) -> dict[str, str]:
    """Make the classes and return the id of each by its place's key."""
    made = [Classroom(name=name, parent=facility, dataset_id=facility.dataset_id) for name in names]
    create_many(made)
    return {Place("", classroom.name).key: classroom.pk for classroom in made}


def _id(place: Place, classes: dict[str, str]) -> str:
    return place.id or classes[place.key]


def _roles(rows: list[Row], facility: Facility, classes: dict[str, str]) -> Iterable[Role]:
    """The new roles; a class's coach also becomes assignable at the school, as `services.give_role` has it."""
    has_one = set(
        Role.objects.filter(collection_id=facility.pk, user_id__in=[row.person for row in rows if row.teaches])
        .order_by()
        .values_list("user_id", flat=True)
    )

    def role(row: Row, where: str, kind: str) -> Role:
        return Role(user_id=row.person, collection_id=where, kind=kind, dataset_id=facility.dataset_id)

    for row in rows:
        for place in row.teaches:
            yield role(row, _id(place, classes), role_kinds.COACH)
        if row.school_role:
            yield role(row, facility.pk, role_kinds.ADMIN if row.school_role is Rights.ADMIN else role_kinds.COACH)
        elif row.teaches and row.person not in has_one:
            yield role(row, facility.pk, role_kinds.ASSIGNABLE_COACH)
