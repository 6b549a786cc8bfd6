"""Tasks that the tests queue, and what they use to speak with a test."""

import datetime
import threading
import time
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from kolibri.core.tasks.decorators import current_job
from kolibri.core.tasks.decorators import register_task
from kolibri.core.tasks.job import Job
from kolibri.errors import Conflict

seen: list[Any] = []
started = threading.Event()
release = threading.Event()
# How many times to fail before it works.
failures: list[Exception] = []


def reset() -> None:
    seen.clear()
    failures.clear()
    started.clear()
    release.clear()


@register_task
class ImportChannelTask(Job):
    def run(self, channel_id):
        self.update_progress(0.1, 1.0)
        seen.append(channel_id)
        self.update_progress(1.0, 1.0)
        return {"channel_id": channel_id}


@register_task(priority=5)
class Remember(Job):
    def run(self, word: str, times: int = 1) -> list[str]:
        seen.append(word)
        return [word] * times


@register_task()
def add(first: int, second: int = 0) -> int:
    seen.append(current_job().job_id if first else None)
    return first + second


@register_task
class Report(Job):
    """Reports twice at once and waits: the second report falls to the throttle."""

    def run(self) -> None:
        self.update_progress(1, 10, text="one.mp4")
        self.update_progress(5, 10, text="five.mp4", extra={"seconds_left": 7})
        started.set()
        release.wait(20)


@register_task
class Chatter(Job):
    def run(self, reports: int) -> None:
        for done in range(reports):
            self.update_progress(done, reports)


class Patient(Job):
    """Waits in small steps until it is stopped, and swallows what it can."""

    def run(self) -> str:
        started.set()
        while not release.wait(0.02):
            try:
                self.check_for_cancel()
            except Exception:
                seen.append("swallowed")
        return "released"


PatientOnce = register_task(name="tests.patient_once")(type("PatientOnce", (Patient,), {}))
PatientAgain = register_task(name="tests.patient_again", resumable=True)(type("PatientAgain", (Patient,), {}))


@register_task(resumable=True)
class Polite(Job):
    """Asks instead of being thrown out."""

    def run(self) -> None:
        started.set()
        while not self.is_canceled:
            time.sleep(0.01)


@register_task(resumable=True)
class Deaf(Job):
    def run(self) -> None:
        started.set()
        release.wait(20)


@register_task(retries=2, retry_in=datetime.timedelta(milliseconds=10))
class Flaky(Job):
    def run(self) -> str:
        seen.append("try")
        if failures:
            raise failures.pop()
        return "done"


@register_task
class Broken(Job):
    def run(self) -> None:
        raise ValueError("a\0b \udcff")


@register_task
class Expected(Job):
    def run(self) -> None:
        raise Conflict(_("The stick is full. Take another one."), code="stick_full")


@register_task
class Unkeepable(Job):
    def run(self) -> Any:
        return {"when": datetime.date(2026, 1, 31)}


@register_task
class Later(Job):
    def run(self) -> str:
        seen.append("try")
        if len(seen) < 3:
            self.retry_in(datetime.timedelta(milliseconds=10))
        return "at last"


@register_task(resumable=True)
class Count(Job):
    """Writes one line a step to a file and goes on where the last process was."""

    def run(self, path: str, steps: int) -> int:
        first = self.extra.get("step", 0)
        for step in range(first, steps):
            with Path(path).open("a") as file:
                file.write(f"{step}\n")
            self.update_progress(step + 1, steps, extra={"step": step + 1})
            time.sleep(0.05)
        return first


@register_task
class CountOnce(Count):
    resumable = False


@register_task
def note(path: str, number: int, seconds: float = 0) -> None:
    """Write a line that another process can read; a line is written whole. Takes that many seconds."""
    time.sleep(seconds)
    with Path(path).open("a") as file:
        file.write(f"{number}\n")
