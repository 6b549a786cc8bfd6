from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ChangesConfig(AppConfig):
    """Counts what changes in each table, so that a client may be told that nothing did."""

    name = "kolibri.core.changes"
    label = "changes"

    def ready(self) -> None:
        post_migrate.connect(self._install, sender=self)

    def _install(self, using: str, **kwargs: Any) -> None:
        # Not above: models are there only now.
        from kolibri.core.changes import counters

        counters.install(using)
