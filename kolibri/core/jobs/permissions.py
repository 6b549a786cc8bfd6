"""Who may see, and stop, which jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

from django.db.models import Q
from django.db.models import QuerySet
from django.db.models import TextField
from django.db.models import Value
from django.db.models.functions import Cast
from django.db.models.functions import Replace

from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.permissions import runs_whole_school
from kolibri.core.tasks.models import JobRow

if TYPE_CHECKING:
    from kolibri.core.auth.models import Person


def readable_by(user: Person, jobs: QuerySet[JobRow]) -> QuerySet[JobRow]:
    """Return one's own of `jobs`; an admin's with those of the school's people; a superuser's all.

    Who runs the computer is not an admin's to stop, even as one of the school's people.
    """
    if user.is_superuser:
        return jobs
    if not user.is_authenticated:
        return jobs.none()
    mine = Q(requested_by=user.pk)
    if runs_whole_school(user, [role_kinds.ADMIN]):
        mine |= Q(dataset_id=user.dataset_id) | Q(requested_by__in=_people_of(user))
    return jobs.filter(mine)


def _people_of(user: Person) -> QuerySet[Any, Any]:
    """Return the ids of everybody of the school as a job keeps them, as text; also of those who have been removed."""
    ids = Replace(Cast("pk", TextField()), Value("-"), Value(""), output_field=TextField())
    people = FacilityUser._base_manager.filter(dataset_id=user.dataset_id).order_by()
    people = people.exclude(device_permissions__is_superuser=True)
    found: QuerySet[Any, Any] = people.annotate(as_text=ids).values("as_text")
    return found
