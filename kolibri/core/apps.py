import sys

from django.apps import AppConfig

# REST framework loads `requests` for a test client of its own when it is installed, which costs every
# start 40 ms and 5 MB; what really sends requests loads it then.
if "requests" not in sys.modules:
    sys.modules["requests"] = None  # type: ignore[assignment]
    try:
        import rest_framework.compat  # noqa: F401
    finally:
        del sys.modules["requests"]


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
