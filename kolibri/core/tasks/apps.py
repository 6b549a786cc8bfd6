from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "kolibri.core.tasks"
    label = "tasks"
