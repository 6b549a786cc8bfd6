from django.apps import AppConfig


class SafekeepingConfig(AppConfig):
    """Carries backups on a stick. Holds no rows."""

    name = "kolibri.core.safekeeping"
    label = "safekeeping"
