"""The time zone in which hours are shown and days begin: what is asked for, else the computer's own."""

import datetime
import os
import subprocess
import sys
import zoneinfo
from collections.abc import Callable

import pytest
import tzlocal
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from kolibri.coach import lesson_list
from kolibri.settings import environment
from kolibri.ui.lessons import Days
from tests.server.conftest import ROOT

NAIROBI = zoneinfo.ZoneInfo("Africa/Nairobi")


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make this computer one whose system names the zone `name`, or raises it, and whose clock is `west` seconds."""

    def is_in(name: str | None | Exception, west: int = 0) -> None:
        def named() -> str | None:
            if isinstance(name, Exception):
                raise name
            return name

        monkeypatch.delenv("KOLIBRI_TIME_ZONE", raising=False)
        monkeypatch.setattr(tzlocal, "get_localzone_name", named)
        monkeypatch.setattr(environment.time, "timezone", west)

    return is_in


def test_the_variable_wins(computer, monkeypatch):
    computer("Asia/Tokyo")
    monkeypatch.setenv("KOLIBRI_TIME_ZONE", "Africa/Nairobi")
    assert environment.time_zone() == "Africa/Nairobi"


@pytest.mark.parametrize("wrong", ["Nairobi", "Africa", "../etc/passwd", "/etc/localtime", "UTC+3"])
def test_a_wrong_variable_is_named(computer, monkeypatch, wrong):
    computer("Asia/Tokyo")
    monkeypatch.setenv("KOLIBRI_TIME_ZONE", wrong)
    with pytest.raises(ImproperlyConfigured, match=f"KOLIBRI_TIME_ZONE='{wrong.replace('+', '.')}'"):
        environment.time_zone()


@pytest.mark.parametrize(
    ("name", "west", "zone"),
    [
        ("America/Lima", 18_000, "America/Lima"),
        (None, -10_800, "Etc/GMT-3"),
        (None, 18_000, "Etc/GMT+5"),
        (None, -19_800, "UTC"),
        (None, 0, "UTC"),
        ("No/Such", -7_200, "Etc/GMT-2"),
        (zoneinfo.ZoneInfoNotFoundError("two files contradict each other"), -7_200, "Etc/GMT-2"),
    ],
)
def test_the_computer_says_its_zone(computer, name, west, zone):
    computer(name, west)
    assert environment.time_zone() == zone


def test_a_clocks_distance_has_the_right_sign(computer):
    computer(None, -10_800)
    here = datetime.datetime(2026, 1, 31, 9, tzinfo=zoneinfo.ZoneInfo(environment.time_zone()))
    assert here.utcoffset() == datetime.timedelta(hours=3)


def test_the_program_starts_in_the_zone_and_keeps_moments_in_utc(tmp_path):
    """A process of its own: the tests' own settings are in UTC."""
    script = """
import datetime, django
django.setup()
from django.conf import settings
from kolibri.core.fields import local_now, moment_to_text
now = local_now()
print(settings.TIME_ZONE, now.utcoffset(), moment_to_text(now))
print(f"{now.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S.%f}(Africa/Nairobi)")
"""
    given = {**os.environ, "TZ": "Africa/Nairobi", "KOLIBRI_HOME": str(tmp_path)}
    given |= {"DJANGO_SETTINGS_MODULE": "kolibri.settings.desktop"}
    given.pop("KOLIBRI_TIME_ZONE", None)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=given, capture_output=True, text=True)
    told, in_utc = done.stdout.splitlines() or ("", done.stderr)
    assert told == f"Africa/Nairobi 3:00:00 {in_utc}"


@pytest.mark.parametrize(
    ("zone", "day"), [("Africa/Nairobi", 2), ("UTC", 1), ("America/Lima", 1), ("Pacific/Kiritimati", 2)]
)
def test_days_begin_where_the_computer_stands(monkeypatch, zone, day):
    """At 22:30 UTC on 1 March it is the 2nd in Nairobi: what was due on the 1st is late there, and only there."""
    moment = datetime.datetime(2026, 3, 1, 22, 30, tzinfo=datetime.UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    with override_settings(TIME_ZONE=zone):
        assert lesson_list.today() == datetime.date(2026, 3, day)
        assert Days(None, datetime.date(2026, 3, 1)).is_late == (day == 2)
        assert Days(datetime.date(2026, 3, 2), None).is_early == (day == 1)
