import json

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from rest_framework import exceptions

from kolibri.core.api import ConsolidateError
from kolibri.core.api import Nested
from kolibri.core.api import Plan
from kolibri.core.api import ReadOnlyValuesViewset
from kolibri.core.api import exception_handler
from kolibri.core.query import annotate_array_aggregate
from kolibri.core.values import rendering
from kolibri.core.values import viewsets
from kolibri.errors import BadInput
from kolibri.errors import BadInputs
from kolibri.errors import Refused
from tests.guide.models import Book
from tests.guide.models import Mark
from tests.guide.models import Shelf


def make(**declared):
    try:
        return type("Made", (ReadOnlyValuesViewset,), {"queryset": Book.objects.all(), **declared})
    finally:
        viewsets.registry[:] = [found for found in viewsets.registry if found.__name__ != "Made"]


@pytest.mark.acceptance("D1", "D2", "D3", "D4", "D9")
def test_the_plan_renames_nests_and_calls_in_order() -> None:
    plan = Plan(
        ("id", "is_open", "shelf__id", "shelf__name"),
        {
            "open": "is_open",
            "shelf": Nested(id="shelf__id", name="shelf__name"),
            "label": lambda item: f"{item['id']} {item['open']} {item.pop('shelf')['name']}",
        },
    )
    assert plan.row((1, True, 2, "top")) == {"id": 1, "open": True, "label": "1 True top"}


@pytest.mark.acceptance("D10")
def test_nested_over_a_null_relation_may_be_null() -> None:
    plan = Plan(("s", "n"), {"shelf": Nested(null_if="s", id="s", name="n")})
    assert plan.row((None, None)) == {"shelf": None}
    assert plan.row((1, "x")) == {"shelf": {"id": 1, "name": "x"}}


@pytest.mark.acceptance("B6", "C7", "D5", "D6", "D8")
@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"values": ["id"]}, "E100"),
        ({"values": ("id")}, "E100"),
        ({"values": ("id", "id")}, "E102"),
        ({"values": ("id", "is_open"), "field_map": {"open": "is_opne"}}, "did you mean 'is_open'"),
        ({"values": ("id", "title", "pages"), "field_map": {"title": "pages"}}, "E112"),
        ({"values": ("id",), "field_map": ["x"]}, "E110"),
        ({"values": ("id",), "field_map": {"x": 3}}, "E110"),
    ],
)
def test_wrong_declarations_stop_the_class_statement(declared, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        make(**declared)


@pytest.mark.acceptance("F4")
def test_a_consolidate_without_a_return_stops_the_class_statement() -> None:
    def consolidate(self, items, queryset):
        for item in items:
            item["x"] = 1

    with pytest.raises(TypeError, match="E121"):
        make(values=("id",), consolidate=consolidate)


@pytest.mark.acceptance("C6", "C8", "C9")
def test_wrong_names_are_found_by_the_system_check() -> None:
    def codes(**declared):
        return [(found.id, found.msg) for found in viewsets.check_viewset(make(**declared))]

    ((code, text),) = codes(values=("id", "titel"))
    assert code == "kolibri.E101" and "did you mean 'title'" in text
    assert codes(values=("id", "marks__page"))[0][0] == "kolibri.E103"
    extra = annotate_array_aggregate
    assert codes(values=("id",), annotate_queryset=lambda self, q: extra(q, x="marks__page"))[0][0] == "kolibri.W104"
    assert codes(values=("id",), annotate_queryset=lambda self, q: extra(q, x="marsk__page"))[0][0] == "kolibri.E105"
    assert codes(values=("id", "shelf__name", "shelf_id")) == []


@pytest.mark.acceptance("C3", "C4", "C10", "F3")
def test_rows_are_read_in_one_query_without_models(db: None, django_assert_num_queries, monkeypatch) -> None:
    shelf = Shelf.objects.create(name="top")
    for number in range(20):
        book = Book.objects.create(title=f"{number}", shelf=shelf, is_open=True, extra={"a": [1]})
        Mark.objects.create(book=book, page=number)
    viewset = make(
        values=("title", "shelf", "is_open", "extra", "pages_"),
        annotate_queryset=lambda self, q: annotate_array_aggregate(q, pages_="marks__page"),
    )
    monkeypatch.setattr(Book, "from_db", None)
    with django_assert_num_queries(1):
        items = viewset.fetch(Book.objects.order_by("pk"))
    assert items[3] == {"title": "3", "shelf": shelf.pk, "is_open": True, "extra": {"a": [1]}, "pages_": [3]}


@pytest.mark.acceptance("F4", "F5")
@pytest.mark.parametrize("wrong", [None, {}, "items"])
def test_a_wrong_answer_of_consolidate_is_named(db: None, wrong) -> None:
    with pytest.raises(ConsolidateError, match="Made.consolidate"):
        make(values=("id",), consolidate=lambda self, items, queryset: wrong).fetch(Book.objects.all())


def test_passthrough_and_fallback_send_the_same_json(db: None, monkeypatch) -> None:
    Book.objects.create(title="“é”", extra={"ü": [1, None, 2.5]}, written="2026-01-31T08:30:00+03:00")
    viewset = make(values=("title", "extra", "written"), passthrough=("extra",))
    fast = rendering.to_json(viewset.fetch(Book.objects.all()))
    monkeypatch.setattr(rendering, "orjson", None)
    monkeypatch.setattr(viewsets, "orjson", None)
    slow = rendering.to_json(viewset.fetch(Book.objects.all()))
    assert json.loads(fast) == json.loads(slow)
    assert json.loads(fast)[0]["written"] == "2026-01-31T05:30:00+00:00"


@pytest.mark.parametrize(
    ("error", "status", "expected"),
    [
        (BadInput("No.", field="title", code="dup"), 400, [("dup", "title")]),
        (BadInputs([BadInput("a", field="x"), BadInput("b", field="y")]), 400, [("invalid", "x"), ("invalid", "y")]),
        (Refused("No."), 403, [("refused", "")]),
        (exceptions.ValidationError({"a": [{}, {"b": ["bad"]}]}), 400, [("invalid", "a.1.b")]),
        (exceptions.ValidationError({"non_field_errors": ["bad"]}), 400, [("invalid", "")]),
        (ValidationError({"title": "bad"}), 400, [("invalid", "title")]),
        (IntegrityError("UNIQUE constraint failed: secret_table.x"), 409, [("conflict", "")]),
        (exceptions.NotFound(), 404, [("not_found", "")]),
    ],
)
def test_every_expected_failure_has_one_shape(error, status: int, expected) -> None:
    response = exception_handler(error, {})
    assert response.status_code == status
    assert [(one["code"], one["field"]) for one in response.data["errors"]] == expected
    assert all(one["message"] and "secret_table" not in one["message"] for one in response.data["errors"])


def test_an_unexpected_failure_stays_one() -> None:
    assert exception_handler(ValueError("a bug"), {}) is None
