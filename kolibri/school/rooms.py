"""Finding what an address names, for somebody who runs its school."""

from __future__ import annotations

from django.db.models import Count
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kolibri.core.auth import by_name
from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.bin import services as bin_services
from kolibri.core.bin.models import Deletion
from kolibri.core.ids import hex_or_none
from kolibri.errors import BadInput
from kolibri.errors import NotHere
from kolibri.errors import Refused
from kolibri.ui.requests import PersonRequest


def school_run(request: PersonRequest) -> Facility:
    """Return the person's own school. Raises Refused when somebody else runs it."""
    facility: Facility = Facility.objects.get(pk=request.user.facility_id)
    if not request.user.has_role_for(role_kinds.ADMIN, facility):
        raise Refused(_("You do not run this school."))
    return facility


def classes_run(request: PersonRequest) -> list[Classroom]:
    """Return the classes that the person runs, by name, with `size`; one query."""
    readable = Classroom.readable_by(request.user, Classroom.objects.select_related("parent"))
    counted = readable.annotate(size=Count("membership", filter=Membership.present()))
    return by_name.places(one for one in counted if request.user.has_role_for(role_kinds.ADMIN, one))


def class_run(request: PersonRequest, pk: str) -> Classroom:
    """Return the class. Raises NotHere, and Refused for one that somebody else runs."""
    found: Classroom | None = Classroom.readable_by(
        request.user, Classroom.objects.select_related("parent").filter(pk=pk)
    ).first()
    if found is None:
        raise NotHere(_("This class is not here. It may have been deleted, or the address is wrong."))
    if not request.user.has_role_for(role_kinds.ADMIN, found):
        raise Refused(_("You do not run the school of this class."))
    return found


def everybody(request: PersonRequest) -> QuerySet[FacilityUser]:
    """Return all of the person's own school, also who was removed."""
    people = FacilityUser.all_objects.select_related("facility__dataset")
    return people.filter(facility_id=request.user.facility_id)


def person_run(request: PersonRequest, pk: str) -> FacilityUser:
    """Return the person. Raises NotHere, and Refused for one of a school that somebody else runs."""
    found = everybody(request).filter(pk=pk, date_deleted__isnull=True).first()
    if found is None:
        raise NotHere(_("This person is not here. They may have been removed, or the address is wrong."))
    if not request.user.has_role_for(role_kinds.ADMIN, found.facility):
        raise Refused(_("You do not run this school."))
    return found


def deleted_classes(request: PersonRequest) -> list[Deletion]:
    """Return the classes of the person's school that can be brought back, newest first; one query."""
    deleted = bin_services.recent(Facility(pk=request.user.facility_id))
    return list(deleted.filter(what=collection_kinds.CLASSROOM).order_by("-made_at", "-pk"))


def deleted_class(request: PersonRequest, pk: str | None) -> Deletion | None:
    """Return the deletion of a class, when it can be taken back and the person runs that school."""
    found = bin_services.find(hex_or_none(pk))
    if found is None or found.undone_at is not None or found.what != collection_kinds.CLASSROOM:
        return None
    facility = Facility.objects.filter(pk=found.collection_id).first()
    return found if facility is not None and request.user.has_role_for(role_kinds.ADMIN, facility) else None


def person_of_school(classroom: Classroom, text: str | None, field: str) -> FacilityUser:
    """Return the person of the class's school with the id that a form sent. Raises BadInput (`field`)."""
    pk = hex_or_none(text)
    found: FacilityUser | None = (
        FacilityUser.objects.filter(pk=pk, dataset_id=classroom.dataset_id).first() if pk else None
    )
    if found is None:
        raise BadInput(_("Choose somebody of this school."), code="required", field=field)
    return found
