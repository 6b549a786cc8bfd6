from django.apps import AppConfig


class AuthConfig(AppConfig):
    name = "kolibri.core.auth"
    label = "kolibriauth"
