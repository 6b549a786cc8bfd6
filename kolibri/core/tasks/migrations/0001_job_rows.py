from django.db import migrations
from django.db import models

import kolibri.core.fields
import kolibri.core.tasks.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="JobRow",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=kolibri.core.tasks.models.new_id,
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("task", models.CharField(max_length=200)),
                ("arguments", kolibri.core.tasks.models.AsciiJSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PENDING", "Waiting"),
                            ("SCHEDULED", "Waiting for its time"),
                            ("QUEUED", "Waiting for its turn"),
                            ("SELECTED", "Starting"),
                            ("RUNNING", "Running"),
                            ("COMPLETED", "Done"),
                            ("FAILED", "Failed"),
                            ("CANCELING", "Stopping"),
                            ("CANCELED", "Stopped"),
                        ],
                        default="PENDING",
                        max_length=10,
                    ),
                ),
                ("priority", models.SmallIntegerField(default=0)),
                ("key", models.CharField(blank=True, max_length=300)),
                ("requested_by", models.CharField(blank=True, db_index=True, max_length=32)),
                ("dataset_id", models.CharField(blank=True, max_length=32)),
                ("language", models.CharField(blank=True, max_length=20)),
                ("progress", models.FloatField(default=0)),
                ("total_progress", models.FloatField(default=1)),
                ("progress_text", models.TextField(blank=True)),
                ("extra", kolibri.core.tasks.models.AsciiJSONField(default=dict)),
                ("result", kolibri.core.tasks.models.AsciiJSONField(default=None, null=True)),
                ("error", models.TextField(blank=True)),
                ("error_code", models.CharField(blank=True, max_length=64)),
                ("exception", models.CharField(blank=True, max_length=200)),
                ("traceback", models.TextField(blank=True)),
                ("created", kolibri.core.fields.DateTimeTzField(auto_now_add=True)),
                ("scheduled_for", kolibri.core.fields.DateTimeTzField(blank=True, null=True)),
                ("started", kolibri.core.fields.DateTimeTzField(blank=True, null=True)),
                ("finished", kolibri.core.fields.DateTimeTzField(blank=True, null=True)),
                ("repeat_interval", models.FloatField(blank=True, null=True)),
                ("repeat", models.PositiveIntegerField(blank=True, null=True)),
                ("retries", models.PositiveIntegerField(default=0)),
                ("retry_interval", models.FloatField(default=0)),
                ("cancel_requested", models.BooleanField(default=False)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("worker", models.CharField(blank=True, max_length=200)),
                ("heartbeat", kolibri.core.fields.DateTimeTzField(blank=True, null=True)),
            ],
            options={
                "ordering": ["created", "id"],
                "indexes": [models.Index(fields=["state", "scheduled_for"], name="tasks_state")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("key", ""), _negated=True),
                            models.Q(("state__in", ["COMPLETED", "FAILED", "CANCELED"]), _negated=True),
                        ),
                        fields=("key",),
                        name="tasks_one_unfinished_per_key",
                    )
                ],
            },
        ),
    ]
