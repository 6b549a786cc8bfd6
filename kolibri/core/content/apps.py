from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "kolibri.core.content"
    label = "content"
