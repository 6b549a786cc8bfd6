"""One channel: what is in it, how much of it is here, and which lessons use it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kolibri.computer import offers
from kolibri.computer.uses import uses
from kolibri.core.content import services
from kolibri.core.content.models import Language
from kolibri.core.content.own import versions
from kolibri.core.ids import hex_or_none
from kolibri.errors import NotHere
from kolibri.ui.access import keeper
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest


@require_safe
@open_to(keeper)
def channel(request: PersonRequest, pk: str) -> HttpResponse:
    """The channel's first folder, or the one in `topic`. Raises NotHere for what is not of this channel."""
    found = next((one for one in services.list_channels() if one.id == pk), None)
    if found is None:
        raise NotHere(_("This channel is not on this computer any more."), code="no_channel")
    topic = hex_or_none(request.GET.get("topic")) or found.root_id
    opened = services.browse(topic, coach=True, available=False)
    if opened.folder.channel_id != pk:
        raise NotHere(_("This resource is not on this computer."), code="no_resource")
    is_first = topic == found.root_id
    context = {
        "channel": found,
        "folder": opened,
        "is_first": is_first,
        "is_own": pk == versions.current_id(),
        "above": opened.path[1:-1],
        # The first folder's language is the channel's: the format has no other place for it on the channel itself.
        "language": Language.objects.filter(pk=opened.folder.language).first() if is_first else None,
        "missing": max(found.total_resources - found.resources, 0),
        "uses": uses(pk, request.user) if is_first else [],
        # Of a channel that is not whole the stick that is in the computer may have the rest.
        "stick": offers.holding(request, pk) if is_first and found.resources < found.total_resources else None,
    }
    return render(request, "computer/channel.html", context)
