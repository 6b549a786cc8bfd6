"""What is done with several people at once, and how each of it is taken back.

Every function returns the step back as plain JSON, for `take_back`.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kolibri.core.auth import people as rooms
from kolibri.core.auth import services
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.errors import BadInput

StepBack = dict[str, Any]


@transaction.atomic
def put_in(classroom: Classroom, people: Iterable[FacilityUser]) -> StepBack:
    """Put the people into the class. Raises BadInput (`person`) when all of them are in it already."""
    services.hold(classroom)
    people = list(people)
    there = set(Membership.objects.filter(collection=classroom).order_by().values_list("user_id", flat=True))
    new = [person for person in people if person.pk not in there]
    if not new:
        raise BadInput(_("They are in this class already."), code="already_there", field="person")
    services.enrol(classroom, new)
    return {"what": "put_in", "class": classroom.pk, "people": [person.pk for person in new]}


@transaction.atomic
def take_out(classroom: Classroom, people: Iterable[FacilityUser]) -> StepBack:
    """Take the people out of the class and its groups. Raises BadInput (`person`) when none of them is in it."""
    services.hold(classroom)
    ids = [person.pk for person in people]
    groups = Membership.objects.filter(user_id__in=ids, collection__parent_id=classroom.pk).order_by()
    places = [list(place) for place in groups.values_list("collection_id", "user_id")]
    members = Membership.objects.filter(user_id__in=ids, collection=classroom).order_by()
    left = list(members.values_list("user_id", flat=True))
    if not services.leave(classroom, left):
        raise BadInput(_("None of them is in this class."), code="not_in_class", field="person")
    return {"what": "take_out", "class": classroom.pk, "people": left, "places": places}


@transaction.atomic
def learn_in(person: FacilityUser, classrooms: Iterable[Classroom]) -> StepBack | None:
    """Let the person learn in exactly these classes of the school; None when that is so already."""
    wanted = {classroom.pk: classroom for classroom in classrooms}
    there = {room.pk: room for room in Classroom.objects.filter(membership__user=person).order_by("name", "pk")}
    steps = [take_out(room, [person]) for pk, room in there.items() if pk not in wanted]
    steps += [put_in(room, [person]) for pk, room in wanted.items() if pk not in there]
    return {"what": "several", "steps": steps} if steps else None


@transaction.atomic
def remove(people: Sequence[FacilityUser], by: FacilityUser) -> StepBack:
    """Take the people out of the school. Raises BadInput (`person`) when oneself is among them."""
    rooms.remove_many(people, by)
    return {"what": "remove", "people": [person.pk for person in people]}


@transaction.atomic
def take_back(step: StepBack, facility_id: str, classroom: Classroom | None) -> int:
    """Undo what one of the functions above did and return for how many people; who is gone meanwhile stays so.

    `classroom` is the step's class, None for a removal. Raises BadInput (`username`) when somebody
    else has a username now.
    """
    people = FacilityUser.all_objects.filter(pk__in=step["people"], facility_id=facility_id)
    if classroom is None:
        gone = people.filter(date_deleted__isnull=False).select_related("facility")
        return rooms.bring_back_many(list(gone))
    if step["what"] == "put_in":
        return services.leave(classroom, [person.pk for person in people])
    back = {person.pk: person for person in people.filter(date_deleted__isnull=True)}
    count = services.enrol(classroom, back.values())
    for group in Collection.objects.filter(pk__in={group for group, _user in step["places"]}, parent=classroom):
        services.enrol(group, [back[user] for where, user in step["places"] if where == group.pk and user in back])
    return count
