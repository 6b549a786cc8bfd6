"""Files of a teacher's own, from the computer or phone in hand into the lesson, in one press."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.http import HttpResponse
from django.http import UnreadablePostError
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from kolibri.coach import picking
from kolibri.coach import rooms
from kolibri.coach.views.lessons import chosen_context
from kolibri.coach.views.lessons import page_context
from kolibri.coach.views.lessons import write
from kolibri.core.content.own import adding
from kolibri.core.content.own import receiving
from kolibri.core.content.own.adding import Added
from kolibri.core.content.own.adding import Left
from kolibri.core.content.own.receiving import Receiver
from kolibri.core.device.models import DeviceSettings
from kolibri.core.lessons import plans
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from kolibri.errors import BadInput
from kolibri.errors import KolibriError
from kolibri.errors import Refused
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest


# Exempt only until it is known who asks and whether there is room: looking at the token reads the whole body.
@csrf_exempt
@require_POST
@open_to(teacher)
def add(request: PersonRequest, pk: str) -> HttpResponse:
    """Make resources of the files sent as `file` and add them to the lesson: one change, to be undone as one."""
    lesson = rooms.taught_lesson(request, pk)
    home = Path(settings.KOLIBRI_HOME)
    try:
        if not adding.is_offered():
            raise Refused(_("Several schools share this computer, and would see one another's files."))
        receiving.check_size(home, int(request.META.get("CONTENT_LENGTH") or 0))
        adding.check_free()
        receiver = Receiver(home)
    except KolibriError as problem:
        return _answer(request, lesson, None, [Left("", str(problem))], status=problem.status)
    request.upload_handlers = [receiver]
    try:
        return _take(request, lesson, receiver)
    except TooManyFilesSent:
        # From the look at the token, which reads the form: nothing was taken of it.
        return _answer(request, lesson, None, [Left("", str(receiving.too_many()))], status=400)
    finally:
        receiver.discard()


@csrf_protect
def _take(request: PersonRequest, lesson: Lesson, receiver: Receiver) -> HttpResponse:
    changes: list[LessonChange | None] = []

    def into_lesson(added: list[Added]) -> None:
        # Read in the transaction that writes: a tick meanwhile must not be lost.
        fresh = rooms.taught_lesson(request, lesson.pk, lock=True)
        there = {entry["contentnode_id"] for entry in fresh.resources}
        entries = [
            {"contentnode_id": one.id, "content_id": one.content_id, "channel_id": one.channel_id}
            for one in added
            if one.id not in there
        ]
        change, errors = write(request, fresh, {"resources": [*fresh.resources, *entries]})
        if errors:
            raise BadInput(next(iter(errors.values())))
        changes.append(change)

    left: list[Left] = []
    try:
        _read(request)
        if receiver.is_cut and not receiver.received:
            raise receiving.cut_short()
        if not receiver.received:
            raise BadInput(_("Choose a file."), code="required")
        owner = DeviceSettings.current().name or str(lesson.collection.parent)
        _added, left = adding.add(
            receiver.received,
            author=request.user.full_name,
            name=_("Files of %(name)s") % {"name": owner},
            then=into_lesson,
        )
    except KolibriError as problem:
        left = [*left, Left("", str(problem))]
    lesson = rooms.taught_lesson(request, lesson.pk)
    return _answer(request, lesson, changes[0] if changes else None, left, status=200 if changes else 400)


def _read(request: PersonRequest) -> None:
    """Read the form, which fills the receiver, where looking at the token has not. Raises BadInput (`cut_short`)."""
    try:
        request.POST.keys()
    except UnreadablePostError as error:
        raise receiving.cut_short() from error


def _answer(
    request: PersonRequest, lesson: Lesson, change: LessonChange | None, left: list[Left], *, status: int
) -> HttpResponse:
    """Return the sentences beside the button, and for a fragment what is now in the lesson."""
    if request.htmx:
        context: dict[str, Any] = {"lesson": lesson, "left": left, "change": change, "oob": change is not None}
        if change is not None:
            context |= chosen_context(lesson, plans.plan_of(lesson.pk))
        return render(request, "coach/_own_files_added.html", context, status=200 if status == 200 else 422)
    if not left:
        return redirect(picking.place_in(request.POST).address(lesson))
    return render(request, "coach/lesson.html", page_context(request, lesson) | {"left": left}, status=status)
