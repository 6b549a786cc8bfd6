"""Lessons, who they are for, and the history that undo walks back."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from morango.models import SyncableModelManager
from morango.models import SyncableModelQuerySet
from morango.models import UUIDField

from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Person
from kolibri.core.auth.syncable import DatasetRecord
from kolibri.core.fields import DateTimeTzField
from kolibri.core.fields import DayField
from kolibri.core.fields import JSONTextField
from kolibri.core.fields import local_now
from kolibri.core.lessons import permissions


class LessonQuerySet(SyncableModelQuerySet):  # type: ignore[misc]
    """Chains in any order, also from `collection.lessons`."""

    def active(self) -> LessonQuerySet:
        """Return the lessons that learners may see."""
        return self.filter(is_active=True)  # type: ignore[no-any-return]

    def for_user(self, user: Person) -> LessonQuerySet:
        """Return the lessons assigned to a class or group that `user` is in; each once."""
        return self.filter(  # type: ignore[no-any-return]
            pk__in=LessonAssignment.objects.filter(collection__membership__user_id=user.pk)
            .order_by()
            .values("lesson_id")
        )


class Lesson(DatasetRecord):
    """Resources in an order, given by a coach to a class, groups or single learners.

    `resources` is a list of `{"contentnode_id", "content_id", "channel_id"}`, each 32 hex.
    """

    morango_model_name = "lesson"
    dataset_from = "collection"
    same_dataset = ("collection",)
    permissions = permissions.LessonPermissions()

    title = models.CharField(max_length=255)
    description = models.TextField(blank=True, default="")
    resources = JSONTextField(default=list, blank=True)
    is_active = models.BooleanField(default=False)
    collection = models.ForeignKey(Collection, models.CASCADE, related_name="lessons")
    created_by = models.ForeignKey(FacilityUser, models.CASCADE, null=True, related_name="created_lessons")
    date_created = DateTimeTzField(default=local_now, editable=False)
    date_modified = DateTimeTzField(auto_now=True)

    # `date_modified` is this computer's own: the schema has no column for it.
    morango_fields_not_to_serialize = ("date_modified",)

    objects = SyncableModelManager.from_queryset(LessonQuerySet)()

    class Meta:
        ordering = ["-date_created", "id"]
        indexes = [
            models.Index(fields=["collection", "-date_created"], name="lessons_of_collection"),
            models.Index(fields=["-date_created", "id"], name="lessons_newest_first"),
            models.Index(fields=["dataset", "-date_created", "id"], name="lessons_of_school"),
        ]

    def __str__(self) -> str:
        return self.title


class LessonAssignment(DatasetRecord):
    """One of the collections of people that a lesson is for."""

    morango_model_name = "lessonassignment"
    dataset_from = "lesson"
    same_dataset = ("lesson", "collection")
    permissions = permissions.LessonAssignmentPermissions()

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="lesson_assignments")
    collection = models.ForeignKey(Collection, models.CASCADE, related_name="assigned_lessons")
    assigned_by = models.ForeignKey(FacilityUser, models.CASCADE, null=True, related_name="assigned_lessons")

    class Meta:
        indexes = [models.Index(fields=["lesson", "collection"], name="lessons_assigned_to")]

    def __str__(self) -> str:
        return f"{self.lesson_id} for {self.collection_id}"

    def calculate_source_id(self) -> str:
        return f"{self.lesson_id}:{self.collection_id}"


class LessonPlan(DatasetRecord):
    """What the schema's lesson has no column for; at most one a lesson. See `kolibri.core.lessons.plans`.

    `notes` is `{contentnode_id: text}`.
    """

    morango_model_name = "lessonplan"
    dataset_from = "lesson"
    same_dataset = ("lesson",)
    permissions = permissions.LessonPlanPermissions()

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="plans")
    term = models.CharField(max_length=50, blank=True, default="")
    starts_on = DayField(null=True, blank=True)
    due_on = DayField(null=True, blank=True)
    is_archived = models.BooleanField(default=False)
    notes = JSONTextField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"plan of {self.lesson_id}"

    def calculate_source_id(self) -> str:
        return str(self.lesson_id)


class ClassPlan(DatasetRecord):
    """The order of a class's lessons, by their ids, as learners see it; at most one a class."""

    morango_model_name = "classplan"
    morango_model_dependencies = (Classroom,)
    dataset_from = "collection"
    same_dataset = ("collection",)
    permissions = permissions.ClassPlanPermissions()

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="class_plans")
    lesson_order = JSONTextField(default=list, blank=True)

    def __str__(self) -> str:
        return f"plan of {self.collection_id}"

    def calculate_source_id(self) -> str:
        return str(self.collection_id)


class LessonTemplate(DatasetRecord):
    """A lesson without a class, for all teachers of the school to begin with.

    `resources` as a lesson has them, `notes` as a plan has them. One that was removed stays, so that
    it can be brought back.
    """

    morango_model_name = "lessontemplate"
    morango_model_dependencies = (Facility,)
    dataset_from = "facility"
    same_dataset = ("facility", "created_by")
    permissions = permissions.LessonTemplatePermissions()

    facility = models.ForeignKey(Collection, models.CASCADE, related_name="lesson_templates")
    title = models.CharField(max_length=255)
    description = models.TextField(blank=True, default="")
    resources = JSONTextField(default=list, blank=True)
    notes = JSONTextField(default=dict, blank=True)
    created_by = models.ForeignKey(FacilityUser, models.CASCADE, null=True, related_name="lesson_templates")
    date_created = DateTimeTzField(default=local_now, editable=False)
    date_removed = DateTimeTzField(null=True, blank=True)

    class Meta:
        ordering = ["title", "id"]

    def __str__(self) -> str:
        return self.title


def new_id() -> str:
    return uuid.uuid4().hex


class Origin(models.TextChoices):
    """Where a change comes from: this computer, another one, or two of which only one version could stay."""

    HERE = ""
    ELSEWHERE = "elsewhere"
    CONFLICT = "conflict"


class LessonChange(models.Model):
    """One change of a lesson, with what it was before, so that it can be undone.

    `before` and `after` are snapshots as `kolibri.core.lessons.history` writes them; `before` is
    null for a creation and `after` for a deletion. Of two versions made at the same time on two
    computers `before` is the one that did not stay. Local: it stays on the computer where the
    change was made, or where it was heard of.
    """

    id = UUIDField(primary_key=True, default=new_id, editable=False)
    lesson_id = UUIDField(db_index=True)
    collection_id: str
    collection = models.ForeignKey(Collection, models.CASCADE, related_name="lesson_changes")
    made_by = models.ForeignKey(FacilityUser, models.SET_NULL, null=True, related_name="lesson_changes")
    made_at = DateTimeTzField(default=local_now)
    before: Any = JSONTextField(null=True)
    after: Any = JSONTextField(null=True)
    undone_at = DateTimeTzField(null=True)
    origin = models.CharField(max_length=10, choices=Origin.choices, blank=True, default=Origin.HERE)

    class Meta:
        ordering = ["-made_at", "-id"]
        indexes = [models.Index(fields=["lesson_id", "-made_at"], name="lessons_history")]

    def __str__(self) -> str:
        return f"{self.lesson_id} at {self.made_at}"
