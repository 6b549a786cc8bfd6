"""Make a stick for a school: the installers of dist/, channels, a page to start from, and checksums.

python -m tools.stick OUT [CONTENT ...] [--portable]     # `make stick OUT=DIR CONTENT=DIR ARGS=--portable`

OUT is the stick's root; CONTENT a folder with KOLIBRI_DATA, such a folder itself, or a home. What was
cut short goes on with the same command. Ends with 1 and a sentence when it could not be made, with 3
when something was left out.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
WINDOWS = DIST / "windows" / "kolibri-desktop"
LEFT_OUT = 3


class Telling:
    """Says how far it is, once a second; stopped with Ctrl+C."""

    def __init__(self) -> None:
        self._told = 0.0

    def update_progress(
        self,
        progress: float,
        total_progress: float = 1.0,
        text: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Write one line."""
        if time.monotonic() - self._told >= 1:
            self._told = time.monotonic()
            print(
                f"{progress / total_progress:4.0%}  {progress / 1e6:.0f} of {total_progress / 1e6:.0f} MB  {text or ''}"
            )

    def check_for_cancel(self) -> None:
        """Nothing to ask: Ctrl+C raises by itself."""


def main(words: Sequence[str] | None = None) -> int:
    """Make the stick and return the exit status."""
    parser = argparse.ArgumentParser(prog="tools.stick", description="Make a stick for a school.")
    parser.add_argument("out", type=Path, help="the stick's root")
    parser.add_argument("content", type=Path, nargs="*", help="a folder with KOLIBRI_DATA, or a home")
    parser.add_argument("--installers", type=Path, default=DIST, help="where the installers are (dist)")
    parser.add_argument(
        "--portable",
        nargs="?",
        type=Path,
        const=WINDOWS,
        metavar="BUNDLE",
        help="also a program for Windows that runs from the stick and keeps its data there (dist/windows)",
    )
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as home:
        os.environ["KOLIBRI_HOME"] = home
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kolibri.settings.server")
        import django

        django.setup()
        from kolibri.errors import KolibriError

        try:
            return _make(options.out.absolute(), options.content, options.installers, options.portable)
        except KolibriError as error:
            print(error, file=sys.stderr)
            return 1


def _make(out: Path, folders: Sequence[Path], installers: Path, bundle: Path | None) -> int:
    from kolibri.core.content import paths
    from kolibri.core.content.stick import kit
    from kolibri.errors import BadInput

    found = kit.find_installers([installers])
    names = ", ".join(one.name for one in found)
    print(
        f"Installers: {names}" if names else f"There are no installers in {installers}: the stick gets channels only."
    )
    if missing := kit.missing_systems(found):
        print(f"There is no installer for: {', '.join(missing)}.")
    out.mkdir(parents=True, exist_ok=True)
    sources = []
    for folder in folders:
        content = paths.content_folder(folder.absolute())
        if content is None:
            raise BadInput(f"There are no channels in {folder}.")
        files = sorted((content / "databases").glob("*.sqlite3"))
        sources.append((content, [file.stem for file in files if paths.is_id(file.stem)]))
    left_out = False
    # Without channels the source is never read: the installers alone are written.
    for content, channels in sources or [(ROOT / "assets", [])]:
        result = kit.make(out, content, channels, found, Telling(), bundle)
        bundle = None  # once is enough
        for channel in result["channels"]:
            print(f"{channel['name']}: {channel['status']}, {channel['resources']} of {channel['of']} resources")
        sentences = [*result["sentences"], *(said for one in result["channels"] for said in one["sentences"])]
        for sentence in sentences:
            print(f"- {sentence}")
        left_out = left_out or bool(sentences)
    print(f"The stick is made. See whether it is whole: sh {out}/verify.sh")
    return LEFT_OUT if left_out else 0


if __name__ == "__main__":
    sys.exit(main())
