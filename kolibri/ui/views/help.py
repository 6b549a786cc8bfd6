"""Help: the list of topics with a search, and each topic on a page of its own."""

from __future__ import annotations

from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kolibri.errors import NotHere
from kolibri.ui.access import everyone
from kolibri.ui.access import open_to
from kolibri.ui.access import person_of
from kolibri.ui.help import about
from kolibri.ui.help import searching
from kolibri.ui.help.topic import For
from kolibri.ui.help.topic import Topic
from kolibri.ui.help.topics import BY_NAME
from kolibri.ui.help.topics import TOPICS

LONGEST_QUERY = 100


@require_safe
@open_to(everyone)
def topics(request: HttpRequest) -> HttpResponse:
    """List the topics, above them the one for the page that `about` names; `q` narrows the list."""
    query = request.GET.get("q", "")[:LONGEST_QUERY]
    listed = _topics_for(request)
    found = searching.found(query, listed)
    fitting = about.topic_name(request.GET.get("about", ""))
    context = {
        "query": query,
        # What is not found is there, hidden: it comes back as one goes on typing.
        "topics": [(topic, topic.name in found) for topic in listed],
        "nothing_found": not found,
        "fitting": None if query else next((topic for topic in listed if topic.name == fitting), None),
    }
    return render(request, "ui/help.html", context)


@require_safe
@open_to(everyone)
def topic(request: HttpRequest, topic: str) -> HttpResponse:
    """Show one topic."""
    if topic not in BY_NAME:
        raise NotHere(_("There is no help with this name. Look at the list of topics."))
    return render(request, "ui/help_topic.html", {"topic": BY_NAME[topic]})


def _topics_for(request: HttpRequest) -> list[Topic]:
    """Return what concerns this person; who has not signed in may be either."""
    if not request.user.is_authenticated:
        wanted = {For.LEARNERS, For.EVERYBODY}
    elif person_of(request).is_teacher:
        wanted = {For.TEACHERS, For.EVERYBODY}
    else:
        wanted = {For.LEARNERS}
    return [topic for topic in TOPICS if topic.reader in wanted]
