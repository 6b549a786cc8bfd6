"""Channels from a stick into this computer: copy and check every file, then write the rows.

What can be had is had: a bad file is named and the rest goes on. Nothing is written to the stick.
An import that is cut off by the end of the program goes on where it was; one that is cancelled
leaves nothing of the channel that it was at.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any
from typing import Final
from typing import Protocol

from django.utils.translation import gettext as _

from kolibri.core.content import channel_rows
from kolibri.core.content import choice
from kolibri.core.content import disk
from kolibri.core.content import manifest
from kolibri.core.content import paths
from kolibri.core.content import saving
from kolibri.core.content import values
from kolibri.core.content.channel_file import ChannelFile
from kolibri.core.content.channel_rows import Content
from kolibri.core.content.channel_rows import Wanted
from kolibri.core.content.choice import Asked
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import File
from kolibri.core.content.models import LocalFile
from kolibri.core.content.own import returning
from kolibri.core.content.problems import SHOWN
from kolibri.core.content.problems import BadFile
from kolibri.core.content.problems import ChannelProblem
from kolibri.core.content.problems import FileProblem
from kolibri.core.content.problems import NoSpace
from kolibri.core.content.problems import Older
from kolibri.core.content.problems import StickGone
from kolibri.core.content.removal import forget_unused
from kolibri.core.content.turn import Turn
from kolibri.core.tasks.job import JobCanceled

logger = logging.getLogger(__name__)
Result = dict[str, Any]

# One import or removal at a time: each counts on files that the other would move.
one_at_a_time = Turn()
_BATCH: Final = 50  # files between two short writes of what is safely here
_STEADY: Final = 2.0  # seconds of copying before a remaining time is told


class Watcher(Protocol):
    """Who is told how far it is, and may stop it; `kolibri.core.tasks.job.Job` is one."""

    def update_progress(
        self,
        progress: float,
        total_progress: float = ...,
        text: str | None = ...,
        extra: Mapping[str, Any] | None = ...,
    ) -> None: ...

    def check_for_cancel(self) -> None: ...


@dataclass
class Plan:
    """What one channel still needs, and where its database was copied to."""

    channel_id: str
    database: Path
    wanted: list[tuple[Wanted, int]] = field(default_factory=list)  # with the bytes that the stick has of it

    @property
    def bytes(self) -> int:
        """How much there is to copy."""
        return sum(size for _wanted, size in self.wanted)


class Import:
    """One run over some channels of one stick.

    `stick` is the `content` folder to read from. `results` is filled with one JSON object a channel:
    `id`, `name`, `version`, `status` (imported, updated, completed, already, older, refused),
    `resources` here `of` how many on the stick, `bytes` here, `problems` (see `FileProblem.as_json`),
    `more_problems` beyond those, `gone` titles that the new version has no more, and `sentence` for
    a channel that was not imported. Of a channel that `parts` names only these are brought, beside what is here.
    """

    def __init__(
        self,
        stick: Path,
        home: Path,
        watcher: Watcher,
        results: Iterable[Result] = (),
        parts: Mapping[str, Asked] | None = None,
    ) -> None:
        self.stick = stick
        self.home = home
        self.watcher = watcher
        self.results = list(results)
        self.total = 0
        self.done = 0
        self._manifest = manifest.read(stick)
        self._parts = parts or {}
        self._name = ""
        self._copied = 0
        self._copying = 0.0

    def run(self, channel_ids: Iterable[str]) -> list[Result]:
        """Import the channels and return the results.

        Raises NoSpace and StickGone; what was imported before stays.
        """
        finished = {result["id"] for result in self.results}
        with alone(self.watcher.check_for_cancel):
            disk.clear_incoming(self.home)
            try:
                plans = [
                    plan
                    for channel_id in dict.fromkeys(channel_ids)
                    if channel_id not in finished and (plan := self._plan(channel_id)) is not None
                ]
                self.total = sum(plan.bytes for plan in plans)
                databases = sum(plan.database.stat().st_size for plan in plans)
                disk.check_space(self.home, self.total + 2 * databases)
                for plan in plans:
                    self._import(plan)
            finally:
                disk.clear_incoming(self.home)
        # The results are the job's result now: asked to run once more, it is to look again.
        self.watcher.update_progress(max(self.total, 1), max(self.total, 1), extra={"seconds_left": 0})
        return self.results

    def _plan(self, channel_id: str) -> Plan | None:
        """Return what the channel needs; None, with a result, when there is nothing to be done."""
        known = ChannelMetadata.objects.filter(pk=channel_id).first()
        try:
            database = self._copy_database(channel_id)
            content = self._read(database, is_new=True)
            self._refuse_older(known, content)
            returning.refuse_loss(known, content)
            saving.refuse_foreign_places(content)
            choice.apply(content, known, self._parts.get(channel_id))
        except ChannelProblem as problem:
            status = "older" if problem.code == "older" else "refused"
            self._finish(channel_id, known.name if known else "", 0, status, sentence=str(problem))
            return None
        plan = Plan(channel_id, database)
        here = self._here(content)
        for wanted in self._expected(content):
            self.watcher.check_for_cancel()
            if wanted.id not in here:
                plan.wanted.append((wanted, self._size_on_stick(wanted)))
        is_same = known is not None and _facts(known) == _facts(content.channel)
        if known is not None and is_same and not plan.wanted and not content.unsafe:
            self._finish(
                channel_id,
                known.name,
                known.version,
                "already",
                resources=known.on_device_resources,
                of=known.total_resource_count,
                bytes=known.on_device_size,
                sentence=_("“%(name)s” is already on this computer, in this version.") % {"name": known.name},
            )
            return None
        return plan

    def _read(self, database: Path, *, is_new: bool = False) -> Content:
        with ChannelFile(database, interrupt=self.watcher.check_for_cancel) as source:
            if is_new:
                source.check_whole()
            return channel_rows.read(source)

    def _copy_database(self, channel_id: str) -> Path:
        path = paths.database_path(self.stick, channel_id)
        with ChannelFile(path):
            pass  # empty, no database, too new: say so before anything is copied
        disk.check_space(self.home, path.stat().st_size)
        try:
            return disk.copy_database(path, self.home, channel_id, self.watcher.check_for_cancel)
        except OSError as error:
            raise ChannelProblem(
                _("The channel's file cannot be read: %(reason)s. Try the stick again, or another one.")
                % {"reason": error.strerror or type(error).__name__},
                code="unreadable",
            ) from error

    def _refuse_older(self, known: ChannelMetadata | None, content: Content) -> None:
        if known is not None and known.version > content.channel.version:
            raise Older(known.name, known.version, content.channel.version)

    def _expected(self, content: Content) -> list[Wanted]:
        """Return the files of what was exported, with the pictures of the folders on the way down."""
        nodes = self._exported(content)
        parents = {node.pk: node.parent_id for node in content.nodes}
        for start in list(nodes):
            node = parents[start]
            while node is not None and node not in nodes:
                nodes.add(node)
                node = parents[node]
        asked = {file.local_file_id for file in content.files if file.contentnode_id in nodes}
        return [wanted for name, wanted in content.wanted.items() if name in asked]

    def _exported(self, content: Content) -> set[str]:
        """Return the ids of what the stick's list names, or of everything when it names nothing of this channel.

        What is left out is not among them.
        """
        included = self._manifest.get((content.channel.pk, content.channel.version), frozenset())
        nodes = values.below(included, ((node.pk, node.parent_id) for node in content.nodes))
        return {node.pk for node in content.nodes if not node.left_out and (node.pk in nodes or not nodes)}

    def _size_on_stick(self, wanted: Wanted) -> int:
        try:
            return paths.stored(self.stick, wanted.id, wanted.extension).lstat().st_size
        except OSError:
            return 0

    def _here(self, content: Content) -> dict[str, int]:
        """Return the channel's files that are safely in the storage, with their bytes."""
        sizes: dict[str, int] = {}
        for names in saving.sliced(content.wanted):
            for file in LocalFile.objects.filter(pk__in=names, available=True):
                size = disk.size_here(self.home, file.pk, file.extension)
                if size is not None and size == file.file_size:
                    sizes[file.pk] = size
        return sizes

    def _import(self, plan: Plan) -> None:
        old = ChannelMetadata.objects.filter(pk=plan.channel_id).first()
        content = self._read(plan.database)
        choice.apply(content, old, self._parts.get(plan.channel_id))
        self._name = content.channel.name
        start = self.done
        try:
            bad = self._copy(plan, content)
        except (JobCanceled, NoSpace):
            forget_unused(self.home, content.wanted)
            raise
        self.done = start + plan.bytes
        dropped = set(self._names_of(plan.channel_id)) - _names(content)
        others = self._channels_that_gain(content, bad)
        try:
            saved = saving.save_channel(content, self._here(content))
        except ChannelProblem as problem:
            forget_unused(self.home, content.wanted)
            self._finish(plan.channel_id, self._name, content.channel.version, "refused", sentence=str(problem))
            return
        self._keep_database(plan)
        for other in others:
            saving.refresh_channel(other)
        forget_unused(self.home, dropped)
        status = "imported" if old is None else "updated" if old.version < content.channel.version else "completed"
        problems = self._problems(content, bad)
        exported = self._exported(content)
        self._finish(
            plan.channel_id,
            self._name,
            content.channel.version,
            status,
            resources=saved.resources,
            of=sum(not node.is_topic and (node.available or node.pk in exported) for node in content.nodes),
            bytes=saved.size,
            problems=[problem.as_json() for problem in problems[:SHOWN]],
            more_problems=max(0, len(problems) - SHOWN),
            gone=saved.gone[:SHOWN],
        )

    def _copy(self, plan: Plan, content: Content) -> dict[str, str]:
        """Bring the files here; return what is wrong with those that cannot be had, by id."""
        bad: dict[str, str] = {}
        arrived: list[LocalFile] = []
        self._copying = self._copying or time.monotonic()
        try:
            for wanted, size in plan.wanted:
                before = self.done
                try:
                    here = disk.fetch(self.stick, self.home, wanted, self._tick)
                    arrived.append(LocalFile(id=wanted.id, extension=wanted.extension, file_size=here, available=True))
                except BadFile as problem:
                    self._stop_without_stick(plan.channel_id)
                    logger.warning("%s of channel %s: %s", wanted.name, plan.channel_id, problem.code)
                    bad[wanted.id] = problem.code
                self.done = before + size
                self._tell()
                self.watcher.check_for_cancel()
                if len(arrived) >= _BATCH:
                    self._note(arrived)
        finally:
            # Also when it is cut short: what is noted here need not be copied, or read, again.
            self._note(arrived)
        return bad

    def _note(self, arrived: list[LocalFile]) -> None:
        """Write down that files are here, after their names are on the disk."""
        disk.sync_folders({paths.storage_path(self.home, file.pk, file.extension).parent for file in arrived})
        LocalFile.objects.bulk_create(
            arrived,
            update_conflicts=True,
            update_fields=["extension", "file_size", "available"],
            unique_fields=["id"],
        )
        arrived.clear()

    def _stop_without_stick(self, channel_id: str) -> None:
        if not paths.database_path(self.stick, channel_id).exists():
            raise StickGone(
                _("The stick was taken out. Put it in again and go on: what was copied is kept."), field="folder"
            )

    def _tick(self, count: int) -> None:
        self.done += count
        self._copied += count
        self.watcher.check_for_cancel()
        self._tell()

    def _tell(self) -> None:
        extra = {"seconds_left": self._seconds_left(), "results": self.results}
        self.watcher.update_progress(min(self.done, self.total), max(self.total, 1), text=self._name, extra=extra)

    def _seconds_left(self) -> int | None:
        spent = time.monotonic() - self._copying
        if not self._copying or spent < _STEADY or not self._copied:
            return None
        return round(max(0, self.total - self.done) * spent / self._copied)

    def _names_of(self, channel_id: str) -> Iterable[str]:
        return File.objects.filter(contentnode__channel_id=channel_id).values_list("local_file_id", flat=True)

    def _channels_that_gain(self, content: Content, bad: Mapping[str, str]) -> list[str]:
        """Return the other channels that use a file of this one and did not have it until now."""
        found: set[str] = set()
        for names in saving.sliced(_names(content) - bad.keys()):
            uses = File.objects.filter(local_file__in=names).exclude(contentnode__channel_id=content.channel.pk)
            found.update(uses.order_by().values_list("contentnode__channel_id", flat=True).distinct())
        return sorted(found)

    def _keep_database(self, plan: Plan) -> None:
        kept = paths.database_path(self.home / "content", plan.channel_id)
        kept.parent.mkdir(parents=True, exist_ok=True)
        plan.database.replace(kept)
        disk.sync_folders([kept.parent])

    def _problems(self, content: Content, bad: Mapping[str, str]) -> list[FileProblem]:
        """Return one problem for each bad file, with the title of a resource that needs it."""
        titles = {node.pk: node.title for node in content.nodes if not node.left_out}
        users: dict[tuple[str, str], list[tuple[bool, str]]] = {}
        for file in content.files:
            if file.local_file_id in bad and file.contentnode_id in titles:
                part = file.supplementary or file.thumbnail
                key = (bad[file.local_file_id], content.wanted[file.local_file_id].name)
                users.setdefault(key, []).append((part, titles[file.contentnode_id]))
        for said, node, part in content.unsafe:
            users.setdefault(("bad_name", said), []).append((part, titles[node]))
        problems = []
        for (code, name), uses in users.items():
            uses.sort(key=lambda use: use[0])  # a resource that is lost counts before one that lacks a picture
            part, title = uses[0]
            more = sum(other == part for other, _title in uses) - 1
            problems.append(FileProblem(code, name, title, more, part))
        return problems

    def _finish(self, channel_id: str, name: str, version: int, status: str, **facts: Any) -> None:
        result: Result = {
            "id": channel_id,
            "name": name,
            "version": version,
            "status": status,
            "resources": 0,
            "of": 0,
            "bytes": 0,
            "problems": [],
            "more_problems": 0,
            "gone": [],
            "sentence": "",
        }
        self.results.append({**result, **facts})
        self._tell()


def _facts(channel: ChannelMetadata) -> tuple[int, list[str] | None]:
    return channel.version, channel.chosen


def _names(content: Content) -> set[str]:
    """Return the files of what is not left out."""
    asked = {node.pk for node in content.nodes if not node.left_out}
    return {file.local_file_id for file in content.files if file.contentnode_id in asked}


@contextmanager
def alone(check: Callable[[], None]) -> Iterator[None]:
    """Wait for the turn, asking `check` meanwhile, which may raise."""
    while not one_at_a_time.acquire(timeout=0.2):
        check()
    try:
        yield
    finally:
        one_at_a_time.release()
