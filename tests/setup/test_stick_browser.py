"""The wizard's page for a school that comes on a stick, in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from kolibri.core.device import services
from kolibri.core.tasks import engine
from tests.setup.test_browser import PHONE
from tests.setup.test_browser import address
from tests.setup.test_browser import browser
from tests.setup.test_browser import check
from tests.setup.test_browser import chromium
from tests.setup.test_browser import enter
from tests.setup.test_stick import let_in
from tests.setup.test_stick import old
from tests.setup.test_stick import stick

__all__ = ["address", "browser", "chromium", "old", "stick"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.desktop("a computer with a home of its own"),
]


def test_the_answer_appears_when_the_stick_is_back(browser, address, old, stick, tmp_path):
    page = enter(browser, address, viewport=PHONE)
    services.remember_answers("language", {"language": "en", "done": True}, language="en")
    page.goto(f"{address}/setup/bring/")
    page.get_by_role("link", name="Without a network").click()
    check(page, "1-ask", tmp_path)
    page.get_by_role("button", name="Ask, on the stick").click()
    expect(page.get_by_text("This computer has asked")).to_be_visible()
    let_in(old, stick)
    # Without a reload.
    expect(page.get_by_text("lets this computer join")).to_be_visible()
    check(page, "2-answered", tmp_path)
    page.get_by_role("button", name="Bring in the school").click()
    expect(page.get_by_text("The school is coming from the stick.")).to_be_visible()
    check(page, "3-coming", tmp_path)
    engine.run_queued()
    page.goto(f"{address}/setup/stick/")
    check(page, "4-sign-in", tmp_path)
    page.get_by_label("Username").fill("head")
    page.get_by_label("Password", exact=True).fill("chalk-slate")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/coach/**")
