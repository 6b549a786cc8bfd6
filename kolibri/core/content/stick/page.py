"""The page on a stick that says where to click, in every language of the program and without any script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation


class OnStick(Protocol):
    """An installer that is on the stick."""

    @property
    def name(self) -> str:
        """Its file name."""

    @property
    def system(self) -> str:
        """The folder that it is in: windows, macos or linux."""

    @property
    def processor(self) -> str:
        """The processor that it is for, "" when that is not known."""

    @property
    def is_engine(self) -> bool:
        """Whether it is what old Windows lacks, and no program to be started."""


def render(installers: Iterable[OnStick], channels: Iterable[str], *, is_portable: bool = False) -> str:
    """Return the page as HTML that needs nothing beside it; `channels` are names.

    `is_portable`: whether a program is there that runs from the stick.
    """
    files: dict[str, list[OnStick]] = {}
    for one in sorted(installers, key=lambda one: one.name):
        if not one.is_engine:
            files.setdefault(one.name.rpartition(".")[2].lower(), []).append(one)
    languages = []
    for code, name in settings.LANGUAGES:
        with translation.override(code):
            facts = {"files": files, "channels": list(channels), "is_portable": is_portable}
            text = render_to_string("content/start_section.html", facts)
            direction = "rtl" if translation.get_language_bidi() else "ltr"
            languages.append({"code": code, "name": name, "direction": direction, "text": text})
    return render_to_string("content/start.html", {"languages": languages})
