"""Silk, which shows a developer the SQL behind each request: only where it is switched on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
from kolibri.core.auth import services
from kolibri.core.device.models import DeviceSettings
facility = services.create_facility("School")
DeviceSettings(is_provisioned=True, default_facility=facility, language="en").save()
admin = services.create_person(facility, username="head", full_name="Head", password="")
services.give_role(admin, facility, "admin")
client = Client(HTTP_HOST="127.0.0.1")
client.force_login(admin)
answer = client.get("/api/lesson/")
assert answer.status_code == 200, answer.content
from silk.models import Request
shown = Request.objects.get(path="/api/lesson/")
tables = " ".join(one.query for one in shown.queries.all())
print("silk", shown.num_sql_queries, "lessons_lesson" in tables, client.get("/silk/").status_code)
"""


def run(tmp_path: Path, script: str, settings: str, **environment: str) -> str:
    names = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": f"kolibri.settings.{settings}"}
    home = {"KOLIBRI_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], env=names | home | environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


@pytest.mark.acceptance("P3")
def test_silk_counts_the_queries_of_a_list(tmp_path: Path) -> None:
    word, queries, has_lessons, page = run(tmp_path, SCRIPT, "dev", KOLIBRI_SILK="1").split()
    # The list's own four, the person, the session and the computer's settings.
    assert (word, has_lessons, page) == ("silk", "True", "200")
    assert 4 <= int(queries) <= 9


@pytest.mark.acceptance("P3")
@pytest.mark.parametrize("settings", ["desktop", "server", "dev"])
def test_silk_is_nowhere_else(tmp_path: Path, settings: str) -> None:
    script = (
        "from django.conf import settings as s\n"
        "print('silk' in s.INSTALLED_APPS, any('silk' in one for one in s.MIDDLEWARE), s.ROOT_URLCONF)"
    )
    switched = {} if settings == "dev" else {"KOLIBRI_SILK": "1"}
    told = run(tmp_path, script, settings, **switched)
    assert told == f"False False kolibri.{'dev_urls' if settings == 'dev' else 'urls'}"
