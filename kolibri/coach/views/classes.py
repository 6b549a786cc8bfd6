"""The classes that a person teaches, and one class with its lessons, groups and learners."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.coach import lesson_list
from kolibri.coach import lesson_page
from kolibri.coach import rooms
from kolibri.coach import today
from kolibri.coach.news import News
from kolibri.core.ids import hex_or_none
from kolibri.core.lessons import copies
from kolibri.core.lessons import plans
from kolibri.core.lessons.api import LessonViewset
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from kolibri.ui import undoing
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest

MOST_LESSONS = 5_000
# So many are seen at a glance.
FEW_LESSONS = 5


@require_safe
@open_to(teacher)
def class_list(request: PersonRequest) -> HttpResponse:
    """The classes; who teaches a single one lands in it."""
    classes = rooms.classes_taught(request)
    if len(classes) == 1 and "stay" not in request.GET:
        return redirect("kolibri:coach:class", classes[0].pk)
    return render(request, "coach/class_list.html", {"classes": classes})


@require_safe
@open_to(teacher)
def class_page(request: PersonRequest, pk: str) -> HttpResponse:
    """One class. `?undo=<change or step>` and `?deleted=<deletion>` offer to take back what led here."""
    since = News(request)
    classroom = rooms.taught_class(request, pk)
    groups = lesson_page.groups_of(classroom)
    lessons = Lesson.readable_by(
        request.user, Lesson.objects.filter(collection=classroom).order_by("-date_created", "pk")
    )
    learners = lesson_page.learners_of(classroom)
    items = LessonViewset.fetch(lessons)
    known = lesson_list.resources_of(items)
    rows = lesson_list.lesson_rows(classroom, items, groups, learners, known)
    choice = lesson_list.chosen(request.GET)
    found = lesson_list.narrowed(rows, choice)
    undo = request.GET.get("undo")
    deleted = LessonChange.objects.filter(pk=hex_or_none(undo), collection=classroom, undone_at__isnull=True).first()
    archived = {row.id for row in rows if row.plan.is_archived}
    in_use = [item["resources"] for item in items if item["id"] not in archived]
    picture = today.of_learners(learners, in_use, known) if rows and learners else None
    context = {
        "classroom": classroom,
        "today": picture,
        "asks_with": since.headers(picture.fingerprint) if picture else "",
        "has_lessons": bool(rows),
        "lessons": found,
        # Terms are parts of the learners' order: another order has none.
        "terms": [lesson_list.Term("", found)] if choice.sort else lesson_list.by_term(found),
        "choice": choice,
        "can_narrow": len(rows) > FEW_LESSONS or choice.is_any or bool(archived),
        "can_sort": not choice.is_any and len(found) > 1,
        "audiences": lesson_list.audiences(groups),
        "states": lesson_list.states(),
        "sorts": lesson_list.sorts(),
        "has_templates": copies.templates_of(classroom.parent_id).exists(),
        "groups": groups,
        "learners": learners,
        "deleted": deleted,
        "step": undoing.offered(request, undo),
        "deleted_group": rooms.deleted_group(request, request.GET.get("deleted")),
        "deleted_title": next((row.title for row in rows if deleted and row.id == deleted.lesson_id), ""),
    }
    return render(request, "coach/class_page.html", context)


@require_POST
@open_to(teacher)
def order(request: PersonRequest, pk: str) -> HttpResponse:
    """Give the lessons the order of `order`, for learners too, and offer the one before."""
    classroom = rooms.taught_class(request, pk)
    ids = [one for text in request.POST.getlist("order") if (one := hex_or_none(text))]
    before = plans.set_order(classroom, ids[:MOST_LESSONS])
    if not request.htmx:
        return redirect("kolibri:coach:class", classroom.pk)
    return render(request, "coach/_order_saved.html", {"classroom": classroom, "before": before})
