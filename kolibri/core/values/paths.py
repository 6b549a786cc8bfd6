"""What a `values` name means on its model: where it leads, and which names are one column."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.db import connections
from django.db import models

from kolibri.core.values.plan import closest


class Path(NamedTuple):
    """A name such as `collection__parent_id`, followed to its end.

    `column` is the same text for all names of one column; `field` is the last model field.
    """

    column: str
    field: Any
    many: bool
    nullable: bool


class UnknownName(FieldDoesNotExist):
    """A part of a path is no field; the message holds the nearest name."""


def _part(model: Any, part: str) -> Any:
    if part == "pk":
        return model._meta.pk
    by_column = (field for field in model._meta.concrete_fields if field.attname == part)
    return next(by_column, None) or model._meta.get_field(part)


def follow(model: type[models.Model], name: str) -> Path:
    """Follow `name` from `model`. Raises UnknownName."""
    many = nullable = False
    at: Any = model
    last: Any = None
    hops: list[str] = []
    for part in name.split("__"):
        if at is None:
            # A transform of the last column, or a key of a JSON one.
            if last.get_transform(part) is None:
                raise UnknownName(f"{name!r} goes on after the column {last.name!r}")
            hops.append(part)
            continue
        try:
            field = _part(at, part)
        except FieldDoesNotExist:
            names = [one.name for one in at._meta.get_fields()]
            raise UnknownName(f"{at.__name__} has no field {part!r}{closest(part, names)}") from None
        many = many or bool(field.one_to_many or field.many_to_many)
        nullable = nullable or bool(getattr(field, "null", True))
        # The relation is named by its column where nothing of the other table is read.
        if _is_key_of(field, last):
            hops[-1] = last.attname
        else:
            hops.append(field.name)
            last = field
        at = field.related_model if field.is_relation and part == field.name else None
    if last is not None and last.concrete and hops[-1] == last.name:
        hops[-1] = last.attname
    return Path("__".join(hops), last, many, nullable)


def _is_key_of(field: Any, relation: Any) -> bool:
    """Return whether `field` is what the foreign key `relation` holds: its column is the key's own."""
    return bool(
        relation is not None
        and relation.is_relation
        and relation.concrete
        and (relation.many_to_one or relation.one_to_one)
        and relation.target_field == field
    )


def key_of(field: Any, text: Any, using: str = "default") -> Any:
    """Return `text` as the column holds it. Raises ValueError when it cannot be a value of `field`."""
    target = getattr(field, "target_field", field)
    if isinstance(text, str) and "\x00" in text:
        raise ValueError("a null character")
    try:
        return target.get_db_prep_value(target.to_python(text), connections[using])
    except Exception as error:
        raise ValueError(f"{text!r} is no value of {target}") from error
