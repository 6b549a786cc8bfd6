"""JSON from clients."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class KolibriJSONParser(JSONParser):
    """Refuses (400) text that is nested too deep to be read, as other broken text."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError(_("What was sent is nested too deep.")) from None
