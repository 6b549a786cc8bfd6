from django.apps import AppConfig


class LearnConfig(AppConfig):
    name = "kolibri.learn"
