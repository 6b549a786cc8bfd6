"""The window where the engine turns out to be another one than was decided on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import webview

from app.browser import Browser
from app.ending import Ending
from app.engine import Engine
from app.window import NoWindow
from app.window import Window


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    address = "http://127.0.0.1:9/"
    browser = Browser(tmp_path, lambda _path: address)
    yield Window(tmp_path, Engine.EDGE, address, lambda _path: address, browser, Ending())
    webview.windows.clear()


def test_internet_explorer_is_never_shown(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[object] = []
    windows_own = SimpleNamespace(renderer="mshtml", create_window=shown.append)
    monkeypatch.setattr(webview, "initialize", lambda _engine: windows_own)
    with pytest.raises(NoWindow, match="mshtml"):
        window.show()
    assert shown == []


def test_an_engine_that_cannot_be_loaded_is_no_crash(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_engine: str) -> object:
        raise webview.WebViewException("You must have pythonnet installed in order to use pywebview.")

    monkeypatch.setattr(webview, "initialize", fail)
    with pytest.raises(NoWindow, match="pythonnet"):
        window.show()
