"""Takes the pictures; run by `python -m tests.screenshots`, not with the tests."""

from __future__ import annotations

import html
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page

from kolibri.server.listeners import Listeners
from tests import every_screen
from tests.every_screen import SCREENS
from tests.every_screen import WIZARD
from tests.rich_school import RichSchool
from tests.schools import School
from tests.screens import chromium
from tests.screens import computer
from tests.screens import listeners
from tests.screens import open_school
from tests.screens import served
from tests.screenshots.__main__ import FOLDER
from tests.sticks import make_stick

__all__ = ["chromium", "computer", "listeners", "open_school", "served"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.django_db(transaction=True)]

SIZES = {"wide": {"width": 1280, "height": 800}, "phone": {"width": 360, "height": 740}}
THEMES = ("light", "dark")
# On a sheet: how many beside one another, how wide and how high each, and how many in all.
SHEETS = {"wide": (4, 480, 420, 12), "phone": (7, 250, 640, 14)}
ONLY = os.environ.get("KOLIBRI_SCREENS", "")


def take(page: Page, url: str, language: str, name: str) -> None:
    """Take one screen in each size and theme."""
    page.set_viewport_size({**SIZES["wide"]})
    page.goto(url)
    every_screen.settle(page)
    for size, pixels in SIZES.items():
        page.set_viewport_size({**pixels})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            every_screen.settle(page)
            where = FOLDER / f"{language}-{size}-{theme}" / f"{name}.png"
            page.screenshot(path=where, full_page=True)


def file_name(number: int, name: str) -> str:
    return f"{number:02}-" + name.removeprefix("kolibri:").replace(":", "-").replace("#", "-").strip("/")


@pytest.fixture
def rich(open_school: School, computer: Path, tmp_path: Path, settings: Any) -> RichSchool:
    settings.KOLIBRI_EXTRA_DRIVES = [make_stick(tmp_path / "BLUE STICK", channels=2).root]
    return RichSchool(open_school, make_stick(tmp_path / "stick", padding=30), computer)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_school(chromium: Browser, listeners: Listeners, rich: RichSchool, language: str) -> None:
    origin = f"http://127.0.0.1:{listeners.port}"
    pages: dict[str, Page] = {}
    for number, (name, opened) in enumerate(SCREENS.items(), 10):
        if ONLY not in name:
            continue
        who = every_screen.who_opens(rich, name)[0]
        if who not in pages:
            client = every_screen.signed_in(rich.people[who], at_window=who == "keeper")
            context = chromium.new_context(locale=language)
            context.add_cookies(every_screen.cookies_of(client, origin, language))
            pages[who] = context.new_page()
        url = origin + opened.path(name.partition("#")[0], rich.ids)
        take(pages[who], url, language, file_name(number, name))
    for page in pages.values():
        page.context.close()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_wizard(chromium: Browser, served: Listeners, language: str) -> None:
    origin = f"http://127.0.0.1:{served.port}"
    context = chromium.new_context(locale=language)
    context.add_cookies(every_screen.cookies_of(every_screen.in_the_wizard(language), origin, language))
    page = context.new_page()
    for number, name in enumerate(WIZARD):
        if ONLY in name:
            take(page, origin + every_screen.Opened().path(name, {}), language, file_name(number, name))
    context.close()


def sheets() -> Iterator[tuple[str, str, list[Path]]]:
    """Yield each sheet's name, its size of pictures and the pictures."""
    for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir()):
        size = folder.name.split("-")[1]
        pictures, most = sorted(folder.glob("*.png")), SHEETS[size][3]
        for first in range(0, len(pictures), most):
            yield f"sheet-{folder.name}-{first // most + 1}", size, pictures[first : first + most]


def test_the_sheets(chromium: Browser) -> None:
    page = chromium.new_page()
    for name, size, pictures in sheets():
        columns, width, height, _most = SHEETS[size]
        figures = "".join(
            f"<figure><figcaption>{html.escape(picture.stem)}</figcaption><img src='{picture.as_uri()}'></figure>"
            for picture in pictures
        )
        style = (
            f"body{{margin:8px;display:grid;grid-template-columns:repeat({columns},{width}px);gap:8px;background:#777}}"
            f"figure{{margin:0;height:{height}px;overflow:hidden}}figcaption{{font:13px sans-serif;color:#fff}}"
            "img{width:100%;display:block}"
        )
        source = FOLDER / f"{name}.html"
        source.write_text(f"<!doctype html><meta charset=utf-8><style>{style}</style>{figures}", "utf-8")
        page.set_viewport_size({"width": columns * (width + 8) + 8, "height": 400})
        page.goto(source.as_uri())
        page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
        source.unlink()
    page.close()
