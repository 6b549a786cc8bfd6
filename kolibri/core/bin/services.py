"""Deleting classes and groups so that they can be brought back, with all that was in them."""

from __future__ import annotations

import datetime
from typing import Any
from typing import Final

from django.db import models
from django.db import transaction
from django.db.models.deletion import Collector
from django.utils.translation import gettext as _

from kolibri.core.auth import services
from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.bin import rows
from kolibri.core.bin.models import Deletion
from kolibri.core.fields import local_now
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from kolibri.errors import Conflict

DAYS: Final = 30


def recent(collection: Collection) -> models.QuerySet[Deletion]:
    """Return what was deleted from this school or class and can be brought back, newest first, without its rows.

    What is there again by itself is left out: another computer had changed it, and so it stayed.
    """
    found = _there().filter(collection_id=collection.pk, undone_at__isnull=True).defer("records")
    return found.exclude(deleted_id__in=Collection.objects.filter(parent_id=collection.pk).values("pk"))


def find(pk: str | None) -> Deletion | None:
    """Return the deletion, without its rows, or None when it is too old or unknown. Asks nobody's permission."""
    return _there().filter(pk=pk).defer("records").first() if pk else None


@transaction.atomic
def delete(collection: Collection, actor: FacilityUser) -> Deletion:
    """Delete the class or group with everything that hangs on it, and return what brings it back.

    Raises Conflict when somebody else has deleted it meanwhile.
    """
    assert collection.parent is not None, "a school is not put into the bin"
    services.hold(collection.parent)
    _gone().delete()
    found = Collection.objects.filter(pk=collection.pk).first()
    if found is None:
        raise Conflict(_("This was deleted in the meantime."), code="deleted")
    deletion = _keep(found, actor)
    rows.erase(deletion.records)
    return deletion


def keep_deleted_elsewhere(collection: Collection) -> None:
    """Keep a class or group with everything that hangs on it; whoever calls this deletes it right afterwards.

    To be called in the transaction that does.
    """
    _gone().delete()
    _keep(collection, None)


@transaction.atomic
def bring_back(deletion: Deletion) -> Collection:
    """Make the class or group again, each row with its id, and return it.

    It gets another name when its own is taken. What hung on something that is gone since is left
    out. Raises Conflict when this was done already, or when the school or class that it was in is
    gone.
    """
    parent = Collection.objects.filter(pk=deletion.collection_id).first()
    if parent is None:
        raise Conflict(_("The class of this group was deleted. Bring the class back first."), code="deleted")
    services.hold(parent)
    kept = Deletion.objects.filter(pk=deletion.pk, undone_at__isnull=True).first()
    if kept is None:
        raise Conflict(_("This was brought back already."), code="already_undone")
    instances = rows.made(kept.records)
    found = [one for one in instances if isinstance(one, Collection) and one.parent_id == parent.pk]
    if not found:
        raise Conflict(_("This was brought back already."), code="already_undone")
    found[0].name = services.free_name(parent, found[0].kind, found[0].name)
    if found[0].kind == collection_kinds.LEARNERGROUP:
        instances = _still_fitting(instances, parent)
    rows.insert(instances)
    # The rows are not needed any more.
    kept.undone_at, kept.records = local_now(), []
    kept.save(update_fields=["undone_at", "records"])
    return found[0]


def _keep(collection: Collection, actor: FacilityUser | None) -> Deletion:
    collector = Collector(using=collection._state.db or "default")
    collector.collect([collection])
    records: Any = rows.kept(collector)
    return Deletion.objects.create(
        what=collection.kind,
        label=collection.name,
        deleted_id=collection.pk,
        dataset_id=collection.dataset_id,
        collection_id=collection.parent_id,
        made_by=actor,
        records=records,
    )


def _still_fitting(instances: list[models.Model], classroom: Collection) -> list[models.Model]:
    """Return a group's rows without learners who left the class and lessons that went to another one."""
    learners = set(Membership.objects.filter(collection=classroom).values_list("user_id", flat=True))
    lessons = set(Lesson.objects.filter(collection=classroom).order_by().values_list("pk", flat=True))
    return [
        one
        for one in instances
        if not (isinstance(one, Membership) and one.user_id not in learners)
        and not (isinstance(one, LessonAssignment) and one.lesson_id not in lessons)
    ]


def _limit() -> datetime.datetime:
    return local_now() - datetime.timedelta(days=DAYS)


def _there() -> models.QuerySet[Deletion]:
    return Deletion.objects.filter(made_at__gte=_limit())


def _gone() -> models.QuerySet[Deletion]:
    return Deletion.objects.filter(made_at__lt=_limit())
