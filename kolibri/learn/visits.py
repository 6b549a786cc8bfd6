"""What a resource's page needs to show it and to tell of the visit, in a lesson and outside of one."""

from __future__ import annotations

import json
from typing import Any

from django.urls import reverse

from kolibri.core.content.models import ContentNode
from kolibri.core.logger import services as logger
from kolibri.core.logger.services import Standing
from kolibri.ui import viewers
from kolibri.ui.requests import PersonRequest


def opened(request: PersonRequest, node: ContentNode | None) -> dict[str, Any]:
    """Return the context of `learn/resource.html` for `node`; None is one whose files are not here."""
    standing = logger.standing(request.user, node.content_id) if node else None
    return {
        "node": node,
        "shown": viewers.viewer_of(request, node),
        "standing": standing,
        "state": json.dumps(standing.state if standing else {}),
        "kept": _kept_by_app(standing),
        "visits": f"{reverse('kolibri:core:progress-list')}visit/",
    }


def _kept_by_app(standing: Standing | None) -> str:
    """Return what an interactive page kept at the last visit, as its frame's name carries it."""
    kept = standing.state.get("app") if standing else None
    return json.dumps({"kolibriShim": kept}) if isinstance(kept, dict) else ""
