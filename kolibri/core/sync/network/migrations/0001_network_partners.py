import django.db.models.deletion
import morango.models.fields.uuids
from django.db import migrations
from django.db import models

import kolibri.core.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("kolibriauth", "0007_lists_that_can_be_undone"),
    ]

    operations = [
        migrations.CreateModel(
            name="SyncDoor",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("is_open", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Partner",
            fields=[
                ("id", morango.models.fields.uuids.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("address", models.CharField(max_length=255)),
                ("instance_id", morango.models.fields.uuids.UUIDField(blank=True, null=True)),
                ("name", models.CharField(blank=True, max_length=100)),
                ("program", models.CharField(blank=True, max_length=100)),
                ("every", models.PositiveIntegerField(default=0)),
                ("open_session", models.CharField(blank=True, max_length=32)),
                ("ending", models.CharField(default="never", max_length=10)),
                ("sentence", models.TextField(blank=True)),
                ("tried_at", kolibri.core.fields.DateTimeTzField(blank=True, null=True)),
                ("synced_at", kolibri.core.fields.DateTimeTzField(blank=True, null=True)),
                ("received", models.PositiveIntegerField(default=0)),
                ("sent", models.PositiveIntegerField(default=0)),
                (
                    "dataset",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sync_partners",
                        to="kolibriauth.facilitydataset",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "address"],
                "constraints": [models.UniqueConstraint(fields=("dataset", "address"), name="syncnetwork_one_address")],
            },
        ),
    ]
