"""The two scopes that peers of the facility sync must know, ids and templates exact (docs/data.md)."""

from typing import Any

from django.db import migrations

SCOPES = [
    {
        "id": "full-facility",
        "primary_scope_param_key": "dataset_id",
        "description": "Everything of the school ${dataset_id}",
        "read_filter_template": "",
        "write_filter_template": "",
        "read_write_filter_template": "${dataset_id}",
    },
    {
        "id": "single-user",
        "primary_scope_param_key": "",
        "description": "What belongs to the person ${user_id} of the school ${dataset_id}",
        "read_filter_template": "${dataset_id}:allusers-ro\n${dataset_id}:user-ro:${user_id}",
        "write_filter_template": "${dataset_id}:anonymous",
        "read_write_filter_template": "${dataset_id}:user-rw:${user_id}",
    },
]


def add_scopes(apps: Any, schema_editor: Any) -> None:
    definitions = apps.get_model("morango", "ScopeDefinition").objects
    for scope in SCOPES:
        definitions.update_or_create(id=scope["id"], defaults={"profile": "facilitydata", "version": 1, **scope})


class Migration(migrations.Migration):
    dependencies = [
        ("kolibriauth", "0001_people_and_collections"),
        ("morango", "0024_auto_20240129_1757"),
    ]

    operations = [migrations.RunPython(add_scopes, migrations.RunPython.noop)]
