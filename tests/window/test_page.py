"""What a page can do in Qt's window, and what it cannot."""

from __future__ import annotations

import inspect
import os
import subprocess
from pathlib import Path

import pytest

from tests.patience import until

pytestmark = [pytest.mark.window, pytest.mark.timeout(180)]


def test_a_file_is_saved_where_the_person_says(open_window, screen: str, tmp_path: Path) -> None:
    person = tmp_path / "person"
    person.mkdir()
    window = open_window(HOME=str(person), XDG_CONFIG_HOME=str(person / ".config"))
    # The element stays attached, and the dialog belongs to the window: both as with a real link.
    window.page.evaluate(
        """() => {
            const link = document.createElement("a");
            link.href = document.querySelector("link[rel=icon]").href;
            link.download = "drawing.svg";
            document.body.append(link);
            setTimeout(() => link.click(), 0);
        }"""
    )
    environment = {**os.environ, "DISPLAY": screen}

    def dialog() -> str:
        command = ["xdotool", "search", "--name", "^Save file$"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout.strip()

    shown = until(dialog, "the dialog that asks where").split()[-1]
    subprocess.run(["xdotool", "windowactivate", "--sync", shown, "key", "Return"], env=environment, check=True)
    saved = until(lambda: next(iter(person.glob("*.svg")), None), "the saved file")
    until(lambda: saved.stat().st_size > 100, "the whole file")
    assert saved.name == "drawing.svg"
    assert saved.read_bytes().startswith(b"<svg")


def test_printing_gives_a_pdf_to_the_person_s_own_viewer(open_window, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    opener, shown = tools / "xdg-open", tmp_path / "shown"
    opener.write_text(f'#!/bin/sh\ncp "$1" "{shown}"\n')
    opener.chmod(0o755)
    window = open_window(PATH=f"{tools}:{os.environ['PATH']}")
    window.page.evaluate("() => { setTimeout(() => window.print(), 0); }")
    until(lambda: shown.exists() and shown.stat().st_size > 1000, "the printed page")
    assert shown.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/", "http://localhost/", "file:///etc/passwd", "data:text/html,x"]
)
def test_the_window_goes_nowhere_else(open_window, address: str) -> None:
    page = open_window().page
    home = page.url
    page.evaluate("address => { setTimeout(() => { location.href = address; }, 0); }", address)
    # A second, allowed wish shows that the first has been dealt with.
    page.wait_for_timeout(500)
    assert page.url == home
    assert page.get_by_role("heading", name="Welcome").is_visible()


def test_a_film_fills_the_screen_and_leaves_it_again(open_window) -> None:
    page = open_window().page
    before = page.evaluate("[innerWidth, innerHeight]")
    page.evaluate("document.querySelector('h1').onclick = () => document.documentElement.requestFullscreen()")
    page.get_by_role("heading", name="Welcome").click()
    page.wait_for_function("document.fullscreenElement && innerWidth === screen.width && innerHeight === screen.height")
    page.evaluate("document.exitFullscreen()")
    page.wait_for_function("size => !document.fullscreenElement && innerWidth === size[0]", arg=before)


def test_pages_find_no_way_into_the_program(open_window) -> None:
    page = open_window().page
    assert page.evaluate("() => Object.keys((window.pywebview && window.pywebview.api) || {})") == []


def test_pywebview_still_cannot_save_or_print() -> None:
    """When this fails pywebview has mended it: then app/downloads.py or app/printing.py may go."""
    from webview.platforms import qt

    source = inspect.getsource(qt)
    assert ".setPath(" in inspect.getsource(qt.BrowserView.on_download_requested)
    assert "printRequested" not in source
