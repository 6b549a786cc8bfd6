"""Every address of the screens, looked at and posted to: seven kinds of people, three places.

As in the API's matrix the rows come from the address configuration. `in` is the way to the
sign-in page, `on` another way onward. What is refused must not have begun to write anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLResolver
from django.urls import get_resolver
from django.urls import reverse

from kolibri.core.auth import services
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.bin import services as bin_services
from kolibri.core.fields import local_now
from kolibri.core.lessons.models import LessonChange
from kolibri.core.lessons.models import LessonTemplate
from kolibri.core.sync.network.models import Partner
from tests.access.expected_screens import SCREENS
from tests.access.test_matrix import NOWHERE
from tests.access.test_matrix import PEOPLE
from tests.access.test_matrix import PLACES
from tests.access.test_matrix import World
from tests.access.test_matrix import watched
from tests.schools import School

# What an id in an address names, by the word before it.
KINDS = {
    "class": "classroom",
    "group": "learnergroup",
    "lesson": "lesson",
    "person": "facilityuser",
    "learner": "facilityuser",
    "sync": "partner",
}
# What a word in an address may be.
WORDS = {"topic": "lesson"}


def screens() -> dict[str, str]:
    """Return the route of each screen by its name."""
    found = {}
    for space, pattern, route in _walk(get_resolver().url_patterns, "", ""):
        if space.startswith(":kolibri:") and space != ":kolibri:core":
            found[f"{space.strip(':')}:{pattern.name}"] = route
    return found


def _walk(patterns: Any, space: str, route: str) -> Iterator[tuple[str, Any, str]]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, f"{space}:{pattern.namespace}" if pattern.namespace else space, here)
        else:
            yield space, pattern, here


def address(world: World, place: str, name: str, route: str) -> str:
    keys = {word: WORDS[word] for word in re.findall(r"<slug:(\w+)>", route)}
    for word, key in re.findall(r"(\w[\w-]*)/<hex:(\w+)>", route.replace(">/<", ">/node/<")):
        if word == "change":
            lesson = world.places[place]["lesson"][0]
            keys[key] = LessonChange.objects.filter(lesson_id=lesson).values_list("pk", flat=True)[0]
        elif word == "deleted":
            key_of = "deleted group" if "group" in name else "deleted class"
            keys[key] = world.places[place][key_of][0]
        elif word == "templates":
            school = Collection.objects.get(pk=world.places[place]["classroom"][0]).parent_id
            keys[key] = LessonTemplate.objects.get(facility_id=school, date_removed__isnull="return" not in route).pk
        elif word in ("node", "preview"):
            keys[key] = world.node.pk
        else:
            keys[key] = world.places[place].get(KINDS.get(word, ""), (NOWHERE, {}))[0]
    return reverse(name, kwargs=keys)


def shown(answer: Any) -> str:
    if answer.status_code == 302:
        return "in" if "/sign-in/" in answer.headers["Location"] else "on"
    return str(answer.status_code)


def furnish(world: World) -> None:
    """Add what the screens have addresses for and the API has not."""
    for facility in Facility.objects.all():
        for removed in (None, local_now()):
            LessonTemplate.objects.create(facility=facility, title="Rain", date_removed=removed)
    by = world.people["superuser"]
    for place in world.places.values():
        room = Classroom.objects.get(pk=place["classroom"][0])
        gone = services.create_classroom(Facility.objects.get(pk=room.parent_id), f"Gone {room.name}")
        partner = Partner.objects.create(dataset_id=room.dataset_id, address=f"http://192.168.1.7/{room.pk}/")
        place["partner"] = (partner.pk, {})
        place["deleted class"] = (bin_services.delete(gone, by).pk, {})
        place["deleted group"] = (bin_services.delete(services.create_group(room, "Gone"), by).pk, {})


def houses() -> list[str]:
    """Return the parts of the program that have screens."""
    return sorted({name.rpartition(":")[0] for name in screens()})


@pytest.mark.parametrize("house", houses())
def test_the_screens(school: School, house: str) -> None:
    world = World(school)
    furnish(world)
    wrong = []
    for name, route in screens().items():
        if name.rpartition(":")[0] != house:
            continue
        for method in ("get", "post"):
            for place in PLACES if "<hex" in route else ("own",):
                told = []
                for who in PEOPLE:
                    with transaction.atomic():
                        client = Client()
                        if (person := world.people[who]) is not None:
                            client.force_login(FacilityUser.objects.get(pk=person.pk))
                        with watched() as written:
                            answer = getattr(client, method)(address(world, place, name, route))
                        told.append(shown(answer))
                        if told[-1] in ("in", "403", "404", "405") and written:
                            wrong.append(f"{name} {method} by {who} was refused ({told[-1]}): {written[0][:80]}")
                        transaction.set_rollback(True)
                # What nobody may use needs no row.
                if set(told) != {"405"} and SCREENS.get((name, method, place)) != " ".join(told):
                    wrong.append(f"    ({name!r}, {method!r}, {place!r}): {' '.join(told)!r},")
    assert not wrong, (
        f"These rows of SCREENS in tests/access/expected_screens.py (columns {PEOPLE}) are missing or not what is "
        "answered. Add or change a row only if each is what that person should get:\n" + "\n".join(wrong)
    )


def test_no_row_is_for_a_screen_that_is_gone() -> None:
    assert {name for name, _, _ in SCREENS} == set(screens())
