from django.apps import AppConfig


class BackupConfig(AppConfig):
    """Copies of the database file. Holds no rows: what a copy is stands in its name and in itself."""

    name = "kolibri.core.backup"
    label = "backup"
