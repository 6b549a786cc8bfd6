"""What an admin changed in the school and can take back: each step as plain JSON, kept by `kolibri.ui.undoing`."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kolibri.core.auth import people as rights
from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import ListImport
from kolibri.core.auth.people import Held
from kolibri.core.auth.people import Rights
from kolibri.core.auth.roster import kept
from kolibri.core.bin import lists as bin_lists
from kolibri.errors import NotHere
from kolibri.errors import Refused
from kolibri.school import list_words
from kolibri.school import many_people
from kolibri.school import rooms
from kolibri.ui.requests import PersonRequest

StepBack = many_people.StepBack
MOST_IN_ADDRESS = 60


def a_list(made: ListImport) -> StepBack:
    """Return the step back from people who were added; `people` are their ids, where an address can hold them all."""
    people = list(made.records["people"])
    return {"what": "list", "list": made.pk, "people": people if len(people) <= MOST_IN_ADDRESS else []}


def a_name(classroom: Classroom, before: str) -> StepBack:
    """Return the step back from the class's name to the one `before`."""
    return {"what": "name", "class": classroom.pk, "name": before, "now": classroom.name}


def a_person(person: FacilityUser, before: dict[str, str]) -> StepBack:
    """Return the step back to what the form of the person showed `before`."""
    changed = {name: [old, now] for name, old in before.items() if (now := getattr(person, name)) != old}
    return {"what": "person", "person": person.pk, "changes": changed}


def some_rights(person: FacilityUser, before: Held) -> StepBack:
    """Return the step back from the rights that the person has to those of `before`."""
    now = rights.rights_of(person)
    return {
        "what": "rights",
        "person": person.pk,
        "rights": before.rights,
        "classes": sorted(before.classes),
        "now": [now.rights, sorted(now.classes)],
    }


def take(request: PersonRequest, step: StepBack) -> list[str]:
    """Take the step back and return a sentence for whatever was kept.

    What somebody changed since stays as it is. Raises NotHere for what is gone or is not as the step left it,
    Refused for another's school, BadInput where a name is somebody else's now.
    """
    match step["what"]:
        case "list":
            return _list(request, step)
        case "name":
            _name(request, step)
        case "person":
            _person(request, step)
        case "several":
            with transaction.atomic():
                return [said for one in reversed(step["steps"]) for said in take(request, one)]
        case "rights":
            _rights(request, step)
        case "put_in" | "take_out" | "remove":
            classroom = rooms.class_run(request, step["class"]) if "class" in step else None
            school = str(classroom.parent_id) if classroom else request.user.facility_id
            many_people.take_back(step, school, classroom)
        case _:
            raise _gone()
    return []


def _gone() -> NotHere:
    return NotHere(_("There is nothing to undo here any more."))


@transaction.atomic
def _name(request: PersonRequest, step: StepBack) -> None:
    classroom = rooms.class_run(request, step["class"])
    if classroom.name != step["now"]:
        raise _gone()
    services.rename(classroom, step["name"])


@transaction.atomic
def _rights(request: PersonRequest, step: StepBack) -> None:
    person = rooms.person_run(request, step["person"])
    services.hold(person.facility)
    now, ids = step["now"]
    if rights.rights_of(person) != Held(Rights(now), frozenset(ids)):
        raise _gone()
    classes = Classroom.objects.filter(parent_id=person.facility_id, pk__in=step["classes"])
    held = Rights(step["rights"])
    # Of the classes that are gone since none comes back by this.
    held = Rights.LEARNER if held is Rights.CLASS_COACH and not classes else held
    rights.set_rights(person, held, classes, request.user)


def _list(request: PersonRequest, step: StepBack) -> list[str]:
    found = kept.there().filter(undone_at__isnull=True, pk=step["list"]).first()
    school = Facility.objects.filter(pk=found.school_id).first() if found else None
    if found is None or school is None:
        raise _gone()
    if not request.user.has_role_for(role_kinds.ADMIN, school):
        raise Refused(_("You do not run this school."))
    return list_words.left(bin_lists.undo(found, request.user))


@transaction.atomic
def _person(request: PersonRequest, step: StepBack) -> None:
    """Give the person back what is still as the step left it."""
    person = rooms.person_run(request, step["person"])
    services.hold(person.facility)
    back: dict[str, Any] = {
        name: before for name, (before, after) in step["changes"].items() if getattr(person, name) == after
    }
    if "username" in back:
        services.check_username(person.facility, back["username"], own_id=person.pk)
    for name, value in back.items():
        setattr(person, name, value)
    person.save(update_fields=list(back))
