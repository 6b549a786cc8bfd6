"""Every address of the API, each method, seven kinds of people, three places: what is answered.

The rows come from the address configuration: an endpoint or method without a row in `EXPECTED`
fails by name. A list says `sees` or `not` of the place's own record. Each answer runs in a
transaction that is undone, and what is refused must not have begun to write anything.
"""

from __future__ import annotations

import contextlib
import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.db import transaction
from django.urls import URLResolver
from django.urls import get_resolver
from django.urls import reverse
from rest_framework.test import APIClient

from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.fields import local_now
from kolibri.core.lessons.models import LessonAssignment
from kolibri.core.lessons.services import create_lesson
from kolibri.core.logger.models import ContentSummaryLog
from kolibri.core.sync.network.door import ForPeers
from kolibri.core.tasks.models import JobRow
from tests.access.expected import EXPECTED
from tests.access.expected import PEOPLE
from tests.access.expected import PLACES
from tests.schools import School
from tests.schools import make_school
from tests.schools import make_superuser

NOWHERE = "0" * 32
VISIT = "1" * 32
WRITES = re.compile(r"\s*(?!.*\bdjango_session\b)(insert|update|delete|replace)\b", re.IGNORECASE | re.DOTALL)


def endpoints() -> dict[str, str]:
    """Return the name of each endpoint of the API with a method, and its address's name."""
    found = {}
    for name, view in _walk(get_resolver().url_patterns, ""):
        if name.startswith(":kolibri:core:") or ":core:" in name:
            methods = getattr(view, "actions", None)
            shown = getattr(view, "cls", None) or getattr(view, "view_class", None)
            if isinstance(shown, type) and issubclass(shown, ForPeers):
                # No person's session opens or closes these: test_door.py and others of tests/core/sync/network.
                continue
            if methods is None:
                methods = [m for m in ("get", "post", "put", "patch", "delete") if hasattr(shown, m)]
            allowed = getattr(
                getattr(view, "cls", None), "http_method_names", ["get", "post", "put", "patch", "delete"]
            )
            found |= {
                f"{name.rpartition(':')[2]} {m.upper()}": name.strip(":")
                for m in methods
                if m in allowed and m != "head"
            }
    return found


def _walk(patterns: Any, space: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, f"{space}:{pattern.namespace}" if pattern.namespace else space)
        else:
            yield f"{space}:{pattern.name}", pattern.callback


class World:
    """Two schools; the first has two classes. Each place has one object of each kind."""

    def __init__(self, school: School) -> None:
        other = make_school("Valley School", prefix="v_")
        self.content_id = uuid.uuid4().hex
        self.node = make_channel(self.content_id)
        room = services.create_classroom(school.facility, "Grade 5")
        coach = services.create_person(school.facility, username="c2", full_name="Other Coach", password="")
        whole = services.create_person(school.facility, username="c3", full_name="School Coach", password="")
        top = services.create_person(school.facility, username="top", full_name="Keeper", password="")
        services.give_role(coach, room, role_kinds.COACH)
        services.give_role(whole, school.facility, role_kinds.COACH)
        make_superuser(top)
        (pupil,) = services.add_learners(room, [("Zed Zulu", "zed")])
        services.create_group(room, "Singers", [pupil])
        self.people = dict(
            zip(PEOPLE, (None, school.learner, coach, school.coach, whole, school.admin, top), strict=True)
        )
        self.places = {
            "own": self._place(school.facility, school.classroom, school.coach, school.learner),
            "other class": self._place(school.facility, room, coach, pupil),
            "other school": self._place(other.facility, other.classroom, other.coach, other.learner),
        }

    def _place(self, facility: Any, room: Any, coach: Any, learner: Any) -> dict[str, tuple[str, dict[str, Any]]]:
        """Return each kind's id there, and a body that would write there."""
        lesson = create_lesson(coach, collection=room, title="Rain", assignments=[room.pk], is_active=True)
        group = LearnerGroup.objects.get(parent=room)
        work = ContentSummaryLog(
            user=learner,
            content_id=self.content_id,
            channel_id=self.node.channel_id,
            kind="video",
            start_timestamp=local_now(),
        )
        work.save()
        newcomer = services.create_person(facility, username=f"new{room.pk[:6]}", full_name="New Comer", password="")
        return {
            "facility": (facility.pk, {}),
            "facilitydataset": (facility.dataset_id, {}),
            "classroom": (room.pk, {"name": "Grade 9", "parent": facility.pk}),
            "learnergroup": (group.pk, {"name": "Runners", "parent": room.pk}),
            "facilityuser": (learner.pk, {"username": "fay", "full_name": "Fay", "facility": facility.pk}),
            "membership": (
                Membership.objects.get(user=learner, collection=room).pk,
                {"user": newcomer.pk, "collection": room.pk},
            ),
            "role": (
                Role.objects.get(user=coach, collection=room).pk,
                {"user": learner.pk, "collection": room.pk, "kind": "coach"},
            ),
            "lesson": (lesson.pk, {"title": "Sun", "collection": room.pk}),
            "progress": (work.pk, {"contentnode_id": self.node.pk, "seconds": 5, "progress": 0.5}),
            "job": (JobRow.objects.create(task="content.import", requested_by=learner.pk).pk, {}),
            "contentnode": (self.node.pk, {}),
            "channel": (self.node.channel_id, {}),
            "lessonassignment": (LessonAssignment.objects.get(lesson=lesson).pk, {}),
        }


