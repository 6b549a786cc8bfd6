"""Bringing in a list with many new passwords, whose hashing takes minutes, as a job.

The list waits in a file of this computer's home that only the program's own account may open, encrypted as the page
carried it: a job's row, which is shown and kept for 30 days, names only the file. The passwords are hashed in memory,
everything is written in one transaction at the end, and the file goes with the job.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.roster import applying
from kolibri.core.device import passwords
from kolibri.core.tasks.decorators import register_task
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.job import JobInterrupted
from kolibri.errors import NotHere
from kolibri.errors import Refused
from kolibri.school import kept_list

_NAME: Final = 32


@register_task(resumable=True)
class BringInPeople(Job):
    """Bring in a list. `progress` of `total_progress` are hashed passwords; the result is the id of its `ListImport`.

    Cut off, it begins again: nothing was written, and who was written already is there and not made twice.
    """

    def run(self, file: str, by: str) -> str:
        """Bring in the sealed list in `file` for the person `by`, who must still run the school."""
        keep = False
        try:
            return self._bring_in(_folder() / file, by)
        except JobInterrupted:
            keep = True
            raise
        finally:
            if not keep:
                (_folder() / file).unlink(missing_ok=True)

    def check_again(self) -> None:
        """Raise NotHere when the list went with the job."""
        if not (_folder() / self.arguments["file"]).is_file():
            raise NotHere(_("This list is not here any more. Choose it again."), code="stale")

    def _bring_in(self, path: Path, by: str) -> str:
        person = FacilityUser.objects.get(pk=by)
        facility = Facility.objects.get(pk=person.facility_id)
        if not person.has_role_for(role_kinds.ADMIN, facility):
            raise Refused(_("You do not run this school."))
        try:
            sealed = path.read_text("ascii")
        except FileNotFoundError as error:
            raise NotHere(_("This list is not here any more. Choose it again."), code="stale") from error
        listing, into = kept_list.unseal(sealed, person, lasts=None)
        return applying.run(listing, facility, person, check, into, self._hashed).id

    def _hashed(self, done: int, total: int) -> None:
        self.check_for_cancel()
        self.update_progress(done, total)


def check(password: str, about: tuple[str, ...]) -> str:
    """Return what is wrong with a teacher's password; empty when it will do."""
    return "" if passwords.strength(password, about).is_enough else passwords.sentence(password, about)


def bring_in(sealed: str, by: FacilityUser) -> Job:
    """Put the sealed list aside and return the job that brings it in."""
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    _tidy(folder)
    name = secrets.token_hex(_NAME // 2)
    with open(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    options = BringInPeople.options(requested_by=by.pk, dataset_id=str(by.dataset_id))
    return options.enqueue(file=name, by=by.pk)


def cancel(job: BringInPeople) -> None:
    """Stop the job; of one that had not begun, its file goes here."""
    job.cancel()
    if job.is_finished:
        (_folder() / job.arguments["file"]).unlink(missing_ok=True)


def _tidy(folder: Path) -> None:
    """Delete what no unfinished job waits for: of a start that was cut off, of a job cancelled elsewhere."""
    wanted = {job.arguments["file"] for job in BringInPeople.find(unfinished=True)}
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.KOLIBRI_HOME) / "lists"
