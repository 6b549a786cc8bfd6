"""Compile the translations: django.po beside django.mo, with nothing but Python's standard library.

python tools/catalogues.py            compile what is missing or out of date
python tools/catalogues.py FILE.po    compile these
"""

from __future__ import annotations

import ast
import gettext
import os
import re
import struct
import sys
import tempfile
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "kolibri" / "locale"
MAGIC = 0x950412DE
LINE = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d+)\])? )?(".*")')


class Broken(Exception):
    """A catalogue cannot be read; the message names the file and the line."""


@dataclass
class Entry:
    """One sentence of a catalogue. `forms` holds one text, or one for each plural form."""

    flags: set[str] = field(default_factory=set)
    context: str | None = None
    msgid: str | None = None
    plural: str | None = None
    forms: dict[int, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str | None, str | None, str | None]:
        return self.context, self.msgid, self.plural


def read(source: Path) -> list[Entry]:
    """Return the entries of a .po file, its header first; obsolete ones are left out. Raises Broken."""
    entries, at = [Entry()], ("", 0)
    for number, line in enumerate(source.read_text("utf-8").splitlines(), 1):
        if line.startswith("#,"):
            flags = {flag.strip() for flag in line[2:].split(",")}
            if entries[-1].msgid is not None:
                entries.append(Entry())
            entries[-1].flags |= flags
        if not line or line.startswith("#"):
            continue
        found = LINE.fullmatch(line)
        if not found or not (found[1] or at[0]):
            raise Broken(f"{source}:{number}: this is not a line of a catalogue")
        text = ast.literal_eval(found[3])
        if not found[1]:
            name, form = at
            text = (entries[-1].forms[form] if name == "msgstr" else getattr(entries[-1], name)) + text
        else:
            name, form = {"msgctxt": "context", "msgid_plural": "plural"}.get(found[1], found[1]), int(found[2] or 0)
            at = name, form
            if name in ("context", "msgid") and entries[-1].forms:
                entries.append(Entry())
        if name == "msgstr":
            entries[-1].forms[form] = text
        else:
            setattr(entries[-1], name, text)
    return entries


def pairs(entries: list[Entry]) -> Iterator[tuple[bytes, bytes]]:
    """Return what the compiled file holds; fuzzy and untranslated sentences stay in the program's own language."""
    for entry in entries:
        forms = [entry.forms[form] for form in sorted(entry.forms)]
        if not all(forms) or ("fuzzy" in entry.flags and entry.msgid):
            continue
        key = entry.msgid or ""
        if entry.context is not None:
            key = f"{entry.context}\x04{key}"
        if entry.plural is not None:
            key = f"{key}\0{entry.plural}"
        yield key.encode(), "\0".join(forms).encode()


def compiled(entries: list[Entry]) -> bytes:
    """Return the entries as gettext's machine object: two tables of lengths and places, then the texts."""
    rows = sorted(pairs(entries))
    start, count = 7 * 4, len(rows)
    tables, texts, place = [], b"", start + count * 16
    for column in (0, 1):
        for row in rows:
            tables += [len(row[column]), place + len(texts)]
            texts += row[column] + b"\0"
    head = [MAGIC, 0, count, start, start + count * 8, 0, 0]
    return struct.pack(f"<{len(head) + len(tables)}I", *head, *tables) + texts


def compile_file(source: Path) -> Path:
    """Write the .mo beside the .po and return it; a reader meanwhile sees the old or the new one. Raises Broken."""
    target, data = source.with_suffix(".mo"), compiled(read(source))
    handle, name = tempfile.mkstemp(dir=source.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.chmod(name, 0o644)
    os.replace(name, target)
    return target


def out_of_date(folder: Path = LOCALE) -> list[Path]:
    """Return the .po files whose .mo is missing or older."""
    return [
        source
        for source in sorted(folder.glob("*/LC_MESSAGES/*.po"))
        if not source.with_suffix(".mo").exists() or source.with_suffix(".mo").stat().st_mtime < source.stat().st_mtime
    ]


def translator(code: str) -> Callable[[str], str]:
    """Return what translates into a language; what has no translation yet stays as it is, as all does for English."""
    return gettext.translation("django", LOCALE, [code], fallback=True).gettext


if __name__ == "__main__":
    try:
        for path in [Path(word) for word in sys.argv[1:]] or out_of_date():
            compile_file(path)
    except Broken as problem:
        sys.exit(str(problem))
