"""The process that is killed: makes a home, or writes lessons into it until something stops it.

    KOLIBRI_HOME=... python -m tests.loss.writer prepare       prints a Ground as JSON
    KOLIBRI_HOME=... python -m tests.loss.writer write GROUND [SYNCHRONOUS]

Each line that `write` prints is an Event as JSON; one that says done is printed after the commit.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from pathlib import Path
from typing import Any

import django
from django.db import connection

from kolibri.server import home
from tests.loss.ledger import Event

THREADS = 3
PASSWORD = "chalk-and-slate"


def prepare() -> dict[str, str]:
    """Make a school in an empty home and return what a writer needs to know."""
    from django.core.management import call_command

    from kolibri.core.device import services as device_services

    call_command("migrate", verbosity=0)
    made = device_services.provision(
        language="en",
        device_name="Loss",
        school_name="Hill School",
        full_name="Head Teacher",
        username="head",
        password=PASSWORD,
        classroom_name="Grade 4",
        learners=[(f"Learner {number}", "") for number in range(5)],
    )
    assert made.admin is not None and made.classroom is not None
    return {"admin": made.admin.pk, "classroom": made.classroom.pk, **session_of(made.admin)}


def session_of(person: Any) -> dict[str, str]:
    """Return the cookies and the token of a session in which the person is signed in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY
    from django.contrib.auth import HASH_SESSION_KEY
    from django.contrib.auth import SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils.crypto import get_random_string

    session = SessionStore()
    session[SESSION_KEY] = person.pk
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session["_csrftoken"] = get_random_string(32)
    session.create()
    return {
        "cookie": settings.SESSION_COOKIE_NAME,
        "session": str(session.session_key),
        "token": session["_csrftoken"],
    }


def tell(done: bool, lesson: str, title: str | None) -> None:
    diary = os.environ.get("LOSS_DIARY")
    at = Path(diary).stat().st_size if diary else 0
    os.write(1, json.dumps(Event(done, lesson, title, at)).encode() + b"\n")


def write(ground: dict[str, str], synchronous: str) -> None:
    """Make, change and delete lessons without end, each thread its own."""
    from kolibri.core.auth.models import Classroom
    from kolibri.core.auth.models import FacilityUser
    from kolibri.core.lessons import services

    classroom = Classroom.objects.get(pk=ground["classroom"])
    actor = FacilityUser.objects.get(pk=ground["admin"])
    if synchronous:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA synchronous={synchronous}")
    own: list[Any] = []
    chance = random.Random()
    name = f"{os.getpid()}-{threading.get_ident()}"
    number = 0
    while True:
        number += 1
        title = f"Lesson {name}-{number} " + "x" * chance.randrange(200)
        choice = chance.random()
        if choice < 0.5 or len(own) < 3:
            lesson = services.create_lesson(actor, collection=classroom, title=title, description="d" * 200)
            own.append(lesson)
            tell(True, lesson.pk, title)
        elif choice < 0.85:
            lesson = chance.choice(own)
            tell(False, lesson.pk, title)
            services.update_lesson(lesson, actor, title=title)
            tell(True, lesson.pk, title)
        else:
            lesson = own.pop(chance.randrange(len(own)))
            tell(False, lesson.pk, None)
            pk = lesson.pk
            services.delete_lesson(lesson, actor)
            tell(True, pk, None)


def main(words: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kolibri.settings.desktop")
    # The settings read the key that this writes.
    home.prepare(Path(os.environ["KOLIBRI_HOME"]))
    django.setup()
    if words == ["prepare"]:
        print(json.dumps(prepare()))
        return 0
    ground = json.loads(words[1])
    synchronous = words[2] if len(words) > 2 else ""
    # As at each start of the server: whoever comes first is alone, and brings the file to the journal of the settings.
    connection.ensure_connection()
    connection.close()
    threads = [threading.Thread(target=write, args=(ground, synchronous)) for _number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
