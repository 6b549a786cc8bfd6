"""Chains of certificates as peers send them: which school one hangs on, before anything of it is kept."""

from __future__ import annotations

import json
from typing import Any
from typing import Final

from kolibri.core.sync.network import wire

_LONGEST: Final = 10
_LARGEST: Final = 10_000


def root_of(chain: Any) -> str:
    """Return the id of the school that a chain hangs on (text, or what is read from it). Raises Unfit.

    Every certificate but the first must name the one before it: morango takes one without a
    parent, in the middle of a chain, for the beginning of another school.
    """
    try:
        found = json.loads(chain) if isinstance(chain, str) else chain
        if not isinstance(found, list) or not 0 < len(found) <= _LONGEST:
            raise wire.Unfit("certificate_chain")
        ids: list[str] = []
        for certificate in found:
            inner = json.loads(wire.a_text(certificate["serialized"], "certificate_chain", _LARGEST))
            if inner["parent_id"] != (ids[-1] if ids else None):
                raise wire.Unfit("certificate_chain")
            ids.append(wire.an_id(inner["id"], "certificate_chain"))
        return ids[0]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise wire.Unfit("certificate_chain") from None
