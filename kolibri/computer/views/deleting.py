"""Deleting what lies on this computer: it cannot be undone, so each is confirmed on a page of its own."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kolibri.computer.losses import kept_without
from kolibri.computer.losses import losses
from kolibri.core.content import services
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.own import removing
from kolibri.core.content.tasks import DeleteChannel
from kolibri.errors import KolibriError
from kolibri.errors import NotHere
from kolibri.ui.access import keeper
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(keeper)
def delete_channel(request: PersonRequest, pk: str) -> HttpResponse:
    """Say which lessons lose what; a POST starts the deletion."""
    channel = next((one for one in services.list_channels() if one.id == pk), None)
    if channel is None:
        raise NotHere(_("This channel is not on this computer any more."), code="no_channel")
    if request.method == "POST":
        DeleteChannel.options(key=pk, requested_by=request.user.pk).enqueue(pk)
        return redirect("kolibri:computer:content")
    return render(request, "computer/delete_channel.html", {"channel": channel, "losses": losses(pk)})


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(keeper)
def delete_own_file(request: PersonRequest, pk: str) -> HttpResponse:
    """Say which lessons lose the file, one of those that people of this computer added; a POST deletes it."""
    node = removing.find(pk)
    channel = ChannelMetadata.objects.filter(pk=node.channel_id)
    error = None
    if request.method == "POST":
        try:
            removing.remove(pk)
        except NotHere:
            raise
        except KolibriError as problem:
            error = problem
        else:
            if channel.exists():
                return redirect("kolibri:computer:channel", node.channel_id)
            return redirect("kolibri:computer:content")
    lost = losses(node.channel_id, kept_without(node))
    context = {"file": node, "channel": channel.first(), "losses": lost, "error": error}
    return render(request, "computer/delete_own_file.html", context, status=error.status if error else 200)
