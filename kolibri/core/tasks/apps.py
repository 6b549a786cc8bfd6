from django.apps import AppConfig

from kolibri.core.tasks import registry


class TasksConfig(AppConfig):
    name = "kolibri.core.tasks"
    label = "tasks"

    def ready(self) -> None:
        registry.autodiscover()
