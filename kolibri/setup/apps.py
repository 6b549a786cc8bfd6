from django.apps import AppConfig


class SetupConfig(AppConfig):
    name = "kolibri.setup"

    def ready(self) -> None:
        # Views need the models, which are loaded only now.
        from kolibri.setup.views import recovery
        from kolibri.ui import notices

        notices.register(recovery.notice)
