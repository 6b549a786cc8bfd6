import django.db.models.deletion
import morango.models.fields.uuids
from django.db import migrations
from django.db import models

import kolibri.core.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ContentTag",
            fields=[
                ("id", morango.models.fields.uuids.UUIDField(primary_key=True, serialize=False)),
                ("tag_name", models.CharField(max_length=30)),
            ],
        ),
        migrations.CreateModel(
            name="GoneNode",
            fields=[
                ("id", morango.models.fields.uuids.UUIDField(primary_key=True, serialize=False)),
                ("content_id", morango.models.fields.uuids.UUIDField(db_index=True)),
                ("channel_id", morango.models.fields.uuids.UUIDField(db_index=True)),
                ("channel_name", models.CharField(max_length=200)),
                ("title", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=200)),
                ("gone_at", kolibri.core.fields.DateTimeTzField(default=kolibri.core.fields.local_now)),
            ],
        ),
        migrations.CreateModel(
            name="Language",
            fields=[
                ("id", models.CharField(max_length=14, primary_key=True, serialize=False)),
                ("lang_code", models.CharField(max_length=3)),
                ("lang_subcode", models.CharField(max_length=10, null=True)),
                ("lang_name", models.CharField(max_length=100, null=True)),
                ("lang_direction", models.CharField(default="ltr", max_length=3)),
            ],
        ),
        migrations.CreateModel(
            name="LocalFile",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("extension", models.CharField(max_length=40)),
                ("file_size", models.PositiveBigIntegerField(null=True)),
                ("available", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="ContentNode",
            fields=[
                ("id", morango.models.fields.uuids.UUIDField(primary_key=True, serialize=False)),
                ("lft", models.PositiveIntegerField()),
                ("rght", models.PositiveIntegerField()),
                ("tree_id", models.PositiveIntegerField()),
                ("level", models.PositiveIntegerField()),
                ("sort_order", models.FloatField(null=True)),
                ("kind", models.CharField(max_length=200)),
                ("title", models.CharField(max_length=200)),
                ("description", models.TextField(null=True)),
                ("content_id", morango.models.fields.uuids.UUIDField(db_index=True)),
                ("channel_id", morango.models.fields.uuids.UUIDField(db_index=True)),
                ("coach_content", models.BooleanField(default=False)),
                ("license_name", models.CharField(max_length=50, null=True)),
                ("license_description", models.TextField(null=True)),
                ("license_owner", models.CharField(default="", max_length=200)),
                ("author", models.CharField(default="", max_length=200)),
                ("options", kolibri.core.fields.JSONTextField(null=True)),
                ("learning_activities", models.TextField(null=True)),
                ("grade_levels", models.TextField(null=True)),
                ("resource_types", models.TextField(null=True)),
                ("categories", models.TextField(null=True)),
                ("learner_needs", models.TextField(null=True)),
                ("accessibility_labels", models.TextField(null=True)),
                ("duration", models.PositiveIntegerField(null=True)),
                ("available", models.BooleanField(default=False)),
                ("on_device_resources", models.PositiveIntegerField(default=0)),
                ("coach_resources", models.PositiveIntegerField(default=0)),
                ("on_device_size", models.PositiveBigIntegerField(default=0)),
                ("search_title", models.CharField(default="", max_length=800)),
                ("search_text", models.TextField(default="")),
                ("has_prerequisite", models.ManyToManyField(related_name="prerequisite_for", to="content.contentnode")),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="children",
                        to="content.contentnode",
                    ),
                ),
                ("related", models.ManyToManyField(to="content.contentnode")),
                ("tags", models.ManyToManyField(related_name="tagged_content", to="content.contenttag")),
                (
                    "lang",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="content.language"
                    ),
                ),
            ],
            options={
                "ordering": ("tree_id", "lft"),
            },
        ),
        migrations.CreateModel(
            name="ChannelMetadata",
            fields=[
                ("id", morango.models.fields.uuids.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("description", models.CharField(blank=True, default="", max_length=400)),
                ("tagline", models.CharField(max_length=150, null=True)),
                ("author", models.CharField(blank=True, default="", max_length=400)),
                ("version", models.PositiveIntegerField()),
                ("thumbnail", models.TextField(blank=True, default="")),
                ("last_updated", kolibri.core.fields.DateTimeTzField(null=True)),
                ("min_schema_version", models.CharField(max_length=50)),
                ("on_device_resources", models.PositiveIntegerField(default=0)),
                ("total_resource_count", models.PositiveIntegerField(default=0)),
                ("on_device_size", models.PositiveBigIntegerField(default=0)),
                ("imported_at", kolibri.core.fields.DateTimeTzField(default=kolibri.core.fields.local_now)),
                (
                    "root",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="content.contentnode"
                    ),
                ),
            ],
            options={
                "ordering": ("name", "id"),
            },
        ),
        migrations.CreateModel(
            name="AssessmentMetadata",
            fields=[
                ("id", morango.models.fields.uuids.UUIDField(primary_key=True, serialize=False)),
                ("assessment_item_ids", kolibri.core.fields.JSONTextField(default=list)),
                ("number_of_assessments", models.PositiveIntegerField(default=0)),
                ("mastery_model", kolibri.core.fields.JSONTextField(default=dict)),
                ("randomize", models.BooleanField(default=False)),
                ("is_manipulable", models.BooleanField(default=False)),
                (
                    "contentnode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assessmentmetadata",
                        to="content.contentnode",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="File",
            fields=[
                ("id", morango.models.fields.uuids.UUIDField(primary_key=True, serialize=False)),
                ("preset", models.CharField(max_length=150)),
                ("supplementary", models.BooleanField(default=False)),
                ("thumbnail", models.BooleanField(default=False)),
                ("priority", models.IntegerField(null=True)),
                (
                    "contentnode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="content.contentnode"
                    ),
                ),
                (
                    "lang",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="content.language"
                    ),
                ),
                (
                    "local_file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="content.localfile"
                    ),
                ),
            ],
            options={
                "ordering": ("priority", "id"),
            },
        ),
        migrations.AddIndex(
            model_name="contentnode",
            index=models.Index(fields=["tree_id", "lft"], name="content_tree"),
        ),
        migrations.AddIndex(
            model_name="contentnode",
            index=models.Index(fields=["parent", "lft"], name="content_children"),
        ),
    ]
