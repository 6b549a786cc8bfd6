import morango.models.fields.uuids
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("bin", "0001_deletions"),
    ]

    operations = [
        migrations.AddField(
            model_name="deletion",
            name="deleted_id",
            field=morango.models.fields.uuids.UUIDField(editable=False, null=True),
        ),
    ]
