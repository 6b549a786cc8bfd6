"""Pieces that a page has dozens to thousands of; as template code they took most of its time."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Final

from django import template
from django.utils.formats import number_format
from django.utils.html import escape
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kolibri.coach.class_report import Cell
from kolibri.coach.lesson_progress import Progress
from kolibri.coach.report import Cell as ResourceCell
from kolibri.core.content.services import Resource
from kolibri.ui.templatetags.ui import duration
from kolibri.ui.templatetags.ui import icon
from kolibri.ui.templatetags.ui import percent as in_words

register = template.Library()

_WORK_ROW: Final = '<li class="row"><span class="grow"><bdi>{}</bdi></span>\n      <span class="{}">{}{}</span></li>'


@register.simple_tag
def lesson_cells(cells: Iterable[Cell | None]) -> SafeString:
    """Return a learner's cells of the class's report, one for each lesson: 3000 in a class of 50 with 60 lessons."""
    language = get_language()
    # Joined from parts that are safe, as below: format_html made each of them.
    return SafeString("".join(_cell(language, *_shown(cell)) for cell in cells))


@register.simple_tag
def resource_cells(cells: Iterable[ResourceCell]) -> SafeString:
    """Return a learner's cells of a lesson's report, one for each resource."""
    language = get_language()
    return SafeString("".join(_cell(language, *_standing(cell)) for cell in cells))


@register.simple_tag
def work_rows(works: Iterable[tuple[Resource, ResourceCell]]) -> SafeString:
    """Return a lesson's resources with what a learner has done with each: 600 rows for 60 lessons of ten."""
    language, gone = get_language(), _("A resource that is not here")
    return SafeString("".join(_work_row(language, resource.title or gone, cell) for resource, cell in works))


@register.simple_tag
def finished_of(done: int, count: int) -> SafeString:
    """Return how many of a learner's resources are finished, in words."""
    return _finished_of(get_language(), done, count)


@register.simple_tag
def to_move(title: str) -> str:
    """Return what a lesson's grip says to who does not see it."""
    return _("Move “%(title)s”: drag, or press the up and down arrow keys") % {"title": title}


@register.simple_tag
def to_show(title: str) -> str:
    """Return what a lesson's switch says to who does not see it."""
    return _("Show “%(title)s” to learners") % {"title": title}


@register.simple_tag
def look_at(title: str) -> str:
    """Return what the way to a resource says to who does not see it."""
    return _("Look at “%(title)s”") % {"title": title}


@register.simple_tag
def how_many_finished(progress: Progress) -> SafeString:
    """Return how many learners have finished a lesson, in words and as a bar."""
    return _bar(get_language(), progress.finished, progress.given)


@register.simple_tag
def how_many_resources(count: int) -> str:
    """Return how many resources there are, in words; a list of lessons asks for the same few again and again."""
    return _resources(get_language(), count)


@functools.lru_cache(maxsize=1024)
def _resources(_language: str | None, count: int) -> SafeString:
    said = ngettext("%(count)s resource", "%(count)s resources", count) % {"count": number_format(count)}
    return SafeString(escape(said))


@functools.lru_cache(maxsize=1024)
def _finished_of(_language: str | None, done: int, count: int) -> SafeString:
    said = _("Finished: %(done)s of %(count)s") % {"done": number_format(done), "count": number_format(count)}
    return SafeString(escape(said))


@functools.lru_cache(maxsize=1024)
def _bar(_language: str | None, finished: int, given: int) -> SafeString:
    said = _("%(finished)s of %(given)s finished") % {
        "finished": number_format(finished),
        "given": number_format(given),
    }
    return format_html(
        '{}<progress aria-hidden="true" max="{}" value="{}"></progress>', said, str(given), str(finished)
    )


def _shown(cell: Cell | None) -> tuple[str, int]:
    if cell is None:
        return "others", 0
    if cell.is_done:
        return "done", 0
    return ("begun", cell.percent) if cell.is_begun else ("waiting", 0)


def _standing(cell: ResourceCell) -> tuple[str, int]:
    if cell.is_finished:
        return "done", 0
    return ("begun", cell.percent) if cell.is_opened else ("waiting", 0)


def _work_row(language: str | None, title: str, cell: ResourceCell) -> SafeString:
    kind, words = _standing_in_words(language, *_standing(cell))
    long = f" · {duration(cell.seconds)}" if cell.seconds else ""
    return format_html(_WORK_ROW, title, kind, words, long)


@functools.lru_cache(maxsize=1024)
def _standing_in_words(_language: str | None, state: str, percent: int) -> tuple[str, SafeString]:
    """Return the state's class and words in the language of now: at most 103 for each language."""
    if state == "done":
        return "state done", icon("check") + SafeString(escape(_("Finished")))
    return "state", SafeString(escape(in_words(percent) if state == "begun" else _("Not opened")))


@functools.lru_cache(maxsize=1024)
def _cell(_language: str | None, state: str, percent: int) -> SafeString:
    """Return a cell in the language of now: at most 104 for each language."""
    if state == "others":
        return format_html('<td class="quiet"><span class="visually-hidden">{}</span></td>', _("Not for this learner"))
    if state == "done":
        return format_html('<td class="done">{} <span class="word">{}</span></td>', icon("check"), _("Finished"))
    if state == "begun":
        return format_html("<td>{}</td>", in_words(percent))
    return format_html(
        '<td class="quiet"><span aria-hidden="true">–</span><span class="visually-hidden">{}</span></td>',
        _("Not opened"),
    )
