"""The second door: `values` and `field_map` worked out from a serializer's fields.

    class LessonViewset(ReadOnlyValuesViewset[Lesson]):
        queryset = Lesson.objects.all()
        values, field_map = values_from(LessonSerializer)

The same plan is compiled from them, so a list costs what any values viewset's costs. Only what is a
column can be taken over; whatever a serializer works out row by row in Python is refused by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import Final
from typing import NoReturn

from rest_framework import serializers

from kolibri.core.values.plan import Nested

# Fields whose JSON is that of the column itself. A child of one may say something else, so it is not taken.
PLAIN: Final = frozenset(
    {
        serializers.BigIntegerField,
        serializers.BooleanField,
        serializers.CharField,
        serializers.ChoiceField,
        serializers.EmailField,
        serializers.FloatField,
        serializers.IntegerField,
        serializers.JSONField,
        serializers.RegexField,
        serializers.SlugField,
        serializers.URLField,
    }
)


def values_from(serializer: type[serializers.Serializer[Any]]) -> tuple[tuple[str, ...], dict[str, str | Nested]]:
    """Return `values` and `field_map` that give the JSON of `serializer`.

    Taken over are plain columns, `source` with a name or dots over foreign keys, a foreign key's id, and
    a serializer within over a foreign key (null where the key is); what is only written is left out.
    Moments are sent as every values viewset sends them: ISO 8601 with the offset of their own zone.

    Raises TypeError (E130), naming the field and what to write instead, for anything else.
    """
    where = f"values_from({serializer.__name__})"
    if serializer.to_representation is not serializers.Serializer.to_representation:
        _refuse(f"{where}.to_representation", "is the serializer's own; use `consolidate` or a callable in `field_map`")
    # Each value, and the field that takes it.
    taken: dict[str, str] = {}
    flat: dict[str, str | Nested] = {}
    nested: dict[str, str | Nested] = {}
    for name, field in _read(serializer()):
        at = f"{where}.{name}"
        if isinstance(field, serializers.BaseSerializer):
            nested[name] = inner = _nested(at, field)
            columns = dict.fromkeys(inner.sources)
        else:
            columns = {_column(at, field): None}
            flat.update((name, column) for column in columns if column != name)
        for column in columns:
            if column in taken:
                _refuse(at, f"reads {column!r}, which {taken[column]!r} takes away; write `field_map` out")
            taken[column] = name
    return tuple(taken), {**flat, **nested}


def _read(serializer: serializers.Serializer[Any]) -> Iterator[tuple[str, Any]]:
    fields: Mapping[str, Any] = serializer.fields
    return ((name, field) for name, field in fields.items() if not field.write_only)


def _column(at: str, field: Any) -> str:
    """Return the value that a field sends, as a path of the model."""
    source = ".".join(field.source_attrs)
    if isinstance(field, serializers.SerializerMethodField) or field.source == "*":
        _refuse(at, "is worked out by a method; annotate the queryset, or use a callable in `field_map`")
    if isinstance(field, serializers.ManyRelatedField | serializers.ListField):
        _refuse(at, "is a list; use `annotate_array_aggregate`")
    if type(field) is serializers.PrimaryKeyRelatedField and field.pk_field is None:
        return source.replace(".", "__")
    if type(field) is serializers.SlugRelatedField:
        return f"{source}.{field.slug_field}".replace(".", "__")
    is_moment = type(field) is serializers.DateTimeField and "format" not in field._kwargs  # type: ignore[attr-defined]
    if type(field) not in PLAIN and not is_moment:
        text = f"is a {type(field).__name__}, whose JSON may differ from the column's; use a callable in `field_map`"
        _refuse(at, text)
    return source.replace(".", "__")


def _nested(at: str, field: Any) -> Nested:
    if isinstance(field, serializers.ListSerializer):
        _refuse(at, "is a list; use `consolidate`, or `annotate_array_aggregate` for one column")
    if type(field).to_representation is not serializers.Serializer.to_representation:
        _refuse(at, "has a to_representation of its own; use a callable in `field_map`")
    relation = "__".join(field.source_attrs)
    keys = {}
    for name, inner in _read(field):
        if isinstance(inner, serializers.BaseSerializer):
            _refuse(f"{at}.{name}", "is an object two deep; send its columns in one object, or use a callable")
        keys[name] = f"{relation}__{_column(f'{at}.{name}', inner)}"
    return Nested(null_if=f"{relation}_id" if "__" not in relation else f"{relation}__pk", **keys)


def _refuse(at: str, text: str) -> NoReturn:
    raise TypeError(f"kolibri.E130: {at} {text}")
