"""A learner adds himself, where the school lets learners do so."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from kolibri.core.auth import by_name
from kolibri.core.auth import services
from kolibri.core.auth import signing_in
from kolibri.core.auth import signing_in_limits as limits
from kolibri.core.auth import usernames
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.signing_in_devices import address_of
from kolibri.core.auth.signing_in_limits import Lane
from kolibri.core.auth.signing_in_limits import Pace
from kolibri.core.auth.ways import Way
from kolibri.core.device.serializers import LearnerSerializer
from kolibri.core.device.serializers import by_field
from kolibri.core.ids import hex_or_none
from kolibri.errors import BadInput
from kolibri.errors import BadInputs
from kolibri.errors import Refused
from kolibri.errors import TooOften
from kolibri.ui import schools
from kolibri.ui.access import everyone
from kolibri.ui.access import open_to

TYPED: Final = ("full_name", "username", "classroom")
# A class that adds itself, behind one router; not a program that fills the school.
NEW: Final = Pace(free=80, first=15.0, forgets=60.0)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@open_to(everyone)
def join(request: HttpRequest) -> HttpResponse:
    """A name, a class, and a password where the school asks for one; then signed in. Raises Refused where it is off."""
    school = schools.choice(request).school
    if school is None or not school.dataset.learner_can_sign_up:
        raise Refused(_("Ask your teacher to add you to the class."))
    if request.method != "POST":
        return _page(request, school)
    name, username = (request.POST.get(field, "") for field in ("full_name", "username"))
    if not username.strip():
        (username,) = usernames.propose([name], services.taken_usernames(school))
    password = request.POST.get("password", "")
    needs_password = school.dataset.way_in is Way.PASSWORD
    errors: dict[str, str] = {}
    serializer = LearnerSerializer(data=[{"full_name": name, "username": username}], many=True)
    if not serializer.is_valid():
        found = by_field(serializer.errors, "learner")
        errors = {field.rpartition(".")[2]: sentences[0] for field, sentences in found.items()}
    if needs_password and not password:
        errors["password"] = _("Write a password.")
    classroom = _class(school, request.POST.get("classroom", ""))
    if classroom is None:
        errors["classroom"] = _("Choose your class.")
    if not errors and classroom is not None:
        try:
            limits.enter([Lane(f"join:{address_of(request)}", NEW)]).failed()
            return _make(request, classroom, serializer.validated_data[0], password if needs_password else "")
        except TooOften as error:
            errors["full_name"] = str(error)
        except (BadInput, BadInputs) as error:
            for one in error.errors if isinstance(error, BadInputs) else [error]:
                errors.setdefault(str(one.field).rpartition(".")[2], str(one))
    return _page(request, school, errors)


def _make(request: HttpRequest, classroom: Classroom, learner: dict[str, str], password: str) -> HttpResponse:
    """Make the learner, sign them in, and lead them to the page about them: it shows the pictures they sign in by."""
    with transaction.atomic():
        (person,) = services.add_learners(classroom, [(learner["full_name"], learner["username"])])
    if password:
        # Hashed outside the transaction: every other writer would wait for it.
        hashed = services.hash_password(person, password)
        services.set_password(person, hashed)
        person.save(update_fields=["password"])
    signing_in.open_session(request, person, with_password=bool(password))
    return redirect("kolibri:ui:me")


def _class(school: Facility, text: str) -> Classroom | None:
    found: Classroom | None = Classroom.objects.filter(parent_id=school.pk, pk=hex_or_none(text)).first()
    return found


def _page(request: HttpRequest, school: Facility, errors: dict[str, str] | None = None) -> HttpResponse:
    context = {
        "school": school,
        "classes": by_name.places(Classroom.objects.filter(parent_id=school.pk)),
        "typed": {
            name: request.POST.get(name, "").replace("\x00", "") for name in ("full_name", "username", "classroom")
        },
        "needs_password": school.dataset.way_in is Way.PASSWORD,
        "errors": errors or {},
    }
    return render(request, "ui/join.html", context, status=400 if errors else 200)
