from django.db import migrations
from django.db import models


class Migration(migrations.Migration):
    dependencies = [
        ("device", "0002_what_is_put_away"),
    ]

    operations = [
        migrations.AddField(
            model_name="devicesettings",
            name="learners_may_browse",
            field=models.BooleanField(default=True),
        ),
    ]
