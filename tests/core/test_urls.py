"""The API's addresses: a router in an app's `api_urls` is enough."""

from __future__ import annotations

import sys
import types

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from django.urls import clear_url_caches
from django.urls import get_script_prefix
from django.urls import include
from django.urls import path
from django.urls import reverse
from django.urls import set_script_prefix
from rest_framework import routers
from rest_framework.test import APIClient

from kolibri.core.lessons.api import LessonViewset
from kolibri.urls import api_of
from tests.schools import School

KEY = "0" * 32


def api_urls(monkeypatch: pytest.MonkeyPatch, app: str, basename: str) -> None:
    """An app of a test, its `api_urls` as the guide writes them."""
    router = routers.SimpleRouter()
    router.register(r"lesson", LessonViewset, basename=basename)
    module = types.ModuleType(f"{app}.api_urls")
    module.urlpatterns = [path("", include(router.urls))]  # type: ignore[attr-defined]
    module.__spec__ = types.SimpleNamespace(name=module.__name__)  # type: ignore[assignment]
    package = types.ModuleType(app)
    package.__path__ = []
    monkeypatch.setitem(sys.modules, app, package)
    monkeypatch.setitem(sys.modules, f"{app}.api_urls", module)


@pytest.mark.acceptance("L1")
def test_a_router_in_api_urls_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    api_urls(monkeypatch, "guide_one", "lesson")
    (found,) = api_of(["guide_one", "tests.guide", "django.contrib.auth"])
    names = {one.name for one in found.url_patterns}  # type: ignore[union-attr]
    assert names == {"lesson-list", "lesson-detail", "lesson-resources"}


@pytest.mark.acceptance("L2")
def test_names_are_found_and_every_app_is_asked() -> None:
    assert reverse("kolibri:core:lesson-list") == "/api/lesson/"
    assert reverse("kolibri:core:lesson-detail", args=[KEY]) == f"/api/lesson/{KEY}/"
    assert reverse("kolibri:core:facilityuser-list") == "/api/facilityuser/"
    assert reverse("kolibri:core:contentnode-list") == "/api/contentnode/"


@pytest.mark.acceptance("L2")
def test_two_apps_with_one_basename_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    api_urls(monkeypatch, "guide_one", "lesson")
    api_urls(monkeypatch, "guide_two", "lesson")
    api_urls(monkeypatch, "guide_three", "another")
    with pytest.raises(ImproperlyConfigured, match=r"guide_two.* and guide_one.*'lesson-detail'"):
        api_of(["guide_one", "guide_two"])
    assert len(api_of(["guide_one", "guide_three"])) == 2


prefixed = types.ModuleType("tests.core.prefixed_urls")
prefixed.urlpatterns = [path("north/", include("kolibri.urls"))]  # type: ignore[attr-defined]


@pytest.mark.acceptance("L3")
def test_names_are_found_below_a_prefix(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, prefixed.__name__, prefixed)
    client = APIClient()
    client.force_authenticate(school.coach)
    with override_settings(ROOT_URLCONF=prefixed.__name__):
        clear_url_caches()
        try:
            address = reverse("kolibri:core:lesson-list")
            assert address == "/north/api/lesson/"
            assert client.get(address).status_code == 200
            assert client.get("/api/lesson/").status_code == 404
        finally:
            clear_url_caches()


@pytest.mark.acceptance("L3")
def test_names_are_found_where_the_server_says_the_prefix(school: School) -> None:
    client = APIClient(SCRIPT_NAME="/north")
    client.force_authenticate(school.coach)
    before = get_script_prefix()
    try:
        # The rest of the path is told apart from the prefix by WSGI.
        assert client.get("/api/lesson/").wsgi_request.path == "/north/api/lesson/"
        set_script_prefix("/north/")
        assert reverse("kolibri:core:lesson-list") == "/north/api/lesson/"
    finally:
        set_script_prefix(before)
