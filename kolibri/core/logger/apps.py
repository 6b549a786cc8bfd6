from django.apps import AppConfig


class LoggerConfig(AppConfig):
    name = "kolibri.core.logger"
    label = "logger"

    def ready(self) -> None:
        from kolibri.core.auth.signing_in import signed_in
        from kolibri.core.logger import stays

        signed_in.connect(stays.begin)
