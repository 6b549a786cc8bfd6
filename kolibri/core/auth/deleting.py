"""How a class or group is deleted: whatever keeps what was deleted stands above people and says so here.

deleting.register(services.delete)   # in kolibri.core.bin's AppConfig.ready
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kolibri.core.auth.models import Collection
    from kolibri.core.auth.models import FacilityUser

Way = Callable[["Collection", "FacilityUser"], object]

_ways: list[Way] = []


def register(way: Way) -> None:
    """Delete classes and groups so from now on."""
    _ways[:] = [way]


def delete(collection: Collection, actor: FacilityUser) -> None:
    """Delete the class or group so that it can be brought back. Raises Conflict when it is gone meanwhile."""
    (way,) = _ways
    way(collection, actor)
