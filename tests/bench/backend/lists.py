"""Reading lessons in one process: `python -m tests.bench.backend.lists`; its last line is JSON for the report.

Every variant goes through its whole view, from the request to the rendered answer, with its
permission filter and a person signed in, who is read anew for each request as the session's is.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import os
import pstats
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

from kolibri.server import home

MANY = 1_000
PAGE = 30
# Short calls are repeated, so that each sample takes some milliseconds.
REPEAT = {"small": 20, "large": 1}


def prepare(size: Any) -> dict[str, Any]:
    """Return the people of a filled database."""
    from django.core.management import call_command

    from kolibri.core.auth import services
    from tests.bench.backend import data

    call_command("migrate", verbosity=0)
    facility = services.create_facility("Bench School")
    admin, coach = data.fill(facility, size or data.Size())
    return {"admin": admin, "coach": coach, "dataset": facility.dataset_id}


class Lists:
    """The variants. Each callable gives the answer's bytes."""

    def __init__(self, people: dict[str, Any], many: int = MANY) -> None:
        from rest_framework.test import APIRequestFactory
        from rest_framework.test import force_authenticate

        from kolibri.core.auth.models import FacilityUser
        from kolibri.core.lessons.api import LessonViewset
        from kolibri.core.lessons.models import Lesson
        from tests.bench.backend import floor
        from tests.bench.backend import peers

        self.admin, self.coach = people["admin"], people["coach"]
        dataset = people["dataset"]
        factory = APIRequestFactory()
        names = [field.attname for field in FacilityUser._meta.concrete_fields]
        columns = [getattr(self.admin, name) for name in names]

        def call(view: Any, query: str = "", tag: str = "", **kwargs: Any) -> Any:
            request = factory.get(f"/api/lesson/{query}", **({"HTTP_IF_NONE_MATCH": tag} if tag else {}))
            force_authenticate(request, FacilityUser.from_db("default", names, columns))
            response = view(request, **kwargs)
            response.render()
            return response

        own, guide, plain = (
            viewset.as_view({"get": "list"}) for viewset in (LessonViewset, peers.GuideViewset, peers.PlainViewset)
        )
        one = LessonViewset.as_view({"get": "retrieve"})
        first = str(Lesson.objects.values_list("pk", flat=True)[0])
        tag = call(own, f"?page_size={many}")["ETag"]
        self.call, self.own, self.guide, self.plain = call, own, guide, plain
        self.variants: dict[str, tuple[str, Callable[[], Any]]] = {
            "floor, own JSON": ("large", lambda: floor.floor(floor.OWN, dataset, many)),
            "floor, guide's JSON": ("large", lambda: floor.floor(floor.GUIDE, dataset, many)),
            "guide's class": ("large", lambda: call(guide, f"?page_size={many}").content),
            "own class": ("large", lambda: call(own, f"?page_size={many}").content),
            "ModelSerializer": ("large", lambda: call(plain, f"?page_size={many}").content),
            "floor of a page": ("small", lambda: floor.floor(floor.OWN, dataset, PAGE)),
            "a page of 30": ("small", lambda: call(own, f"?page_size={PAGE}").content),
            "guide's page of 30": ("small", lambda: call(guide, f"?page_size={PAGE}").content),
            "one lesson": ("small", lambda: call(one, pk=first).content),
            "304": ("small", lambda: call(own, f"?page_size={many}", tag).content),
        }
        self.unchanged = lambda: call(own, f"?page_size={many}", tag)

    def compare(self) -> int:
        """Hold that floor and list are the same JSON; return the size of the larger list in bytes."""
        answers = {name: json.loads(run() or "null") for name, (_, run) in self.variants.items()}
        for list_name, floor_name in (
            ("own class", "floor, own JSON"),
            ("guide's class", "floor, guide's JSON"),
            ("ModelSerializer", "floor, own JSON"),
            ("a page of 30", "floor of a page"),
        ):
            if answers[list_name]["results"] != answers[floor_name]:
                pairs = zip(answers[list_name]["results"], answers[floor_name], strict=True)
                raise AssertionError(f"{list_name}: {next(pair for pair in pairs if pair[0] != pair[1])}")
        if answers["one lesson"] != answers["floor of a page"][0]:
            raise AssertionError("one lesson")
        if self.unchanged().status_code != 304:
            raise AssertionError("304")
        return len(self.variants["own class"][1]())

    def time(self, rounds: int) -> dict[str, list[float]]:
        """Return seconds a call for each round; the variants take turns."""
        found: dict[str, list[float]] = {name: [] for name in self.variants}
        gc.collect()
        gc.freeze()
        for _ in range(rounds):
            for name, (kind, run) in self.variants.items():
                began = time.perf_counter()
                for _ in range(REPEAT[kind]):
                    run()
                found[name].append((time.perf_counter() - began) / REPEAT[kind])
        return found

    def memory(self) -> dict[str, int]:
        """Return the peak of one request in bytes."""
        found = {}
        for name in ("own class", "guide's class", "ModelSerializer"):
            self.variants[name][1]()
            tracemalloc.start()
            self.variants[name][1]()
            found[name] = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found

    def queries(self) -> dict[str, list[int]]:
        """Return the number of queries for 1, 30 and 1,000 rows."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        found: dict[str, list[int]] = {}
        for name, view in (("own class", self.own), ("guide's class", self.guide), ("ModelSerializer", self.plain)):
            for rows in (1, PAGE, MANY):
                with CaptureQueriesContext(connection) as asked:
                    self.call(view, f"?page_size={rows}")
                found.setdefault(name, []).append(len(asked))
        return found

    def readable(self, rounds: int) -> dict[str, list[float]]:
        """Return seconds for all ids of the lessons that a coach may read: our IN, and joins with DISTINCT."""
        from django.db.models import Q

        from kolibri.core.auth.models import FacilityUser
        from kolibri.core.lessons.models import Lesson

        def ours() -> list[Any]:
            coach = FacilityUser.objects.get(pk=self.coach.pk)
            return list(Lesson.readable_by(coach).order_by().values_list("pk", flat=True))

        def joined() -> list[Any]:
            coach = FacilityUser.objects.get(pk=self.coach.pk)
            teaches = {"kind__in": ("admin", "coach"), "user_id": coach.pk}
            reached = Q()
            for way in ("collection__", "collection__parent__", "collection__parent__parent__"):
                reached |= Q(**{f"{way}roles__{name}": value for name, value in teaches.items()})
            mine = Q(is_active=True, lesson_assignments__collection__membership__user_id=coach.pk)
            return list(Lesson.objects.filter(reached | mine).order_by().distinct().values_list("pk", flat=True))

        if set(ours()) != set(joined()) or not ours():
            raise AssertionError("the two filters differ")
        found: dict[str, list[float]] = {"IN": [], "joins, DISTINCT": []}
        for _ in range(rounds):
            for name, run in (("IN", ours), ("joins, DISTINCT", joined)):
                began = time.perf_counter()
                run()
                found[name].append(time.perf_counter() - began)
        return found

    def profile(self, name: str) -> None:
        run = self.variants[name][1]
        run()
        profiler = cProfile.Profile()
        profiler.enable()
        for _ in range(20):
            run()
        profiler.disable()
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(25)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--profile", default="", help="a variant, as 'own class': show where its time goes")
    parser.add_argument("--tiny", action="store_true", help="a small school, to see that it runs")
    options = parser.parse_args()
    home.prepare(Path(os.environ["KOLIBRI_HOME"]))
    django.setup()
    from tests.bench.backend import data

    lists = Lists(prepare(data.TINY if options.tiny else None), 50 if options.tiny else MANY)
    size = lists.compare()
    if options.profile:
        lists.profile(options.profile)
        return 0
    times = lists.time(options.rounds)
    readable = lists.readable(options.rounds)
    report = {
        "bytes": size,
        "times": {name: [min(all_of_it), statistics.median(all_of_it)] for name, all_of_it in times.items()},
        "readable": {name: [min(all_of_it), statistics.median(all_of_it)] for name, all_of_it in readable.items()},
        "memory": lists.memory(),
        "queries": lists.queries(),
    }
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
