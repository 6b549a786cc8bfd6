"""The test suite: a home of its own, quick password hashing, PostgreSQL when DATABASE_URL names one."""

import tempfile
from pathlib import Path

from kolibri.settings.server import *  # noqa: F403
from kolibri.settings.server import DATABASES
from kolibri.settings.server import INSTALLED_APPS

KOLIBRI_HOME = Path(tempfile.mkdtemp(prefix="kolibri-test-"))
# The same on every computer; tests of other zones say so.
TIME_ZONE = "UTC"
SECRET_KEY = "only for tests"  # noqa: S105
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["NAME"] = KOLIBRI_HOME / "db.sqlite3"
    # A file, as in life: Django would otherwise test in memory, where threads lock whole tables.
    DATABASES["default"]["TEST"] = {"NAME": KOLIBRI_HOME / "test.sqlite3"}
KOLIBRI_PASSWORD_ROUNDS = {"learner": 20, "teacher": 50}
INSTALLED_APPS = [*INSTALLED_APPS, "tests.guide"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
# Tests run inside transactions, where morango cannot set an isolation level of its own.
MORANGO_TEST_POSTGRESQL = True
