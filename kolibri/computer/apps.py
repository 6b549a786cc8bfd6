from django.apps import AppConfig


class ComputerConfig(AppConfig):
    name = "kolibri.computer"
