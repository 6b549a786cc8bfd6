"""Screens in a real browser: the product's own listeners, Debian's chromium, axe.

A folder's conftest imports the fixtures; a test asks for `visit`, opens pages and calls `check`.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser
from playwright.sync_api import Page
from playwright.sync_api import expect
from playwright.sync_api import sync_playwright

from kolibri.core.auth.models import FacilityUser
from kolibri.core.content.importer import Import
from kolibri.core.device.models import DeviceSettings
from kolibri.server.listeners import Listeners
from tests import browsers
from tests.core.content.conftest import Watching
from tests.patience import PATIENCE
from tests.schools import School
from tests.schools import make_school
from tests.sticks import Stick

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 640}
# How each screen is looked at: its size, and whether its text runs from right to left.
LOOKS = {"wide": (WIDE, False), "phone": (PHONE, False), "wide-rtl": (WIDE, True), "phone-rtl": (PHONE, True)}

Visit = Callable[..., Page]


def bring(stick: Stick, home: Path) -> None:
    """Import a stick's channels without a job."""
    Import(stick.content, home, Watching()).run(stick.channel_ids)


@pytest.fixture
def computer(tmp_path: Path, settings) -> Path:
    """A home of its own with nothing attached."""
    settings.KOLIBRI_HOME = tmp_path / "home"
    settings.KOLIBRI_HOME.mkdir()
    settings.KOLIBRI_EXTRA_DRIVES = []
    return settings.KOLIBRI_HOME


@pytest.fixture
def open_school(transactional_db: None) -> School:
    """The school, written for the server's threads to see."""
    made = make_school()
    DeviceSettings(is_provisioned=True, default_facility=made.facility, language="en").save()
    return made


@pytest.fixture
def served(computer: Path, transactional_db: None) -> Iterator[Listeners]:
    """The listeners of a computer that no school is on yet."""
    served = Listeners(
        get_wsgi_application(),
        computer / "content",
        on_worker_exit=connections.close_all,
        addresses=lambda: ["127.0.0.1", "127.0.0.2"],
    )
    served.prepare()
    served.serve()
    yield served
    served.stop()


@pytest.fixture
def listeners(open_school: School, served: Listeners) -> Listeners:
    return served


# Playwright's own patience of 5 s is too little for a computer that does other things, too.
expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="module")
def chromium(django_db_setup: None) -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread; the tests' own queries are still plain ones.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = browsers.launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(chromium: Browser, listeners: Listeners, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    """Open a path of the window's listener as somebody, in one of the LOOKS; options are the browser's."""

    def visit(path: str, person: FacilityUser | None = None, look: str = "wide", **options) -> Page:
        size, rtl = LOOKS[look]
        monkeypatch.setattr("kolibri.ui.context.get_language_bidi", lambda: rtl)
        context = chromium.new_context(viewport=size, **options)
        origin = f"http://127.0.0.1:{listeners.port}"
        if person:
            client = Client()
            client.force_login(person)
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": origin}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(f"{origin}{path}")
        return page

    yield visit
    for context in chromium.contexts:
        context.close()


def check(page: Page, name: str, folder: Path) -> None:
    """Keep a picture of the page, look at it with axe, and for anything that must be scrolled sideways."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    # A button on its way from one colour to another has the contrast of neither.
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document)")["violations"]
    faults = [f"{rule['id']}: {node['html']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]
    assert faults == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
