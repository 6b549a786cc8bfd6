"""How long the server works on a page: a class of 50 learners and 60 lessons of ten resources, on SQLite.

The channel has 10,000 resources, for what is asked at each key of a search.

`python -m tests.bench screens` starts this with a home of its own. From the request to the last byte of the
packed answer, through every middleware, as the class's listener asks for it; without the network. The
processor's time of the thread, so that what else the machine does stays outside. `--profile NAME` shows where
one page's time goes.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

from kolibri.server import home

MOST_MILLISECONDS = 50.0
Ask = Callable[[], Any]


def run(rounds: int) -> bool:
    """Measure in a process with an empty home, print the table, and return whether every page met its time."""
    from tests.loss.rounds import ROOT
    from tests.loss.rounds import environment

    with tempfile.TemporaryDirectory() as folder:
        ours = environment(Path(folder) / "home") | {"DJANGO_SETTINGS_MODULE": "kolibri.settings.server"}
        ours.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "tests.bench.screens", "--rounds", str(rounds)]
        ran = subprocess.run(command, env=ours, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(ran.stdout.splitlines()[-1])
    print(f"{'server time of a page, milliseconds':44}{'least':>8}{'median':>8}{'queries':>9}{'bytes':>8}{'packed':>8}")
    for name, (least, median, queries, size, packed) in found.items():
        mark = "" if median <= MOST_MILLISECONDS else " !"
        print(f"{name:44}{least:8.1f}{median:8.1f}{queries:9}{size:8,}{packed:8,}{mark}")
    print(f"(a class of 50 learners and 60 lessons; ! marks more than {MOST_MILLISECONDS:g})")
    return all(median <= MOST_MILLISECONDS for _least, median, *_rest in found.values())


def fill() -> dict[str, Ask]:
    """Make the school, and return each page as a call that answers it."""
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client
    from django.urls import reverse

    from kolibri.core.device.models import DeviceSettings
    from tests import full_class
    from tests.schools import make_school
    from tests.screens import bring
    from tests.sticks import make_stick

    call_command("migrate", verbosity=0)
    settings.ALLOWED_HOSTS = ["testserver"]
    with tempfile.TemporaryDirectory() as folder:
        bring(make_stick(Path(folder) / "stick", padding=10_000), settings.KOLIBRI_HOME)
    school = make_school("Bench School")
    DeviceSettings(is_provisioned=True, default_facility=school.facility, language="en").save()
    room = school.classroom
    learners, lessons, nodes = full_class.fill(school)

    def page(name: str, person: Any, *args: str, query: str = "") -> Ask:
        client = Client(headers={"Accept-Encoding": "gzip"}, **{"kolibri.listener": "class"})
        if person is not None:
            client.force_login(person)
        path = reverse(f"kolibri:{name}", args=args) + query

        def ask() -> Any:
            answer = client.get(path)
            if answer.status_code != 200:
                raise AssertionError(f"{name} answered {answer.status_code}")
            return answer

        return ask

    lesson = lessons[0].pk
    return {
        "the class, to its coach": page("coach:class", school.coach, room.pk),
        "a lesson, to its coach": page("coach:lesson", school.coach, lesson),
        "a search in 10,000 resources, to a coach": page("coach:lesson", school.coach, lesson, query="?q=page+99"),
        "what learners have done": page("coach:report", school.coach, lesson),
        "all lessons of a class, a report": page("coach:class-report", school.coach, room.pk),
        "the class today": page("coach:today", school.coach, room.pk),
        "one learner's lessons, a report": page("coach:learner", school.coach, room.pk, learners[0].pk),
        "the class's learners, to an admin": page("school:class", school.admin, room.pk),
        "everybody of the school, to an admin": page("school:people", school.admin),
        "all lessons, to a learner": page("learn:lessons", learners[0]),
        "a lesson, to a learner": page("learn:lesson", learners[0], lesson),
        "a resource, to a learner": page("learn:resource", learners[0], lesson, nodes[0].pk),
        "the names at the door": page("ui:sign-in", None, query=f"?class={room.pk}"),
    }


def measure(pages: dict[str, Ask], rounds: int) -> dict[str, tuple[float, float, int, int, int]]:
    """Return least and median milliseconds, queries, bytes and packed bytes of each page; the pages take turns."""
    import gzip

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    took: dict[str, list[float]] = {name: [] for name in pages}
    counted = {}
    for name, ask in pages.items():
        ask()
        with CaptureQueriesContext(connection) as queries:
            content = ask().content
        counted[name] = (len(queries), len(gzip.decompress(content)), len(content))
    for _ in range(rounds):
        for name, ask in pages.items():
            began = time.thread_time()
            ask()
            took[name].append((time.thread_time() - began) * 1e3)
    return {name: (min(all_of_it), statistics.median(all_of_it), *counted[name]) for name, all_of_it in took.items()}


def profile(ask: Ask) -> None:
    ask()
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(20):
        ask()
    profiler.disable()
    pstats.Stats(profiler, stream=sys.stderr).sort_stats("cumulative").print_stats(60)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--profile", default="", help="a page's name: show where its time goes")
    options = parser.parse_args()
    home.prepare(Path(os.environ["KOLIBRI_HOME"]))
    django.setup()
    pages = fill()
    if options.profile:
        profile(pages[options.profile])
        return 0
    print(json.dumps(measure(pages, options.rounds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
