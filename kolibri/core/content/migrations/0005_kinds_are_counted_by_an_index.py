from django.db import migrations
from django.db import models


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0004_files_of_ones_own"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="contentnode",
            index=models.Index(condition=models.Q(("available", True)), fields=["kind"], name="content_kinds"),
        ),
    ]
