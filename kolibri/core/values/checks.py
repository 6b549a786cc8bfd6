"""What is wrong with a viewset's names, told before anybody asks it anything.

| code | what |
|---|---|
| E101 | a value is no field of the model and no annotation |
| E103 | a value crosses a to-many relation and would repeat rows |
| W104 | an annotation that nobody reads |
| E105 | `annotate_queryset` fails |
| W109 | writes without a serializer |
| E111, E112 | `field_map` reads what is not there, or overwrites what is |
| E121 | `consolidate` fails for, or does not return, an empty list |
| W122 | `consolidate` asks the database about no items |

The shape of the declarations (E100, E102, E110, E113, E121) is checked when the class is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from django.core import checks
from django.db import connections
from django.http import HttpRequest
from django.urls import get_resolver
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from kolibri.core.values.paths import UnknownName
from kolibri.core.values.paths import follow
from kolibri.core.values.plan import closest
from kolibri.core.values.viewsets import BaseValuesViewset
from kolibri.core.values.viewsets import ValuesViewset
from kolibri.core.values.viewsets import registry

Viewset = type[BaseValuesViewset[Any]]


class _Asked(Exception):
    """A query was about to be made."""


def _refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> None:
    raise _Asked(sql)


@checks.register("kolibri")
def check_viewsets(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check every viewset's names against its model, without a query."""
    # Viewsets are made when the addresses are read.
    get_resolver().url_patterns  # noqa: B018
    return [message for viewset in registry for message in check_viewset(viewset)]


def check_viewset(viewset: Viewset) -> list[checks.CheckMessage]:
    """Return what is wrong with one viewset's declarations."""
    found: list[checks.CheckMessage] = [checks.Error(fault.text, id=fault.code) for fault in viewset.plan.faults]
    found += _writes(viewset)
    queryset: Any = getattr(viewset, "queryset", None)
    if queryset is None:
        return found
    view = _view(viewset)
    name = viewset.plan.where
    try:
        annotated = view.annotate_queryset(queryset.none())
        added = set(annotated.query.annotations)
    except Exception as error:
        text = f"{name}.annotate_queryset failed on an empty queryset: {type(error).__name__}: {error}"
        return [*found, checks.Error(text, id="kolibri.E105")]
    found += _values(viewset, queryset.model, added)
    for annotation in sorted(added - set(viewset.plan.values) - set(queryset.query.annotations)):
        text = f"{name}.annotate_queryset adds {annotation!r}, which is not in values"
        found.append(checks.Warning(text, id="kolibri.W104"))
    return [*found, *_consolidate(view, annotated)]


def _view(viewset: Viewset) -> BaseValuesViewset[Any]:
    """Return the viewset as it stands before somebody who has not signed in."""
    view = viewset()
    view.request = Request(HttpRequest())
    view.args, view.kwargs, view.format_kwarg = (), {}, None
    return view


def _writes(viewset: Viewset) -> Iterator[checks.CheckMessage]:
    if not issubclass(viewset, ValuesViewset) or viewset.get_serializer_class is not ValuesViewset.get_serializer_class:
        return
    if viewset.serializer_class is None or viewset.serializer_class is Serializer:
        text = f"{viewset.plan.where} accepts writes but has no serializer_class"
        yield checks.Warning(text, id="kolibri.W109")


def _values(viewset: Viewset, model: Any, added: set[str]) -> Iterator[checks.CheckMessage]:
    for value in viewset.plan.values:
        if value in added:
            continue
        try:
            many = follow(model, value).many
        except UnknownName as error:
            # The nearest of what annotate_queryset adds, where the model has nothing near.
            near = "" if "did you mean" in str(error) else closest(value, added)
            text = f"{viewset.plan.where}.values: there is no {value!r}: {error}{near}"
            yield checks.Error(text, id="kolibri.E101")
            continue
        if many and not viewset.multi_valued:
            text = f"{viewset.plan.where}.values: {value!r} crosses a to-many relation and would repeat rows"
            hint = "Aggregate it with annotate_array_aggregate, or set multi_valued and put the rows together."
            yield checks.Error(text, hint=hint, id="kolibri.E103")


def _consolidate(view: BaseValuesViewset[Any], queryset: Any) -> Iterator[checks.CheckMessage]:
    if type(view).consolidate is BaseValuesViewset.consolidate:
        return
    name = f"{type(view).plan.where}.consolidate"
    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(_refuse))
        try:
            items: Any = view.consolidate([], queryset)
        except _Asked:
            yield checks.Warning(f"{name} asks the database about no items", id="kolibri.W122")
            return
        except Exception as error:
            text = f"{name} failed for an empty list: {type(error).__name__}: {error}"
            yield checks.Error(text, id="kolibri.E121")
            return
    if items is None:
        yield checks.Error(f"{name} returned None for an empty list; it must return the items", id="kolibri.E121")
