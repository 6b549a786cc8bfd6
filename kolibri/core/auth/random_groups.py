"""Groups by chance: as even as the class allows."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from kolibri.core.auth import services
from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.errors import BadInput


def sizes(learners: int, each: int) -> list[int]:
    """Return how many learners each group gets when `each` is wished for: they differ by one at most.

    >>> sizes(31, 6)
    [7, 6, 6, 6, 6]
    >>> sizes(4, 6)
    [4]
    """
    groups = max(1, (learners + each // 2) // each)
    smallest, more = divmod(learners, groups)
    return [smallest + 1] * more + [smallest] * (groups - more)


@transaction.atomic
def make(
    classroom: Classroom, learners: Iterable[FacilityUser], each: int, name: str, chance: random.Random | None = None
) -> list[LearnerGroup]:
    """Return new groups of about `each` learners, called `name` with a number.

    Raises BadInput (`each`) for less than two, and for a class with fewer learners than two.
    """
    services.hold(classroom)
    people = list(learners)
    if each < 2 or len(people) < 2:
        raise BadInput(_("Choose at least two learners a group, of a class that has as many."), field="each")
    (chance or random.Random(secrets.randbits(64))).shuffle(people)
    made = []
    for number, size in enumerate(sizes(len(people), each), start=1):
        free = services.free_name(classroom, collection_kinds.LEARNERGROUP, f"{name} {number}")
        made.append(services.create_group(classroom, free, people[:size]))
        del people[:size]
    return made
