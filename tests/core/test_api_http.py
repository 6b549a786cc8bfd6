"""The viewsets over HTTP, with models of the test app: what an address answers, in which order things are asked."""

import json
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.test import APIRequestFactory

from kolibri.core.api import BaseValuesViewset
from kolibri.core.api import ReadOnlyValuesViewset
from kolibri.core.api import ValuesCursorPagination
from kolibri.core.api import ValuesOrderingFilter
from kolibri.core.api import ValuesViewset
from tests.core.test_api import make
from tests.guide.models import Event

WHOLE = {"get": "list", "post": "create"}
ONE = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}


class EventSerializer(serializers.ModelSerializer):
    class Meta:
        model = Event
        fields = ("id", "name", "active", "at", "place")


def viewset(base: Any = ValuesViewset, **declared: Any) -> Any:
    return make(
        base,
        **{
            "queryset": Event.objects.all(),
            "serializer_class": EventSerializer,
            "permission_classes": (AllowAny,),
            "filter_backends": (DjangoFilterBackend, ValuesOrderingFilter),
            "filterset_fields": ("id", "place", "active"),
            "values": ("id", "name", "active", "place"),
            "field_map": {"on": "active"},
            **declared,
        },
    )


def ask(view: Any, method: str, address: str = "/", body: Any = None, pk: str | None = None) -> tuple[int, Any]:
    """Return status and JSON of a request to the view."""
    make_request = getattr(APIRequestFactory(), method)
    request = (
        make_request(address)
        if body is None
        else make_request(address, json.dumps(body), content_type="application/json")
    )
    actions = {name: way for name, way in (WHOLE if pk is None else ONE).items() if hasattr(view, way)}
    answer = view.as_view(actions)(request, **({} if pk is None else {"pk": pk})).render()
    return answer.status_code, json.loads(answer.content) if answer.content else None


def key(number: int) -> str:
    return f"{number:032x}"


@pytest.fixture
def events(db: None) -> list[Event]:
    """Nine events in three moments, so that order alone leaves ties."""
    made = []
    # Not made in the order of their keys, which decides between those of one moment.
    for number in (4, 8, 1, 0, 7, 2, 6, 5, 3):
        at = f"2026-01-0{1 + number // 3}T00:00:00Z"
        made.append(Event.objects.create(id=key(number), name=f"e{number}", at=at, active=number % 2 == 0))
    return made


BY_STATE = ["e7", "e5", "e3", "e1", "e8", "e6", "e4", "e2", "e0"]
IN_ORDER = ["e6", "e7", "e8", "e3", "e4", "e5", "e0", "e1", "e2"]


def names(found: Any) -> list[str]:
    return [item["name"] for item in found]


# Classes and hooks


@pytest.mark.acceptance("B1", "G3", "G5", "F6")
def test_the_six_actions_answer_in_the_shape_of_a_read(db: None) -> None:
    def consolidate(self, items, queryset):
        assert len(items) == 1
        return [{**item, "seen": True} for item in items]

    view = viewset(consolidate=consolidate)
    body = {"id": key(1), "name": "rain", "at": "2026-01-31T08:00:00Z"}
    shape = {"id": key(1), "name": "rain", "on": False, "place": None, "seen": True}
    assert ask(view, "post", body=body) == (201, shape)
    assert ask(view, "get", pk=key(1)) == (200, shape)
    assert ask(view, "get") == (200, [shape])
    assert ask(view, "patch", body={"active": True}, pk=key(1)) == (200, {**shape, "on": True})
    assert ask(view, "put", body={**body, "name": "wind"}, pk=key(1)) == (200, {**shape, "name": "wind", "on": True})
    assert ask(view, "delete", pk=key(1)) == (204, None)
    assert ask(view, "get", pk=key(1))[0] == 404


