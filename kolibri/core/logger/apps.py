from django.apps import AppConfig


class LoggerConfig(AppConfig):
    name = "kolibri.core.logger"
    label = "logger"
