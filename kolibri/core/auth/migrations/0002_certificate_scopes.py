"""The two scopes that peers of the facility sync must know, ids and templates exact (docs/data.md)."""

import json
from pathlib import Path
from typing import Any

from django.db import migrations

# Where morango itself looks when a scope is missing.
SCOPES = Path(__file__).resolve().parent.parent / "fixtures" / "scopedefinitions.json"


def add_scopes(apps: Any, schema_editor: Any) -> None:
    definitions = apps.get_model("morango", "ScopeDefinition").objects
    for scope in json.loads(SCOPES.read_text("utf-8")):
        definitions.update_or_create(pk=scope["pk"], defaults=scope["fields"])


class Migration(migrations.Migration):
    dependencies = [
        ("kolibriauth", "0001_people_and_collections"),
        ("morango", "0024_auto_20240129_1757"),
    ]

    operations = [migrations.RunPython(add_scopes, migrations.RunPython.noop)]
