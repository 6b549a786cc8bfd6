"""A learner's phone: Debian's Chromium with a small screen that is touched, on the school's network."""

from __future__ import annotations

import ipaddress
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page
from playwright.sync_api import Playwright
from playwright.sync_api import expect

from kolibri.server.addresses import class_addresses
from tests import browsers
from tests.end_to_end.hands import Trouble
from tests.patience import PATIENCE

SCREEN = {"width": 360, "height": 640}
# Lent to a computer that is on no network, for as long as the test runs.
LENT = "10.77.77.77"


@contextmanager
def network() -> Iterator[None]:
    """See to it that the computer has an address that a class could use; skips where it cannot have one."""
    if class_addresses():
        yield
        return
    if os.geteuid() != 0 or subprocess.run(["ip", "address", "add", f"{LENT}/32", "dev", "lo"]).returncode:
        pytest.skip("this computer is on no network, and none can be made for it")
    try:
        yield
    finally:
        subprocess.run(["ip", "address", "delete", f"{LENT}/32", "dev", "lo"], check=True)


@contextmanager
def phones(playwright: Playwright) -> Iterator[Browser]:
    """Yield the browser that all phones run in, each in a context of its own."""
    browser = browsers.launch(playwright, browsers.WHOLE)
    try:
        yield browser
    finally:
        browser.close()


def switch_on(browser: Browser, trouble: Trouble) -> BrowserContext:
    """Return a phone that has never been here."""
    context = browser.new_context(viewport=SCREEN, is_mobile=True, has_touch=True, device_scale_factor=2, locale="en")
    context.set_default_timeout(PATIENCE * 1000)
    trouble.watch(context)
    return context


def sign_in(phone: BrowserContext, address: str, username: str) -> Page:
    """Open the address that the teacher shows, and sign in as learners do: by pressing the own name."""
    assert not ipaddress.ip_address(address.split("//")[1].split(":")[0]).is_loopback
    page = phone.new_page()
    page.goto(address)
    page.locator(f"button[name=username][value={username}]").tap()
    page.wait_for_url("**/learn/")
    return page


def does_not_scroll_sideways(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} scrolls sideways"


def plays(page: Page, kind: str) -> None:
    """Press play by the keyboard's space, as the engine's own controls take it, and see that time goes on."""
    player = page.locator(kind)
    expect(player).to_be_visible()
    known = page.wait_for_function(
        "kind => { const player = document.querySelector(kind);"
        " return player.error ? `error ${player.error.code}: ${player.error.message}` : player.readyState && 'yes'; }",
        arg=kind,
    ).json_value()
    assert known == "yes"
    assert player.evaluate("player => player.paused && player.duration > 3")
    player.focus()
    player.press("Space")
    page.wait_for_function(
        "kind => { const player = document.querySelector(kind); return !player.paused && player.currentTime > 0.5; }",
        arg=kind,
    )


def seeks(page: Page, kind: str, seconds: float) -> None:
    """Jump ahead: the engine asks for the middle of the file."""
    page.locator(kind).evaluate("(player, seconds) => { player.currentTime = seconds; }", seconds)
    page.wait_for_function(
        "([kind, seconds]) => { const player = document.querySelector(kind);"
        " return !player.seeking && player.currentTime >= seconds; }",
        arg=[kind, seconds],
    )


def has_ink(page: Page) -> None:
    """See that a page of the PDF is drawn: its canvas is not of one colour."""
    page.locator(".pdf[data-ready=yes] canvas").first.wait_for()
    page.wait_for_function(
        """() => { const canvas = document.querySelector(".pdf canvas");
        const dots = new Uint32Array(
          canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
        return dots.some((dot) => dot !== dots[0]); }"""
    )
