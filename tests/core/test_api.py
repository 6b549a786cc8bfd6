import functools
import json

import pytest
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import Http404
from rest_framework import exceptions

from kolibri.core.api import ConsolidateError
from kolibri.core.api import Nested
from kolibri.core.api import Plan
from kolibri.core.api import ReadOnlyValuesViewset
from kolibri.core.api import ValuesViewset
from kolibri.core.api import exception_handler
from kolibri.core.api import registry
from kolibri.core.query import annotate_array_aggregate
from kolibri.core.values import checks
from kolibri.core.values.plan import FieldMapError
from kolibri.core.values.returns import returns_items
from kolibri.errors import BadInput
from kolibri.errors import BadInputs
from kolibri.errors import Refused
from tests.guide.models import Book
from tests.guide.models import Mark
from tests.guide.models import Shelf


def make(base=ReadOnlyValuesViewset, **declared):
    """Return a viewset that no check of the product comes upon."""
    try:
        return type("Made", (base,), {"queryset": Book.objects.all(), **declared})
    finally:
        registry[:] = [found for found in registry if found.__name__ != "Made"]


def found_by_check(base=ReadOnlyValuesViewset, **declared) -> list[tuple[str, str]]:
    return [(found.id, found.msg) for found in checks.check_viewset(make(base, **declared))]


# The plan


@pytest.mark.acceptance("D1", "D2", "D3", "D4", "D9")
def test_the_plan_renames_nests_and_calls_in_order() -> None:
    plan = Plan(
        ("id", "is_open", "shelf__id", "shelf__name"),
        {
            "open": "is_open",
            "shelf": Nested(id="shelf__id", name="shelf__name"),
            "label": lambda item: f"{item['id']} {item['open']} {item.pop('shelf')['name']}",
            "number": "id",
        },
    )
    assert plan.row((1, True, 2, "top")) == {"open": True, "label": "1 True top", "number": 1}


@pytest.mark.acceptance("D4")
def test_a_name_that_was_moved_away_may_be_used_again() -> None:
    plan = Plan(("a", "b"), {"old": "b", "b": "a", "last": "b"})
    assert plan.row((1, 2)) == {"old": 2, "last": 1}
    assert plan.public_sources() == {"old": "b", "last": "a"}


@pytest.mark.acceptance("D9", "D10")
def test_nested_gives_what_the_callable_gives_and_may_be_null() -> None:
    def by_hand(item):
        return {"id": item.pop("s"), "name": item.pop("n")}

    nested = Plan(("s", "n"), {"shelf": Nested(id="s", name="n")})
    assert nested.row((None, None)) == Plan(("s", "n"), {"shelf": by_hand}).row((None, None))
    plan = Plan(("s", "n"), {"shelf": Nested(null_if="s", id="s", name="n")})
    assert plan.row((None, None)) == {"shelf": None}
    assert plan.row((1, "x")) == {"shelf": {"id": 1, "name": "x"}}


@pytest.mark.acceptance("D7")
def test_a_callable_that_misses_a_key_is_named() -> None:
    plan = Plan(("id",), {"label": lambda item: item.pop("nmae")}, "guide.BookViewset")
    with pytest.raises(FieldMapError, match=r"guide.BookViewset.field_map\['label'\] found no key 'nmae'"):
        plan.row((1,))


# Loud declarations


