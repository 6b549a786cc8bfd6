"""The wizard's other way: a school that is there already, on another computer."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.core.auth import signing_in
from kolibri.core.sync.network import partners
from kolibri.errors import BadInput
from kolibri.errors import KolibriError
from kolibri.setup import bringing
from kolibri.setup.answers import PAGES
from kolibri.setup.answers import Answers
from kolibri.setup.answers import typed
from kolibri.ui.access import open_to
from kolibri.ui.access import this_computer

if TYPE_CHECKING:
    from kolibri.core.sync.network.peers import Peer
    from kolibri.core.sync.network.peers import School

_FIELDS = ("address", "username", "school")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@open_to(this_computer)
def bring(request: HttpRequest) -> HttpResponse:
    """Ask where the school is and who runs it; show how it arrives; sign its admin in once it is here."""
    answers = Answers.read()
    if not answers.is_open("school"):
        return redirect("kolibri:setup:start")
    under_way = bringing.current()
    if under_way is not None and under_way.is_done:
        return _arrived(request, under_way, answers)
    if request.method != "POST":
        return _page(request, under_way)
    if under_way is not None:
        bringing.again(under_way)
        return redirect("kolibri:setup:bring")
    kept = {name: typed(request.POST, name).strip() for name in _FIELDS}
    kept["address"] = kept["address"] or typed(request.POST, "found").strip()
    peer: Peer | None = None
    try:
        if not kept["address"]:
            raise BadInput(_("Type the other computer's address, or choose it from the list."), field="address")
        peer = bringing.schools_at(kept["address"])
        school = _chosen(peer, kept["school"])
        bringing.start(peer, school, kept["username"], request.POST.get("password", ""))
    except KolibriError as error:
        schools = peer.schools if peer is not None and len(peer.schools) > 1 else ()
        return _page(request, None, error, kept=kept, schools=schools)
    return redirect("kolibri:setup:bring")


@require_safe
@open_to(this_computer)
def around(request: HttpRequest) -> HttpResponse:
    """The part of the page with the computers that are found in this network; the one that is chosen stays so."""
    if not Answers.read().is_open("school"):
        return redirect("kolibri:setup:start")
    return render(request, "ui/_around.html", _found(request.GET.get("found", "")))


@require_POST
@open_to(this_computer)
def stop(request: HttpRequest) -> HttpResponse:
    """Do not bring it in after all."""
    bringing.give_up()
    return redirect("kolibri:setup:school")


def _found(chosen: str) -> dict[str, Any]:
    return {"around": "kolibri:setup:bring-around", "found": partners.around(), "chosen": chosen}


def _chosen(peer: Peer, wanted: str) -> School:
    if not peer.schools:
        raise BadInput(_("There is no school on that computer."), field="address")
    if len(peer.schools) == 1:
        return peer.schools[0]
    found = next((school for school in peer.schools if school.id == wanted), None)
    if found is None:
        raise BadInput(_("There are several schools on that computer. Choose one."), field="school")
    return found


def _arrived(request: HttpRequest, done: bringing.Bringing, answers: Answers) -> HttpResponse:
    admin = bringing.adopt(done, answers.page("language").get("language", "en"))
    if admin is None:
        bringing.give_up()
        sentence = _(
            "The school arrived without the person who was to run this computer. Try again with another admin."
        )
        return _page(request, None, BadInput(sentence))
    signing_in.open_session(request, admin)
    return redirect("kolibri:coach:classes")


def _page(
    request: HttpRequest,
    under_way: bringing.Bringing | None,
    error: KolibriError | None = None,
    **more: Any,
) -> HttpResponse:
    context = {
        "page": "bring",
        "number": PAGES.index("school") + 1,
        "total": len(PAGES),
        "bringing": under_way,
        **_found(typed(request.POST, "found")),
        "errors": {error.field or "page": [str(error)]} if error is not None else {},
        **more,
    }
    return render(request, "setup/bring.html", context, status=error.status if error is not None else 200)
