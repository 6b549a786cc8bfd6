from django.apps import AppConfig


class SyncConfig(AppConfig):
    """Brings what other computers of a school know together with what this one knows."""

    name = "kolibri.core.sync"
    label = "sync"

    def ready(self) -> None:
        # Not above: models are there only now.
        from kolibri.core.sync import identity
        from kolibri.core.sync import serializing
        from kolibri.core.sync import vouching
        from kolibri.core.sync.arrivals import settling
        from kolibri.core.sync.arrivals import tasks  # noqa: F401  (it makes the task known)

        identity.take_over()
        serializing.take_over()
        settling.take_over()
        vouching.take_over()