@pytest.mark.acceptance("B6", "C7", "D8")
@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({}, r"kolibri.E100: tests.core.test_api.Made.values .* \(\)"),
        ({"values": ["id"]}, r"kolibri.E100: .* \['id'\]"),
        ({"values": ("id")}, r"E100.*did you mean \('id',\)"),
        ({"values": (1,)}, "E100"),
        ({"values": ("id", "id")}, "E102.*names id twice"),
        ({"values": ("id",), "field_map": ["x"]}, "E110"),
        ({"values": ("id",), "field_map": {"x": 3}}, "E110"),
        ({"values": ("id",), "passthrough": ("extra",)}, "E113"),
    ],
)
def test_wrong_shapes_stop_the_class_statement(declared, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        make(**declared)


@pytest.mark.acceptance("D5", "D6")
@pytest.mark.parametrize(
    ("field_map", "code", "text"),
    [
        ({"open": "is_opne"}, "kolibri.E111", "did you mean 'is_open'"),
        ({"shelf": Nested(id="shelf__id")}, "kolibri.E111", "'shelf__id'"),
        ({"a": "is_open", "b": "is_open"}, "kolibri.E111", "'is_open'"),
        ({"title": "is_open"}, "kolibri.E112", "'title'"),
    ],
)
def test_a_field_map_that_cannot_work_is_an_error_of_the_check(field_map, code: str, text: str) -> None:
    declared = {"values": ("id", "title", "is_open"), "field_map": field_map}
    ((found, message),) = found_by_check(**declared)
    assert found == code and text in message
    with pytest.raises(TypeError, match=code):
        make(**declared).plan.row((1, "x", True))


@pytest.mark.acceptance("C6", "C8", "C9", "E11", "B9", "R6", "R11")
def test_names_are_checked_against_the_model() -> None:
    aggregate = annotate_array_aggregate
    ((code, text),) = found_by_check(values=("id", "titel"))
    assert code == "kolibri.E101" and "did you mean 'title'" in text
    ((code, text),) = found_by_check(values=("id", "shelf__nmae"))
    assert code == "kolibri.E101" and "did you mean 'name'" in text
    assert found_by_check(values=("id", "title__x"))[0][0] == "kolibri.E101"
    ((code, _text),) = found_by_check(values=("id", "marks__page"))
    assert code == "kolibri.E103"
    assert found_by_check(values=("id", "marks__page"), multi_valued=True) == []
    ((code, _text),) = found_by_check(values=("id",), annotate_queryset=lambda self, q: aggregate(q, x="marks__page"))
    assert code == "kolibri.W104"
    ((code, text),) = found_by_check(values=("id",), annotate_queryset=lambda self, q: aggregate(q, x="marsk__page"))
    assert code == "kolibri.E105" and "marsk" in text
    assert found_by_check(values=("id",), annotate_queryset=lambda self, q: None)[0][0] == "kolibri.E105"
    ((code, _text),) = found_by_check(ValuesViewset, values=("id",))
    assert code == "kolibri.W109"
    right = ("id", "pk", "shelf", "shelf_id", "shelf__name", "shelf__number", "tags_")
    assert found_by_check(values=right, annotate_queryset=lambda self, q: aggregate(q, tags_="tags__word")) == []


def test_a_check_may_look_at_the_request() -> None:
    def annotate_queryset(self, queryset):
        assert not self.request.user.is_authenticated
        return queryset

    assert found_by_check(values=("id",), annotate_queryset=annotate_queryset) == []


@pytest.mark.acceptance("C6")
def test_our_own_viewsets_and_every_other_check_are_clean() -> None:
    assert [str(found) for found in checks.check_viewsets(None)] == []
    assert {"LessonViewset", "ContentNodeViewset"} <= {viewset.__name__ for viewset in registry}


# consolidate


def _never(self, items, queryset):
    for item in items:
        item["x"] = 1


def _bare(self, items, queryset):
    if not items:
        return
    return items


def _only_if(self, items, queryset):
    if items:
        return items


def _inside(self, items, queryset):
    def helper():
        return items

    helper()


def _loop(self, items, queryset):
    for _item in items:
        return items


def _guide(self, items, queryset):
    if not items:
        return items
    for item in items:
        item["x"] = list(range(3))
    return items


def _branches(self, items, queryset):
    with pytest.raises(ValueError):
        if items:
            return items
        else:
            try:
                raise ValueError
            except KeyError:
                return []


def _lazy(self, items, queryset):
    yield from items


@pytest.mark.acceptance("F4")
@pytest.mark.parametrize("consolidate", [_never, _bare, _only_if, _inside, _loop])
def test_a_consolidate_that_may_return_nothing_stops_the_class_statement(consolidate) -> None:
    with pytest.raises(TypeError, match="kolibri.E121: tests.core.test_api.Made.consolidate"):
        make(values=("id",), consolidate=consolidate)


@pytest.mark.acceptance("F4")
@pytest.mark.parametrize("consolidate", [_guide, _branches, _lazy, functools.partial(_guide), len])
def test_a_consolidate_that_returns_is_accepted(consolidate) -> None:
    assert returns_items(consolidate)


@pytest.mark.acceptance("F2", "F4")
def test_the_check_calls_consolidate_with_nothing(db: None) -> None:
    def asks(self, items, queryset):
        return items + list(Shelf.objects.values())

    def fails(self, items, queryset):
        return [items[0]]

    assert found_by_check(values=("id",), consolidate=asks)[0][0] == "kolibri.W122"
    assert found_by_check(values=("id",), consolidate=fails)[0][0] == "kolibri.E121"
    assert found_by_check(values=("id",), consolidate=lambda self, items, queryset: None)[0][0] == "kolibri.E121"
    assert found_by_check(values=("id",), consolidate=_guide) == []


@pytest.mark.acceptance("F4", "F5")
@pytest.mark.parametrize("wrong", [None, {}, "items", 3])
def test_a_wrong_answer_of_consolidate_is_named(db: None, wrong) -> None:
    with pytest.raises(ConsolidateError, match="Made.consolidate returned .*; it must return the items"):
        make(values=("id",), consolidate=lambda self, items, queryset: wrong).fetch(Book.objects.all())


@pytest.mark.acceptance("F1", "F5")
def test_consolidate_gets_mapped_items_and_may_return_any_row_of_them(db: None) -> None:
    Book.objects.create(title="x", is_open=True)

    def consolidate(self, items, queryset):
        assert items == [{"title": "x", "open": True}] and queryset.model is Book
        return (dict(item, more=1) for item in items)

    viewset = make(values=("title", "is_open"), field_map={"open": "is_open"}, consolidate=consolidate)
    assert viewset.fetch(Book.objects.all()) == [{"title": "x", "open": True, "more": 1}]


def test_an_annotate_queryset_without_a_return_is_named(db: None) -> None:
    with pytest.raises(TypeError, match="Made.annotate_queryset returned None"):
        make(values=("id",), annotate_queryset=lambda self, queryset: None).fetch(Book.objects.all())


# Reading


@pytest.mark.acceptance("C1", "C2", "C3", "C4", "C10")
def test_rows_are_read_in_one_query_without_models(db: None, django_assert_num_queries, monkeypatch) -> None:
    shelf = Shelf.objects.create(name="top")
    viewset = make(
        values=("title", "shelf", "shelf__name", "is_open", "extra", "key", "pages_"),
        annotate_queryset=lambda self, q: annotate_array_aggregate(q, pages_="marks__page"),
    )
    monkeypatch.setattr(Book, "from_db", None)
    for count in (1, 10, 200):
        for number in range(Book.objects.count(), count):
            book = Book(title=f"{number}", shelf=shelf, is_open=True, extra={"a": [1]}, key="A" * 32)
            book.save()
            Mark.objects.create(book=book, page=number)
        with django_assert_num_queries(1):
            items = viewset.fetch(Book.objects.order_by("pk"))
        assert len(items) == count
    assert items[3] == {
        "title": "3",
        "shelf": shelf.pk,
        "shelf__name": "top",
        "is_open": True,
        "extra": {"a": [1]},
        "key": "a" * 32,
        "pages_": [3],
    }
    assert items[3]["is_open"] is True


@pytest.mark.acceptance("C5")
def test_two_names_of_one_column_are_read_once(db: None, django_assert_num_queries) -> None:
    shelf = Shelf.objects.create(name="top")
    Book.objects.create(title="x", shelf=shelf)
    viewset = make(values=("shelf", "shelf__id", "shelf_id", "shelf__pk", "title"))
    with django_assert_num_queries(1) as asked:
        (item,) = viewset.fetch(Book.objects.all())
    assert item == dict.fromkeys(("shelf", "shelf__id", "shelf_id", "shelf__pk"), shelf.pk) | {"title": "x"}
    assert asked[0]["sql"].count('"guide_book"."shelf_id"') == 1 and "JOIN" not in asked[0]["sql"]


def test_a_transform_and_a_key_with_to_field_are_read_as_they_are(db: None) -> None:
    shelf = Shelf.objects.create(name="top", number=7)
    Mark.objects.create(book=Book.objects.create(), shelf=shelf, clock="2026-01-31T08:00:00Z")
    viewset = make(queryset=Mark.objects.all(), values=("shelf", "shelf__number", "shelf__id", "clock__year"))
    assert viewset.fetch(Mark.objects.all()) == [
        {"shelf": 7, "shelf__number": 7, "shelf__id": shelf.pk, "clock__year": 2026}
    ]


@pytest.mark.acceptance("B7", "A5")
def test_bases_are_abstract_or_bare_and_children_extend(db: None) -> None:
    class Bare(ValuesViewset):
        pass

    class Base(ReadOnlyValuesViewset):
        abstract = True
        queryset = Book.objects.all()

    assert not {Bare, Base} & set(registry)
    first = make(Base, values=("id", "is_open"), field_map={"open": "is_open"})
    second = make(first, values=(*first.values, "title"), field_map={**first.field_map, "name": "title"})
    Book.objects.create(title="x")
    assert list(first.fetch(Book.objects.all())[0]) == ["id", "open"]
    assert list(second.fetch(Book.objects.all())[0]) == ["id", "open", "name"]


# Errors


@pytest.mark.parametrize(
    ("error", "status", "expected"),
    [
        (BadInput("No.", field="title", code="dup"), 400, [("dup", "title")]),
        (BadInputs([BadInput("a", field="x"), BadInput("b", field="y")]), 400, [("invalid", "x"), ("invalid", "y")]),
        (Refused("No."), 403, [("refused", "")]),
        (exceptions.ValidationError({"a": [{}, {"b": ["bad"]}]}), 400, [("invalid", "a.1.b")]),
        (exceptions.ValidationError({"non_field_errors": ["bad"]}), 400, [("invalid", "")]),
        (exceptions.ValidationError("bad", code="odd"), 400, [("odd", "")]),
        (exceptions.ParseError(), 400, [("invalid", "")]),
        (exceptions.PermissionDenied(), 403, [("refused", "")]),
        (exceptions.NotAuthenticated(), 401, [("not_authenticated", "")]),
        (exceptions.NotFound(), 404, [("not_found", "")]),
        (exceptions.MethodNotAllowed("PUT"), 405, [("method_not_allowed", "")]),
        (ValidationError({"title": ValidationError("bad", code="max")}), 400, [("max", "title")]),
        (ValidationError({NON_FIELD_ERRORS: ["bad"]}), 400, [("invalid", "")]),
        (ValidationError("bad"), 400, [("invalid", "")]),
        (IntegrityError("UNIQUE constraint failed: secret_table.x"), 409, [("conflict", "")]),
        (Http404("No secret_table matches"), 404, [("not_found", "")]),
        (PermissionDenied("secret_table"), 403, [("refused", "")]),
    ],
)
def test_every_expected_failure_has_one_shape(error, status: int, expected) -> None:
    response = exception_handler(error, {})
    assert response.status_code == status
    assert [(one["code"], one["field"]) for one in response.data["errors"]] == expected
    assert all(one["message"] and "secret_table" not in one["message"] for one in response.data["errors"])
    json.dumps(response.data)


def test_whoever_asks_too_often_hears_when_to_come_back() -> None:
    assert exception_handler(exceptions.Throttled(wait=2.1), {}).headers["Retry-After"] == "3"


def test_an_unexpected_failure_stays_one() -> None:
    assert exception_handler(ValueError("a bug"), {}) is None
