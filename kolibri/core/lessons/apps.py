from django.apps import AppConfig


class LessonsConfig(AppConfig):
    name = "kolibri.core.lessons"
    label = "lessons"