@pytest.mark.acceptance("B2")
def test_the_read_only_viewset_refuses_writes(events: list[Event]) -> None:
    view = viewset(ReadOnlyValuesViewset)
    for method in ("post", "put", "patch", "delete"):
        for pk in (None, key(1)):
            status, found = ask(view, method, body={}, pk=pk)
            assert (status, found["errors"][0]["code"]) == (405, "method_not_allowed")


@pytest.mark.acceptance("B3")
def test_the_base_serves_only_its_own_actions(events: list[Event]) -> None:
    def active(self, request):
        return Response(self.serialize(self.get_queryset().filter(active=True)))

    view = viewset(BaseValuesViewset, active=action(detail=False)(active))
    router = SimpleRouter()
    router.register("event", view, basename="event")
    assert [route.name for route in router.urls] == ["event-active"]
    answer = view.as_view({"get": "active"})(APIRequestFactory().get("/"))
    assert sorted(names(answer.data)) == ["e0", "e2", "e4", "e6", "e8"]


@pytest.mark.acceptance("B4", "B5")
def test_the_hooks_run_in_order(events: list[Event]) -> None:
    said = []

    class Recorder:
        def filter_queryset(self, request, queryset, view):
            said.append("filter_queryset")
            return queryset

    def saying(name, hook):
        def hooked(self, *args):
            said.append(name)
            return hook(self, *args)

        return hooked

    base = ReadOnlyValuesViewset
    view = viewset(
        base,
        filter_backends=(Recorder,),
        get_queryset=saying("get_queryset", base.get_queryset),
        paginate_queryset=saying("paginate", base.paginate_queryset),
        annotate_queryset=saying("annotate_queryset", base.annotate_queryset),
        field_map={"label": saying("field_map", lambda item: item["name"])},
        consolidate=saying("consolidate", base.consolidate),
    )
    assert ask(view, "get", "/?page_size=1")[0] == 200
    order = ["get_queryset", "filter_queryset", "paginate", "annotate_queryset", "field_map", "consolidate"]
    assert said == order


@pytest.mark.acceptance("B8")
def test_requests_leave_the_class_as_it_was(events: list[Event]) -> None:
    view = viewset()
    before = {name: getattr(view, name) for name in ("values", "field_map", "serializer_class", "passthrough")}
    for method, pk in (("get", None), ("get", key(1)), ("options", None), ("options", key(1))):
        assert ask(view, method, pk=pk)[0] == 200
    assert {name: getattr(view, name) for name in before} == before
    assert view.values == ("id", "name", "active", "place") and view.field_map == {"on": "active"}


@pytest.mark.acceptance("B9", "R11")
def test_without_a_serializer_reads_work_and_a_write_names_the_class(events: list[Event]) -> None:
    view = viewset(serializer_class=None)
    assert ask(view, "get")[0] == ask(view, "options")[0] == ask(view, "options", pk=key(1))[0] == 200
    with pytest.raises(ImproperlyConfigured, match="Made accepts writes but has no serializer_class"):
        ask(view, "post", body={"name": "x"})


@pytest.mark.acceptance("C3")
def test_a_list_builds_no_model(events: list[Event], monkeypatch, django_assert_num_queries) -> None:
    monkeypatch.setattr(Event, "from_db", None)
    # One of them reads the counters of changes.
    for address, queries in (("/", 2), ("/?page_size=4&page=2", 3)):
        with django_assert_num_queries(queries):
            assert ask(viewset(), "get", address)[0] == 200


# One object


@pytest.mark.acceptance("G5")
@pytest.mark.parametrize("pk", [key(77), "nonsense", "\x00", "x" * 5000, ""])
def test_an_unknown_or_malformed_id_is_not_found(events: list[Event], pk: str) -> None:
    for method in ("get", "put", "patch", "delete"):
        status, found = ask(viewset(), method, body={} if method != "get" else None, pk=pk)
        assert (status, found["errors"][0]["code"]) == (404, "not_found")


