from django.apps import AppConfig


class ServerConfig(AppConfig):
    name = "kolibri.server"
    label = "server"
