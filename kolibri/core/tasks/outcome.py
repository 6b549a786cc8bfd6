"""How a job ended, in the language of whoever reads it, and whether it may be done again."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kolibri.core.tasks import runner
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.models import State
from kolibri.errors import Conflict


def sentence(job: Job) -> str:
    """Return what went wrong, empty when nothing did.

    What the engine itself says is put into the reader's language here. A task's own sentences hold names and numbers
    that its row does not keep apart, so they stay in the language of who asked.
    """
    if job.error_code == "interrupted":
        # As the runner decides: only a resumable job is begun again until that is too often.
        return str(runner.TOO_OFTEN if job.resumable else runner.INTERRUPTED)
    own = {"unexpected": runner.UNEXPECTED, "unknown_task": runner.UNKNOWN}
    return str(own.get(job.error_code, job.error))


def is_known(job: Job) -> bool:
    """Return whether the program still has the job's task."""
    return bool(job.task_name)


def do_again(job_id: str) -> None:
    """Do once more, with the same arguments, what failed or was stopped.

    Raises NotHere, Conflict when it was done, is under way or its task is none of this program's, and what the task's
    own `check_again` raises. Then nothing is changed, so the earlier failure can still be read.
    """
    job = Job.get(job_id)
    if not is_known(job):
        raise Conflict(runner.UNKNOWN, code="unknown_task")
    if job.state == State.COMPLETED:
        raise Conflict(_("This was done meanwhile. Look at the list again."), code="job_done")
    if job.is_finished:
        job.check_again()
    job.restart()