def test_an_id_is_understood_in_every_way_it_is_written(events: list[Event]) -> None:
    for pk in ("00000000-0000-0000-0000-00000000000A", key(10).upper()):
        Event.objects.get_or_create(id=key(10), name="ten", at="2026-01-01T00:00:00Z")
        assert ask(viewset(), "get", pk=pk)[1]["name"] == "ten"


@pytest.mark.acceptance("G8", "D7")
@pytest.mark.parametrize("error", [ValueError, TypeError, IndexError])
def test_faults_of_a_viewset_are_faults_and_not_missing_rows(events: list[Event], error: type[Exception]) -> None:
    def fails(*args):
        raise error("a bug")

    class Failing:
        filter_queryset = fails

    for declared in ({"consolidate": fails}, {"field_map": {"x": fails}}, {"filter_backends": (Failing,)}):
        with pytest.raises(error, match="a bug"):
            ask(viewset(**declared), "get", pk=key(1))


@pytest.mark.acceptance("F7")
def test_consolidate_may_drop_a_row(events: list[Event]) -> None:
    def consolidate(self, items, queryset):
        return [item for item in items if item["on"]]

    view = viewset(consolidate=consolidate)
    assert len(ask(view, "get")[1]) == 5
    assert ask(view, "get", pk=key(0))[0] == 200
    assert ask(view, "get", pk=key(1))[0] == 404


@pytest.mark.acceptance("K6")
def test_a_single_row_is_asked_its_own_permission(events: list[Event]) -> None:
    class ActiveOnly(BasePermission):
        def has_object_permission(self, request, view, obj):
            return obj.active

    view = viewset(permission_classes=(ActiveOnly,))
    assert ask(view, "get", pk=key(0))[0] == 200
    for method in ("get", "delete"):
        assert ask(view, method, pk=key(1))[0] == 403
    # Asked again about the row as it became: the change is taken back.
    assert ask(view, "patch", body={"active": False}, pk=key(0))[0] == 403
    assert Event.objects.get(pk=key(0)).active


# Writing


@pytest.mark.acceptance("G7")
def test_a_write_is_answered_whatever_the_address_or_the_view_leaves_out(events: list[Event]) -> None:
    body = {"id": key(20), "name": "new", "at": "2026-01-01T00:00:00Z"}
    assert ask(viewset(), "post", "/?active=true", body=body)[0] == 201
    view = viewset(queryset=Event.objects.filter(active=True))
    assert ask(view, "patch", body={"active": False}, pk=key(0))[1]["on"] is False
    assert ask(view, "get", pk=key(0))[0] == 404


@pytest.mark.acceptance("G11")
@pytest.mark.parametrize("body", [[], [1], "text", 3, None, True])
def test_a_body_that_is_no_object_is_refused(events: list[Event], body: Any) -> None:
    for method, pk in (("post", None), ("put", key(1)), ("patch", key(1))):
        request = getattr(APIRequestFactory(), method)("/", json.dumps(body), content_type="application/json")
        actions = WHOLE if pk is None else ONE
        answer = viewset().as_view(actions)(request, **({} if pk is None else {"pk": pk}))
        assert (answer.status_code, answer.data["errors"][0]["field"]) == (400, "")


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"a": NaN}', "\x00", b"\xff", '{"name": ' + "9" * 6000 + "}"])
def test_a_body_that_cannot_be_read_is_refused(db: None, text: Any) -> None:
    answer = viewset().as_view(WHOLE)(APIRequestFactory().post("/", text, content_type="application/json"))
    assert answer.status_code == 400 and answer.data["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"name": "a\x00b"}, "name", "null_characters_not_allowed"),
        ({"name": "\ud800"}, "name", "surrogate_characters_not_allowed"),
        ({"name": "x" * 21}, "name", "max_length"),
        ({"at": "yesterday"}, "at", "invalid"),
        ({"at": "0001-01-01T00:00:00+10:00"}, "at", "invalid"),
        ({"place": "nonsense"}, "place", None),
        ({"place": {"a": 1}}, "place", None),
    ],
)
def test_bad_input_names_its_field_and_changes_nothing(events: list[Event], body: Any, field: str, code: str) -> None:
    status, found = ask(viewset(), "patch", body={"active": False, **body}, pk=key(0))
    assert (status, found["errors"][0]["field"]) == (400, field)
    assert code in (None, found["errors"][0]["code"])
    assert Event.objects.get(pk=key(0)).active


