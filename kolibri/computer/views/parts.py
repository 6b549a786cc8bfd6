"""Parts of a channel on a stick: which folders there are, and the import of those that are ticked."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from typing import Final

from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kolibri.computer import offers
from kolibri.computer.losses import kept_by
from kolibri.computer.losses import losses
from kolibri.core.content import choice
from kolibri.core.content import paths
from kolibri.core.content.disk import SPARE
from kolibri.core.content.drives import Source
from kolibri.core.content.parts import Parts
from kolibri.core.content.parts import look
from kolibri.core.content.parts import uppermost
from kolibri.core.content.problems import Older
from kolibri.core.content.tasks import ImportChannels
from kolibri.errors import NotHere
from kolibri.ui.access import keeper
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest

_UNITS: Final = tuple(1024**power for power in range(1, 5))


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(keeper)
def parts(request: PersonRequest, source: str, pk: str) -> HttpResponse:
    """Show the parts; a POST brings in the ticked ones (`node` several times, `version`), or adds them up (`sum`).

    Raises NotHere when the stick was taken out, and ChannelProblem for a channel that cannot be read.
    """
    stick = offers.attached(request, source)
    if stick is None:
        raise NotHere(_("This stick is not there any more. Put it in again."), code="no_stick")
    found = look(stick.content, pk)
    if found.here_version is not None and found.is_older:
        raise Older(found.name, found.here_version, found.version)
    ticked = request.POST.getlist("node")
    if request.method != "POST" or "sum" in request.POST:
        return _page(request, stick, found, ticked)
    if error := _fault(request, pk, found, ticked):
        return _page(request, stick, found, ticked, error)
    chosen = uppermost(found, ticked)
    if found.is_newer and "anyway" not in request.POST:
        # What an update takes away cannot be undone: it is said before anything is copied.
        lost = losses(pk, kept_by(paths.database_path(stick.content, pk)))
        if lost:
            asked = [("version", found.version), *(("node", node) for node in chosen)]
            context = {"losing": [(found, lost)], "action": request.path, "asked": asked}
            return render(request, "computer/update_losses.html", context)
    key = hashlib.sha256("\n".join([str(stick.path), pk, *chosen]).encode("utf-8", "surrogatepass")).hexdigest()
    order = ImportChannels.options(key=key, requested_by=request.user.pk)
    order.enqueue(str(stick.path), [pk], chosen, found.version)
    return redirect("kolibri:computer:content")


def _fault(request: PersonRequest, channel_id: str, found: Parts, ticked: list[str]) -> str:
    """Return what is wrong with what was sent, in a sentence, or ""."""
    if request.POST.get("version") != str(found.version):
        return choice.stale()
    if not ticked:
        return _("Tick what you want.")
    if not found.by_id.keys() >= set(ticked):
        return choice.foreign()
    if offers.is_coming(channel_id):
        return _("This channel is being brought in just now. Wait until that is done.")
    if found.size(ticked) > offers.free_space() - SPARE:
        return _("That is more than is free on this computer. Tick less.")
    return ""


def _page(request: PersonRequest, stick: Source, found: Parts, ticked: list[str], error: str = "") -> HttpResponse:
    known = [found.by_id[node] for node in ticked if node in found.by_id]
    opened = set()
    for part in known:
        above = part.above
        while above is not None:
            opened.add(above.id)
            above = above.above
    free = offers.free_space()
    size = found.size({part.id for part in known})
    context: dict[str, Any] = {
        "source": stick,
        "found": found,
        "ticked": {part.id for part in known},
        "opened": opened,
        "size": size,
        "free": free,
        "room": max(free - SPARE, 0),
        "is_too_much": size > free - SPARE,
        "sums": json.dumps(found.sums, separators=(",", ":")),
        "size_words": json.dumps(_size_words()),
        "error": error,
    }
    return render(request, "computer/parts.html", context, status=400 if error else 200)


def _size_words() -> dict[str, Any]:
    """Return how this language writes sizes, for the sum that follows the ticks: `{}` stands for the number."""
    units = [[unit, filesizeformat(unit).replace(number_format(1, 1), "{}")] for unit in _UNITS]
    return {"units": [[1, filesizeformat(2).replace("2", "{}")], *units], "point": number_format(1.5, 1)[1]}
