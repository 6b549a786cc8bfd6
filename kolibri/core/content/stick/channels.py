"""Channels of this computer, or of an export, onto a stick from which any Kolibri can import them.

Files first, then the list of what is there, the channel's database last: a stick that is pulled out
in the middle offers what it offered before. What is on it is added to; a later version stays.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from hashlib import md5
from pathlib import Path
from typing import Any
from typing import Final

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from kolibri.core.content import availability
from kolibri.core.content import channel_rows
from kolibri.core.content import manifest
from kolibri.core.content import paths
from kolibri.core.content.channel_file import ChannelFile
from kolibri.core.content.channel_rows import Content
from kolibri.core.content.channel_rows import Wanted
from kolibri.core.content.importer import Watcher
from kolibri.core.content.problems import BadFile
from kolibri.core.content.problems import ChannelProblem
from kolibri.core.content.stick.target import LARGEST
from kolibri.core.content.stick.target import Target
from kolibri.core.content.stick.target import digests

logger = logging.getLogger(__name__)
Result = dict[str, Any]

_SHOWN: Final = 200  # sentences kept by channel
_BATCH: Final = 50  # files between two times that their names are brought onto the stick
# What a channel's file on the stick may be replaced for; one of a form that we do not know stays.
_USELESS: Final = frozenset({"empty", "damaged", "other_channel"})


@dataclass
class Plan:
    """What one channel needs on the stick. `write_database` is false when the stick has it in this version."""

    id: str
    name: str
    version: int
    wanted: list[tuple[Wanted, int]] = field(default_factory=list)  # with its bytes
    sentences: list[str] = field(default_factory=list)
    write_database: bool = True


class Export:
    """One run that writes channels to a stick.

    `source` is a `content` folder, a home's or another export's. `results` has one JSON object a channel:
    `id`, `name`, `status` (written, later, refused), `resources` on the stick `of` all, `bytes` and
    `sentences`. `sums` has the SHA-256 of each file that is right on the stick, by its path from the root.
    """

    def __init__(self, source: Path, target: Target, watcher: Watcher) -> None:
        self.source = source
        self.target = target
        self.watcher = watcher
        self.results: list[Result] = []
        self.sums: dict[str, str] = {}
        self.plans: list[Plan] = []
        self.total = 0
        self.done = 0
        self._text = ""

    def plan(self, channel_ids: Iterable[str]) -> list[int]:
        """Clear what was left half made and return the bytes of each file that is yet to be written."""
        with self.target.writing():
            self.target.clear()
        missing = []
        for channel_id in dict.fromkeys(channel_ids):
            try:
                plan = self._plan(channel_id)
            except ChannelProblem as problem:
                self._finish(channel_id, "", "refused", sentences=[str(problem)])
                continue
            if plan is None:
                continue
            self.plans.append(plan)
            if plan.write_database:
                missing.append(paths.database_path(self.source, plan.id).stat().st_size)
            for wanted, size in plan.wanted:
                self.total += size
                if self._size(self.target.content, wanted) != size:
                    missing.append(size)
        return missing

    def changing(self) -> set[str]:
        """Return the paths from the stick's root of what `run` may replace."""
        databases = (paths.database_path(self.target.content, plan.id) for plan in self.plans)
        return {self._name(path) for path in (*databases, self.target.content / "manifest.json")}

    def run(self) -> list[Result]:
        """Write what `plan` found and return the results. Raises NoSpace and StickGone."""
        try:
            for plan in self.plans:
                self._write(plan)
        finally:
            with contextlib.suppress(OSError):
                self.target.clear()
        return self.results

    def tick(self, count: int) -> None:
        """Tell that so many bytes more are done."""
        self.done += count
        self.watcher.check_for_cancel()
        self.watcher.update_progress(min(self.done, self.total), max(self.total, 1), text=self._text)

    def _plan(self, channel_id: str) -> Plan | None:
        content = self._read(self.source, channel_id)
        plan = Plan(channel_id, content.channel.name, content.channel.version)
        there = self._version_there(channel_id)
        if there is not None and there > plan.version:
            sentence = _("The stick has a later version of “%(name)s”. It was left as it is.") % {"name": plan.name}
            self._finish(channel_id, plan.name, "later", sentences=[sentence])
            return None
        plan.write_database = there != plan.version
        titles = {file.local_file_id: file.contentnode.title for file in content.files}
        for wanted in content.wanted.values():
            self.watcher.check_for_cancel()
            size = self._size(self.source, wanted)
            if size is not None and size > LARGEST:
                plan.sentences.append(
                    _(
                        "“%(title)s” was left out: its file %(file)s has %(size)s,"
                        " and many sticks hold no file over 4 GB."
                    )
                    % {"title": titles.get(wanted.id, ""), "file": wanted.name, "size": filesizeformat(size)}
                )
            elif size is not None:
                plan.wanted.append((wanted, size))
        return plan

    def _read(self, content: Path, channel_id: str) -> Content:
        with ChannelFile(paths.database_path(content, channel_id), interrupt=self.watcher.check_for_cancel) as file:
            file.check_whole()
            return channel_rows.read(file)

    def _version_there(self, channel_id: str) -> int | None:
        path = paths.database_path(self.target.content, channel_id)
        if not path.exists():
            return None
        try:
            with ChannelFile(path, interrupt=self.watcher.check_for_cancel) as file:
                file.check_whole()
                return file.version()
        except ChannelProblem as problem:
            if problem.code in _USELESS:
                return None
            raise

    def _size(self, content: Path, wanted: Wanted) -> int | None:
        try:
            return paths.stored(content, wanted.id, wanted.extension).stat().st_size
        except OSError:
            return None

    def _write(self, plan: Plan) -> None:
        self._text = plan.name
        folders: set[Path] = set()
        for wanted, size in plan.wanted:
            before = self.done
            place = paths.stored(self.target.content, wanted.id, wanted.extension)
            try:
                if not self._is_right(place, wanted, size):
                    self.done = before
                    source = paths.stored(self.source, wanted.id, wanted.extension)
                    self.sums[self._name(place)] = self.target.put(source, place, self.tick, md5=wanted.id)
                    folders.update((place.parent, place.parent.parent))
            except BadFile as problem:
                logger.warning("%s of channel %s: %s", wanted.name, plan.id, problem.code)
                plan.sentences.append(
                    _("The file %(file)s is damaged on this computer and was left out.") % {"file": wanted.name}
                )
            self.done = before + size
            if len(folders) >= _BATCH:
                self.target.settle(folders)
                folders.clear()
        self.target.settle(folders)
        content = self._read(self.source, plan.id)
        sizes = {
            wanted.id: size
            for wanted, size in plan.wanted
            if self._name(paths.stored(self.target.content, wanted.id, wanted.extension)) in self.sums
        }
        totals = availability.work_out(content.nodes, content.files, sizes)
        self._list(plan, availability.smallest_set(content.nodes))
        database = paths.database_path(self.target.content, plan.id)
        if plan.write_database:
            source = paths.database_path(self.source, plan.id)
            self.sums[self._name(database)] = self.target.put(source, database, self._check)
        else:
            self.sums[self._name(database)] = digests(database, self._check)[1]
        content_folder = self.target.content
        self.target.settle([database.parent, content_folder, content_folder.parent, self.target.root])
        of = sum(not node.is_topic for node in content.nodes)
        self._finish(
            plan.id,
            plan.name,
            "written",
            resources=totals.resources,
            of=of,
            bytes=totals.size,
            sentences=plan.sentences[:_SHOWN],
        )

    def _is_right(self, place: Path, wanted: Wanted, size: int) -> bool:
        """Whether the stick has the file already; it is read through, since a stick's files may rot."""
        try:
            if place.stat().st_size != size:
                return False
            found, sha = digests(place, self.tick)
        except OSError:
            return False
        if found != wanted.id:
            return False
        self.sums[self._name(place)] = sha
        return True

    def _list(self, plan: Plan, nodes: Iterable[str]) -> None:
        """Add to the stick's list what of this channel is there, beside everything that it names already."""
        listed = manifest.read(self.target.content)
        key = (plan.id, plan.version)
        for database in sorted((self.target.content / "databases").glob("*.sqlite3")):
            # Without a word in the list a channel counts as whole; with a list that must be said.
            if database.stem == plan.id and plan.write_database:
                continue
            if paths.is_id(database.stem) and (entry := self._unlisted(database, listed)):
                listed[entry] = frozenset([database.stem])
        listed[key] = listed.get(key, frozenset()) | frozenset(nodes)
        channels = [
            {"id": channel_id, "version": version, "include_node_ids": sorted(included)}
            for (channel_id, version), included in sorted(listed.items())
        ]
        digest = md5(json.dumps(channels, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
        said = json.dumps({"channels": channels, "channel_list_hash": digest}, sort_keys=True).encode()
        place = self.target.content / "manifest.json"
        self.sums[self._name(place)] = self.target.put(said, place, lambda _count: None)
        self.target.settle([place.parent])

    def _unlisted(self, database: Path, listed: dict[tuple[str, int], frozenset[str]]) -> tuple[str, int] | None:
        try:
            with ChannelFile(database) as file:
                entry = (database.stem, file.version())
        except ChannelProblem:
            return None
        return None if entry in listed else entry

    def _check(self, _count: int) -> None:
        self.watcher.check_for_cancel()

    def _name(self, path: Path) -> str:
        return path.relative_to(self.target.root).as_posix()

    def _finish(self, channel_id: str, name: str, status: str, **facts: Any) -> None:
        result: Result = {"id": channel_id, "name": name or channel_id, "status": status, "resources": 0, "of": 0}
        self.results.append({**result, "bytes": 0, "sentences": [], **facts})
