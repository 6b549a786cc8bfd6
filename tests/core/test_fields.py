import datetime
import zoneinfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db import models
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from kolibri.core.fields import DateTimeTzField
from kolibri.core.fields import JSONTextField
from kolibri.core.fields import moment_to_text
from kolibri.core.fields import text_to_moment
from tests.guide.models import Book

NAIROBI = zoneinfo.ZoneInfo("Africa/Nairobi")
MORNING = datetime.datetime(2025, 1, 1, 10, tzinfo=NAIROBI)


@pytest.mark.acceptance("I3")
def test_a_moment_keeps_its_instant_and_its_zone(db: None) -> None:
    book = Book.objects.create(title="x", written=MORNING)
    found = Book.objects.get(pk=book.pk).written
    assert found == MORNING and found.tzinfo.key == "Africa/Nairobi" and found.hour == 10
    assert book._meta.get_field("written").value_to_string(book) == "2025-01-01 07:00:00.000000(Africa/Nairobi)"


@pytest.mark.acceptance("I3")
@given(st.datetimes(timezones=st.timezones(), allow_imaginary=False).filter(lambda moment: 1 < moment.year < 9999))
def test_text_and_back(moment: datetime.datetime) -> None:
    assert text_to_moment(moment_to_text(moment)) == moment


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2025-01-01 07:00:00.5(Mars/Base)", "2025-01-01T07:00:00.500000+00:00"),
        ("2025-01-01 07:00:00(UTC)", "2025-01-01T07:00:00+00:00"),
        ("2025-01-01T10:00:00+03:00", "2025-01-01T07:00:00+00:00"),
        ("2025-01-01 10:00:00+0300", "2025-01-01T07:00:00+00:00"),
        ("2025-01-01T07:00:00Z", "2025-01-01T07:00:00+00:00"),
    ],
)
def test_what_peers_and_clients_write_is_read(text: str, instant: str) -> None:
    assert text_to_moment(text) == datetime.datetime.fromisoformat(instant)


@pytest.mark.acceptance("I3")
@override_settings(TIME_ZONE="Africa/Nairobi")
def test_a_naive_moment_is_taken_in_the_current_zone() -> None:
    assert DateTimeTzField().to_python(datetime.datetime(2025, 1, 1, 10)) == MORNING
    assert text_to_moment("2025-01-01 10:00:00") == MORNING


@pytest.mark.parametrize("text", ["yesterday", "2025-13-01 00:00:00", "2025-01-01", "2025-01-01 07:00:00(", "\x00"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        DateTimeTzField().to_python(text)


@pytest.mark.acceptance("I4")
def test_moments_sort_and_compare_by_instant_whatever_their_zones(db: None) -> None:
    zones = ["Asia/Tokyo", "UTC", "America/New_York"]
    hours = [(2, zones[0]), (0, zones[1]), (1, zones[2])]
    for hour, zone in hours:
        moment = datetime.datetime(2025, 6, 1, hour, tzinfo=datetime.UTC).astimezone(zoneinfo.ZoneInfo(zone))
        Book.objects.create(title=str(hour), written=moment)
    assert [book.title for book in Book.objects.order_by("written")] == ["0", "1", "2"]
    middle = datetime.datetime(2025, 6, 1, 1, tzinfo=datetime.UTC)
    assert [book.title for book in Book.objects.filter(written__gt=middle)] == ["2"]
    assert [book.title for book in Book.objects.filter(written__lt=middle)] == ["0"]
    for kind, titles in (("gte", {"1", "2"}), ("lte", {"0", "1"})):
        found = Book.objects.filter(**{f"written__{kind}": middle.astimezone(NAIROBI)})
        assert {book.title for book in found} == titles
    assert Book.objects.filter(written__lte=models.F("written")).count() == 3


@pytest.mark.acceptance("I4")
def test_one_instant_is_equal_in_every_zone(db: None) -> None:
    zones = ["Asia/Tokyo", "UTC", "America/New_York"]
    noon = datetime.datetime(2025, 6, 1, 12, tzinfo=datetime.UTC)
    for zone in zones:
        Book.objects.create(title=zone, written=noon.astimezone(zoneinfo.ZoneInfo(zone)))
    Book.objects.create(title="later", written=noon + datetime.timedelta(microseconds=1))
    Book.objects.create(title="never")
    assert Book.objects.filter(written=noon.astimezone(NAIROBI)).count() == 3
    assert Book.objects.filter(written="2025-06-01T14:00:00+02:00").count() == 3
    assert Book.objects.exclude(written=noon).count() == 2
    assert Book.objects.filter(written=None).get().title == "never"
    assert Book.objects.filter(written=models.F("written")).count() == 4
    hour = datetime.timedelta(hours=1)
    assert Book.objects.filter(written__range=(noon, noon)).count() == 3
    assert Book.objects.filter(written__range=(noon - hour, noon.astimezone(NAIROBI) + hour)).count() == 4
    assert Book.objects.filter(written__range=(noon + hour, noon)).count() == 0
    assert Book.objects.filter(written__range=(models.F("written"), noon)).count() == 3


@pytest.mark.acceptance("I4")
@pytest.mark.parametrize("lookup", ["gte", "lt", "exact", "range"])
def test_an_index_serves_comparisons(db: None, lookup: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX guide_book_written ON guide_book (written)")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    value = (MORNING, MORNING) if lookup == "range" else MORNING
    assert "guide_book_written" in Book.objects.filter(**{f"written__{lookup}": value}).explain()


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
def test_a_moment_outside_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        DateTimeTzField().to_python(text)


def test_a_moment_is_compared_with_a_moment_only(db: None) -> None:
    with pytest.raises(ValidationError):
        Book.objects.filter(written__lt="yesterday")


@pytest.mark.acceptance("I2")
def test_auto_now_and_auto_now_add() -> None:
    class Dated(models.Model):
        made = DateTimeTzField(auto_now_add=True)
        changed = DateTimeTzField(auto_now=True)

        class Meta:
            app_label = "guide"

    row = Dated()
    first = Dated._meta.get_field("made").pre_save(row, add=True)
    assert first == row.made and Dated._meta.get_field("made").pre_save(row, add=False) == first
    assert Dated._meta.get_field("changed").pre_save(row, add=False) >= first
    for name in ("made", "changed"):
        field = Dated._meta.get_field(name)
        _name, _path, args, kwargs = field.deconstruct()
        assert DateTimeTzField(*args, **kwargs).deconstruct()[1:] == field.deconstruct()[1:]
    assert DateTimeTzField(auto_now=True, auto_now_add=True, name="x").check()


@pytest.mark.parametrize("value", [None, [], {"a": [1, "é", None]}, "text", 0])
def test_json_survives_the_database_and_the_journey(db: None, value) -> None:
    book = Book.objects.create(title="x", extra=value)
    field = Book._meta.get_field("extra")
    assert Book.objects.get(pk=book.pk).extra == value
    if not isinstance(value, str):
        assert field.to_python(field.value_to_string(book)) == value


def test_an_empty_column_is_no_json(db: None) -> None:
    book = Book.objects.create(title="x")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE guide_book SET extra = ''")
    assert Book.objects.get(pk=book.pk).extra is None


def test_broken_json_is_refused() -> None:
    with pytest.raises(ValidationError):
        JSONTextField().to_python("{")
