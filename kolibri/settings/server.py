"""A district's server: the same code on PostgreSQL, behind a proxy, in as many processes as wanted.

DATABASE_URL            postgresql://...; without it the home's SQLite file
REDIS_URL               the cache that several processes share
KOLIBRI_LISTEN          where the proxy finds this process, as 127.0.0.1:8101
KOLIBRI_ORIGINS         what people type, as https://school.example
KOLIBRI_CONTENT_ORIGIN  a name of its own for HTML5 resources, as https://content.school.example

docs/district.md tells the whole of it.
"""

from django.core.exceptions import ImproperlyConfigured

from kolibri.settings import addresses
from kolibri.settings import environment
from kolibri.settings.base import *  # noqa: F403
from kolibri.settings.base import ALLOWED_HOSTS
from kolibri.settings.base import DATABASES
from kolibri.settings.base import SECRET_KEY

_database = addresses.database()
if _database:
    DATABASES["default"] = _database

_redis = addresses.redis()
if _redis:
    CACHES = {
        "default": {
            "BACKEND": "kolibri.server.shared_cache.SharedCache",
            "LOCATION": _redis,
            # Several installations may share one Redis.
            "KEY_PREFIX": environment.cookie_name("cache", SECRET_KEY),
            "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
        }
    }

KOLIBRI_LISTEN = addresses.listen("KOLIBRI_LISTEN")
KOLIBRI_ORIGINS = addresses.origins("KOLIBRI_ORIGINS")
KOLIBRI_CONTENT_ORIGIN = next(iter(addresses.origins("KOLIBRI_CONTENT_ORIGIN")), None)

if KOLIBRI_LISTEN and not KOLIBRI_ORIGINS:
    raise ImproperlyConfigured("KOLIBRI_LISTEN needs KOLIBRI_ORIGINS: what do people type to reach this server?")
if KOLIBRI_CONTENT_ORIGIN in KOLIBRI_ORIGINS:
    raise ImproperlyConfigured(
        f"KOLIBRI_CONTENT_ORIGIN={KOLIBRI_CONTENT_ORIGIN.url!r}: allowed is a name that is not in KOLIBRI_ORIGINS; "
        "HTML5 resources run apart from the school's pages."
    )

ALLOWED_HOSTS += dict.fromkeys(origin.name for origin in KOLIBRI_ORIGINS)
CSRF_TRUSTED_ORIGINS = [origin.url for origin in KOLIBRI_ORIGINS]
if any(origin.scheme == "https" for origin in KOLIBRI_ORIGINS):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