def test_two_rows_with_one_key_clash(events: list[Event]) -> None:
    def perform_create(self, serializer):
        Event.objects.create(id=key(30), name="kept?", at="2026-01-01T00:00:00Z")
        Event.objects.bulk_create([Event(id=key(0), at="2026-01-01T00:00:00Z")])

    body = {"id": key(31), "name": "new", "at": "2026-01-01T00:00:00Z"}
    status, found = ask(viewset(perform_create=perform_create), "post", body=body)
    assert (status, found["errors"][0]["code"]) == (409, "conflict") and "guide" not in found["errors"][0]["message"]


# Filters, order, pages


@pytest.mark.acceptance("H1")
def test_filters_by_key(events: list[Event], django_assert_num_queries) -> None:
    Event.objects.filter(name__in=("e1", "e2")).update(place=key(0))
    view = viewset()
    with django_assert_num_queries(2):
        assert names(ask(view, "get", f"/?place={key(0)}")[1]) == ["e1", "e2"]
    assert names(ask(view, "get", f"/?id={key(3)}")[1]) == ["e3"]
    assert ask(view, "get", f"/?place={key(99)}") == (200, [])
    assert len(ask(view, "get", "/?place=&id=&unknown=1")[1]) == 9
    for name, text in (("id", "nonsense"), ("place", "nonsense"), ("id", "%00"), ("place", "a%00")):
        status, found = ask(view, "get", f"/?{name}={text}")
        assert (status, found["errors"][0]["field"]) == (400, name)


@pytest.mark.acceptance("H3", "H5")
def test_pages_keep_the_order_and_never_overlap(events: list[Event], django_assert_num_queries) -> None:
    with django_assert_num_queries(3):
        status, found = ask(viewset(), "get", "/?page_size=4&page=2")
    assert (status, found["count"], found["total_pages"]) == (200, 9, 3)
    pages = [ask(viewset(), "get", f"/?page_size=4&page={page}")[1]["results"] for page in (1, 2, 3)]
    assert [name for page in pages for name in names(page)] == IN_ORDER
    assert names(ask(viewset(), "get")[1]) == IN_ORDER


@pytest.mark.acceptance("H5")
def test_a_page_is_never_larger_than_the_cap(events: list[Event], monkeypatch) -> None:
    monkeypatch.setattr("kolibri.core.values.pages.MOST_ROWS", 5)
    assert len(ask(viewset(), "get", "/?page_size=1000000000000000000000")[1]["results"]) == 5
    cursors = viewset(pagination_class=ValuesCursorPagination)
    assert len(ask(cursors, "get", "/?page_size=6")[1]["results"]) == 5
    for view in (viewset(), cursors):
        for size in ("0", "-1", "x", "1.5", "²"):
            status, found = ask(view, "get", f"/?page_size={size}")
            assert (status, found["errors"][0]["field"]) == (400, "page_size")
    for page in ("0", "99", "x", "-1", "9" * 30):
        assert ask(viewset(), "get", f"/?page_size=2&page={page}")[0] == 404
    assert ask(viewset(), "get", "/?page=1")[1]["total_pages"] == 1


@pytest.mark.acceptance("H5")
def test_the_count_knows_nothing_of_annotations(events: list[Event], django_assert_num_queries) -> None:
    from kolibri.core.query import annotate_array_aggregate

    view = viewset(
        values=("id", "name", "parts_"),
        field_map={},
        annotate_queryset=lambda self, queryset: annotate_array_aggregate(queryset, parts_="parts"),
    )
    with django_assert_num_queries(3) as asked:
        assert ask(view, "get", "/?page_size=2")[0] == 200
    assert "COUNT(*)" in asked[1]["sql"] and "_element" not in asked[1]["sql"]


