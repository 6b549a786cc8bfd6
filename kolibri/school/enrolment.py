"""Learners come into a class and leave it, in a way that can be taken back."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from kolibri.core.auth import by_name
from kolibri.core.auth import new_learners
from kolibri.core.auth import services
from kolibri.core.auth import usernames
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import ListImport
from kolibri.core.auth.models import Membership
from kolibri.core.auth.new_learners import Row
from kolibri.core.auth.roster import kept
from kolibri.core.auth.roster.plan import What
from kolibri.core.device.serializers import LearnerSerializer
from kolibri.core.device.serializers import by_field
from kolibri.errors import BadInput
from kolibri.errors import BadInputs
from kolibri.errors import NotHere

Errors = dict[str, list[str]]


def proposed(classroom: Classroom, data: QueryDict) -> list[Row]:
    """Return a row for each name in `names`, with a free username or the one written for it."""
    taken = services.taken_usernames(Facility(pk=classroom.parent_id))
    return new_learners.propose(data.get("names", ""), new_learners.from_post(data), taken)


def add(classroom: Classroom, rows: Sequence[Row], by: FacilityUser) -> tuple[ListImport | None, Errors]:
    """Make the learners, put them into the class and keep that as a list which can be undone as a whole.

    Nothing is made, and no list returned, when there are errors: sentences for `names` or `learners.<index>.<field>`.
    """
    if not rows:
        return None, {"names": [_("Write at least one name.")]}
    if len(rows) > usernames.MOST_NAMES:
        return None, {"names": [_("Write at most 300 names at once.")]}
    serializer = LearnerSerializer(data=new_learners.as_learners(rows), many=True)
    if not serializer.is_valid():
        return None, by_field(serializer.errors, "learners")
    try:
        return _make(classroom, [(row["full_name"], row["username"]) for row in serializer.validated_data], by), {}
    except (BadInput, BadInputs) as error:
        found: Errors = {}
        for one in error.errors if isinstance(error, BadInputs) else [error]:
            found.setdefault(one.field, []).append(str(one))
        return None, found


@transaction.atomic
def _make(classroom: Classroom, learners: Sequence[tuple[str, str]], by: FacilityUser) -> ListImport:
    people = services.add_learners(classroom, learners)
    places = Membership.objects.filter(collection=classroom, user_id__in_ids=[person.pk for person in people])
    counts = {**dict.fromkeys(What, 0), What.CREATE: len(people)}
    return kept.keep(str(classroom.parent_id), by, counts, people, places, [classroom.pk])


def learners_of(classroom: Classroom) -> list[FacilityUser]:
    """Return the class's learners, by name; one query."""
    members = Membership.objects.filter(collection=classroom).order_by().values("user_id")
    return by_name.people(FacilityUser.objects.filter(pk__in=members))


@transaction.atomic
def take_out(classroom: Classroom, user_id: str) -> list[str]:
    """Take the learner out of the class and return the ids of its groups that he was in.

    Raises NotHere when he is not in the class.
    """
    groups = Membership.objects.filter(user_id=user_id, collection__parent_id=classroom.pk)
    left = list(groups.order_by().values_list("collection_id", flat=True))
    if not services.leave(classroom, [user_id]):
        raise NotHere(_("This learner is not in the class any more."))
    return left


@transaction.atomic
def bring_back(classroom: Classroom, user_id: str, group_ids: Sequence[str]) -> FacilityUser:
    """Put the learner into the class again, and into those of its groups that are still there.

    Raises NotHere for somebody who is not of this school.
    """
    person: FacilityUser | None = FacilityUser.objects.filter(pk=user_id, dataset_id=classroom.dataset_id).first()
    if person is None:
        raise NotHere(_("This learner is not in the school any more."))
    services.enrol(classroom, [person])
    for group in Collection.objects.filter(pk__in=group_ids, parent_id=classroom.pk):
        services.enrol(group, [person])
    return person
