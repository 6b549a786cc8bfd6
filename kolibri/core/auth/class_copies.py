"""A class made after another: for the next year, or for the other half of a big one."""

from __future__ import annotations

from django.db import transaction

from kolibri.core.auth import coaches
from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.auth.syncable import create_many


@transaction.atomic
def copy_class(classroom: Classroom, name: str, *, with_learners: bool) -> Classroom:
    """Return a new class of that name with the same coaches, and with the same learners in the same groups if asked.

    Lessons stay where they are. Raises BadInput (`name`) when another class is called so.
    """
    copy = services.create_classroom(Facility.objects.get(pk=classroom.parent_id), name)
    for coach in coaches.coaches_of(classroom):
        services.give_role(coach, copy, role_kinds.COACH)
    if with_learners:
        members = Membership.objects.filter(collection=classroom).order_by().values("user_id")
        services.enrol(copy, FacilityUser.objects.filter(pk__in=members))
        _copy_groups(classroom, copy)
    return copy


def _copy_groups(classroom: Classroom, copy: Classroom) -> None:
    groups = list(LearnerGroup.objects.filter(parent=classroom).order_by("name", "pk"))
    twins = {group.pk: LearnerGroup(name=group.name, parent=copy, dataset_id=copy.dataset_id) for group in groups}
    create_many(list(twins.values()), may_come_back=False)
    in_class = set(Membership.objects.filter(collection=copy).order_by().values_list("user_id", flat=True))
    places = (
        Membership.objects.filter(collection_id__in=list(twins)).order_by("pk").values_list("collection_id", "user_id")
    )
    create_many(
        [
            Membership(user_id=user, collection=twins[group], dataset_id=copy.dataset_id)
            for group, user in places
            if user in in_class
        ],
        may_come_back=False,
    )
