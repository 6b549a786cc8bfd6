"""What the environment may say about a district's server, and what a wrong value is answered with."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from kolibri.settings import addresses
from kolibri.settings import environment
from tests.server.conftest import ROOT
from tests.server.conftest import plain_environment


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("DATABASE_URL", "REDIS_URL", "KOLIBRI_PROCESS"):
        monkeypatch.delenv(name, raising=False)

    def give(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return give


def test_database_without_the_variable_is_none(given):
    assert addresses.database() is None


def test_database_reads_every_part(given):
    given(DATABASE_URL="postgres://kolibri:chalk%40slate@db.district.example:6432/schools?sslmode=require")
    found = addresses.database()
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("kolibri", "chalk@slate", "schools")
    assert (found["HOST"], found["PORT"], found["OPTIONS"]["sslmode"]) == ("db.district.example", 6432, "require")
    assert found["OPTIONS"]["options"] == "-c jit=off"
    # Threads keep their connections, and find out when the database was started anew.
    assert found["CONN_MAX_AGE"] is None
    assert found["CONN_HEALTH_CHECKS"] is True


def test_database_may_be_reached_by_a_socket(given):
    given(DATABASE_URL="postgresql://kolibri@%2Fvar%2Frun%2Fpostgresql/kolibri")
    assert addresses.database()["HOST"] == "/var/run/postgresql"


@pytest.mark.parametrize(
    "value",
    [
        "rubbish",
        "mysql://kolibri:chalk@db/schools",
        "sqlite:////tmp/schools.sqlite3",
        "postgresql://kolibri:chalk@db/",
        "postgresql://kolibri:chalk@db:port/schools",
        "postgresql://kolibri:chalk@db:99999/schools",
        "postgresql://kolibri:chalk@db/schools/more",
        "dbname=schools password=chalk",
    ],
)
def test_database_that_is_none_is_refused_without_its_password(given, value):
    given(DATABASE_URL=value)
    with pytest.raises(ImproperlyConfigured) as refused:
        addresses.database()
    told = str(refused.value)
    assert told.startswith("DATABASE_URL=")
    assert "allowed is postgresql://USER:PASSWORD@HOST:PORT/NAME" in told
    assert "chalk" not in told


def test_database_names_the_package_that_is_missing(given, monkeypatch):
    given(DATABASE_URL="postgresql://kolibri@db/schools")
    monkeypatch.setattr(addresses, "find_spec", lambda name: None if name == "psycopg2" else True)
    with pytest.raises(ImproperlyConfigured, match=r"psycopg2.*pip install 'kolibri-desktop\[district\]'"):
        addresses.database()


@pytest.mark.parametrize(
    "value", ["", "redis://127.0.0.1:6379/1", "rediss://:chalk@cache.example", "unix:///run/redis/redis.sock?db=2"]
)
def test_redis_addresses(given, value):
    given(REDIS_URL=value)
    assert addresses.redis() == value


@pytest.mark.parametrize("value", ["cache", "http://cache", "redis://:chalk@cache:port/1", "redis://:chalk@cache/one"])
def test_redis_that_is_none_is_refused_without_its_password(given, value):
    given(REDIS_URL=value)
    with pytest.raises(ImproperlyConfigured, match=r"^REDIS_URL=.*allowed is redis://HOST:PORT/NUMBER") as refused:
        addresses.redis()
    assert "chalk" not in str(refused.value)


def test_origins(given):
    given(KOLIBRI_ORIGINS="https://School.Example, https://learn.school.example:8443,https://other.example:443")
    found = addresses.origins("KOLIBRI_ORIGINS")
    assert [origin.host for origin in found] == ["school.example", "learn.school.example:8443", "other.example"]
    assert found[1].url == "https://learn.school.example:8443"


@pytest.mark.parametrize(
    "value",
    [
        "school.example",
        "https://",
        "https://school.example/path",
        "https://*.example",
        "https://user@school.example",
        "ftp://school.example",
        "https://school.example:port",
        "http://school.example,https://school.example",
    ],
)
def test_origins_that_are_none_are_refused(given, value):
    given(KOLIBRI_ORIGINS=value)
    with pytest.raises(ImproperlyConfigured, match=r"^KOLIBRI_ORIGINS=.*allowed is"):
        addresses.origins("KOLIBRI_ORIGINS")


def test_listen(given):
    assert addresses.listen("KOLIBRI_LISTEN") is None
    given(KOLIBRI_LISTEN="127.0.0.1:8101")
    assert addresses.listen("KOLIBRI_LISTEN") == ("127.0.0.1", 8101)


@pytest.mark.parametrize(
    "value", ["8101", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "localhost:80", "300.0.0.1:80"]
)
def test_listen_elsewhere_is_refused(given, value):
    given(KOLIBRI_LISTEN=value)
    with pytest.raises(ImproperlyConfigured, match=r"^KOLIBRI_LISTEN=.*allowed is an IPv4 address and a port"):
        addresses.listen("KOLIBRI_LISTEN")


def test_one_of_several_processes_has_a_name_and_shares_database_and_cache(given):
    assert environment.process() == ""
    given(KOLIBRI_PROCESS="2", DATABASE_URL="postgresql://kolibri@db/schools")
    with pytest.raises(ImproperlyConfigured, match=r"^KOLIBRI_PROCESS='2'.*what REDIS_URL must name"):
        environment.process()
    given(REDIS_URL="redis://127.0.0.1/0")
    assert environment.process() == "2"
    given(KOLIBRI_PROCESS="../2")
    with pytest.raises(ImproperlyConfigured, match=r"^KOLIBRI_PROCESS='../2': allowed are up to 20 letters and digits"):
        environment.process()


SHOWN = [
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "SESSION_COOKIE_SECURE",
    "LANGUAGE_COOKIE_SECURE",
    "SECURE_PROXY_SSL_HEADER",
    "DEBUG",
]
SHOW = (
    "import django, json; from django.conf import settings; "
    f"print(json.dumps({{name: getattr(settings, name) for name in {SHOWN!r}}} | "
    "{'ENGINE': settings.DATABASES['default']['ENGINE'], 'CACHE': settings.CACHES['default']['BACKEND']}))"
)


def settings_with(module: str = "kolibri.settings.server", **values: str) -> tuple[dict[str, Any], str]:
    asked = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=ROOT,
        env=plain_environment() | {"DJANGO_SETTINGS_MODULE": module, "PATH": os.environ["PATH"]} | values,
        capture_output=True,
        text=True,
        check=False,
    )
    return (json.loads(asked.stdout) if asked.stdout else {}), asked.stderr


def test_server_without_anything_is_the_program_on_its_sqlite_file():
    found, _said = settings_with()
    assert found["ENGINE"].endswith("sqlite3")
    assert found["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost"]
    assert found["SESSION_COOKIE_SECURE"] is False


def test_server_behind_a_proxy_with_https():
    found, said = settings_with(
        DATABASE_URL="postgresql://kolibri@db/schools",
        REDIS_URL="redis://127.0.0.1/1",
        KOLIBRI_LISTEN="127.0.0.1:8101",
        KOLIBRI_ORIGINS="https://school.example,https://school.example:8443",
        KOLIBRI_CONTENT_ORIGIN="https://content.school.example",
    )
    assert said == ""
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert found["CACHE"] == "kolibri.server.shared_cache.SharedCache"
    assert found["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "school.example"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://school.example", "https://school.example:8443"]
    assert found["SESSION_COOKIE_SECURE"] is found["LANGUAGE_COOKIE_SECURE"] is True
    assert found["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_server_without_https_has_no_secure_cookies():
    found, _said = settings_with(KOLIBRI_LISTEN="127.0.0.1:8101", KOLIBRI_ORIGINS="http://school.example")
    assert found["SESSION_COOKIE_SECURE"] is False
    assert found["SECURE_PROXY_SSL_HEADER"] is None


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"KOLIBRI_LISTEN": "127.0.0.1:8101"}, "KOLIBRI_LISTEN needs KOLIBRI_ORIGINS"),
        (
            {"KOLIBRI_ORIGINS": "https://a.example", "KOLIBRI_CONTENT_ORIGIN": "https://a.example"},
            "KOLIBRI_CONTENT_ORIGIN='https://a.example': allowed is a name that is not in KOLIBRI_ORIGINS",
        ),
    ],
)
def test_server_refuses_what_does_not_go_together(values, sentence):
    found, said = settings_with(**values)
    assert not found
    assert sentence in said


@pytest.mark.parametrize("database", ["", "postgresql://kolibri@db/schools"])
def test_development_works_with_both_databases(database):
    found, said = settings_with("kolibri.settings.dev", DATABASE_URL=database)
    assert said == ""
    assert found["DEBUG"] is True
    assert found["ENGINE"].endswith("postgresql" if database else "sqlite3")
