"""A teacher's own files: in a lesson here, by sync and by stick in a Kolibri, and what it makes of them."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.interop.computers import Kolibri
from tests.interop.computers import Ours
from tests.interop.computers import run
from tests.interop.table import Table
from tests.interop.table import must

# As Kolibri names them.
_KINDS = {"Rain words": "document", "A leaf": "html5"}


def own_files(table: Table, kolibri: Kolibri, ours: Ours, folder: Path) -> None:
    """Two files are added to a lesson; the lesson goes by sync, the files by stick; then one more of them."""
    table.part("A teacher's own files")
    stick = folder / "stick-of-files"
    made = ours.deed("add_files", "Rain words.pdf, A leaf.png")
    channel, lesson = made["channel"], made["lesson"]
    with kolibri.serving() as server:
        table.step("a lesson with a PDF and a picture goes to Kolibri", lambda: ours.sync(server.address, "not asked"))
    table.step("  where its resources are not there yet", lambda: _there(kolibri, channel, lesson, {}))
    table.step("a stick is made for it", lambda: _make(ours, stick))
    table.step("Kolibri takes the channel from the stick", lambda: _import(kolibri, channel, stick))
    table.step("  and the lesson is whole", lambda: _there(kolibri, channel, lesson, _KINDS))
    ours.deed("add_files", f"More words.pdf: {lesson}")
    with kolibri.serving() as server:
        table.step("one more file in the lesson, one more sync", lambda: ours.sync(server.address, "not asked"))
    table.step("the same stick is brought up to date", lambda: _make(ours, stick))
    table.step("Kolibri takes the update", lambda: _import(kolibri, channel, stick))
    table.step(
        "  and has the third file, too",
        lambda: _there(kolibri, channel, lesson, {**_KINDS, "More words": "document"}),
    )


def _make(ours: Ours, stick: Path) -> str:
    words = ["-m", "tools.stick", str(stick), str(ours.home), "--installers", str(stick / "none")]
    return run([sys.executable, *words], {}).strip().splitlines()[-1]


def _import(kolibri: Kolibri, channel: str, stick: Path) -> str:
    for command in ("importchannel", "importcontent"):
        kolibri.manage(command, "disk", channel, str(stick / "KOLIBRI_DATA"))
    return ""


def _there(kolibri: Kolibri, channel: str, lesson: str, kinds: dict[str, str]) -> str:
    found = kolibri.deed("resources", f"{channel} {lesson}")
    wanted = [[title, kind, True] for title, kind in kinds.items()]
    return must(found["in the lesson"] == wanted and found["files gone"] == [], f"{found}")
