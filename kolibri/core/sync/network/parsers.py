"""Reading what peers send: JSON, packed or not, and never more than the protocol needs."""

from __future__ import annotations

import json
import zlib
from typing import IO
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from kolibri.core.sync.network import wire
from kolibri.core.values.errors import DAMAGED
from kolibri.core.values.errors import TOO_LARGE
from kolibri.errors import BadInput


class TooLarge(BadInput):
    """More was sent at once than any sync sends (413)."""

    status = 413
    code = "too_large"

    def __init__(self) -> None:
        super().__init__(TOO_LARGE)


def _loads(data: bytes) -> Any:
    if wire.has_too_many_values(data):
        raise TooLarge
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise ParseError(DAMAGED) from None


class PeerJSONParser(BaseParser):
    """JSON, bounded."""

    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        data = stream.read(wire.MOST_BYTES + 1)
        if len(data) > wire.MOST_BYTES:
            raise TooLarge
        return _loads(data)


class PeerGzipParser(BaseParser):
    """JSON packed by gzip; unpacked no further than the bound, however small it is packed."""

    media_type = "application/gzip"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        data = stream.read(wire.MOST_BYTES + 1)
        if len(data) > wire.MOST_BYTES:
            raise TooLarge
        unpacker = zlib.decompressobj(wbits=31)
        try:
            text = unpacker.decompress(data, wire.MOST_BYTES)
        except zlib.error:
            raise ParseError(DAMAGED) from None
        if unpacker.unconsumed_tail:
            raise TooLarge
        if not unpacker.eof:
            raise ParseError(DAMAGED)
        return _loads(text)
