import datetime
import decimal
import json
import zoneinfo

import pytest
from django.core.exceptions import FieldError
from django.db import connection
from django.db.models import Count
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from kolibri.core.many_ids import in_ids
from kolibri.core.query import annotate_array_aggregate
from kolibri.core.query import count_subquery
from kolibri.core.values.rendering import to_json
from tests.core.test_api import make
from tests.guide.models import Book
from tests.guide.models import Event
from tests.guide.models import Mark
from tests.guide.models import Note
from tests.guide.models import Shelf
from tests.guide.models import Tag

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def book(db: None) -> Book:
    shelf = Shelf.objects.create(name="top", number=7)
    book = Book.objects.create(title="Rain", shelf=shelf)
    for text, page in (("a,c", 2), ('"q"', 2), ("", 7), (None, 9), ("é", 1), ("B", 1)):
        Mark.objects.create(book=book, text=text, page=page, key=KEY, shelf=shelf)
    Book.objects.create(title="Empty", shelf=shelf)
    return book


def aggregate(queryset, **kwargs):
    return {row["title"]: row["found"] for row in annotate_array_aggregate(queryset, **kwargs).values("title", "found")}


@pytest.mark.acceptance("E1", "E2", "E3", "E6")
def test_related_values_become_a_sorted_list_without_nulls(book: Book) -> None:
    assert aggregate(Book.objects.all(), found="marks__text") == {"Rain": ["", '"q"', "B", "a,c", "é"], "Empty": []}
    assert aggregate(Book.objects.all(), found="marks__text", distinct=True)["Rain"] == ["", '"q"', "B", "a,c", "é"]


@pytest.mark.acceptance("E6")
def test_duplicates_stay_unless_distinct_and_the_order_may_be_chosen(book: Book) -> None:
    assert aggregate(Book.objects.all(), found="marks__page")["Rain"] == [1, 1, 2, 2, 7, 9]
    assert aggregate(Book.objects.all(), found="marks__page", distinct=True)["Rain"] == [1, 2, 7, 9]
    by_page = aggregate(Book.objects.all(), found="marks__text", order_by="-marks__page")["Rain"]
    assert by_page == ["", '"q"', "a,c", "B", "é"]
    with pytest.raises(ValueError, match="distinct"):
        aggregate(Book.objects.all(), found="marks__text", order_by="marks__page", distinct=True)


@pytest.mark.acceptance("E4")
def test_elements_keep_their_type(book: Book) -> None:
    moment = datetime.datetime(2026, 1, 31, 8, tzinfo=zoneinfo.ZoneInfo("Africa/Nairobi"))
    Mark.objects.filter(text="é").update(
        at=moment, clock=moment, sure=True, price=decimal.Decimal("1.50"), extra={"a": ["é", None]}
    )
    book = Book.objects.get(title="Rain")
    found = annotate_array_aggregate(
        Book.objects.filter(pk=book.pk),
        ids="marks",
        parents="marks__book",
        keys="marks__key",
        moments="marks__at",
        clocks="marks__clock",
        sures="marks__sure",
        prices="marks__price",
        extras="marks__extra",
        numbers="marks__shelf",
    ).get()
    assert found.ids == sorted(Mark.objects.values_list("pk", flat=True))
    assert found.parents == [book.pk] * 6
    assert found.keys == [KEY] * 6
    assert found.numbers == [7] * 6
    assert found.moments == [moment] and found.moments[0].tzinfo.key == "Africa/Nairobi"
    assert found.clocks == [moment] and found.clocks[0].tzinfo is not None
    assert found.sures == [True] and found.sures[0] is True
    assert found.prices == [decimal.Decimal("1.50")] and isinstance(found.prices[0], decimal.Decimal)
    assert found.extras == [{"a": ["é", None]}]


@pytest.mark.acceptance("E5")
def test_two_aggregates_do_not_multiply(book: Book) -> None:
    found = annotate_array_aggregate(Book.objects.filter(pk=book.pk), pages_="marks__page", texts="marks__text").get()
    assert len(found.pages_) == 6 and len(found.texts) == 5


@pytest.mark.acceptance("E7", "E8", "R17")
def test_any_path(book: Book) -> None:
    forward = annotate_array_aggregate(Mark.objects.filter(text="é"), found="book__shelf__name").get()
    assert isinstance(forward, Mark) and forward.found == ["top"]
    deep = annotate_array_aggregate(Shelf.objects.all(), found="books__marks__page").get()
    assert deep.found == [1, 1, 2, 2, 7, 9]
    by_number = annotate_array_aggregate(Shelf.objects.all(), found="marks__page").get()
    assert by_number.found == [1, 1, 2, 2, 7, 9]
    for word, rank in (("wind", 2), ("air", 3), ("sea", 1)):
        book.tags.add(Tag.objects.create(word=word, rank=rank))
        Note.objects.create(about=book, text=word)
    assert aggregate(Book.objects.all(), found="tags__word") == {"Rain": ["air", "sea", "wind"], "Empty": []}
    assert aggregate(Book.objects.all(), found="tags__word", order_by="tags__rank")["Rain"] == ["sea", "wind", "air"]
    some = Q(tags__rank__gt=1)
    assert aggregate(Book.objects.all(), filter=some, found="tags__word")["Rain"] == ["air", "wind"]
    assert aggregate(Book.objects.all(), found="notes__text") == {"Rain": ["air", "sea", "wind"], "Empty": []}
    assert annotate_array_aggregate(Tag.objects.filter(rank=1), found="books__title").get().found == ["Rain"]


