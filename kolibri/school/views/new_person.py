"""One new person of the school: name, username, password, class and rights on one form."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kolibri.core.auth.models import Facility
from kolibri.core.auth.people import Rights
from kolibri.school import people
from kolibri.school import person_forms
from kolibri.school import steps_back
from kolibri.school.person_forms import NewPersonSerializer
from kolibri.ui import undoing
from kolibri.ui.access import admin
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest
from kolibri.ui.saving import field_errors


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(admin)
def new(request: PersonRequest) -> HttpResponse:
    """A form for one person; a POST makes them and opens their page, or the form again for `another` of the kind.

    `?rights=` and `?classes=` are chosen beforehand.
    """
    facility_id = request.user.facility_id
    asked = request.POST if request.method == "POST" else request.GET
    typed = {name: request.POST.get(name, "") for name in (*person_forms.COLUMNS, "password")}
    wanted = asked.get("rights", Rights.LEARNER)
    classes = person_forms.classes_of(facility_id, asked)
    errors: dict[str, str] = {}
    if request.method == "POST":
        data = {**typed, "rights": wanted, "facility": facility_id}
        serializer = NewPersonSerializer(data=data, context={"request": request, "classes": classes})
        errors = field_errors(serializer)
        if not errors:
            return _added(request, serializer)
    names = people.rooms(facility_id)
    ticked = {classroom.pk for classroom in classes}
    context = {
        "typed": {name: value.replace("\x00", "") for name, value in typed.items() if name != "password"},
        "errors": errors,
        "genders": person_forms.genders(),
        "rights": [(kind.value, people.word(kind), kind == wanted) for kind in Rights],
        "classes": [(pk, name, pk in ticked) for pk, name in names.items()],
        "way": Facility.objects.select_related("dataset").get(pk=facility_id).dataset.way_in,
        "undo": undoing.offered(request, request.GET.get("undo")),
    }
    return render(request, "school/new_person.html", context, status=400 if errors else 200)


def _added(request: PersonRequest, serializer: NewPersonSerializer) -> HttpResponse:
    person = serializer.instance
    assert person is not None
    said, step = _("%(name)s was added.") % {"name": person}, steps_back.a_list(serializer.made)
    if "another" in request.POST:
        alike = [
            ("rights", request.POST.get("rights", "")),
            *(("classes", pk) for pk in serializer.made.records["into"]),
        ]
        return undoing.offer(request, step, said, f"{reverse('kolibri:school:new-person')}?{urlencode(alike)}")
    # Undone, there is no page of the person any more.
    kept = undoing.keep(request, step, said, reverse("kolibri:school:people"))
    return redirect(f"{reverse('kolibri:school:person', args=[person.pk])}?undo={kept}")
