import morango.models.fields.uuids
from django.db import migrations
from django.db import models


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0003_parts_of_a_channel"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwnChannel",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False),
                ),
                ("channel_id", morango.models.fields.uuids.UUIDField()),
            ],
        ),
    ]
