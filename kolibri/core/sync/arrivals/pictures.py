"""Two computers that knew nothing of each other may have given the same three pictures to two learners.

The schema takes each code once in a school: the later learner's record would stand aside, here as with Kolibri, and all
that hangs on that learner with it. So who joined later gets other pictures, which travel as any change does.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Container
from collections.abc import Sequence
from typing import Any

from kolibri.core.auth import pictures
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.syncable import SchoolRecord
from kolibri.errors import BadInput


def part(model: type[SchoolRecord], records: Sequence[Any]) -> list[str]:
    """Take the pictures from whoever must give them up; to be called before the records are written.

    Returns the ids of those people, for `give`. Two queries where learners with pictures arrive.
    """
    if model is not FacilityUser:
        return []
    coded = {record.pk: record for record in records if record.picture_password}
    if not coded:
        return []
    codes = {record.picture_password for record in coded.values()}
    there = list(FacilityUser.all_objects.filter(picture_password__in=codes))
    arriving = {record.pk for record in records}
    _free_old(there, coded, arriving)
    holders = [one for one in there if one.pk not in arriving]
    given: set[tuple[str, str]] = set()
    late: list[FacilityUser] = []
    for person in sorted((*holders, *coded.values()), key=_place):
        code = (person.dataset_id, person.picture_password)
        if code in given:
            late.append(person)
        given.add(code)
    for person in late:
        person.picture_password = None
    # A change of this computer, which the others get.
    FacilityUser.all_objects.filter(pk__in=[one.pk for one in late if one.pk not in coded]).update(
        picture_password=None
    )
    return [one.pk for one in late]


def give(ids: Sequence[str]) -> None:
    """Give these people others, as a change of this computer; to be called after the records were written."""
    if not ids:
        return
    people: Any = FacilityUser.all_objects.filter(pk__in=ids)
    people.update(update_dirty_bit_to=True)
    for school in Facility.objects.filter(pk__in=FacilityUser.objects.filter(pk__in=ids).values("facility_id")):
        # Where no pictures are left an admin hears of it who gives them next time.
        with contextlib.suppress(BadInput):
            pictures.give(school, ids)


def _place(person: FacilityUser) -> tuple[bool, datetime.datetime, str]:
    """Return what orders people: who was removed gives way, then who joined later."""
    return person.date_deleted is not None, person.date_joined, person.pk


def _free_old(there: Sequence[FacilityUser], coded: dict[str, Any], arriving: Container[str]) -> None:
    """Forget a code that its owner is about to lose: another record of the same arrival may bring it."""
    old = [
        one.pk
        for one in there
        if one.pk in arriving and (one.pk not in coded or coded[one.pk].picture_password != one.picture_password)
    ]
    if old:
        people: Any = FacilityUser.all_objects.filter(pk__in=old)
        people.update(update_dirty_bit_to=None, picture_password=None)
