"""Requests made up from the API's description, sent to the real application as each kind of person.

Half of them keep to the description and half break it. Ids of real records are put in their places,
or nearly everything would be a 404. Each request runs in a transaction that is undone.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import hypothesis
import schemathesis
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.db import transaction
from django.test import Client
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import content_type_conformance
from schemathesis.specs.openapi.checks import response_schema_conformance
from schemathesis.specs.openapi.checks import status_code_conformance

from kolibri.core.auth.models import FacilityUser
from kolibri.core.lessons.models import LessonAssignment
from kolibri.core.lessons.services import create_lesson
from tests.access.test_matrix import World
from tests.schools import School

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROLES = ("anonymous", "learner", "coach", "admin", "superuser")
ADDRESS = "http://localhost"


@dataclass
class Told:
    """What came of one person's requests."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    # A fault's first line and the request that shows it.
    faults: dict[str, str] = field(default_factory=dict)


class Fuzz:
    """Makes up requests over one world. The same seed makes the same requests."""

    def __init__(self, school: School, seed: int) -> None:
        load_all_checks()
        # Between requests a connection may be closed as too old; here a request is inside a transaction.
        connection.close_if_unusable_or_obsolete = lambda: None  # type: ignore[method-assign]
        self.seed = seed
        self.world = World(school)
        # Of one's own class, of another and of another school: what is everybody's, a coach's, a superuser's alone.
        places = self.world.places.values()
        self.real = {kind: [place[kind][0] for place in places] for kind in self.world.places["own"]}
        lesson = create_lesson(
            school.coach,
            collection=school.classroom,
            title="Clouds",
            resources=[
                {
                    "contentnode_id": self.world.node.pk,
                    "content_id": self.world.node.content_id,
                    "channel_id": self.world.node.channel_id,
                }
            ],
            assignments=[school.classroom.pk],
            learner_ids=[school.learner.pk],
            is_active=True,
        )
        self.real["lesson"].append(lesson.pk)
        self.real["lessonassignment"].append(LessonAssignment.objects.filter(lesson=lesson)[0].pk)
        self.application = get_wsgi_application()
        self.schema = schemathesis.openapi.from_wsgi("/api/schema/", self.application)
        self.operations = [found.ok() for found in self.schema.get_all_operations()]

    def run(self, role: str, cases: int) -> Told:
        """Send at least `cases` requests as `role`."""
        told = Told()
        headers, cookies = self._signed_in(role)
        each = -(-cases // (2 * len(self.operations)))
        for operation in self.operations:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                self._try(operation, mode, each, told, headers, cookies)
        # Operations that cannot be broken leave some for the others.
        turn = 0
        while told.cases < cases:
            turn += 1
            for operation in self.operations:
                self._try(operation, GenerationMode.POSITIVE, each, told, headers, cookies, turn)
        return told

    def _signed_in(self, role: str) -> tuple[dict[str, str], dict[str, str]]:
        person = self.world.people[role]
        if person is None:
            return {}, {}
        client = Client(HTTP_HOST="localhost")
        client.force_login(FacilityUser.objects.get(pk=person.pk))
        token = client.get("/api/session/").json()["csrf_token"]
        cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        assert settings.SESSION_COOKIE_NAME in cookies
        return {"X-CSRFToken": token, "Origin": ADDRESS}, cookies

    def _try(
        self,
        operation: Any,
        mode: GenerationMode,
        many: int,
        told: Told,
        headers: dict[str, str],
        cookies: dict[str, str],
        turn: int = 0,
    ) -> None:
        chance = random.Random(f"{self.seed} {operation.label} {mode} {turn}")

        @hypothesis.seed(self.seed + turn)
        @hypothesis.settings(
            max_examples=many,
            deadline=None,
            database=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            self._use_real_ids(case, chance)
            with transaction.atomic():
                response = case.call(headers=headers, cookies=cookies)
                transaction.set_rollback(True)
            told.cases += 1
            told.statuses[response.status_code] += 1
            try:
                case.validate_response(response, checks=CHECKS)
            except (FailureGroup, Failure) as failed:
                for one in getattr(failed, "exceptions", [failed]):
                    text = f"{operation.label}: {one.title} ({response.status_code}): {str(one.message)[:300]}"
                    told.faults.setdefault(text, case.as_curl_command()[:1500])

        try:
            send()
        except hypothesis.errors.Unsatisfiable:
            # There is nothing to break: no parameter and no body.
            return

    def _use_real_ids(self, case: Any, chance: random.Random) -> None:
        kind = case.path.removeprefix("/api/").partition("/")[0]
        if case.path_parameters and "id" in case.path_parameters and chance.random() < 0.7:
            case.path_parameters["id"] = chance.choice(self.real.get(kind) or [case.path_parameters["id"]])
        if isinstance(case.body, dict):
            for name in list(case.body):
                if chance.random() < 0.5:
                    case.body[name] = self._real_value(name, case.body[name], chance)

    def _real_value(self, name: str, value: Any, chance: random.Random) -> Any:
        rooms = [*self.real["classroom"], *self.real["facility"], *self.real["learnergroup"]]
        known = {
            "collection": rooms,
            "parent": rooms,
            "assignments": [[one] for one in rooms],
            "user": self.real["facilityuser"],
            "facility": self.real["facility"],
            "learner_ids": [[one] for one in self.real["facilityuser"]],
            "contentnode_id": self.real["contentnode"],
            "kind": ["coach", "admin"],
        }.get(name)
        return chance.choice(known) if known else value


def problems(told: Told) -> Iterator[str]:
    for fault, request in told.faults.items():
        yield f"{fault}\n    {request}"
