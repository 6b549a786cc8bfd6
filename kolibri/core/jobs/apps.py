from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Who may see and stop which job. The jobs themselves are `kolibri.core.tasks`, which knows no people."""

    name = "kolibri.core.jobs"
    label = "jobs"
