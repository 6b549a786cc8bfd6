import datetime
import zoneinfo

import pytest
from django.core.exceptions import FieldError
from django.db.models import Count
from django.db.models import Q

from kolibri.core.query import annotate_array_aggregate
from kolibri.core.query import count_subquery
from kolibri.core.query import in_ids
from tests.guide.models import Book
from tests.guide.models import Mark
from tests.guide.models import Shelf

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def book(db: None) -> Book:
    shelf = Shelf.objects.create(name="top")
    book = Book.objects.create(title="Rain", shelf=shelf)
    for text, page in (("b,c", 2), ('"q"', 2), ("", 7), (None, 9), ("é", 1)):
        Mark.objects.create(book=book, text=text, page=page, key=KEY)
    Book.objects.create(title="Empty", shelf=shelf)
    return book


def aggregate(queryset, **kwargs):
    return {row["title"]: row["found"] for row in annotate_array_aggregate(queryset, **kwargs).values("title", "found")}


@pytest.mark.acceptance("E1", "E2", "E3", "E6")
def test_related_values_become_a_sorted_list_without_nulls(book: Book) -> None:
    assert aggregate(Book.objects.all(), found="marks__text") == {"Rain": ["", '"q"', "b,c", "é"], "Empty": []}


@pytest.mark.acceptance("E4")
def test_elements_keep_their_type(book: Book) -> None:
    assert aggregate(Book.objects.all(), found="marks__page")["Rain"] == [1, 2, 2, 7, 9]
    assert aggregate(Book.objects.all(), found="marks__key", distinct=True)["Rain"] == [KEY]
    moment = datetime.datetime(2026, 1, 31, 8, tzinfo=zoneinfo.ZoneInfo("Africa/Nairobi"))
    Mark.objects.filter(page=1).update(at=moment)
    assert aggregate(Book.objects.all(), found="marks__at")["Rain"] == [moment]


@pytest.mark.acceptance("E5")
def test_two_aggregates_do_not_multiply(book: Book) -> None:
    found = annotate_array_aggregate(Book.objects.filter(pk=book.pk), pages_="marks__page", texts="marks__text").get()
    assert len(found.pages_) == 5 and len(found.texts) == 4


@pytest.mark.acceptance("E7", "E8", "R17")
def test_any_path_and_any_queryset(book: Book) -> None:
    forward = annotate_array_aggregate(Mark.objects.filter(page=1), found="book__shelf__name").get()
    assert isinstance(forward, Mark) and forward.found == ["top"]
    deep = annotate_array_aggregate(Shelf.objects.all(), found="books__marks__page").get()
    assert deep.found == [1, 2, 2, 7, 9]
    page = annotate_array_aggregate(Book.objects.order_by("title")[:1], found="marks__page")
    assert [row.title for row in page] == ["Empty"]


@pytest.mark.acceptance("E9", "E10")
def test_counts_stay_right(book: Book) -> None:
    queryset = annotate_array_aggregate(Book.objects.all(), found="marks__page")
    assert queryset.count() == 2
    counted = queryset.annotate(many=Count("marks", filter=Q(marks__page=2))).get(pk=book.pk)
    assert counted.many == 2 and len(counted.found) == 5
    assert Book.objects.annotate(n=count_subquery(Book.objects.all(), "marks__page")).get(pk=book.pk).n == 5


def test_a_filter_narrows_the_related_rows(book: Book) -> None:
    small = Q(marks__page__lt=3)
    assert aggregate(Book.objects.all(), filter=small, found="marks__page")["Rain"] == [1, 2, 2]
    assert aggregate(Book.objects.all(), filter=~small, found="marks__page")["Rain"] == [7, 9]
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
    assert Mark.objects.filter(in_ids("key", ids)).count() == 5
