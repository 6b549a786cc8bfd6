"""Who teaches a class, who may be asked to, and how that begins and ends."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from kolibri.core.auth import by_name
from kolibri.core.auth import services
from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import NO_PASSWORD
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.errors import BadInput
from kolibri.errors import NotHere


def coaches_of(classroom: Classroom) -> list[FacilityUser]:
    """Return who teaches this class by a role on it, by name; one query. Who teaches the whole school is not named."""
    roles = Role.objects.filter(collection=classroom, kind=role_kinds.COACH).order_by().values("user_id")
    return by_name.people(FacilityUser.objects.filter(pk__in=roles))


def candidates(classroom: Classroom) -> list[FacilityUser]:
    """Return who may become a coach of the class, by name; one query.

    These are the school's people with a password of their own who do not teach it yet and are no
    class's learners; who teaches elsewhere may be a learner, too.
    """
    at_school = FacilityUser.objects.filter(facility_id=classroom.parent_id)
    with_password = at_school.exclude(password__in=("", NO_PASSWORD))
    here = Role.objects.filter(collection=classroom, kind=role_kinds.COACH).order_by().values("user_id")
    teaching = Role.objects.filter(user__facility_id=classroom.parent_id).order_by().values("user_id")
    learning = Membership.objects.filter(collection__kind=collection_kinds.CLASSROOM).order_by().values("user_id")
    free = with_password.exclude(pk__in=here).filter(Q(pk__in=teaching) | ~Q(pk__in=learning))
    return by_name.people(free)


@transaction.atomic
def add(classroom: Classroom, person: FacilityUser) -> None:
    """Make the person a coach of the class; nothing happens when they are one. Raises BadInput (`coach`)."""
    services.hold(classroom)
    if person.dataset_id != classroom.dataset_id:
        raise BadInput(_("Choose somebody of this school."), code="other_school", field="coach")
    if not person.has_own_password:
        message = _("Give this person a password first: without one, only learners can sign in.")
        raise BadInput(message, code="no_password", field="coach")
    services.give_role(person, classroom, role_kinds.COACH)


@transaction.atomic
def remove(classroom: Classroom, person: FacilityUser) -> None:
    """Take the class from its coach, who is no teacher any more when it was the last. Raises NotHere."""
    services.hold(classroom)
    found = Role.objects.filter(user=person, collection=classroom, kind=role_kinds.COACH).first()
    if found is None:
        raise NotHere(_("This person does not teach the class any more."))
    found.delete()
    if not Role.objects.filter(user=person, kind=role_kinds.COACH).exists():
        for assignable in Role.objects.filter(user=person, kind=role_kinds.ASSIGNABLE_COACH):
            assignable.delete()
    person.__dict__.pop("roles_held", None)
