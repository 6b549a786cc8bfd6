"""What clients send, and what they are told when it cannot be read."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.parsers import MultiPartParser

# As in `errors`, which cannot be imported from here. The libraries' own words are for programmers, and in English.
_DAMAGED = "The address or what was sent is damaged. Go back, try again."


class KolibriJSONParser(JSONParser):
    """Refuses (400) text that is nested too deep to be read, as other broken text."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError(_("What was sent is nested too deep.")) from None
        except ParseError as error:
            raise ParseError(_(_DAMAGED)) from error


class KolibriMultiPartParser(MultiPartParser):
    """Refuses (400) a form that cannot be read in a sentence for people."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError as error:
            raise ParseError(_(_DAMAGED)) from error
