from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The guide's patterns: values viewsets, array aggregates, fields. Holds no model of its own."""

    name = "kolibri.core"
    label = "kolibricore"

    def ready(self) -> None:
        # Not above: REST framework reads the settings when it is imported.
        from kolibri.core import many_ids  # noqa: F401
        from kolibri.core import uuid_field
        from kolibri.core.values import checks  # noqa: F401
        from kolibri.core.values.filters import use_keys

        uuid_field.complete()
        use_keys()
