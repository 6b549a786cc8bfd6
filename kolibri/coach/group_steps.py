"""What a coach did with groups and can take back: each step as plain JSON, kept by `kolibri.ui.undoing`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from kolibri.core.auth import services
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.bin import services as bin_services

StepBack = dict[str, Any]


def made(groups: Iterable[LearnerGroup]) -> StepBack:
    """Return the step back from groups that were made."""
    return {"what": "groups made", "groups": [group.pk for group in groups]}


def changed(group: LearnerGroup, name: str, before: set[str], after: set[str]) -> StepBack:
    """Return the step back to the `name` and members `before` from the group as it is now, with those `after`."""
    return {
        "what": "group changed",
        "group": group.pk,
        "name": [name, group.name],
        "left": sorted(before - after),
        "came": sorted(after - before),
    }


@transaction.atomic
def take(classroom: Classroom, step: StepBack, actor: FacilityUser) -> bool:
    """Take the step back in the class; False where nothing of it is there any more.

    Groups that were made go into the bin, so that this can be taken back, too. What somebody did with the
    group since stays. Who left the class meanwhile does not come into the group again. Raises BadInput (`name`)
    when another group is called so now.
    """
    groups = LearnerGroup.objects.filter(parent=classroom).select_related("parent__parent")
    if step["what"] == "groups made":
        there = list(groups.filter(pk__in=step["groups"]))
        for one in there:
            bin_services.delete(one, actor)
        return bool(there)
    group = groups.filter(pk=step.get("group")).first()
    if group is None:
        return False
    before, after = step["name"]
    if before != after and group.name == after:
        services.rename(group, before)
    now = set(Membership.objects.filter(collection=group).values_list("user_id", flat=True))
    members = (now - set(step["came"])) | set(step["left"])
    inside = Membership.objects.filter(collection=classroom, user_id__in=members).order_by().values("user_id")
    services.set_members(group, FacilityUser.objects.filter(pk__in=inside))
    return True
