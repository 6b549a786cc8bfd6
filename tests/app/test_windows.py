"""What Windows' registry says about the window's engine, and what is made of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.platforms import linux
from app.platforms.windows import address_of
from app.platforms.windows import lacking
from app.platforms.windows import missing_in_registry

NUMBER = "{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"
FOR_ALL = ("machine", rf"SOFTWARE\WOW6432Node\Microsoft\EdgeUpdate\Clients\{NUMBER}", "pv")
FOR_ONE = ("person", rf"SOFTWARE\Microsoft\EdgeUpdate\Clients\{NUMBER}", "pv")
DOTNET = ("machine", r"SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full", "Release")
NEW, NEW_DOTNET = "131.0.2903.70", 528_040


@pytest.mark.parametrize(
    ("versions", "release", "missing"),
    [
        ([NEW, None], NEW_DOTNET, ""),
        ([None, NEW], NEW_DOTNET, ""),
        (["0.0.0.0", NEW], NEW_DOTNET, ""),
        (["86.0.622.0"], 394_802, ""),
        ([], NEW_DOTNET, "WebView2"),
        ([None, None], NEW_DOTNET, "WebView2"),
        (["", "0.0.0.0"], NEW_DOTNET, "WebView2"),
        # Older than pywebview takes: it would show Internet Explorer.
        (["85.0.564.0"], NEW_DOTNET, "WebView2"),
        # Whatever else a registry may hold.
        (["unknown", 131, b"131", "²", "-131.0"], NEW_DOTNET, "WebView2"),
        ([NEW], None, ".NET Framework 4.6.2"),
        ([NEW], 394_801, ".NET Framework 4.6.2"),
        ([NEW], "528040", ".NET Framework 4.6.2"),
    ],
)
def test_what_is_missing(versions: list[object], release: object, missing: str) -> None:
    assert lacking(versions, release) == missing


class Registry:
    """Answers as the module winreg does, from a dictionary."""

    HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER = "machine", "person"

    def __init__(self, **kept: object) -> None:
        self._kept = {{"for_all": FOR_ALL, "for_one": FOR_ONE, "dotnet": DOTNET}[name]: kept[name] for name in kept}

    @contextlib.contextmanager
    def OpenKey(self, root: str, key: str) -> Iterator[tuple[str, str]]:
        if not any((root, key) == place[:2] for place in self._kept):
            raise FileNotFoundError(key)
        yield root, key

    def QueryValueEx(self, opened: tuple[str, str], name: str) -> tuple[object, int]:
        try:
            return self._kept[*opened, name], 1
        except KeyError:
            raise FileNotFoundError(name) from None


def test_the_places_where_it_stands() -> None:
    """The same two that pywebview reads: one that only we saw would bring Internet Explorer."""
    assert missing_in_registry(Registry(for_all=NEW, dotnet=NEW_DOTNET)) == ""
    assert missing_in_registry(Registry(for_one=NEW, dotnet=NEW_DOTNET)) == ""
    assert missing_in_registry(Registry(dotnet=NEW_DOTNET)) == "WebView2"
    assert missing_in_registry(Registry(for_all=NEW)) == ".NET Framework 4.6.2"
    assert missing_in_registry(Registry()) == "WebView2"


def test_a_file_in_a_folder_of_any_name_is_told_to_the_browser() -> None:
    """Windows takes %C3%A9 of a file's address for two letters of the computer's own alphabet."""
    file = Path("/home/Élève ወርቅ/run/open.html")
    assert address_of(file) == str(file)
    assert linux.address_of(file).startswith("file:///home/%C3%89l")
