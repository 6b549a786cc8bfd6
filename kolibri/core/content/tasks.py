"""Importing, deleting and giving on channels as jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from kolibri.core.content import drives
from kolibri.core.content import services
from kolibri.core.content.choice import Asked
from kolibri.core.content.drives import Source
from kolibri.core.content.importer import Import
from kolibri.core.content.problems import StickGone
from kolibri.core.content.stick import kit
from kolibri.core.tasks.decorators import register_task
from kolibri.core.tasks.job import Job
from kolibri.errors import BadInput


@register_task(resumable=True)
class ImportChannels(Job):
    """Import channels from a stick or folder.

    While it runs `progress` and `total_progress` are bytes and `extra` is `{"seconds_left": int or null,
    "results": [...]}`; the result is `{"channels": [...]}`, each as `importer.Import` describes.
    """

    def run(
        self, folder: str, channels: list[str] | None = None, nodes: list[str] | None = None, version: int = 0
    ) -> dict[str, Any]:
        """Import the channels with these ids, or all that are in `folder` (a `Source`'s path).

        With `nodes` only these folders and resources, which were chosen of the `version` of the one channel.
        """
        source = find(Path(folder), channels or [])
        ids = channels or [channel.id for channel in source.channels]
        done = self.extra.get("results", [])
        parts = {} if nodes is None else dict.fromkeys(ids, Asked(frozenset(nodes), version))
        return {"channels": Import(source.content, settings.KOLIBRI_HOME, self, done, parts).run(ids)}

    def check_again(self) -> None:
        """Raise StickGone while the stick is not there."""
        find(Path(self.arguments["folder"]), self.arguments.get("channels") or [])


@register_task(resumable=True)
class DeleteChannel(Job):
    """Delete a channel; waits for an import that is going on. The result is `{"name": str, "bytes": int}`."""

    def run(self, channel_id: str) -> dict[str, Any]:
        """Delete the channel with this id; one that is gone already is deleted."""
        return services.delete_when_free(channel_id, self.check_for_cancel)


@register_task(resumable=True)
class MakeStick(Job):
    """Make a stick for another school, with this computer's channels and the installers at hand.

    With `portable` a program for Windows comes with it that runs from the stick.

    While it runs `progress` and `total_progress` are bytes; the result is as `kit.make` says.
    """

    def run(self, folder: str, channels: list[str], portable: bool = False) -> dict[str, Any]:
        """Write these channels to the stick whose root is `folder`."""
        home = Path(settings.KOLIBRI_HOME)
        installers = kit.at_hand(home, Path(folder))
        # Looked for anew: after a power cut the stick that it comes from may have another place.
        bundle = kit.check_program(home, Path(folder)) if portable else None
        return kit.make(Path(folder), home / "content", channels, installers, self, bundle)


def find(folder: Path, channels: list[str]) -> Source:
    """Return the source at `folder`; a stick that came back under another name is found by its channels.

    Raises StickGone.
    """
    try:
        return drives.look_at(folder)
    except BadInput as error:
        for source in drives.find_sources():
            if channels and {channel.id for channel in source.channels}.issuperset(channels):
                return source
        sentence = _("The stick is not there. Put it in again and go on: what was copied is kept.")
        raise StickGone(sentence, field="folder") from error