@pytest.mark.acceptance("H4")
def test_the_order_is_asked_for_by_public_names(events: list[Event]) -> None:
    assert names(ask(viewset(), "get", "/?ordering=on,-name")[1]) == [
        "e7",
        "e5",
        "e3",
        "e1",
        "e8",
        "e6",
        "e4",
        "e2",
        "e0",
    ]
    assert names(ask(viewset(), "get", "/?ordering=-on&page_size=2")[1]["results"]) == ["e0", "e2"]
    for unknown in ("active", "nothing", "place__name", "-", "%00"):
        status, found = ask(viewset(), "get", f"/?ordering={unknown}")
        assert (status, found["errors"][0]["field"]) == (400, "ordering")


def walk(view: Any, address: str) -> list[str]:
    found: list[str] = []
    while address:
        status, page = ask(view, "get", address)
        assert status == 200 and len(page["results"]) <= 4
        found += names(page["results"])
        address = page["next"]
        assert len(found) < 50, "the cursor goes in a circle"
    return found


@pytest.mark.acceptance("H3", "H5")
def test_a_cursor_goes_through_all_rows_whatever_comes_between(events: list[Event], django_assert_num_queries) -> None:
    # The same moment in three zones: their texts differ, the order must not stumble.
    for number, zone in enumerate(("Asia/Tokyo", "Africa/Nairobi", "UTC")):
        Event.objects.filter(pk=key(number)).update(at=f"2026-01-01 00:00:00.000000({zone})")
    view = viewset(pagination_class=ValuesCursorPagination)
    whole = names(ask(viewset(), "get")[1])
    for size in (1, 2, 4):
        assert walk(view, f"/?page_size={size}") == whole
    by_name = walk(view, "/?page_size=2&ordering=on,-name")
    assert by_name == BY_STATE

    with django_assert_num_queries(3):
        _status, first = ask(view, "get", "/?page_size=4")
    assert first["previous"] is None
    Event.objects.create(id=key(40), name="late", at="2027-01-01T00:00:00Z")
    Event.objects.filter(name=whole[3]).delete()
    _status, second = ask(view, "get", first["next"])
    assert names(second["results"]) == whole[4:8]
    _status, back = ask(view, "get", second["previous"])
    assert names(back["results"]) == ["late", *whole[:3]] or names(back["results"]) == whole[:3]
    _status, last = ask(view, "get", second["next"])
    assert names(last["results"]) == whole[8:] and last["next"] is None


@pytest.mark.parametrize("cursor", ["x", "é", "bnVsbA", "W10", "W3RydWUsWzEsMl1d", "W3RydWUsW251bGwsbnVsbF1d", "%00"])
def test_a_damaged_cursor_is_refused(events: list[Event], cursor: str) -> None:
    view = viewset(pagination_class=ValuesCursorPagination)
    status, found = ask(view, "get", f"/?cursor={cursor}")
    assert (status, found["errors"][0]["field"]) == (400, "cursor")


def test_a_cursor_refuses_an_order_with_gaps(events: list[Event]) -> None:
    view = viewset(pagination_class=ValuesCursorPagination)
    status, found = ask(view, "get", "/?ordering=place")
    assert (status, found["errors"][0]["field"]) == (400, "ordering")


def test_another_paginator_works_too(events: list[Event]) -> None:
    from rest_framework.pagination import LimitOffsetPagination

    view = viewset(pagination_class=LimitOffsetPagination)
    assert names(ask(view, "get", "/?limit=2&offset=4")[1]["results"]) == IN_ORDER[4:6]


def test_an_item_may_be_read_by_any_lookup(events: list[Event]) -> None:
    view = viewset()()
    assert view.serialize_object(name="e3")["id"] == key(3)
    with pytest.raises(Http404):
        view.serialize_object(name="nothing")
