"""The school's people: finding, changing, giving a password, removing and bringing back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http import QueryDict
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.core.auth import people as rooms
from kolibri.core.auth import pictures
from kolibri.core.auth import services
from kolibri.core.auth.backends import may_enter_with_pictures
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.people import Rights
from kolibri.core.auth.serializers import FacilityUserSerializer
from kolibri.core.device import passwords
from kolibri.core.ids import hex_or_none
from kolibri.errors import BadInput
from kolibri.errors import NotHere
from kolibri.errors import Refused
from kolibri.school import people
from kolibri.school import undoing
from kolibri.ui.access import admin
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest
from kolibri.ui.saving import field_errors


@require_safe
@open_to(admin)
def people_list(request: PersonRequest) -> HttpResponse:
    """Everybody of the school, found by name, username or number.

    `?removed=` and `?undo=` offer to take back what led here.
    """
    removed = hex_or_none(request.GET.get("removed"))
    gone = removed and _everybody(request).filter(pk=removed, date_deleted__isnull=False).first()
    return show_list(request, request.GET, {"gone": gone})


def show_list(request: PersonRequest, choice: QueryDict, more: dict[str, Any], status: int = 200) -> HttpResponse:
    """The list as `choice` narrows it; `more` is what a form that was refused adds to it."""
    chosen = people.chosen(choice)
    facility_id = request.user.facility_id
    names = people.rooms(facility_id)
    page = people.page(facility_id, names, people.find(facility_id, chosen), choice.get("page", "1"))
    context = {
        "choice": chosen,
        "choices": people.choices(),
        "rooms": names.items(),
        "page": page,
        "previous": chosen.address(page.number - 1),
        "next": chosen.address(page.number + 1),
        "wanted_room": chosen.room,
        "undo": undoing.offered(request, choice.get("undo")),
        **more,
    }
    return render(request, "school/people.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(admin)
def new(request: PersonRequest) -> HttpResponse:
    """A form for one person; a POST makes them and opens their page, where their rights are chosen."""
    typed = {name: request.POST.get(name, "") for name in ("full_name", "username", "password")}
    errors: dict[str, str] = {}
    if request.method == "POST":
        data = {**typed, "facility": request.user.facility_id}
        serializer = FacilityUserSerializer(data=data, context={"request": request})
        errors = field_errors(serializer)
        if not errors:
            return redirect("kolibri:school:person", serializer.instance.pk)  # type: ignore[union-attr]
    shown = {name: value.replace("\x00", "") for name, value in typed.items() if name != "password"}
    return render(request, "school/new_person.html", {"typed": shown, "errors": errors}, status=400 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(admin)
def person(request: PersonRequest, pk: str) -> HttpResponse:
    """One person; a POST changes name and username."""
    found = _person(request, pk)
    if request.method != "POST":
        return _person_page(request, found)
    typed = {name: request.POST.get(name, "") for name in ("full_name", "username")}
    errors = field_errors(FacilityUserSerializer(found, data=typed, partial=True, context={"request": request}))
    if errors:
        shown = {name: value.replace("\x00", "") for name, value in typed.items()}
        return _person_page(request, _person(request, pk), {"errors": errors, "typed": shown}, status=400)
    messages.success(request, _("Saved."))
    return redirect("kolibri:school:person", pk)


@require_POST
@open_to(admin)
def password(request: PersonRequest, pk: str) -> HttpResponse:
    """Give the person another password (`password`); wherever they are signed in, they are signed out."""
    found = _person(request, pk)
    typed = request.POST.get("password", "")
    errors: dict[str, str] = {}
    if not typed:
        errors["password"] = _("Write a password.")
    elif found.is_teacher and not passwords.strength(typed, (found.username, found.full_name)).is_enough:
        errors["password"] = passwords.sentence(typed, (found.username, found.full_name))
    else:
        data = {"password": typed}
        errors = field_errors(FacilityUserSerializer(found, data=data, partial=True, context={"request": request}))
    if errors:
        return _person_page(request, _person(request, pk), {"errors": errors}, status=400)
    messages.success(request, _("%(name)s has a new password.") % {"name": found})
    return redirect("kolibri:school:person", pk)


@require_POST
@open_to(admin)
def other_pictures(request: PersonRequest, pk: str) -> HttpResponse:
    """Give the learner three other pictures; those from before open nothing any more. Raises BadInput for others."""
    found = _person(request, pk)
    if not may_enter_with_pictures(found):
        raise BadInput(_("This person does not sign in with pictures."), code="no_pictures")
    services.change_pictures(found)
    messages.success(request, _("%(name)s has new pictures.") % {"name": found})
    return redirect("kolibri:school:person", pk)


@require_POST
@open_to(admin)
def rights(request: PersonRequest, pk: str) -> HttpResponse:
    """Say what the person may do: `rights`, and `classes` for a teacher of some."""
    found = _person(request, pk)
    wanted = request.POST.get("rights", "")
    ids = [one for text in request.POST.getlist("classes") if (one := hex_or_none(text))]
    try:
        if wanted not in set(Rights):
            raise BadInput(_("Choose what this person may do."), code="invalid", field="rights")
        classes = Classroom.objects.filter(parent_id=found.facility_id, pk__in=ids[:1_000])
        rooms.set_rights(found, Rights(wanted), classes, request.user)
    except BadInput as error:
        more = {"errors": {error.field: str(error)}, "wanted": wanted, "ticked": set(ids)}
        return _person_page(request, _person(request, pk), more, status=400)
    messages.success(request, _("Saved."))
    return redirect("kolibri:school:person", pk)


@require_POST
@open_to(admin)
def remove(request: PersonRequest, pk: str) -> HttpResponse:
    """Take the person out of the school, and offer to undo it."""
    rooms.remove(_person(request, pk), request.user)
    return redirect(f"{reverse('kolibri:school:people')}?removed={pk}")


@require_POST
@open_to(admin)
def bring_back(request: PersonRequest, pk: str) -> HttpResponse:
    """Undo a removal."""
    found = _everybody(request).filter(pk=pk, date_deleted__isnull=False).first()
    if found is None:
        raise NotHere(_("Nobody is to be brought back here."))
    rooms.bring_back(found)
    messages.success(request, _("%(name)s is here again.") % {"name": found})
    return redirect("kolibri:school:person", pk)


def _everybody(request: PersonRequest) -> Any:
    return FacilityUser.all_objects.select_related("facility__dataset").filter(facility_id=request.user.facility_id)


def _person(request: PersonRequest, pk: str) -> FacilityUser:
    """Return the person. Raises NotHere, and Refused for one of a school that somebody else runs."""
    found: FacilityUser | None = _everybody(request).filter(pk=pk, date_deleted__isnull=True).first()
    if found is None:
        raise NotHere(_("This person is not here. They may have been removed, or the address is wrong."))
    if not request.user.has_role_for(role_kinds.ADMIN, found.facility):
        raise Refused(_("You do not run this school."))
    return found


def _person_page(
    request: PersonRequest, found: FacilityUser, more: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    held = rooms.rights_of(found)
    more = more or {}
    wanted = more.get("wanted", held.rights)
    ticked = more.get("ticked", held.classes)
    classes = Classroom.objects.filter(parent_id=found.facility_id).order_by("name", "pk")
    learns = set(found.memberships.values_list("collection_id", flat=True))
    context = {
        "found": found,
        "typed": {"full_name": found.full_name, "username": found.username},
        "rights": [(kind.value, people.word(kind), kind == wanted) for kind in Rights],
        "classes": [(classroom, classroom.pk in ticked) for classroom in classes],
        "learns": [classroom for classroom in classes if classroom.pk in learns],
        "is_oneself": found.pk == request.user.pk,
        "way": found.facility.dataset.way_in,
        "presses": may_enter_with_pictures(found),
        "pictures": pictures.read(found.picture_password),
        **more,
    }
    return render(request, "school/person.html", context, status=status)
