"""Saving to a stick and bringing in from one, in the background.

A job's arguments hold the key of its one file, never the passphrase: what the key opens stands in the same
database in the clear.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from kolibri.core.sync.parcel import reading
from kolibri.core.sync.parcel import taking_in
from kolibri.core.sync.parcel import writing
from kolibri.core.tasks.decorators import register_task
from kolibri.core.tasks.job import Job


class _WithProgress(Job):
    def _tick(self, done: int, total: int) -> None:
        self.check_for_cancel()
        self.update_progress(done, total)


@register_task(resumable=True)
class SaveChanges(_WithProgress):
    """Save a school's changes to a stick. The result is `{"name", "records", "size", "is_full"}`."""

    def run(self, folder: str, dataset_id: str, header: dict[str, Any], key: str, for_instance: str) -> dict[str, Any]:
        """Write a file to the stick whose root is `folder`; `header` and `key` (hex) are of `locks.close`."""
        made = writing.write(
            Path(folder), dataset_id, header, bytes.fromhex(key), for_instance=for_instance, tick=self._tick
        )
        return {"name": made.path.name, "records": made.records, "size": made.size, "is_full": made.is_full}


@register_task
class LookAtChanges(_WithProgress):
    """Verify a file of changes. The result is a `reading.Preview` as a dict."""

    def run(self, path: str, key: str) -> dict[str, Any]:
        """Look at the file at `path`, whose key (hex) is of `reading.key_of`."""
        return dataclasses.asdict(reading.look(Path(path), bytes.fromhex(key), self._tick))


@register_task(resumable=True)
class BringInChanges(_WithProgress):
    """Take in a file of changes that was looked at. The result is `{"school", "sender", "new", "waiting"}`."""

    def run(self, path: str, key: str, digest: str) -> dict[str, Any]:
        """Take in the file at `path`, if it still is the one with this digest; the same file twice is harmless."""
        done = taking_in.take_in(Path(path), bytes.fromhex(key), digest, self._tick)
        return {
            "school": done.preview.school,
            "sender": done.preview.sender,
            "new": done.new,
            "waiting": done.waiting,
        }


@register_task(resumable=True)
class BringInSchool(_WithProgress):
    """Take in a whole school on a computer that has just joined it, compared by fingerprint: verify, then place.

    The result is as that of BringInChanges.
    """

    def run(self, path: str, key: str) -> dict[str, Any]:
        """Take in the file at `path`, whose key (hex) is of `reading.key_of`."""
        file, opener = Path(path), bytes.fromhex(key)
        seen = reading.look(file, opener, lambda done, total: self._tick(done, total * 2))
        done = taking_in.take_in(file, opener, seen.digest, lambda done, total: self._tick(total + done, total * 2))
        return {"school": seen.school, "sender": seen.sender, "new": done.new, "waiting": done.waiting}
