"""Every address, as every kind of person, searched for what nobody may be shown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.http import HttpResponse
from django.test import Client
from django.urls import clear_url_caches
from django.urls import path
from django.urls import reverse
from morango.models import Certificate

from kolibri import urls
from kolibri.core.auth import names_door
from kolibri.core.auth import services
from kolibri.core.auth.models import NO_PASSWORD
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.device import window_key
from kolibri.core.device.models import DeviceSettings
from kolibri.core.tasks.models import JobRow
from tests.access.test_matrix import NOWHERE
from tests.access.test_matrix import PEOPLE
from tests.access.test_matrix import PLACES
from tests.access.test_matrix import World
from tests.access.test_matrix import endpoints
from tests.access.test_screens import address
from tests.access.test_screens import furnish
from tests.access.test_screens import screens
from tests.schools import School

PLANTED = "heron-in-the-reeds"


def plant(world: World) -> dict[str, str]:
    """Write secrets of every kind, and return what each looks like."""
    secrets = {
        "the secret key": settings.SECRET_KEY,
        "a password": PLANTED,
        "the one-time key of the window": window_key.issue(),
    }
    for number, person in enumerate(one for one in world.people.values() if one is not None):
        if number < 2:
            services.set_password(person, f"{PLANTED}-{number}")
        person.refresh_from_db()
        # The word for "no password" is no secret; it also says that a gender is not known.
        if person.password != NO_PASSWORD:
            secrets[f"the password's hash of {person.username}"] = person.password
    device = DeviceSettings.objects.get()
    device.recovery_code = "hash-of-a-code-on-paper"
    device.save()
    secrets["the recovery code's hash"] = device.recovery_code
    for number, certificate in enumerate(Certificate.objects.all()):
        key = certificate.private_key.get_private_key_string() if certificate.has_private_key() else ""
        secrets |= {f"private key {number}": line for line in key.splitlines()[1:2]}
    JobRow.objects.create(
        task="tests.job",
        state="FAILED",
        requested_by=FacilityUser.objects.exclude(pk__in=[p.pk for p in world.people.values() if p]).first().pk,  # type: ignore[union-attr]
        arguments={"folder": "planted-argument"},
        result={"found": "planted-result"},
        error="planted-error",
        exception="PlantedException",
        traceback="planted-traceback",
    )
    words = ("planted-argument", "planted-result", "PlantedException", "planted-traceback")
    return secrets | {f"another's job: {word}": word for word in words}


def addresses(world: World) -> Iterator[str]:
    for endpoint, name in endpoints().items():
        kind, _, tail = endpoint.partition(" ")[0].partition("-")
        if endpoint.endswith(" GET"):
            for place in PLACES:
                key = world.places[place].get(kind, (NOWHERE, {}))[0]
                found = reverse(name, args=[key] if tail not in ("list", "") else [])
                yield from (found, f"{found}?page_size=3") if tail == "list" else (found,)
    for name, route in screens().items():
        for place in PLACES:
            yield address(world, place, name, route)
    yield from ("/no-such-page/", "/api/no-such-address/", f"/api/lesson/{'x' * 40}/")


def told(client: Client, address: str) -> Iterator[tuple[str, str]]:
    """Yield what is answered to each way of asking, headers with it."""
    asked = [
        ("GET", client.get(address)),
        ("GET of a fragment", client.get(address, headers={"HX-Request": "true"})),
        ("HEAD", client.head(address)),
        ("empty POST", client.post(address)),
    ]
    for way, answer in asked:
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        yield way, f"{answer.headers}\n{body.decode('utf-8', 'replace')}"


def crawl(world: World, who: str, secrets: dict[str, str]) -> list[str]:
    """Return what `who` was shown of `secrets`."""
    found = []
    for one in dict.fromkeys(addresses(world)):
        with transaction.atomic():
            client = Client(raise_request_exception=False)
            if (person := world.people[who]) is not None:
                client.force_login(FacilityUser.objects.get(pk=person.pk))
            others = {
                f"a session's key {number}": key
                for number, key in enumerate(Session.objects.values_list("session_key", flat=True))
                if key != (client.session.session_key if person else None)
            }
            for way, text in told(client, one):
                shown = [name for name, secret in (secrets | others).items() if secret and secret in text]
                found += [f"{way} {one} as {who} shows {name}" for name in shown]
            transaction.set_rollback(True)
    return found


@pytest.fixture
def world(school: School) -> World:
    made = World(school)
    furnish(made)
    return made


@pytest.mark.parametrize("who", PEOPLE)
def test_no_secret_is_shown(world: World, who: str) -> None:
    secrets = plant(world)
    assert {"private key 0", "the password's hash of coach"} <= set(secrets)
    # Somebody else is signed in meanwhile.
    Client().force_login(FacilityUser.objects.get(pk=world.places["other school"]["facilityuser"][0]))
    assert crawl(world, who, secrets) == []


def test_nobody_unsigned_reads_of_people(world: World) -> None:
    """Their names, how many there are, their classes or jobs; the school's own name stands on the sign-in page.

    Where a school lets learners choose their names there, that page tells these (see `tests/signin`).
    """
    for school in Facility.objects.all():
        names_door.set_shows_names(school, False)
    names = ("Class Coach", "Head Teacher", "Amina Bello", "Readers", "Grade 4", "Rain")
    private = {f"the name {name}": name for name in names}
    private |= {f"the user name {one}": f'"{one}"' for one in ("amina", "coach", "v_coach", "zed")}
    private |= {"how many people": '"count"'}
    assert crawl(world, "anonymous", private) == []


def leak(request: HttpRequest) -> HttpResponse:
    return HttpResponse("", headers={"X-Debug": settings.SECRET_KEY})


def test_a_leak_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = plant(world)
    monkeypatch.setattr(urls, "urlpatterns", [path("leak/", leak), *urls.urlpatterns])
    monkeypatch.setattr("tests.access.test_crawl.addresses", lambda world: ["/leak/"])
    clear_url_caches()
    try:
        found = crawl(world, "anonymous", secrets)
    finally:
        monkeypatch.undo()
        clear_url_caches()
    assert "GET /leak/ as anonymous shows the secret key" in found
