"""Jobs as rows: what was asked for, how far it is, how it ended. The rows are the truth, workers only follow them."""

from __future__ import annotations

import json
import uuid
from typing import Any
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kolibri.core.fields import DateTimeTzField
from kolibri.core.fields import JSONTextField


class State(models.TextChoices):
    """Where a job is in its life; see docs/jobs.md for the ways between the states."""

    PENDING = "PENDING", _("Waiting")
    SCHEDULED = "SCHEDULED", _("Waiting for its time")
    QUEUED = "QUEUED", _("Waiting for its turn")
    SELECTED = "SELECTED", _("Starting")
    RUNNING = "RUNNING", _("Running")
    COMPLETED = "COMPLETED", _("Done")
    FAILED = "FAILED", _("Failed")
    CANCELING = "CANCELING", _("Stopping")
    CANCELED = "CANCELED", _("Stopped")


WAITING = (State.PENDING, State.SCHEDULED, State.QUEUED)
TAKEN = (State.SELECTED, State.RUNNING, State.CANCELING)
FINISHED = (State.COMPLETED, State.FAILED, State.CANCELED)


class AsciiJSONField(JSONTextField):
    """JSON as plain ASCII text.

    A stick's folder may have a name that is no valid text; Python holds it as lone surrogates, which
    no database takes unless they are escaped.
    """

    # For the type checker: any JSON, not text.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None and self.null else json.dumps(value, separators=(",", ":"))


def new_id() -> str:
    """Return a fresh id of 32 hexadecimal digits."""
    return uuid.uuid4().hex


class JobRow(models.Model):
    """One job. Written in the transaction of the work that asks for it; `kolibri.core.tasks.job.Job` reads it."""

    id = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)
    task = models.CharField(max_length=200)
    arguments = AsciiJSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    # Higher goes first.
    priority = models.SmallIntegerField(default=0)
    # At most one unfinished job has a given key; empty for jobs that may be many.
    key = models.CharField(max_length=300, blank=True)

    requested_by = models.CharField(max_length=32, blank=True, db_index=True)
    dataset_id = models.CharField(max_length=32, blank=True)
    # Of the person who asked, so that a failure's sentence is in their language.
    language = models.CharField(max_length=20, blank=True)

    progress = models.FloatField(default=0)
    total_progress = models.FloatField(default=1)
    progress_text = models.TextField(blank=True)
    extra = AsciiJSONField(default=dict)

    result = AsciiJSONField(null=True, default=None)
    # For a person: what went wrong and what to do. `exception` and `traceback` are for a developer.
    error = models.TextField(blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    exception = models.CharField(max_length=200, blank=True)
    traceback = models.TextField(blank=True)

    created = DateTimeTzField(auto_now_add=True)
    scheduled_for = DateTimeTzField(null=True, blank=True)
    started = DateTimeTzField(null=True, blank=True)
    finished = DateTimeTzField(null=True, blank=True)

    # Seconds between the starts of a repeated job; null for a job that runs once.
    repeat_interval = models.FloatField(null=True, blank=True)
    # How often it is still to run after this time; null means for ever.
    repeat = models.PositiveIntegerField(null=True, blank=True)
    # How often it may still be tried after a failure, and after how many seconds.
    retries = models.PositiveIntegerField(default=0)
    retry_interval = models.FloatField(default=0)

    cancel_requested = models.BooleanField(default=False)
    # How often a worker took it without an orderly end.
    attempts = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=200, blank=True)
    heartbeat = DateTimeTzField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["created", "id"]
        indexes: ClassVar = [models.Index(fields=["state", "scheduled_for"], name="tasks_state")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key"],
                condition=~models.Q(key="") & ~models.Q(state__in=["COMPLETED", "FAILED", "CANCELED"]),
                name="tasks_one_unfinished_per_key",
            )
        ]

    def __str__(self) -> str:
        return self.id
