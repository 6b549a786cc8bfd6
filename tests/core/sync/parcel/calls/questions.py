"""What is here: as people see it, and as the store and the exchange hold it."""

from __future__ import annotations

import json
from typing import Any

from morango.models import RecordMaxCounter
from morango.models import Store
from morango.registry import syncable_models

from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.device.models import DevicePermissions
from kolibri.core.device.models import DeviceSettings
from kolibri.core.lessons import services as lesson_services
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from kolibri.core.logger.models import ContentSummaryLog
from kolibri.core.sync.parcel import chain
from kolibri.core.sync.parcel import counters
from kolibri.core.sync.parcel import taking_in


def datasets() -> list[str]:
    return [str(pk) for pk in Facility.objects.values_list("dataset_id", flat=True)]


def who_runs() -> str:
    """The one who may run this computer, when it is set up for the school that is here."""
    device = DeviceSettings.current()
    assert device.is_provisioned and device.default_facility == Facility.objects.get()
    return str(DevicePermissions.objects.get(is_superuser=True).user.username)


def usernames() -> list[str]:
    return list(FacilityUser.objects.values_list("username", flat=True))


def learners(room: str) -> list[str]:
    return sorted(Classroom.objects.get(name=room).membership.values_list("user__full_name", flat=True))


def groups() -> dict[str, list[str]]:
    """The names of the groups, each with those of its members."""
    members = {one: one.membership.order_by("user__full_name") for one in LearnerGroup.objects.all()}
    return {one.name: list(rows.values_list("user__full_name", flat=True)) for one, rows in members.items()}


def people_gone() -> list[str]:
    """The names that stand under "People of the school" as taken out."""
    gone = FacilityUser.all_objects.filter(date_deleted__isnull=False)
    return list(gone.order_by("full_name").values_list("full_name", flat=True))


def lessons() -> dict[str, list[str]]:
    """The titles of the lessons, each with the names of those who get it."""
    return {one.title: [str(person) for person in lesson_services.recipients(one)] for one in Lesson.objects.all()}


def history() -> list[Any]:
    """The origin, before and after of all changes of lessons, oldest first."""
    return [[one.origin, one.before, one.after] for one in LessonChange.objects.order_by("made_at", "pk")]


def did_not_stay(kind: str) -> list[Any]:
    """The latest version of each record of the kind that another one stands in the place of."""
    rows = Store.objects.filter(model_name=kind).exclude(conflicting_serialized_data="").order_by("pk")
    return [json.loads(one.partition("\n")[0]) for one in rows.values_list("conflicting_serialized_data", flat=True)]


def learnt() -> int:
    return ContentSummaryLog.objects.count()


def held(dataset: str) -> Any:
    return counters.held(dataset)


def look_fingerprint(dataset: str) -> str:
    return chain.fingerprint(dataset)


def rows() -> dict[str, list[str]]:
    """Everything that the school's people see, by model, to be compared with another computer's."""
    found = {}
    for model in syncable_models.get_models("facilitydata"):
        every = model.syncing_objects.all()
        found[model.morango_model_name] = sorted(
            json.dumps(one.serialize(), default=str, sort_keys=True) for one in every
        )
    return found


def bodies() -> list[Any]:
    """What the store says of each record, whoever said it."""
    return [list(row) for row in Store.objects.order_by("pk").values_list("pk", "deleted", "serialized")]


def stored() -> list[Any]:
    """The store's own rows and versions."""
    versions: dict[str, list[Any]] = {}
    for pk, instance, counter in RecordMaxCounter.objects.values_list("store_model_id", "instance_id", "counter"):
        versions.setdefault(pk, []).append([instance, counter])
    fields = ("pk", "deleted", "last_saved_instance", "last_saved_counter", "serialized")
    return [[*row, sorted(versions.get(row[0], []))] for row in Store.objects.order_by("pk").values_list(*fields)]


def status() -> dict[str, int]:
    return {
        "waiting": Store.objects.filter(dirty_bit=True).count(),
        "store": Store.objects.count(),
        "buffers": taking_in.Buffer.objects.count(),
    }
