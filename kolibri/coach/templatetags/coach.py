"""Words for a lesson's history."""

from django import template

from kolibri.coach import lesson_page
from kolibri.core.lessons.models import LessonChange

register = template.Library()


@register.filter
def describe(change: LessonChange) -> str:
    """Return what the change did, in a teacher's words."""
    return lesson_page.describe(change)
