"""A school that is there already, on a computer that no network reaches: a stick goes there and comes back.

1. This computer puts a request on the stick (`ask`).
2. One of the school's computers signs it, and saves the school's changes beside the answer.
3. This one joins with the answer, brings the changes in (`join`), and an admin of the school signs in (`adopt`).
"""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpRequest
from django.utils.translation import gettext as _

from kolibri.core.auth import signing_in
from kolibri.core.auth.models import Facility
from kolibri.core.content.mounts import Mount
from kolibri.core.content.stick.target import Target
from kolibri.core.device import services
from kolibri.core.sync.parcel import chain
from kolibri.core.sync.parcel import joining
from kolibri.core.sync.parcel import reading
from kolibri.core.sync.parcel import sticks
from kolibri.core.sync.parcel.tasks import BringInSchool
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.models import State
from kolibri.errors import BadInput
from kolibri.errors import KolibriError

_PAGE = "stick"
# Of the answers on a stick; the latest are looked at.
_MOST = 5


@dataclass(frozen=True)
class Answered:
    """An answer to a request of this computer."""

    path: Path
    school: str
    signer: str
    fingerprint: str


@dataclass(frozen=True)
class OnSticks:
    """The places where a stick is, the answers for this computer, and the files of changes."""

    places: list[Mount]
    answers: list[Answered]
    changes: list[sticks.Lying]


def look(folder: str = "") -> OnSticks:
    """Return what lies on the attached sticks, and in a folder that was typed."""
    found = sticks.look([Path(folder)] if folder else [])
    answers = []
    for one in found.answers[:_MOST]:
        try:
            answer = joining.look_at_answer(one.path)
        except KolibriError:
            # Another computer's, or a file that was cut short: there is nothing to do with it here.
            continue
        answers.append(Answered(one.path, answer.school, answer.signer, answer.fingerprint))
    return OnSticks(found.places, answers, found.changes)


def ask(folder: str) -> None:
    """Put a request on the stick whose root is `folder`. Raises BadInput, and what `Target` raises."""
    if not folder:
        raise BadInput(_("Put in a stick, or choose a folder."), code="no_folder", field="folder")
    target = Target(Path(folder))
    target.check_writable()
    joining.ask(target.root)


def join(answer: Path, fingerprint: str, changes: str) -> None:
    """Join the school that answers, and begin to bring it in. Raises BadInput and a ParcelProblem.

    `fingerprint` is the one that was shown.
    """
    if not changes:
        sentence = _("The school’s changes are not on the stick. Save them to it at the school’s computer, too.")
        raise BadInput(sentence, code="no_file", field="changes")
    joined = joining.join(answer, fingerprint)
    services.remember_answers(_PAGE, {"dataset": joined.dataset_id})
    bring_in(changes)


def bring_in(changes: str) -> None:
    """Begin to bring in the file of changes of the school that was joined. Raises BadInput and a ParcelProblem."""
    if not changes:
        raise BadInput(_("Choose the file that you want to look at."), code="no_file", field="changes")
    path = Path(changes)
    key = reading.key_of(path)
    named = hashlib.sha256(changes.encode("utf-8", "surrogatepass")).hexdigest()
    BringInSchool.options(key=named, dataset_id=joined_dataset()).enqueue(str(path), key.hex())


def joined_dataset() -> str:
    """Return the id of the school that was joined, or an empty text."""
    return str(services.answers().get(_PAGE, {}).get("dataset") or "")


def asked() -> list[str]:
    """Return the fingerprints of the requests that wait for an answer."""
    return joining.asked()


def school_fingerprint() -> str:
    """Return the fingerprint of the school that was joined."""
    return chain.fingerprint(joined_dataset())


def job() -> Job | None:
    """Return the bringing in that was asked for last."""
    dataset_id = joined_dataset()
    found = BringInSchool.find(dataset_id=dataset_id) if dataset_id else []
    return found[0] if found else None


def arrived() -> Facility | None:
    """Return the school once all of it is here."""
    last = job()
    if last is None or last.state != State.COMPLETED:
        return None
    return Facility.objects.filter(dataset_id=joined_dataset()).first()  # type: ignore[no-any-return]


def give_up() -> None:
    """Do not bring in a school by stick after all; what has arrived stays, unused."""
    last = job()
    if last is not None:
        last.cancel()
    services.remember_answers(_PAGE, {"dataset": None})


def adopt(request: HttpRequest, school: Facility, username: str, password: str, language: str) -> None:
    """Make this computer the school's, and sign in the admin who runs it. Raises BadInput and TooOften."""
    person = signing_in.who_signs_in(request, username, password, facility=school)
    if not person.is_admin:
        raise BadInput(_("This person is no admin of the school. Sign in as an admin."), field="username")
    services.adopt(school, person, language=language, device_name=platform.node() or school.name)
    signing_in.open_session(request, person)
