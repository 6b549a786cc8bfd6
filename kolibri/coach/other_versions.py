"""The version of a lesson that did not stay when two computers had changed it at the same time, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from kolibri.core.content import services as content
from kolibri.core.lessons.models import LessonChange
from kolibri.core.lessons.models import Origin

# What is shown of a long text, in characters, and of a long list.
_LONGEST = 500
_MOST = 100


@dataclass(frozen=True)
class Line:
    """One thing that the other version says: what it is about, and one or more texts."""

    label: str
    texts: list[str]


def lines(changes: Sequence[LessonChange]) -> list[list[Line]]:
    """Return what each change's other version says, nothing where there is none; four queries at most."""
    conflicts = [change for change in changes if change.origin == Origin.CONFLICT]
    wanted = [entry["contentnode_id"] for change in conflicts for entry in change.before.get("resources", ())[:_MOST]]
    known = content.resources_by_ids(wanted[:900]) if wanted else {}
    return [_lines(change.before, known) if change.origin == Origin.CONFLICT else [] for change in changes]


def _lines(version: dict[str, Any], known: dict[str, content.Resource]) -> list[Line]:
    titles = [
        resource.title
        if (resource := known.get(entry["contentnode_id"])) and resource.title
        else _("Not here any more")
        for entry in version.get("resources", ())[:_MOST]
    ]
    found = {
        "title": (_("Title"), [version.get("title", "")]),
        "description": (_("Note for learners"), [Truncator(version.get("description", "")).chars(_LONGEST)]),
        "resources": (_("Resources"), titles or [_("None")]),
        "is_active": (_("Visible to learners"), [_("Yes") if version.get("is_active") else _("No")]),
        "term": (_("Term"), [version.get("term", "")]),
        "starts_on": (_("Begins on"), [_day(version.get("starts_on"))]),
        "due_on": (_("Due on"), [_day(version.get("due_on"))]),
        "is_archived": (_("In the archive"), [_("Yes") if version.get("is_archived") else _("No")]),
        "notes": (_("Notes for resources"), [Truncator(note).chars(_LONGEST) for note in _notes(version)]),
    }
    return [
        Line(label, [text or _("None") for text in texts]) for name, (label, texts) in found.items() if name in version
    ]


def _day(value: str | None) -> str:
    day = parse_date(value) if value else None
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""


def _notes(version: dict[str, Any]) -> list[str]:
    return list((version.get("notes") or {}).values())[:_MOST] or [""]
