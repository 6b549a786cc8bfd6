import datetime
import decimal
import enum
import json
import math
import types
import uuid
import zoneinfo

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from kolibri.core.values import reading
from kolibri.core.values import rendering
from tests.core.test_api import make
from tests.guide.models import Book

NAIROBI = zoneinfo.ZoneInfo("Africa/Nairobi")


class Colour(enum.Enum):
    RED = "red"


def both(monkeypatch, data) -> bytes:
    """Return the JSON of `data`, after seeing that it is the same without orjson."""
    fast = rendering.to_json(data)
    with monkeypatch.context() as without:
        without.setattr(rendering, "orjson", None)
        slow = rendering.to_json(data)
    assert json.loads(fast) == json.loads(slow)
    return fast


@pytest.mark.acceptance("C10")
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime.datetime(2026, 1, 31, 8, 30, tzinfo=NAIROBI), '"2026-01-31T08:30:00+03:00"'),
        (datetime.datetime(2026, 1, 31, 8, 30, 0, 5, tzinfo=datetime.UTC), '"2026-01-31T08:30:00.000005+00:00"'),
        (datetime.date(2026, 1, 31), '"2026-01-31"'),
        (datetime.timedelta(minutes=2), "120.0"),
        (decimal.Decimal("1.50"), '"1.50"'),
        (gettext_lazy("Save"), '"Save"'),
        (Colour.RED, '"red"'),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (types.MappingProxyType({1: True, None: None}), '{"1":true,"null":null}'),
        ((number for number in (1, 2)), "[1,2]"),
        (math.nan, "null"),
        ({"a": [math.inf]}, '{"a":[null]}'),
        (2**70, str(2**70)),
        ("\ud800", '"\\ud800"'),
        ("é", '"é"'),
        ([True, False, None], "[true,false,null]"),
    ],
)
def test_what_each_value_becomes(monkeypatch, value, text: str) -> None:
    if isinstance(value, types.GeneratorType):
        assert rendering.to_json(value).decode() == text
    else:
        assert both(monkeypatch, value).decode() == text


@pytest.mark.parametrize("value", [object(), b"bytes"])
def test_what_is_no_json_is_refused(monkeypatch, value) -> None:
    for orjson in (rendering.orjson, None):
        monkeypatch.setattr(rendering, "orjson", orjson)
        with pytest.raises(TypeError):
            rendering.to_json({"a": value})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_without_orjson_the_json_is_the_same(data) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert json.loads(both(monkeypatch, data)) == data


def test_json_columns_pass_through_to_clients_and_are_parsed_for_screens(db: None, monkeypatch) -> None:
    stored = {"ü": [1, None, 2.5], "deep": {"a": []}}
    for value in (stored, None, []):
        Book.objects.create(title="“é”", extra=value)
    viewset = make(values=("title", "extra", "written"), passthrough=("extra",))
    books = Book.objects.order_by("pk")
    sent = rendering.to_json(viewset().serialize(books))
    assert [item["extra"] for item in json.loads(sent)] == [stored, None, []]
    assert [item["extra"] for item in viewset.fetch(books)] == [stored, None, []]
    monkeypatch.setattr(rendering, "orjson", None)
    monkeypatch.setattr(reading, "orjson", None)
    assert json.loads(rendering.to_json(viewset().serialize(books))) == json.loads(sent)
