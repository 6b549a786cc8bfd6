"""How quick a district's server is: `python -m tests.district.measure [--schools N] [--seconds S]`.

Makes the schools on a PostgreSQL of its own that writes through to the disk, starts one and then two
processes behind nginx, and asks them over https from another process, each client on one connection that
stays open. Prints a table for docs/district.md, then the slowest queries with their plans.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from tests.district.rig import PASSWORD
from tests.district.rig import SCHOOL
from tests.district.rig import Browser
from tests.district.rig import District
from tests.server.conftest import ROOT
from tools import postgres

CLIENTS = 16

PLANS = """
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIRequestFactory, force_authenticate
from kolibri.core.auth.api import FacilityUserViewset
from kolibri.core.auth.models import FacilityUser
from kolibri.core.lessons.api import LessonViewset
answer = {}
for name, viewset, words in [
    ("learner_1_1_1", LessonViewset, ""), ("coach_1_1", LessonViewset, ""), ("head_1", LessonViewset, ""),
    ("head_1", LessonViewset, "?page_size=30"), ("head_1", FacilityUserViewset, "?page_size=30"),
]:
    for warm in range(3):
        request = APIRequestFactory().get("/" + words)
        force_authenticate(request, FacilityUser.objects.get(username=name))
        with CaptureQueriesContext(connection) as ran:
            viewset.as_view({"get": "list"})(request)
    slowest = max((query["sql"] for query in ran.captured_queries), key=len)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + slowest)
        plan = [row[0] for row in cursor.fetchall()]
    answer[f"{name} {viewset.__name__}{words}: {len(ran)} queries"] = [slowest, *plan]
