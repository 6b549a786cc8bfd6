"""The API's description (OpenAPI) from the viewsets' plans, for development only.

Nothing of a release imports this module: drf-spectacular is in the dev extra, and `kolibri.settings.dev`
alone names `ValuesSchema`.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable
from typing import Any

from django.db import models
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import UnableToProceedError
from drf_spectacular.plumbing import resolve_type_hint
from morango.models.fields.uuids import UUIDField
from rest_framework import serializers

from kolibri.core.fields import DateTimeTzField
from kolibri.core.values.pages import ValuesCursorPagination
from kolibri.core.values.pages import ValuesOrderingFilter
from kolibri.core.values.paths import follow
from kolibri.core.values.plan import Nested
from kolibri.core.values.viewsets import BaseValuesViewset

Schema = dict[str, Any]

ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
_ERROR: Schema = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("code", "field", "message")},
    "required": ["code", "field", "message"],
    "additionalProperties": False,
}
ERRORS: Schema = {
    "type": "object",
    "properties": {"errors": {"type": "array", "items": _ERROR, "minItems": 1}},
    "required": ["errors"],
    "additionalProperties": False,
}
_TYPES: tuple[tuple[type[Any], Schema], ...] = (
    (models.BooleanField, {"type": "boolean"}),
    (DateTimeTzField, {"type": "string", "format": "date-time"}),
    (models.DateTimeField, {"type": "string", "format": "date-time"}),
    (models.DateField, {"type": "string", "format": "date"}),
    (models.IntegerField, {"type": "integer"}),
    (models.FloatField, {"type": "number"}),
    (models.CharField, {"type": "string"}),
)
_POPPED = re.compile(r"""\.pop\(\s*["'](\w+)["']""")
_WRITES = ("POST", "PUT", "PATCH")


def field_schema(field: Any) -> Schema:
    """Return the JSON schema of a column; an empty one, which holds for anything, where the column does not tell."""
    element = getattr(field, "element", None)
    if element is not None:
        return {"type": "array", "items": field_schema(getattr(element, "output_field", element))}
    target = getattr(field, "target_field", field)
    if isinstance(target, UUIDField):
        return dict(ID)
    # JSON is kept as text: only plain text is told as such.
    if type(target) is models.TextField:
        return {"type": "string"}
    return next((dict(schema) for kind, schema in _TYPES if isinstance(target, kind)), {})


def or_null(schema: Schema) -> Schema:
    """Return the schema that holds for null, too."""
    return {**schema, "nullable": True} if schema else schema


def item_schema(viewset: type[BaseValuesViewset[Any]]) -> Schema:
    """Return the JSON schema of one item of the viewset, with exactly the keys that are sent.

    `shapes` of the viewset names the types of keys that no column tells: JSON, and what `consolidate` adds.
    """
    queryset: Any = viewset.queryset
    annotations = viewset().annotate_queryset(queryset.none()).query.annotations
    keys: dict[str, Schema] = {}
    for value in viewset.plan.values:
        if value in annotations:
            keys[value] = field_schema(annotations[value].output_field)
        else:
            path = follow(queryset.model, value)
            schema = field_schema(path.field)
            keys[value] = or_null(schema) if path.nullable else schema
    for target, step in viewset.field_map.items():
        keys = _after(keys, target, step)
    keys.update((name, _hint(shape)) for name, shape in viewset.shapes.items())
    return {"type": "object", "properties": keys, "required": list(keys), "additionalProperties": False}


def _after(keys: dict[str, Schema], target: str, step: str | Nested | Callable[..., Any]) -> dict[str, Schema]:
    """Return the keys as one step of a `field_map` leaves them."""
    if isinstance(step, str):
        found, gone = keys[step], {step}
    elif isinstance(step, Nested):
        inner = {name: keys[source] for name, source in step.keys.items()}
        found = {"type": "object", "properties": inner, "required": list(inner), "additionalProperties": False}
        found, gone = (or_null(found) if step.null_if else found), set(step.sources)
    else:
        found, gone = _hint(typing.get_type_hints(step).get("return", Any)), _popped(step)
    return {**{name: schema for name, schema in keys.items() if name not in gone}, target: found}


def _popped(step: Callable[..., Any]) -> set[str]:
    try:
        return set(_POPPED.findall(inspect.getsource(step)))
    except (OSError, TypeError):
        return set()


def _hint(hint: Any) -> Schema:
    try:
        return typing.cast(Schema, _closed(resolve_type_hint(hint)))  # type: ignore[no-untyped-call]
    except UnableToProceedError:
        return {}


def _closed(schema: Any) -> Any:
    """Return the schema with objects of named keys having no others."""
    if isinstance(schema, dict) and "properties" in schema:
        return {**schema, "additionalProperties": False}
    if isinstance(schema, dict) and "items" in schema:
        return {**schema, "items": _closed(schema["items"])}
    return schema


class OwnSessionScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """The session's cookie, as our own class reads it."""

    target_class = "kolibri.core.values.sessions.SessionAuthentication"


class RecordFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A reference to a record is its id."""

    target_class = "kolibri.core.auth.serializers.RecordField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Schema:
        return dict(ID)


class ModelFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A column that REST framework has no field for."""

    target_class = serializers.ModelField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Schema:
        return field_schema(self.target.model_field)


class ValuesSchema(AutoSchema):
    """Describes values viewsets by their plan, and every answer's errors in the one shape."""

    # A viewset wherever `_planned` says so.
    view: Any

    def get_operation_id(self) -> str:
        words = [part for part in re.split(r"\W+", self.path) if part and part != "api"]
        return "_".join([*words, getattr(self.view, "action", None) or self.method.lower()])

    def get_tags(self) -> list[str]:
        return [self.path.strip("/").split("/")[1]]

    def get_filter_backends(self) -> list[Any]:
        return []

    def _is_list_view(self, serializer: Any = None) -> bool:
        # Lists are described whole by `_list`, in their three forms.
        return False

    def _resolve_path_parameters(self, variables: list[str]) -> list[Any]:
        # Any text: a malformed id is a 404 as an unknown one is.
        return [{"in": "path", "name": name, "required": True, "schema": {"type": "string"}} for name in variables]

    def _planned(self) -> bool:
        actions = ("list", "retrieve", "create", "update", "partial_update", "destroy")
        return hasattr(type(self.view), "plan") and self.view.action in actions

    def _get_parameters(self) -> list[Any]:
        found: list[Any] = super()._get_parameters()
        if not (self._planned() and self.view.action == "list"):
            return found
        names: dict[str, Schema] = {"page_size": {"type": "integer", "minimum": 1}}
        if issubclass(self.view.pagination_class, ValuesCursorPagination):
            names["cursor"] = {"type": "string"}
        else:
            names["page"] = {"type": "integer", "minimum": 1}
        for backend in self.view.filter_backends:
            if issubclass(backend, ValuesOrderingFilter):
                names["ordering"] = self._ordering()
            elif hasattr(backend, "get_filterset_class"):
                filters = backend().get_filterset_class(self.view, self.view.queryset)
                names.update(dict.fromkeys(filters.base_filters if filters else (), {"type": "string"}))
        return found + [{"in": "query", "name": name, "schema": schema} for name, schema in names.items()]

    def _ordering(self) -> Schema:
        public = sorted(self.view.plan.public_sources())
        allowed = "|".join(re.escape(name) for name in public)
        return {"type": "string", "pattern": f"^-?({allowed})(,-?({allowed}))*$"}

    def get_request_serializer(self) -> Any:
        if self.method not in _WRITES:
            return None
        if getattr(self.view, "serializer_class", None) is None:
            return {"application/json": {"type": "object"}}
        return super().get_request_serializer()

    def get_response_serializers(self) -> Any:
        codes = [400, 403, 404, 405, 406, 429]
        codes += [409, 413, 415] if self.method in _WRITES else []
        errors = dict.fromkeys(codes, ERRORS)
        if self.method == "DELETE":
            return {204: None, **errors}
        if not self._planned():
            told = getattr(self.view, "answer", None)
            return {200: _hint(told) if told is not None else {"type": "object"}, **errors}
        item = item_schema(type(self.view))
        if self.view.action == "list":
            return {200: self._list(item), 304: None, **errors}
        if self.view.action == "retrieve":
            return {200: item, 304: None, **errors}
        return {201 if self.view.action == "create" else 200: item, **errors}

    def _list(self, item: Schema) -> Schema:
        rows: Schema = {"type": "array", "items": item}
        if issubclass(self.view.pagination_class, ValuesCursorPagination):
            more = {"next": {"type": "string", "nullable": True}, "previous": {"type": "string", "nullable": True}}
        else:
            more = {"count": {"type": "integer"}, "total_pages": {"type": "integer"}}
        page: Schema = {
            "type": "object",
            "properties": {**more, "results": rows},
            "required": [*more, "results"],
            "additionalProperties": False,
        }
        # Without `page` and `page_size` the whole list is sent, unless the paginator has a size of its own.
        return page if self.view.pagination_class.page_size else {"oneOf": [rows, page]}
