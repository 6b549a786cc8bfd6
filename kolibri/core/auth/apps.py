from django.apps import AppConfig


class AuthConfig(AppConfig):
    name = "kolibri.core.auth"
    label = "kolibriauth"

    def ready(self) -> None:
        # Not above: REST framework reads the settings when it is imported.
        from kolibri.core.auth import checks  # noqa: F401
