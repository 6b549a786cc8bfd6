"""E131: a viewset that asks for permission, but lists rows that nothing has narrowed to the person.

A list has no object to ask about, so the object's own rule never runs for it. In the product's
own code the warning counts as an error (a test says so).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.urls import get_resolver

from kolibri.core.api import BaseValuesViewset
from kolibri.core.auth.requests import KolibriAuthPermissions
from kolibri.core.auth.requests import KolibriAuthPermissionsFilter
from kolibri.core.auth.requests import is_scoped
from kolibri.core.values.viewsets import registry


@checks.register("kolibri")
def check_narrowed(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Return E131 for each viewset whose lists are not narrowed to what the person may read."""
    # Viewsets are made when the addresses are read.
    get_resolver().url_patterns  # noqa: B018
    return [message for viewset in registry for message in check_viewset(viewset)]


def check_viewset(viewset: type[BaseValuesViewset[Any]]) -> Iterator[checks.CheckMessage]:
    """Return what is wrong with one viewset's permissions."""
    if not any(_is(part, KolibriAuthPermissions) for part in viewset.permission_classes):
        return
    if any(_is(part, KolibriAuthPermissionsFilter) for part in viewset.filter_backends):
        return
    if is_scoped(viewset.get_queryset):
        return
    text = f"{viewset.plan.where} has KolibriAuthPermissions, but nothing narrows its lists to the person"
    hint = (
        "Add KolibriAuthPermissionsFilter to filter_backends, or mark a get_queryset that narrows them itself @scoped."
    )
    yield checks.Warning(text, hint=hint, id="kolibri.E131")


def _is(part: Any, wanted: type) -> bool:
    # A permission joined with & or | is no class, and proves nothing.
    return isinstance(part, type) and issubclass(part, wanted)