"""


@dataclass
class Row:
    """One line of the table: what was asked, how often a second, and how long it took, in milliseconds."""

    what: str
    rate: float
    median: float
    p99: float
    cpu: float
    errors: int


@dataclass
class Asked:
    """A signed-in person and what he asks for again and again; without a person, a sign-in each time."""

    cookies: dict[str, str]
    paths: list[str]
    username: str = ""
    password: str = ""
    school: str = ""


# The asking side, a process of its own.


class Client:
    """One connection that stays open."""

    def __init__(self, port: int, certificate: str) -> None:
        self._context = ssl.create_default_context(cafile=certificate)
        self._browser = Browser(port, certificate=Path(certificate))
        self._port = port
        self._open: http.client.HTTPConnection | None = None

    def get(self, path: str, cookies: dict[str, str]) -> int:
        if self._open is None:
            self._open = self._browser.connection()
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        try:
            self._open.request("GET", path, headers={"Host": SCHOOL, "Cookie": cookie, "Accept-Encoding": "gzip"})
            response = self._open.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            self._open.close()
            self._open = None
            return 0
        return response.status

    def sign_in(self, asked: dict[str, Any]) -> int:
        self._browser.cookies = {}
        return self._browser.sign_in(asked["username"], asked["password"], asked["school"]).status


def ask(given: dict[str, Any]) -> dict[str, Any]:
    """Ask for `seconds` with a thread for each of `clients`; returns the times in seconds and the errors."""
    times: list[float] = []
    errors = [0]
    lock = threading.Lock()
    end = time.monotonic() + given["seconds"]

    def work(number: int) -> None:
        client = Client(given["port"], given["certificate"])
        chance = random.Random(number)
        mine: list[float] = []
        while time.monotonic() < end:
            asked = given["asked"][chance.randrange(len(given["asked"]))]
            began = time.perf_counter()
            if asked["username"]:
                good = client.sign_in(asked) == 302
            else:
                good = client.get(chance.choice(asked["paths"]), asked["cookies"]) == 200
            mine.append(time.perf_counter() - began)
            if not good:
                with lock:
                    errors[0] += 1
        with lock:
            times.extend(mine)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(given["clients"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"times": times, "errors": errors[0]}


# The measuring side.


class Measuring:
    def __init__(self, district: District, seconds: float, schools: list[str]) -> None:
        self.district = district
        self.seconds = seconds
        self.schools = schools

    @property
    def certificate(self) -> str:
        return str(self.district.folder / "kolibri.pem")

    def signed_in(self, username: str, paths: list[str]) -> Asked:
        browser = Browser(self.district.port, certificate=Path(self.certificate))
        answer = browser.sign_in(username, PASSWORD if not username.startswith("learner") else "", self.of(username))
        assert answer.status == 302, (username, answer.status)
        found = []
        for path in paths:
            if "LESSON" in path:
                lessons = browser.ask("/api/lesson/?page_size=20").json
                rows = lessons["results"] if isinstance(lessons, dict) else lessons
                found += [path.replace("LESSON", row["id"]) for row in rows[:20]]
            elif "CLASS" in path:
                found.append(path.replace("CLASS", browser.ask("/api/lesson/").json[0]["collection"]))
            else:
                found.append(path)
        return Asked(browser.cookies, found)

    def of(self, username: str) -> str:
        return self.schools[int(username.split("_")[1]) - 1]

    def measure(self, what: str, asked: list[Asked]) -> Row:
        given = {
            "port": self.district.port,
            "certificate": self.certificate,
            "seconds": self.seconds,
            "clients": CLIENTS,
            "asked": [one.__dict__ for one in asked],
        }
        before = self.cpu()
        ran = subprocess.run(
            [sys.executable, "-m", "tests.district.measure", "--ask"],
            cwd=ROOT,
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=True,
        )
        spent = self.cpu() - before
        found = json.loads(ran.stdout)
        times = sorted(found["times"])
        return Row(
            what,
            len(times) / self.seconds,
            statistics.median(times) * 1000,
            times[min(len(times) - 1, int(len(times) * 0.99))] * 1000,
            spent / len(times) * 1000,
            found["errors"],
        )

    def cpu(self) -> float:
        """Seconds of the processors that the program's processes have had."""
        return sum(sum(psutil.Process(one.pid).cpu_times()[:2]) for one in self.district.processes.values())

    def memory(self) -> str:
        sizes = [psutil.Process(one.pid).memory_full_info().uss / 2**20 for one in self.district.processes.values()]
        return " + ".join(f"{size:.0f}" for size in sizes) + " MB"

    def rows(self) -> list[Row]:
        several = range(1, len(self.schools) + 1)
        learners = [f"learner_{school}_{1 + school % 20}_{1 + school % 25}" for school in several]
        coaches = [f"coach_{school}_{1 + school % 20}" for school in several]
        heads = [f"head_{school}" for school in several]
        everyone = lambda names, *paths: [self.signed_in(name, list(paths)) for name in names]  # noqa: E731
        return [
            self.measure("learner: list of lessons", everyone(learners, "/api/lesson/")),
            self.measure("learner: one lesson", everyone(learners, "/api/lesson/LESSON/")),
            self.measure("learner: the page of lessons", everyone(learners, "/learn/")),
            self.measure("coach: list of lessons", everyone(coaches, "/api/lesson/")),
            self.measure("coach: page of the class", everyone(coaches, "/coach/class/CLASS/")),
            self.measure("admin: 30 of the school's lessons", everyone(heads, "/api/lesson/?page_size=30")),
            self.measure("admin: all of the school's lessons", everyone(heads, "/api/lesson/")),
            self.measure("admin: 30 of the school's people", everyone(heads, "/api/facilityuser/?page_size=30")),
            self.measure("learner signs in by name", [Asked({}, [], name, "", self.of(name)) for name in learners]),
            self.measure(
                "coach signs in by password", [Asked({}, [], name, PASSWORD, self.of(name)) for name in coaches]
            ),
        ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.district.measure")
    parser.add_argument("--schools", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--ask", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        print(json.dumps(ask(json.load(sys.stdin))))
        return
    with postgres.server(durable=True) as url, tempfile.TemporaryDirectory(prefix="kd-district-") as name:
        Path(name).chmod(0o755)
        district = District(Path(name), url)
        try:
            district.start_redis()
            began = time.monotonic()
            district.start("1")
            made = district.run(
                "from tests.district.people import fill\nanswer = fill(schools=given['schools'])",
                schools=options.schools,
            )
            ids = made.pop("schools")
            print(
                f"{made}, made in {time.monotonic() - began:.0f} s",
                flush=True,
            )
            for count in (1, 2):
                if count == 2:
                    district.start("2")
                district.start_nginx()
                measuring = Measuring(district, options.seconds, ids)
                print(f"\n{count} process(es), {CLIENTS} clients, memory before {measuring.memory()}")
                print("| what | requests a second | median ms | p99 ms | processor ms a request | errors |")
                print("|---|---|---|---|---|---|", flush=True)
                if count == 1:
                    forget(url)
                for row in measuring.rows():
                    print(
                        f"| {row.what} | {row.rate:.0f} | {row.median:.0f} | {row.p99:.0f} | {row.cpu:.1f} "
                        f"| {row.errors} |",
                        flush=True,
                    )
                print(f"memory after {measuring.memory()}, connections {connections(url)}", flush=True)
                district.stop_nginx()
            slowest(url)
            for what, lines in district.run(PLANS).items():
                print(f"\n{what}", *lines, sep="\n")
        finally:
            district.stop()


def on(url: str, use: Callable[[Any], Any]) -> Any:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            return use(cursor)
    finally:
        connection.close()


def forget(url: str) -> None:
    def use(cursor: Any) -> None:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        cursor.execute("SELECT pg_stat_statements_reset()")

    on(url, use)


def connections(url: str) -> int:
    def use(cursor: Any) -> int:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])

    return int(on(url, use))


def slowest(url: str) -> None:
    """Print the queries that cost most on the average, and those that cost most altogether."""

    def use(cursor: Any) -> None:
        for order in ("mean_exec_time", "total_exec_time"):
            cursor.execute(
                "SELECT round(mean_exec_time::numeric, 2), calls, rows, query FROM pg_stat_statements "
                f"WHERE calls > 20 AND query ILIKE 'select%%' ORDER BY {order} DESC LIMIT 8"
            )
            print(f"\nby {order}: mean ms, calls, rows, query")
            for mean, calls, rows, query in cursor.fetchall():
                print(f"{mean} {calls} {rows} {' '.join(query.split())[:1500]}\n")

    on(url, use)


if __name__ == "__main__":
    main()
