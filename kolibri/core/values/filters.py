"""`?collection=<id>`: filters by key, without a query for the choices and with a 400 for what is no key."""

from __future__ import annotations

from typing import Any
from typing import Final

import django_filters
from django import forms
from django.db import models
from django_filters.rest_framework import DjangoFilterBackend
from django_filters.rest_framework import FilterSet
from morango.models.fields.uuids import UUIDField

from kolibri.core.uuid_field import INVALID
from kolibri.core.values.paths import key_of

# Of pages and order, which are no filters.
_NO_FILTERS: Final = frozenset({"page", "page_size", "cursor", "ordering", "format"})


class KeyField(forms.CharField):
    """The text of a key."""

    default_error_messages = {"invalid": INVALID}

    def __init__(self, *, column: Any, **kwargs: Any) -> None:
        self.column = column
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        try:
            return key_of(self.column, text)
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class KeyFilter(django_filters.Filter):  # type: ignore[misc]
    """Keeps the rows of one key; an id that does not exist gives none."""

    field_class = KeyField


def use_keys() -> None:
    """Make `filterset_fields` use `KeyFilter` for ids and foreign keys.

    The library's own filter reads the choices first, and so tells which of another school's ids exist.
    """
    found = {"filter_class": KeyFilter, "extra": lambda field: {"column": field}}
    for kind in (UUIDField, models.ForeignKey, models.OneToOneField):
        FilterSet.FILTER_DEFAULTS[kind] = found


def is_idle(backend: type, view: Any) -> bool:
    """Return whether `backend` would build its filters, with a form and its fields, for a request that names none."""
    if backend is not DjangoFilterBackend or getattr(view, "filterset_class", None) is not None:
        return False
    return _NO_FILTERS.issuperset(view.request.query_params) and _NO_FILTERS.isdisjoint(
        getattr(view, "filterset_fields", None) or ()
    )
