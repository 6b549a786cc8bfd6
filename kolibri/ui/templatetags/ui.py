"""Small pieces of the screens: icons, sizes and times in words, viewers, jobs."""

from __future__ import annotations

import functools
from typing import Any
from typing import Final

from django import template
from django.template import Context
from django.template.defaultfilters import filesizeformat
from django.template.defaulttags import CsrfTokenNode
from django.templatetags.static import static
from django.urls import reverse
from django.utils.formats import get_format
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kolibri.core.tasks.job import Job
from kolibri.ui import icons
from kolibri.ui import viewers

register = template.Library()

_NOBODY: Final = "0" * 32
# What a page says hundreds of times is put together once: lists ask for the same few pieces again and again.
_kept = functools.lru_cache(maxsize=2048)


@register.simple_tag
@_kept
def icon(name: str) -> SafeString:
    """Return the drawing of that name, hidden from screen readers."""
    path = icons.PATHS.get(name, icons.PATHS["other"])
    turns = " turns" if name in icons.TURNS else ""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>', turns, path
    )


@functools.cache
def _address(name: str, count: int) -> str:
    return reverse(name, args=[_NOBODY] * count)


@register.simple_tag
def url_of(name: str, *pks: str) -> str:
    """Return the address `name` of the records `pks`: as `{% url %}`, for lists that have hundreds of them."""
    parts = _address(name, len(pks)).split(_NOBODY)
    return parts[0] + "".join(pk + part for pk, part in zip(pks, parts[1:], strict=True))


@register.simple_tag(takes_context=True)
def csrf_field(context: Context) -> SafeString:
    """Return what `{% csrf_token %}` writes, to be kept by `as`: for lists with hundreds of forms."""
    return SafeString(CsrfTokenNode().render(context))


@register.simple_tag
def mark() -> SafeString:
    """Return the program's mark, for the place beside its or the school's name."""
    return format_html('<img src="{}" alt="" width="28" height="28">', static("assets/icons/kolibri-desktop.svg"))


@register.inclusion_tag("ui/_field.html")
def field(
    name: str,
    label: str,
    *,
    value: object = "",
    error: str = "",
    hint: str = "",
    type: str = "text",
    rows: int = 0,
    most: int = 0,
    required: bool = True,
    optional: bool = False,
    invalid: object = False,
    autofocus: bool = False,
    described_by: str = "",
    **attributes: object,
) -> dict[str, Any]:
    """Show one field of a form: label above, hint under it, `error` under the field, tied together for listeners.

    `rows` makes it a text of several lines, `type="password"` adds the button that shows it, `optional` says so
    beside the label. `invalid` and `described_by` are for a sentence that stands elsewhere on the page.
    """
    if most:
        attributes["maxlength"] = most
    described = [f"error-{name}" if error else "", f"hint-{name}" if hint else "", described_by]
    return {
        "name": name,
        "label": label,
        "value": value,
        "error": error,
        "hint": hint,
        "type": type,
        "rows": rows,
        "required": required and not optional,
        "optional": optional,
        "invalid": error or invalid,
        "autofocus": autofocus,
        "described_by": " ".join(filter(None, described)),
        "attributes": [(key.replace("_", "-"), text) for key, text in attributes.items()],
    }


@register.filter
def size(count: int) -> str:
    """Return bytes in words: “1.2 MB”."""
    return _size(get_language(), count)


@_kept
def _size(_language: str | None, count: int) -> str:
    return filesizeformat(count)


@register.filter
def duration(seconds: float | None) -> str:
    """Return a length as “4:05” or “1:02:30”; nothing when it is not known."""
    if not seconds:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def percent(number: int) -> str:
    """Return a number of hundredths as the language writes it: “50%”, in French “50 %”."""
    return _percent(get_language(), number)


@_kept
def _percent(_language: str | None, number: int) -> str:
    return str(get_format("PERCENT_FORMAT")).format(number_format(number))


@register.filter
def time_left(seconds: float) -> str:
    """Return how long something still takes, roundly."""
    if seconds < 60:
        return _("less than a minute left")
    minutes = round(seconds / 60)
    return ngettext("about %(count)s minute left", "about %(count)s minutes left", minutes) % {
        "count": number_format(minutes)
    }


@register.filter
def kind(name: str) -> str:
    """Return the kind of a resource in a teacher's words."""
    return viewers.kind_name(name)


@register.filter
def kind_and_limit(name: str) -> str:
    """Return the kind of a resource in words, and whether it cannot be shown yet."""
    return _kind_and_limit(get_language(), name)


@_kept
def _kind_and_limit(_language: str | None, name: str) -> str:
    words = viewers.kind_name(name)
    return words if viewers.has_viewer(name) else _("%(kind)s · not shown yet") % {"kind": words}


@register.filter
def shown_name(viewer: viewers.Viewer) -> str:
    """Return what a resource is that cannot be shown."""
    return viewers.shown_name(viewer)


@register.filter
def unlocal(value: float) -> str:
    """Return a number as HTML attributes want it, with a point."""
    return f"{value:.4f}"


@register.filter
def what(job: Job) -> str:
    """Return what a job does, in words."""
    names = {
        "ImportChannels": _("Bringing in channels"),
        "DeleteChannel": _("Deleting a channel"),
        "MakeStick": _("Making a stick"),
        "BringInPeople": _("Bringing in people"),
        "PlaceWhatArrived": _("Putting what arrived in its place"),
        "DailyBackup": _("The day's backup"),
        "SaveBackup": _("Saving a backup"),
        "AskForBackup": _("Checking a backup"),
        "SaveChanges": _("Saving the school’s changes to a stick"),
        "LookAtChanges": _("Looking at a file of changes"),
        "BringInChanges": _("Bringing in changes"),
        "SyncWithPartner": _("Syncing with another computer"),
        "SyncDue": _("A sync by schedule"),
    }
    return names.get(type(job).__name__, _("Working"))


@register.inclusion_tag("ui/viewers/viewer.html", takes_context=True)
def viewer(context: dict[str, Any], shown: viewers.Viewer, title: str = "", kept: str = "") -> dict[str, Any]:
    """Show a resource by its viewer; `kept` is what an interactive page finds again."""
    request = context["request"]
    return {
        "viewer": shown,
        "title": title,
        "kept": kept,
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "is_desktop": context.get("is_desktop", False),
        "teaches": request.user.is_teacher,
    }
