"""Every code that the source can send, read from the source and from the serializers as they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core import validators
from django.urls import URLPattern
from django.urls import URLResolver
from django.urls import get_resolver
from django.utils import translation
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs" / "api-errors.md"

# Names under which the source keeps codes: `{status: code}`, and `{code: sentence}`.
_VALUES = ("CODES", "_CODES")
_KEYS = ("_FILE_REASONS",)
# What REST framework raises by itself, in the words of `kolibri.core.values.errors`.
_RAISED = (
    exceptions.NotAuthenticated,
    exceptions.ParseError,
    exceptions.MethodNotAllowed,
    exceptions.NotAcceptable,
    exceptions.UnsupportedMediaType,
    exceptions.NotFound,
)
_SAME = {"parse_error": "invalid", "permission_denied": "refused"}


def _texts(nodes: Iterator[ast.AST | None] | list[Any]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            yield node.value


def _names(node: ast.AST) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [ast.unparse(target) for target in targets]


def in_source(text: str) -> set[str]:
    """Return the codes that a module names: `code="x"`, `code = "x"` of a class, `fail("x")`, and kept tables."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            found.update(_texts([word.value for word in node.keywords if word.arg in ("code", "error_code")]))
            if ast.unparse(node.func) == "self.fail":
                found.update(_texts(node.args[:1]))
        elif isinstance(node, ast.ClassDef):
            for line in node.body:
                if "code" in _names(line):
                    found.update(_texts([getattr(line, "value", None)]))
        value = getattr(node, "value", None)
        if isinstance(value, ast.Dict):
            if set(_names(node)) & set(_VALUES):
                found.update(_texts(value.values))
            elif {name.rpartition(".")[2] for name in _names(node)} & set(_KEYS):
                found.update(_texts(value.keys))
    return found


def of_source() -> dict[str, set[str]]:
    """Return each code of the program's own source with the modules that name it."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "kolibri").rglob("*.py")):
        for code in in_source(path.read_text("utf-8")):
            found.setdefault(code, set()).add(path.relative_to(ROOT).as_posix())
    return found


def _views(resolver: URLResolver) -> Iterator[Any]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(pattern)
        elif isinstance(pattern, URLPattern):
            yield getattr(pattern.callback, "cls", None)


def _fields(field: Any) -> Iterator[Any]:
    yield field
    if isinstance(field, serializers.Serializer):
        for inner in field.fields.values():
            if not inner.read_only:
                yield from _fields(inner)
    if hasattr(field, "child"):
        yield from _fields(field.child)


def _serializers(kind: type[Any] = serializers.Serializer) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        if one.__module__.startswith("kolibri."):
            yield one
        yield from _serializers(one)


def input_fields() -> list[Any]:
    """Return every field of every serializer that reads what people and programs send."""
    get_resolver().url_patterns  # noqa: B018  (imports the views with their serializers)
    return [field for kind in {*_serializers()} for field in _fields(kind())]


def _filter_fields() -> list[Any]:
    found: list[Any] = []
    for view in {view for view in _views(get_resolver()) if hasattr(view, "filter_backends")}:
        if DjangoFilterBackend in view.filter_backends:
            filters = DjangoFilterBackend().get_filterset_class(view(), view.queryset)
            found += [one.field for one in filters.base_filters.values()] if filters else []
    return found


def messages() -> set[str]:
    """Return every sentence that a field may send by itself, as it is before it is translated."""
    with translation.override(None):
        found = {str(words) for field in input_fields() for words in field.error_messages.values()}
        # The other validators' words are made of those of their fields.
        plain = (validators.ProhibitNullCharactersValidator, ProhibitSurrogateCharactersValidator)
        every = [validator for field in input_fields() for validator in field.validators]
        return found | {str(validator.message) for validator in every if isinstance(validator, plain)}


def _of_field(field: Any) -> set[str]:
    # Each field has words for all that it knows of; it uses those that it was made for.
    unused = {"max_length", "min_length", "max_value", "min_value"}
    unused |= {"required"} if not getattr(field, "required", False) else set()
    unused |= {"null"} if getattr(field, "allow_null", False) else set()
    unused |= {"blank"} if getattr(field, "allow_blank", False) else set()
    unused |= {"empty"} if getattr(field, "allow_empty", False) else set()
    own = {str(getattr(validator, "code", "") or "invalid") for validator in field.validators}
    return (set(field.error_messages) - unused) | own


def of_fields() -> set[str]:
    """Return the codes that fields, filters and their validators send by themselves."""
    return set().union(*(_of_field(field) for field in [*input_fields(), *_filter_fields()]))


def sent() -> set[str]:
    """Return every code that can leave the program."""
    raised = {_SAME.get(kind.default_code, kind.default_code) for kind in _RAISED}
    return set(of_source()) | of_fields() | raised


def documented() -> list[str]:
    """Return the codes of the tables in the docs, in their order."""
    rows = [line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| `")]
    return [row.split("`")[1] for row in rows]
