"""A database of a test's own, on whichever server the suite runs on, and Python run on it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
from django.conf import settings
from psycopg2.extensions import make_dsn

from tests.server.conftest import ROOT
from tests.server.conftest import plain_environment


@contextlib.contextmanager
def own_database(name: str) -> Iterator[str]:
    """Make an empty database and give its address for DATABASE_URL; an empty address when the suite is on SQLite."""
    given = settings.DATABASES["default"]
    if not given["ENGINE"].endswith("postgresql"):
        yield ""
        return
    parts = {"user": given["USER"], "password": given["PASSWORD"], "host": given["HOST"], "port": given["PORT"]}
    server = psycopg2.connect(make_dsn(dbname="postgres", **{key: value for key, value in parts.items() if value}))
    server.autocommit = True
    try:
        with server.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {name}")
            try:
                yield address(parts, name)
            finally:
                cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        server.close()


def address(parts: dict[str, Any], name: str) -> str:
    """Return parts of Django's settings as one address."""
    who = quote(str(parts["user"]), safe="") + (
        f":{quote(str(parts['password']), safe='')}" if parts["password"] else ""
    )
    where = quote(str(parts["host"]), safe="") + (f":{parts['port']}" if parts["port"] else "")
    return f"postgresql://{who}@{where}/{name}"


def run_python(code: str, home: Path, url: str, **values: Any) -> Any:
    """Run Python on the database at `url` (else the home's SQLite file) with `given`; returns its `answer`."""
    before = "import django, json, sys; django.setup(); given = json.loads(sys.argv[1]); answer = None\n"
    ran = subprocess.run(
        [sys.executable, "-c", f"{before}{code}\nprint(json.dumps(answer))", json.dumps(values)],
        cwd=ROOT,
        env=plain_environment()
        | {"DJANGO_SETTINGS_MODULE": "kolibri.settings.server", "KOLIBRI_HOME": str(home), "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])
