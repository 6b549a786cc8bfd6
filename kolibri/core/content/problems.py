"""What was wrong on a stick, in a teacher's words.

A problem travels in a job's result as JSON, and is put into words when it is shown, so that
each person reads it in their own language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from dataclasses import dataclass
from typing import Any
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import ngettext

from kolibri.errors import BadInput
from kolibri.errors import KolibriError

SHOWN: Final = 200  # problems kept by name in a result; the rest are counted

_FILE_REASONS: Final[dict[str, Promise]] = {
    "missing": gettext_lazy("its file is not on the stick"),
    "bad_checksum": gettext_lazy("its file is damaged on the stick"),
    "short": gettext_lazy("its file is cut short on the stick"),
    "bad_name": gettext_lazy("its file has a name that is not safe"),
    "unreadable": gettext_lazy("its file cannot be read from the stick"),
    "not_a_book": gettext_lazy("it is not a book that can be read here"),
    "not_a_zip": gettext_lazy("its file is not a whole zip file"),
    "zip_escape": gettext_lazy("its zip file tries to write outside its own folder"),
    "zip_bomb": gettext_lazy("its zip file would fill the disk when it is opened"),
    "zip_locked": gettext_lazy("its zip file is locked with a password"),
    "zip_packing": gettext_lazy("its zip file is packed in a way that is not read here"),
}


class ChannelProblem(BadInput):
    """A whole channel cannot be read or imported; the message says why and what to do."""

    code = "channel"


class Older(ChannelProblem):
    """The stick has an earlier version of a channel than this computer."""

    code = "older"

    def __init__(self, name: str, here: int, stick: int) -> None:
        sentence = _(
            "This computer has a later version of “%(name)s” (%(here)d) than the stick (%(stick)d)."
            " Nothing was changed."
        )
        super().__init__(sentence % {"name": name, "here": here, "stick": stick})


class StickGone(KolibriError):
    """The folder that is imported from is no longer there."""

    status = 409
    code = "stick_gone"


class NoSpace(KolibriError):
    """The disk of this computer is too full."""

    status = 409
    code = "no_space"


class BadFile(KolibriError):
    """A file that cannot be kept; `code` is one of the reasons of `FileProblem`."""

    def __init__(self, code: str) -> None:
        super().__init__(_FILE_REASONS[code], code=code)


@dataclass(frozen=True)
class FileProblem:
    """One file that could not be imported, and the resource that needs it. `code` is a key of the reasons above."""

    code: str
    file: str = ""
    title: str = ""
    more: int = 0  # further resources that use the file
    part: bool = False  # captions or a picture: the resource itself is here

    def sentence(self) -> str:
        """Say which resource was left out, or came without a part, and why."""
        reason = _FILE_REASONS.get(self.code, _FILE_REASONS["unreadable"])
        words = {"title": self.title, "more": self.more, "reason": reason, "file": self.file}
        if self.part:
            return _("“%(title)s” is here without its picture or captions: %(reason)s (%(file)s).") % words
        if self.more:
            return (
                ngettext(
                    "“%(title)s” and %(more)d more resource were left out: %(reason)s (%(file)s).",
                    "“%(title)s” and %(more)d more resources were left out: %(reason)s (%(file)s).",
                    self.more,
                )
                % words
            )
        return _("“%(title)s” was left out: %(reason)s (%(file)s).") % words

    def as_json(self) -> dict[str, Any]:
        """Return what a job's result keeps; `from_json` reads it back."""
        return {**asdict(self), "sentence": self.sentence()}


def from_json(kept: Mapping[str, Any]) -> FileProblem:
    """Return the problem that a job's result keeps, to be put into the reader's language."""
    return FileProblem(
        code=str(kept.get("code", "")),
        file=str(kept.get("file", "")),
        title=str(kept.get("title", "")),
        more=int(kept.get("more", 0)),
        part=bool(kept.get("part", False)),
    )
