from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The guide's patterns: values viewsets, array aggregates, fields. Holds no model of its own."""

    name = "kolibri.core"
    label = "kolibricore"
