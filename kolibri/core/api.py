"""The public names of the values viewsets; what they do stands in `kolibri.core.values`."""

from kolibri.core.values.errors import exception_handler
from kolibri.core.values.from_serializer import values_from
from kolibri.core.values.pages import ValuesCursorPagination
from kolibri.core.values.pages import ValuesOrderingFilter
from kolibri.core.values.pages import ValuesPageNumberPagination
from kolibri.core.values.plan import Nested
from kolibri.core.values.plan import Plan
from kolibri.core.values.rendering import ORJSONRenderer
from kolibri.core.values.viewsets import BaseValuesViewset
from kolibri.core.values.viewsets import ConsolidateError
from kolibri.core.values.viewsets import ReadOnlyValuesViewset
from kolibri.core.values.viewsets import ValuesViewset
from kolibri.core.values.viewsets import registry

__all__ = [
    "BaseValuesViewset",
    "ConsolidateError",
    "Nested",
    "ORJSONRenderer",
    "Plan",
    "ReadOnlyValuesViewset",
    "ValuesCursorPagination",
    "ValuesOrderingFilter",
    "ValuesPageNumberPagination",
    "ValuesViewset",
    "exception_handler",
    "registry",
    "values_from",
]
