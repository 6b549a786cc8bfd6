"""What a new school does next: bring in content, make a lesson, share it. Seen until done, or put away."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists
from django.db.models import OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from kolibri.core.auth.models import FacilityUser
from kolibri.core.content.models import ContentNode
from kolibri.core.content.tasks import ImportChannels
from kolibri.core.device import sharing
from kolibri.core.device.models import DeviceSettings
from kolibri.core.device.models import PutAway
from kolibri.core.lessons.models import Lesson
from kolibri.core.tasks.models import TAKEN
from kolibri.core.tasks.models import WAITING
from kolibri.core.tasks.models import JobRow
from kolibri.ui.access import keeper
from kolibri.ui.access import person_of

WHAT = "first-steps"


@dataclass(frozen=True)
class Step:
    """One of the steps; `url` is empty for the lesson, which is made in a class."""

    label: str
    icon: str
    url: str
    is_done: bool
    is_under_way: bool = False


def of(request: HttpRequest) -> list[Step]:
    """Return the three steps for whoever can do them; empty once all are done, or put away. One query."""
    if not (sharing.can_switch() and keeper.allows(request)):
        return []
    is_put_away, has_content, content_comes, has_lesson = (
        FacilityUser.objects.filter(pk=person_of(request).pk)
        .values_list(
            Exists(PutAway.objects.filter(user_id=OuterRef("pk"), what=WHAT)),
            Exists(ContentNode.objects.resources().available()),
            Exists(JobRow.objects.filter(task=ImportChannels.task_name, state__in=(*WAITING, *TAKEN))),
            Exists(Lesson.objects.all()),
        )
        .get()
    )
    # The port is kept from the first time that the class was let in.
    has_shared = DeviceSettings.current().class_port is not None
    if is_put_away or (has_content and has_lesson and has_shared):
        return []
    return [
        Step(
            _("Bring in content from a stick"),
            "content",
            reverse("kolibri:computer:content"),
            has_content,
            is_under_way=content_comes and not has_content,
        ),
        Step(_("Make the first lesson"), "lesson", "", has_lesson),
        Step(_("Share it with the class"), "share", reverse("kolibri:computer:share"), has_shared),
    ]


def put_away(person: FacilityUser) -> None:
    """Never show the steps to this person again on this computer."""
    with transaction.atomic():
        PutAway.objects.get_or_create(user=person, what=WHAT)
