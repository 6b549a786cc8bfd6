"""A district's server: the same code, on PostgreSQL when KOLIBRI_POSTGRESQL names a database.

KOLIBRI_POSTGRESQL is a libpq service line: `dbname=... user=... host=... port=... password=...`.
"""

from kolibri.settings import environment
from kolibri.settings.base import *  # noqa: F403
from kolibri.settings.base import ALLOWED_HOSTS
from kolibri.settings.base import DATABASES

_words = dict(word.split("=", 1) for word in environment.text("KOLIBRI_POSTGRESQL").split() if "=" in word)
if _words:
    DATABASES["default"] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _words.get("dbname", "kolibri"),
        "USER": _words.get("user", ""),
        "PASSWORD": _words.get("password", ""),
        "HOST": _words.get("host", ""),
        "PORT": _words.get("port", ""),
        "CONN_MAX_AGE": None,
    }

ALLOWED_HOSTS += [host for host in environment.text("KOLIBRI_HOSTS").split(",") if host]
