"""The end of the wizard: the school is made, its teacher is signed in, once, in the window that made it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest

from kolibri.core.content.drives import Source
from kolibri.core.content.tasks import ImportChannels
from kolibri.setup.answers import Answers

_SESSION_NAME: Final = "setup"
# Long enough for a slow second press, too short for anybody who comes by later.
_SECONDS: Final = 120


@dataclass(frozen=True)
class Finished:
    """Who is signed in at the end and where that leads."""

    admin_id: str
    classroom_id: str


def remember_session(request: HttpRequest) -> None:
    """Mark this session as the wizard's: only it is signed in at the end, however often it presses."""
    if _SESSION_NAME not in request.session:
        request.session[_SESSION_NAME] = secrets.token_urlsafe(16)


def finish(request: HttpRequest, answers: Answers, source: Source | None = None) -> None:
    """Make the school and ask for the import of what `source` has, both or neither.

    A second press finds everything done. Raises BadInput and BadInputs.
    """
    with transaction.atomic():
        made = answers.provision()
        if made.is_new and source is not None:
            ImportChannels.enqueue(str(source.path), [channel.id for channel in source.importable])
    mark = request.session.get(_SESSION_NAME)
    if made.is_new and mark and made.admin and made.classroom:
        cache.set(f"setup:{mark}", Finished(made.admin.pk, made.classroom.pk), _SECONDS)


def finished(request: HttpRequest) -> Finished | None:
    """Return what this very session has just finished; None for every other one, and after two minutes."""
    mark = request.session.get(_SESSION_NAME)
    found = cache.get(f"setup:{mark}") if mark else None
    return found if isinstance(found, Finished) else None
