"""What learners open, how long and how far; the fields are the facility data schema's (docs/data.md)."""

from __future__ import annotations

from typing import Any
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from morango.models import UUIDField

from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.syncable import DatasetRecord
from kolibri.core.fields import DateTimeTzField
from kolibri.core.fields import JSONTextField
from kolibri.core.fields import local_now
from kolibri.core.logger import permissions

# Peers allow this much above the whole, for what they round.
MOST_PROGRESS = 1.01


class PersonalLog(DatasetRecord):
    """A record that the person's own device may write; one without a person is from a visitor of a peer."""

    dataset_from = "user"
    same_dataset: ClassVar[tuple[str, ...]] = ("user",)
    permissions = permissions.LogPermissions()
    user_id: str | None

    class Meta:
        abstract = True

    def calculate_partition(self) -> str:
        return f"{self.dataset_id}:user-rw:{self.user_id}" if self.user_id else f"{self.dataset_id}:anonymous"


class UserSessionLog(PersonalLog):
    """One stay of a person in the program."""

    morango_model_name = "usersessionlog"

    user = models.ForeignKey(FacilityUser, models.CASCADE, related_name="stays")
    channels = models.TextField(blank=True)
    start_timestamp = DateTimeTzField(default=local_now)
    last_interaction_timestamp = DateTimeTzField(null=True, blank=True)
    pages = models.TextField(blank=True)
    device_info = models.CharField(max_length=100, null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user_id} from {self.start_timestamp}"


class ContentSummaryLog(PersonalLog):
    """All that a person did with one work, in all visits: time in seconds, progress from 0 to 1.

    `extra_fields["contentState"]` is what the resource itself wants to find again.
    """

    morango_model_name = "contentsummarylog"

    user = models.ForeignKey(FacilityUser, models.CASCADE, related_name="content_summaries")
    content_id = UUIDField(db_index=True)
    channel_id = UUIDField(null=True, blank=True)
    start_timestamp = DateTimeTzField()
    end_timestamp = DateTimeTzField(null=True, blank=True)
    completion_timestamp = DateTimeTzField(null=True, blank=True)
    time_spent = models.FloatField(default=0.0)
    progress = models.FloatField(default=0)
    kind = models.CharField(max_length=200)
    extra_fields: Any = JSONTextField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "content_id"], name="logger_summary_of_person")]

    def __str__(self) -> str:
        return f"{self.user_id} with {self.content_id}"

    def calculate_source_id(self) -> str:
        return str(self.content_id)

    def check_rules(self) -> None:
        if not 0 <= self.progress <= MOST_PROGRESS:
            raise ValidationError(
                {"progress": ValidationError("is a part of the whole, from 0 to 1", code="out_of_range")}
            )


class ContentSessionLog(PersonalLog):
    """One visit of a person to one work."""

    morango_model_name = "contentsessionlog"

    user = models.ForeignKey(FacilityUser, models.CASCADE, null=True, blank=True, related_name="content_visits")
    content_id = UUIDField(db_index=True)
    visitor_id = UUIDField(null=True, blank=True)
    channel_id = UUIDField(null=True, blank=True)
    start_timestamp = DateTimeTzField()
    end_timestamp = DateTimeTzField(null=True, blank=True)
    time_spent = models.FloatField(default=0.0)
    progress = models.FloatField(default=0)
    kind = models.CharField(max_length=200)
    extra_fields: Any = JSONTextField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "content_id"], name="logger_visits_of_person")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.content_id}"

    def check_rules(self) -> None:
        if self.progress < 0:
            raise ValidationError({"progress": ValidationError("is not below 0", code="out_of_range")})


class MasteryLog(PersonalLog):
    """One try at mastering an exercise."""

    morango_model_name = "masterylog"
    same_dataset = ("user", "summarylog")

    user = models.ForeignKey(FacilityUser, models.CASCADE, related_name="mastery_tries")
    summarylog = models.ForeignKey(ContentSummaryLog, models.CASCADE, related_name="mastery_tries")
    mastery_criterion: Any = JSONTextField(default=dict)
    start_timestamp = DateTimeTzField()
    end_timestamp = DateTimeTzField(null=True, blank=True)
    completion_timestamp = DateTimeTzField(null=True, blank=True)
    mastery_level = models.IntegerField()
    complete = models.BooleanField(default=False)
    time_spent = models.FloatField(default=0.0, null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.summarylog_id} for the {self.mastery_level}. time"

    def calculate_source_id(self) -> str:
        return f"{self.summarylog_id}:{self.mastery_level}"


class AttemptLog(PersonalLog):
    """One answer to one question; `correct` from 0 to 1."""

    morango_model_name = "attemptlog"
    same_dataset = ("user", "masterylog", "sessionlog")

    user = models.ForeignKey(FacilityUser, models.CASCADE, null=True, blank=True, related_name="answers")
    sessionlog = models.ForeignKey(ContentSessionLog, models.CASCADE, related_name="answers")
    masterylog = models.ForeignKey(MasteryLog, models.CASCADE, null=True, blank=True, related_name="answers")
    item = models.CharField(max_length=200)
    start_timestamp = DateTimeTzField()
    end_timestamp = DateTimeTzField()
    completion_timestamp = DateTimeTzField(null=True, blank=True)
    time_spent = models.FloatField(default=0.0)
    complete = models.BooleanField(default=False)
    correct = models.FloatField()
    hinted = models.BooleanField(default=False)
    answer: Any = JSONTextField(default=dict, null=True, blank=True)
    simple_answer = models.CharField(max_length=200, blank=True)
    interaction_history: Any = JSONTextField(default=list, blank=True)
    error = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.item} in {self.sessionlog_id}"
