from django.db import migrations
from django.db import models


class Migration(migrations.Migration):
    dependencies = [
        ("device", "0003_learners_may_browse"),
    ]

    operations = [
        migrations.AddField(
            model_name="devicesettings",
            name="shares_at_start",
            field=models.BooleanField(default=False),
        ),
    ]
