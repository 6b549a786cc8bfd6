"""All 28 models of the facility data schema: rows here, or kept and sent on as they came (docs/data.md)."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from pathlib import Path
from typing import ClassVar

import pytest
from django.db import connection
from django.db import models
from django.test.utils import isolate_apps
from morango.models import Store
from morango.models import UUIDField
from morango.registry import syncable_models

from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.names_door import DoorSettings
from kolibri.core.auth.own_language import PersonSettings
from kolibri.core.auth.syncable import SchoolRecord
from kolibri.core.fields import JSONTextField
from kolibri.core.fields import local_now
from kolibri.core.lessons.models import ClassPlan
from kolibri.core.lessons.models import LessonPlan
from kolibri.core.lessons.models import LessonTemplate
from kolibri.core.lessons.services import create_lesson
from kolibri.core.sync.arrivals.settling import settle
from kolibri.core.sync.arrivals.settling import unknown
from tests.core.sync.arrivals.travel import PROFILE
from tests.core.sync.arrivals.travel import Luggage
from tests.core.sync.arrivals.travel import changed
from tests.core.sync.arrivals.travel import pack
from tests.schools import School

ROWS = {
    "facilitydataset",
    "facility",
    "classroom",
    "adhoclearnersgroup",
    "learnergroup",
    "facilityuser",
    "lesson",
    "lessonassignment",
    "usersessionlog",
    "contentsummarylog",
    "masterylog",
    "contentsessionlog",
    "attemptlog",
    "role",
    "membership",
}
RELAYED = {
    "attendancesession",
    "attendancerecord",
    "individualsyncablelesson",
    "learnerdevicestatus",
    "coursesession",
    "unittestassignment",
    "coursesessionassignment",
    "individualsyncableexam",
    "exam",
    "examassignment",
    "examlog",
    "examattemptlog",
    "bookmark",
}
DOCS = Path(__file__).parents[4] / "docs" / "data.md"


def test_all_28_are_here_or_relayed() -> None:
    known = {model.morango_model_name for model in syncable_models.get_models(PROFILE)}
    assert len(ROWS | RELAYED) == 28
    assert known >= ROWS
    assert not known & RELAYED


def test_the_docs_say_which() -> None:
    text = DOCS.read_text(encoding="utf-8")
    kept = text.split("Kept as they came and sent on")[1].split("\n\n")[1]
    assert set(re.findall(r"^\| `(\w+)` \|", kept, flags=re.M)) == RELAYED
    for name in ROWS:
        assert f"| `{name}` | `kolibri." in text


def strange(luggage: Luggage, name: str, number: int = 0, **columns: object) -> Store:
    """Return a record of a kind that is not known here, with odd spacing and an order of its own."""
    partition, source_id = luggage.dataset_id, f"{number:032x}"
    pk = hashlib.sha256(f"{partition}::{source_id}::{name}".encode()).hexdigest()[:32]
    data = {"z": "ü\u2028", "id": pk, "dataset_id": luggage.dataset_id, **columns}
    return Store(
        id=pk,
        profile=PROFILE,
        model_name=name,
        serialized=json.dumps(data, indent=1),
        source_id=source_id,
        partition=partition,
        last_saved_instance="a" * 32,
        last_saved_counter=1,
        dirty_bit=True,
    )


@pytest.mark.parametrize("name", sorted(RELAYED))
def test_what_is_not_known_stays_as_it_came(luggage: Luggage, name: str) -> None:
    row = strange(luggage, name, title="x")
    before = row.serialized
    luggage.put([*luggage.rows.values(), row])
    for _ in range(2):
        assert settle(again=True).relayed == 1
    row.refresh_from_db()
    assert row.serialized == before
    assert row.dirty_bit
    assert not row.deserialization_error
    assert [one.pk for one in unknown()] == [row.pk]


def test_a_model_that_comes_later_finds_its_records(luggage: Luggage, monkeypatch) -> None:
    """As after an upgrade: the records have been here for long, and become rows by themselves."""
    known = dict(syncable_models.profile_models[PROFILE])
    without = {name: model for name, model in known.items() if name not in ("role", "membership")}
    luggage.put()
    with monkeypatch.context() as patch:
        patch.setitem(syncable_models.profile_models, PROFILE, without)
        relayed = settle().relayed
        assert relayed == len(luggage.of("role")) + len(luggage.of("membership"))
    found = settle()
    assert (found.placed, found.relayed, found.waiting) == (relayed, 0, 0)


@isolate_apps("kolibri.core.lessons")
def test_so_does_a_model_of_its_own(luggage: Luggage, monkeypatch) -> None:
    class Exam(SchoolRecord):
        """Without foreign keys: an isolated registry of apps knows no other model."""

        morango_model_name: ClassVar[str] = "exam"
        title = models.CharField(max_length=200)
        question_sources = JSONTextField(default=list, blank=True)
        collection_id = UUIDField()
        dataset_id = UUIDField()

        class Meta:
            app_label = "lessons"

        def __str__(self) -> str:
            return self.title

        def calculate_partition(self) -> str:
            return str(self.dataset_id)

    columns = {"title": "Fractions", "question_sources": "[]", "collection_id": luggage.of("classroom")[0].pk}
    rows = [strange(luggage, "exam", number, **columns) for number in range(3)]
    rows.append(strange(luggage, "exam", 9, **{**columns, "title": 5}))
    luggage.put([*luggage.rows.values(), *rows])
    assert settle().relayed == 4
    # In a transaction SQLite's editor refuses to be entered; it need not be to say what makes a table.
    editor = connection.SchemaEditorClass(connection, atomic=False)
    editor.deferred_sql = []
    with connection.cursor() as cursor:
        cursor.execute(editor.table_sql(Exam)[0])
    later = {**syncable_models.profile_models[PROFILE], "exam": Exam}
    monkeypatch.setitem(syncable_models.profile_models, PROFILE, later)
    found = settle()
    assert (found.placed, found.waiting, found.relayed) == (3, 1, 0)
    assert set(Exam.objects.values_list("title", flat=True)) == {"Fractions"}


def test_keys_that_are_not_known_survive_an_edit_here(luggage: Luggage) -> None:
    row = changed(luggage.of("classroom")[0], made_by_a_later_version={"a": [1, None]})
    luggage.put()
    settle()
    room = Collection.objects.get(pk=row.pk)
    proxy = syncable_models.get_model(PROFILE, "classroom").objects.get(pk=room.pk)
    proxy.name = "Grade 5"
    proxy.save()
    settle()
    row.refresh_from_db()
    data = json.loads(row.serialized)
    assert (data["name"], data["made_by_a_later_version"]) == ("Grade 5", {"a": [1, None]})


OURS = ("lessonplan", "classplan", "lessontemplate", "doorsettings", "personsettings")


def our_rows() -> dict[str, dict]:
    found = [row for name in OURS for row in syncable_models.get_model(PROFILE, name).syncing_objects.all()]
    return {row.morango_model_name: row.serialize() for row in found}


def test_our_own_records_come_back_whole_after_an_edit_elsewhere(school: School) -> None:
    """A peer that does not know them keeps them; the lesson that they belong to is renamed there meanwhile."""
    lesson = create_lesson(school.coach, collection=school.classroom, title="Rain")
    notes = {"a" * 32: "Bring water"}
    days = {"starts_on": datetime.date(2026, 11, 24), "due_on": datetime.date(2026, 12, 1)}
    LessonPlan(lesson=lesson, term="Autumn", is_archived=True, notes=notes, **days).save()
    ClassPlan(collection=school.classroom, lesson_order=[lesson.pk]).save()
    made_by = {"facility_id": school.facility.pk, "created_by": school.coach}
    LessonTemplate(title="Weather", notes=notes, date_removed=local_now(), **made_by).save()
    DoorSettings(dataset=school.facility.dataset, shows_names=False).save()
    PersonSettings(user=school.learner, language="sw").save()
    school.learner.picture_password = "1.2.3"
    school.learner.save()
    before = our_rows()
    assert set(before) == set(OURS)
    luggage = pack(school)
    ours = {row.pk: row.serialized for row in luggage.rows.values() if row.model_name in OURS}
    # What a Kolibri sends after an edit: its own columns, ours untouched beside it.
    changed(luggage.of("lesson")[0], title="Rain and snow")
    luggage.put()
    assert settle().waiting == 0
    assert dict(Store.objects.filter(model_name__in=OURS).values_list("pk", "serialized")) == ours
    assert our_rows() == before
    assert LessonPlan.objects.get().lesson.title == "Rain and snow"
    assert FacilityUser.objects.get(pk=school.learner.pk).picture_password == "1.2.3"
