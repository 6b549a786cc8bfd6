"""A viewset that forgets to narrow its rows is told of before anybody asks it anything."""

from typing import Any

import pytest
from django.core import checks
from django.db.models import QuerySet
from django.urls import get_resolver

from kolibri.core.api import ReadOnlyValuesViewset
from kolibri.core.auth.api import KolibriAuthPermissions
from kolibri.core.auth.api import KolibriAuthPermissionsFilter
from kolibri.core.auth.checks import check_viewset
from kolibri.core.auth.models import Collection
from kolibri.core.auth.requests import scoped
from kolibri.core.values.viewsets import registry


class Forgetful(ReadOnlyValuesViewset[Collection]):
    queryset = Collection.objects.order_by("id")
    permission_classes: Any = (KolibriAuthPermissions,)
    filter_backends: Any = ()
    values = ("id",)


class Own(KolibriAuthPermissions):
    pass


class ForgetfulChild(Forgetful):
    permission_classes = (Own,)


class Narrowed(Forgetful):
    filter_backends = (KolibriAuthPermissionsFilter,)


class Marked(Forgetful):
    @scoped
    def get_queryset(self) -> QuerySet[Any]:
        return Collection.objects.none()


class Unmarked(Forgetful):
    def get_queryset(self) -> QuerySet[Any]:
        return Collection.objects.all()


class MarkedThenForgotten(Marked):
    def get_queryset(self) -> QuerySet[Any]:
        return Collection.objects.all()


@pytest.mark.acceptance("K6")
@pytest.mark.parametrize("viewset", [Forgetful, ForgetfulChild, Unmarked, MarkedThenForgotten])
def test_a_forgotten_filter_is_named(viewset: type[Forgetful]) -> None:
    (found,) = check_viewset(viewset)
    assert found.id == "kolibri.E131" and found.level == checks.WARNING
    assert viewset.__name__ in found.msg


@pytest.mark.acceptance("K6")
@pytest.mark.parametrize("viewset", [Narrowed, Marked])
def test_narrowed_rows_pass(viewset: type[Forgetful]) -> None:
    assert list(check_viewset(viewset)) == []


@pytest.mark.acceptance("K6")
def test_our_own_code_has_no_warning() -> None:
    assert get_resolver().url_patterns
    ours = [viewset for viewset in registry if viewset.__module__.startswith("kolibri.")]
    assert ours and [message for viewset in ours for message in check_viewset(viewset)] == []
    told = {message.id for message in checks.run_checks(tags=["kolibri"])}
    assert "kolibri.E131" in told, "the check is not registered: this module's own viewsets are not told of"