def make_channel(content_id: str) -> ContentNode:
    """Return a channel's root, which is a resource as well."""
    place = {"lft": 1, "rght": 2, "tree_id": 1, "level": 0, "available": True}
    node = ContentNode(
        id=uuid.uuid4().hex, kind="video", title="Rivers", content_id=content_id, channel_id=uuid.uuid4().hex, **place
    )
    node.save(force_insert=True)
    ChannelMetadata(id=node.channel_id, name="Water", version=1, min_schema_version="5", root=node).save()
    return node


@contextlib.contextmanager
def watched() -> Iterator[list[str]]:
    """Give the statements that write, as they come; a session is not what anybody could try to write."""
    written: list[str] = []

    def look(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if WRITES.match(str(sql)):
            written.append(str(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield written


def ask(world: World, who: str, place: str, endpoint: str, address: str) -> tuple[int, str]:
    """Return the status, and how it stands in the table."""
    name, method = endpoint.split()
    kind, _, tail = name.partition("-")
    pk, body = world.places[place].get(kind, (NOWHERE, {}))
    args = [] if tail in ("list", "") else [VISIT] if tail == "visit" else [pk]
    client = APIClient()
    person = world.people[who]
    if person is not None:
        # As a new request reads them: nothing kept from the one before.
        client.force_authenticate(FacilityUser.objects.get(pk=person.pk))
    data = {"data": json.dumps(body), "content_type": "application/json"} if method not in ("GET", "DELETE") else {}
    answer = getattr(client, method.lower())(reverse(address, args=args), **data)
    if (tail, method, answer.status_code) != ("list", "GET", 200):
        return answer.status_code, str(answer.status_code)
    found = answer.json()
    rows = found["results"] if isinstance(found, dict) else found
    return 200, "sees" if pk in {row["id"] for row in rows} else "not"


@pytest.mark.acceptance("G6", "G9", "H2")
def test_the_matrix(school: School) -> None:
    world = World(school)
    wrong = []
    for endpoint, address in endpoints().items():
        for place in PLACES:
            told = []
            for who in PEOPLE:
                with transaction.atomic(), watched() as written:
                    status, shown = ask(world, who, place, endpoint, address)
                    if status >= 400 and written:
                        wrong.append(f"{endpoint} by {who} was refused ({status}) but wrote: {written[0][:80]}")
                    transaction.set_rollback(True)
                told.append(shown)
            row = " ".join(told)
            if EXPECTED.get((endpoint, place)) != row:
                wrong.append(f"    ({endpoint!r}, {place!r}): {row!r},")
    assert not wrong, (
        f"These rows of EXPECTED in tests/access/expected.py (columns {PEOPLE}) are missing or not what is answered. "
        "Add or change a row only if each status is what that person should get:\n" + "\n".join(wrong)
    )


def test_what_is_written_is_noticed(school: School) -> None:
    with watched() as written:
        FacilityUser.objects.filter(pk=school.learner.pk).exists()
        SessionStore().save()
        assert not written
        FacilityUser.objects.filter(pk=school.learner.pk).update(full_name="Mallory")
        school.learner.save()
        school.learner.delete()
    assert {one.split()[0] for one in written} >= {"UPDATE", "DELETE"}


def test_no_row_is_for_an_endpoint_that_is_gone() -> None:
    assert {endpoint for endpoint, _ in EXPECTED} == set(endpoints())


def test_an_endpoint_without_a_row_fails_by_name(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.access.test_matrix.endpoints", lambda: {"role-list GET": "kolibri:core:role-list"})
    monkeypatch.delitem(EXPECTED, ("role-list GET", "own"))
    with pytest.raises(AssertionError, match=r"\('role-list GET', 'own'\)"):
        test_the_matrix(school)
