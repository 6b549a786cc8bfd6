"""Steps of the real program on a real home with a real file, each run in a process of its own."""

import contextlib
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.server.conftest import ROOT
from tests.server.conftest import plain_environment

SCRIPT = """
import json, os, sys, django
from pathlib import Path
django.setup()
from django.conf import settings
from django.contrib.sessions.models import Session
from kolibri.core.auth import services
from kolibri.core.auth.models import Facility
from kolibri.core.backup import daily, restoring, tasks
from kolibri.core.fields import local_now
from kolibri.core.tasks import engine
from kolibri.core.tasks.models import JobRow
from kolibri.errors import KolibriError
from kolibri.server.upgrade import prepare_database
from morango.models import DatabaseIDModel
from morango.models import InstanceIDModel

words = sys.argv[1:]
if words and words[0].startswith("cut:"):
    left = [int(words.pop(0)[4:])]
    def cut(event, _arguments):
        if event in ("os.rename", "os.remove", "sqlite3.connect", "shutil.copyfile"):
            left[0] -= 1
            if left[0] < 0:
                os._exit(9)
    sys.addaudithook(cut)
prepare_database(settings.KOLIBRI_HOME, lambda said: None)
for word in words:
    if word == "school":
        school = services.create_facility("Hill School")
        services.create_classroom(school, "Grade 4")
        InstanceIDModel.get_or_create_current_instance()
        Session.objects.create(session_key="somebody", session_data="", expire_date=local_now())
    elif word == "rename":
        Facility.objects.update(name="River School")
    elif word == "plan":
        tasks.plan()
    elif word == "due":
        JobRow.objects.filter(state="SCHEDULED").update(state="QUEUED", scheduled_for=None)
        engine.run_queued()
    elif word.startswith("restore:"):
        try:
            restoring.ask(Path(word[8:]), settings.KOLIBRI_HOME)
        except KolibriError as error:
            print(json.dumps({"refused": error.code}))
            sys.exit()
    elif word == "forget":
        restoring.forget(settings.KOLIBRI_HOME)
rows = JobRow.objects.filter(task=tasks.DailyBackup.task_name)
print(json.dumps({
    "jobs": [row.state for row in rows],
    "schools": [school.name for school in Facility.objects.all()],
    "sessions": Session.objects.count(),
    "database": [one.pk for one in DatabaseIDModel.objects.filter(current=True)],
}))
"""
CUT = 9


def run(home: Path, *words: str) -> dict[str, Any]:
    """Start, do these steps, and return what is there then; `refused` when a step was. {} when it was cut off."""
    place = {"KOLIBRI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "kolibri.settings.desktop"}
    command = [sys.executable, "-c", SCRIPT, *words]
    done = subprocess.run(
        command, cwd=ROOT, env=plain_environment() | place, capture_output=True, text=True, check=False
    )
    if done.returncode == CUT:
        return {}
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def manage(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a management command."""
    place = {"KOLIBRI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "kolibri.settings.desktop"}
    command = [sys.executable, "-m", "kolibri", "manage", *words]
    return subprocess.run(
        command, cwd=ROOT, env=plain_environment() | place, capture_output=True, text=True, check=False
    )


def damage(database: Path) -> None:
    """Overwrite the page where the table of schools and classes begins."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        (page,) = connection.execute("PRAGMA page_size").fetchone()
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'kolibriauth_collection'"
        (root,) = connection.execute(query).fetchone()
    with database.open("r+b") as file:
        file.seek(page * (root - 1))
        file.write(b"\xff" * page)