@pytest.mark.acceptance("E7", "E8")
def test_any_queryset(book: Book) -> None:
    def found(queryset):
        return [(row.title, row.found) for row in annotate_array_aggregate(queryset, found="marks__page")]

    assert found(Book.objects.order_by("title")[:1]) == [("Empty", [])]
    assert found(Book.objects.order_by("-title")[1:2]) == [("Empty", [])]
    after = annotate_array_aggregate(Book.objects.filter(shelf__name="top"), found="marks__page").filter(pk=book.pk)
    assert after.get().found == [1, 1, 2, 2, 7, 9]
    assert aggregate(Book.objects.using("default"), found="marks__page")["Empty"] == []
    # The database is chosen when the query is made, not when it is written.
    assert "_db" in vars(after) and after.using("default").get().found == [1, 1, 2, 2, 7, 9]


@pytest.mark.acceptance("E9", "E10")
def test_counts_stay_right(book: Book) -> None:
    queryset = annotate_array_aggregate(Book.objects.all(), found="marks__page")
    with CaptureQueriesContext(connection) as asked:
        assert queryset.count() == 2
    assert "SELECT COUNT(*)" in asked[0]["sql"] and "guide_mark" not in asked[0]["sql"]
    counted = queryset.annotate(many=Count("marks", filter=Q(marks__page=2))).get(pk=book.pk)
    assert counted.many == 2 and len(counted.found) == 6


def test_a_count_joins_nothing_and_knows_nought(book: Book) -> None:
    books = Book.objects.annotate(
        all_=count_subquery(Book.objects.all(), "marks"),
        texts=count_subquery(Book.objects.all(), "marks__text"),
        first=count_subquery(Book.objects.all(), "marks", filter=Q(marks__page=1)),
    )
    assert sorted(books.values_list("title", "all_", "texts", "first")) == [("Empty", 0, 0, 0), ("Rain", 6, 5, 2)]


def test_a_filter_narrows_the_related_rows(book: Book) -> None:
    small = Q(marks__page__lt=3)
    assert aggregate(Book.objects.all(), filter=small, found="marks__page")["Rain"] == [1, 1, 2, 2]
    assert aggregate(Book.objects.all(), filter=~small, found="marks__page")["Rain"] == [7, 9]
    either = Q(marks__page=7) | Q(Q(marks__page=9), ~Q(marks__text="x"))
    assert aggregate(Book.objects.all(), filter=either, found="marks__page")["Rain"] == [7, 9]
    one = Mark.objects.get(page=7)
    assert aggregate(Book.objects.all(), filter=Q(marks=one.pk), found="marks__page")["Rain"] == [7]
    with pytest.raises(FieldError):
        annotate_array_aggregate(Book.objects.all(), filter=Q(title="x"), found="marks__page")


@pytest.mark.acceptance("E11")
def test_a_wrong_path_is_named_at_the_call(db: None) -> None:
    with pytest.raises(FieldError, match="mraks"):
        annotate_array_aggregate(Book.objects.all(), found="mraks__page")
    with pytest.raises(FieldError, match="paeg"):
        annotate_array_aggregate(Book.objects.all(), found="marks__paeg")


@pytest.mark.acceptance("F8")
def test_any_number_of_ids_is_one_parameter(book: Book) -> None:
    ids = [f"{n:032x}" for n in range(40_000)] + [KEY]
    with CaptureQueriesContext(connection) as asked:
        assert Mark.objects.filter(in_ids("key", ids)).count() == 6
    assert len(asked) == 1
    assert Mark.objects.filter(in_ids("book", [book.pk, 10**9])).count() == 6
    assert Mark.objects.filter(in_ids("book__shelf", [book.shelf_id])).count() == 6
    assert Mark.objects.filter(in_ids("pk", range(0))).count() == 0
    assert Mark.objects.exclude(in_ids("page", [2, 2, None])).count() == 4
    assert Mark.objects.filter(in_ids("text", ["é", "B"])).count() == 2
    event = Event.objects.create(id=KEY, name="x", at="2026-01-01T00:00:00Z")
    assert Event.objects.filter(in_ids("id", [KEY])).get() == event
    Event.objects.create(id="f" * 32, name="y", at="2026-01-01T00:00:00Z", place=event)
    assert Event.objects.filter(in_ids("place", [KEY])).get().name == "y"


def test_lists_that_pass_through_are_the_lists_that_are_parsed(book: Book) -> None:
    for path, passes in (("marks__text", True), ("marks__key", True), ("marks__page", None), ("marks__at", False)):
        queryset = annotate_array_aggregate(Book.objects.order_by("pk"), found=path)
        viewset = make(queryset=queryset, values=("id", "found"), passthrough=("found",))
        raw = viewset().serialize(queryset)
        assert json.loads(to_json(raw)) == json.loads(to_json(viewset.fetch(queryset)))
        if passes is not None:
            assert isinstance(raw[0]["found"], list) is not passes
