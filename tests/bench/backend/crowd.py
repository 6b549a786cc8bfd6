"""A class of 50 on the real server: all sign in at once, then work for a while.

    KOLIBRI_HOME=... python -m tests.bench.backend.crowd prepare      makes the school, prints it as JSON
    python -m tests.bench.backend.crowd [--seconds 30]                measures; its last line is JSON

With DATABASE_URL both are on PostgreSQL.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import psutil

from kolibri.server import home
from tests.loss.rounds import ROOT
from tests.loss.rounds import Ground
from tests.loss.rounds import environment
from tests.loss.rounds import server

PHONES = 50
PASSWORD = "chalk-and-slate"
MIB = 1024 * 1024


def prepare() -> dict[str, Any]:
    """Make a school whose class has a lesson for 50 learners with passwords of their own."""
    from django.conf import settings
    from django.contrib.auth.hashers import make_password
    from django.core.management import call_command

    from kolibri.core.auth.models import FacilityUser
    from kolibri.core.content.models import ContentNode
    from kolibri.core.device import services as device_services
    from kolibri.core.lessons import services
    from tests.access.test_matrix import make_channel
    from tests.loss.writer import session_of

    call_command("migrate", verbosity=0)
    names = [f"phone{number}" for number in range(PHONES)]
    made = device_services.provision(
        language="en",
        device_name="Bench",
        school_name="Hill School",
        full_name="Head Teacher",
        username="head",
        password=PASSWORD,
        classroom_name="Grade 4",
        learners=[(f"Learner {name}", name) for name in names],
    )
    assert made.admin is not None and made.classroom is not None
    # One salt for all: what is measured is checking.
    FacilityUser.objects.filter(username__in=names).update(password=make_password(PASSWORD))
    node: ContentNode = make_channel(uuid.uuid4().hex)
    entry = {"contentnode_id": node.pk, "content_id": node.content_id, "channel_id": node.channel_id}
    for number in range(20):
        lesson = services.create_lesson(
            made.admin,
            collection=made.classroom,
            title=f"Lesson {number}",
            resources=[entry],
            assignments=[made.classroom.pk],
            is_active=True,
        )
    return {
        **{"admin": made.admin.pk, "classroom": made.classroom.pk, **session_of(made.admin)},
        **{"names": names, "lesson": lesson.pk, "node": node.pk},
        "rounds": settings.KOLIBRI_PASSWORD_ROUNDS["learner"],
    }


@dataclass
class Phone:
    """One learner's device: a connection that stays open, and the cookies that it was given."""

    host: str
    port: int
    name: str
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    took: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(self.host, self.port, timeout=60)

    def ask(self, what: str, method: str, address: str, body: Any = None, expected: int = 200, **headers: str) -> Any:
        headers |= {"Accept": "application/json", "Accept-Encoding": "gzip", "X-CSRFToken": self.token}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/json"
        began = time.perf_counter()
        self.connection.request(method, address, json.dumps(body) if body is not None else None, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        self.took.setdefault(what, []).append(time.perf_counter() - began)
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        if answer.status != expected:
            self.errors.append(f"{what}: {answer.status} {text[:200]!r}")
        return answer, text

    def sign_in(self) -> None:
        _, text = self.ask("sign in", "POST", "/api/session/", {"username": self.name, "password": PASSWORD})
        self.token = json.loads(text).get("csrf_token", "")

    def work(self, school: dict[str, Any], end: float) -> None:
        visit, seconds = uuid.uuid4().hex, 0
        while time.monotonic() < end and not self.errors:
            answer, _ = self.ask("list", "GET", "/api/lesson/")
            tag = answer.getheader("ETag")
            self.ask("lesson", "GET", f"/api/lesson/{school['lesson']}/")
            for _ in range(3):
                self.ask("304", "GET", "/api/lesson/", expected=304, **{"If-None-Match": tag})
            seconds += 1
            told = {"contentnode_id": school["node"], "seconds": seconds, "progress": min(seconds / 100, 1)}
            self.ask("progress", "PUT", f"/api/progress/visit/{visit}/", told)


class Watch(threading.Thread):
    """The most memory and threads that a process had."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process = psutil.Process(pid)
        self.memory = self.threads = 0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.1):
            self.memory = max(self.memory, self.process.memory_info().rss)
            self.threads = max(self.threads, self.process.num_threads())


def at_once(tasks: list[Callable[[], Any]]) -> float:
    """Run the tasks in threads that begin together; return the seconds until the last has ended."""
    begin = threading.Barrier(len(tasks) + 1)

    def run(task: Callable[[], Any]) -> None:
        begin.wait()
        task()

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    begin.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def hash_seconds(rounds: int) -> float:
    """Return the least seconds that one learner's hash takes on one core, alone."""
    found = []
    for _ in range(5):
        began = time.perf_counter()
        hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"salt-salt-salt-salt-22", rounds)
        found.append(time.perf_counter() - began)
    return min(found)


def measure(seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "home"
        settings = "kolibri.settings.server" if os.environ.get("DATABASE_URL") else "kolibri.settings.desktop"
        made = subprocess.run(
            [sys.executable, "-m", "tests.bench.backend.crowd", "prepare"],
            env=environment(place) | {"DJANGO_SETTINGS_MODULE": settings},
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        school = json.loads(made.stdout.splitlines()[-1])
        keys = ("admin", "classroom", "cookie", "session", "token")
        with server(Ground(home=place, **{key: school[key] for key in keys})) as (port, process):
            host, class_port = share(place, port, school)
            time.sleep(2)
            idle = psutil.Process(process.pid).memory_info().rss
            watch = Watch(process.pid)
            watch.start()
            phones = [Phone(host, class_port, name) for name in school["names"]]
            one_hash = hash_seconds(school["rounds"])
            signing_in = at_once([phone.sign_in for phone in phones])
            end = time.monotonic() + seconds
            at_once([lambda phone=phone: phone.work(school, end) for phone in phones])
            watch.ended.set()
            watch.join()
    took: dict[str, list[float]] = {}
    for phone in phones:
        for what, all_of_it in phone.took.items():
            took.setdefault(what, []).extend(all_of_it)
    return {
        "hash": one_hash,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "signing_in": signing_in,
        "errors": [error for phone in phones for error in phone.errors],
        "took": {
            what: [len(all_of_it), statistics.median(all_of_it), statistics.quantiles(all_of_it, n=100)[-1]]
            for what, all_of_it in took.items()
        },
        "idle": idle,
        "peak": watch.memory,
        "threads": watch.threads,
    }


def share(folder: Path, port: int, school: dict[str, Any]) -> tuple[str, int]:
    """Open the server to the class as its admin does; return where the class finds it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {
        "Cookie": f"{school['cookie']}={school['session']}",
        "X-CSRFToken": school["token"],
        "Origin": f"http://127.0.0.1:{port}",
    }
    connection.request("POST", "/computer/share/start/", headers=headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 302:
        raise RuntimeError(f"the class was not let in: {answer.status}")
    told = subprocess.run(
        [sys.executable, "-m", "kolibri", "status", "--home", str(folder)],
        env=environment(folder),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    place = urlsplit(next(line.split()[1] for line in told.splitlines() if line.startswith("class ")))
    assert place.hostname is not None and place.port is not None
    return place.hostname, place.port


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=["prepare", "measure"], default="measure")
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    if options.what == "prepare":
        home.prepare(Path(os.environ["KOLIBRI_HOME"]))
        django.setup()
        print(json.dumps(prepare()))
        return 0
    print(json.dumps(measure(options.seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
