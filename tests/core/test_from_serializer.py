"""A viewset made from a serializer sends that serializer's JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework import serializers

from kolibri.core.api import Nested
from kolibri.core.api import values_from
from kolibri.core.values import rendering
from tests.core.test_api import make
from tests.guide.models import Book
from tests.guide.models import Mark
from tests.guide.models import Shelf


class ShelfSerializer(serializers.ModelSerializer[Shelf]):
    count = serializers.IntegerField(source="number")

    class Meta:
        model = Shelf
        fields = ("id", "count")


class BookSerializer(serializers.ModelSerializer[Book]):
    open = serializers.BooleanField(source="is_open")
    shelf_name = serializers.CharField(source="shelf.name", default=None)
    extra = serializers.JSONField()
    where = ShelfSerializer(source="shelf")
    secret = serializers.CharField(write_only=True)

    class Meta:
        model = Book
        fields = ("id", "title", "pages", "open", "shelf", "shelf_name", "extra", "key", "where", "secret")


def sent(serializer: type[serializers.Serializer[Any]], queryset: Any) -> tuple[Any, Any]:
    """Return what a viewset sends and what the serializer does."""
    values, field_map = values_from(serializer)
    viewset = make(queryset=queryset, values=values, field_map=field_map)
    plain = rendering.to_json(serializer(queryset, many=True).data)
    return json.loads(rendering.to_json(viewset().serialize(queryset))), json.loads(plain)


@pytest.fixture
def books(db: None) -> None:
    shelf = Shelf.objects.create(name="Rivers", number=7)
    Book.objects.create(title="Nile, “long”", pages=3, is_open=True, extra={"a": [1, None]}, shelf=shelf, key="0" * 32)
    Book.objects.create(title="", extra=None, shelf=Shelf.objects.create(name="", number=None))


def test_the_json_is_the_serializers(books: None, django_assert_num_queries: Any) -> None:
    ours, plain = sent(BookSerializer, Book.objects.order_by("pk"))
    assert ours == plain
    assert len(ours) == 2 and "secret" not in ours[0]
    values, field_map = values_from(BookSerializer)
    viewset = make(values=values, field_map=field_map)
    with django_assert_num_queries(1):
        viewset().serialize(Book.objects.all())


def test_nothing_on_the_other_side_is_null(books: None) -> None:
    Book.objects.create(title="Loose")

    class Loose(BookSerializer):
        class Meta(BookSerializer.Meta):
            fields = ("id", "shelf", "where")  # type: ignore[assignment]

        shelf_name = None
        open = extra = secret = None  # type: ignore[assignment]

    ours, plain = sent(Loose, Book.objects.order_by("pk"))
    assert ours == plain
    assert ours[-1]["where"] is None and ours[-1]["shelf"] is None


def test_what_is_made_of_it() -> None:
    class Short(serializers.ModelSerializer[Book]):
        open = serializers.BooleanField(source="is_open")
        where = ShelfSerializer(source="shelf")

        class Meta:
            model = Book
            fields = ("title", "open", "where")

    values, field_map = values_from(Short)
    assert values == ("title", "is_open", "shelf__id", "shelf__number", "shelf_id")
    assert field_map["open"] == "is_open"
    inner = field_map["where"]
    assert isinstance(inner, Nested)
    assert (inner.null_if, inner.keys) == (
        "shelf_id",
        {"id": "shelf__id", "count": "shelf__number"},
    )


class Loud(serializers.CharField):
    def to_representation(self, value: Any) -> str:
        return f"{value}!"


class Marks(serializers.ModelSerializer[Mark]):
    class Meta:
        model = Mark
        fields = ("text",)


class Own(serializers.Serializer[Any]):
    title = serializers.CharField()

    def to_representation(self, instance: Any) -> Any:
        return {}


class Deep(serializers.Serializer[Any]):
    shelf = ShelfSerializer()


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (serializers.SerializerMethodField(), "worked out by a method"),
        (Marks(many=True, source="marks"), "is a list"),
        (serializers.PrimaryKeyRelatedField(many=True, read_only=True, source="tags"), "annotate_array_aggregate"),
        (serializers.ListField(source="extra"), "is a list"),
        (Loud(source="title"), "is a Loud"),
        (serializers.DecimalField(max_digits=5, decimal_places=1, source="pages"), "is a DecimalField"),
        (serializers.DateTimeField(format="%Y", source="written"), "is a DateTimeField"),
        (serializers.CharField(source="*"), "worked out by a method"),
        (Own(source="shelf"), "to_representation of its own"),
        (Deep(source="shelf"), "two deep"),
    ],
)
def test_what_is_no_column_is_refused_by_name(field: Any, message: str) -> None:
    made = type("Made", (serializers.Serializer,), {"other": serializers.CharField(), "wrong": field})
    with pytest.raises(TypeError, match=rf"kolibri\.E130: values_from\(Made\)\.wrong[\s\S]*{message}"):
        values_from(made)


def test_one_column_under_two_names_is_refused() -> None:
    class Twice(serializers.Serializer[Any]):
        title = serializers.CharField()
        label = serializers.CharField(source="title")

    with pytest.raises(TypeError, match=r"E130: values_from\(Twice\)\.label reads 'title', which 'title' takes away"):
        values_from(Twice)


def test_a_serializer_that_says_all_itself_is_refused() -> None:
    with pytest.raises(TypeError, match="to_representation is the serializer's own"):
        values_from(Own)


def test_model_fields_without_json_of_their_own_are_refused() -> None:
    class All(serializers.ModelSerializer[Book]):
        class Meta:
            model = Book
            fields = "__all__"

    with pytest.raises(TypeError, match=r"values_from\(All\)\.\w+ is a ModelField"):
        values_from(All)
