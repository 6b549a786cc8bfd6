"""What becomes of the rows of a list, what became of them, and what its undoing left, in words."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.utils.translation import pgettext

from kolibri.core.auth.roster.plan import What
from kolibri.core.bin.lists import Undone

_MOST_NAMES: Final = 20


def will(counts: dict[What, int]) -> list[str]:
    """Return what becomes of the rows, in words; nothing of what happens to none."""
    new, changed, same = (counts[what] for what in (What.CREATE, What.CHANGE, What.SAME))
    said = [
        (new, ngettext("%(count)d new person", "%(count)d new people", new)),
        (changed, ngettext("%(count)d person changes", "%(count)d people change", changed)),
        (same, ngettext("%(count)d person is already there", "%(count)d people are already there", same)),
    ]
    return [words % {"count": count} for count, words in said if count]


def letters(table: str) -> str:
    """Return the letters that a file was read in, by the name that a spreadsheet has for them; empty for no guess."""
    names = {
        "cp1252": _("Western European (Windows-1252)"),
        "cp1256": _("Arabic (Windows-1256)"),
        "cp1250": _("Central European (Windows-1250)"),
    }
    return names.get(table, "")


def was(counts: dict[str, int]) -> list[str]:
    """Return the same after it has happened."""
    new, changed = counts[What.CREATE], counts[What.CHANGE]
    said = [
        (new, ngettext("%(count)d person was added.", "%(count)d people were added.", new)),
        (changed, ngettext("%(count)d person was changed.", "%(count)d people were changed.", changed)),
    ]
    return [words % {"count": count} for count, words in said if count]


def undone(told: Undone) -> str:
    """Return how many people are gone again."""
    if not told.gone:
        return _("The list was undone.")
    said = ngettext(
        "The list was undone: %(count)d person whom it added is gone again.",
        "The list was undone: %(count)d people whom it added are gone again.",
        told.gone,
    )
    return said % {"count": told.gone}


def left(told: Undone) -> list[str]:
    """Return a sentence about the people who were kept, and one about the classes; nothing where there are none."""
    said = [
        (told.people, _("Kept, because they have worked or were changed since: %(names)s.")),
        (told.classes, _("These classes are in use and were kept: %(names)s.")),
    ]
    return [words % {"names": _named(names)} for names, words in said if names]


def _named(names: list[str]) -> str:
    shown = pgettext("between names", ", ").join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{shown}. " + (_("And %(count)s more.") % {"count": more}).rstrip(".") if more > 0 else shown
