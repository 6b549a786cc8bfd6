"""Pieces of reports that a page has thousands of."""

from __future__ import annotations

import functools
from collections.abc import Iterable

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
from kolibri.ui.templatetags.ui import icon
from kolibri.ui.templatetags.ui import percent as in_words

register = template.Library()


@register.simple_tag
def lesson_cells(cells: Iterable[Cell | None]) -> SafeString:
    """Return a learner's cells of the class's report, one for each lesson.

    A class of 50 with 60 lessons has 3000: as template code they took half of the page's time.
    """
    language = get_language()
    # Joined from parts that are safe: format_html made each of them.
    return SafeString("".join(_cell(language, *_shown(cell)) for cell in cells))


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


@functools.cache
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
