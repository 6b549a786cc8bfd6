from django.apps import AppConfig


class BinConfig(AppConfig):
    """Classes and groups that were deleted, kept for a while so that they can be brought back."""

    name = "kolibri.core.bin"
    label = "bin"

    def ready(self) -> None:
        from kolibri.core.auth import deleting
        from kolibri.core.bin import services

        deleting.register(services.delete)
