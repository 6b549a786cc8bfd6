"""Gather the sentences to translate into kolibri/locale, and compile what is there.

`python tools/messages.py sw ha` also starts catalogues for the languages that are named. Needs gettext.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import django
from django.utils.translation.template import templatize

if __package__:
    from tools import catalogues
else:
    import catalogues

ROOT = catalogues.ROOT
KEYWORDS = (
    *("gettext_noop", "gettext_lazy", "ngettext_lazy:1,2", "pgettext:1c,2", "npgettext:1c,2,3"),
    *("pgettext_lazy:1c,2", "npgettext_lazy:1c,2,3"),
)
# Dates and names of a maker would change with each run, and say what the history says better.
HEADER = r"""msgid ""
msgstr ""
"Project-Id-Version: Kolibri Desktop\n"
"Language: {language}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: {plural}\n"
"""


def extract(folder: Path) -> Path:
    """Write every sentence of the program into `folder`/django.pot and return it. Raises OSError without gettext."""
    sources = [path for package in ("app", "kolibri") for path in (ROOT / package).rglob("*")]
    sources += [ROOT / "tools" / system / "sentences.py" for system in ("linux", "windows")]
    names = []
    for path in sorted(path for path in sources if path.suffix in (".py", ".html", ".txt")):
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text("utf-8")
        copy = folder / "sources" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        # Templates become Python whose calls hold their sentences.
        copy.write_text(text if path.suffix == ".py" else templatize(text, origin=name), "utf-8")
        names.append(name)
    target = folder / "django.pot"
    subprocess.run(
        [
            *("xgettext", "--language=Python", "--from-code=UTF-8", "--add-comments=Translators", "--no-wrap"),
            *("--add-location=file", "--files-from=-", f"--output={target}"),
            *(f"--keyword={keyword}" for keyword in KEYWORDS),
        ],
        cwd=folder / "sources",
        input="\n".join(names),
        text=True,
        check=True,
    )
    header = HEADER.format(language="", plural="nplurals=INTEGER; plural=EXPRESSION;")
    _header, _blank, entries = target.read_text("utf-8").partition("\n\n")
    target.write_text(f"{header}\n{entries}", "utf-8")
    return target


def plural_forms(language: str) -> str:
    """Return Django's rule for the language's plural forms; two forms as in English where it has none."""
    theirs = Path(django.__file__).parent / "conf" / "locale" / language / "LC_MESSAGES" / "django.po"
    if theirs.exists():
        header = catalogues.read(theirs)[0].forms[0]
        if found := re.search(r"^Plural-Forms: *(.*)$", header, re.MULTILINE):
            return found[1]
    return "nplurals=2; plural=(n != 1);"


def merge(language: str, template: Path) -> None:
    """Bring the language's catalogue up to the template; make it when there is none."""
    source = catalogues.LOCALE / language / "LC_MESSAGES" / "django.po"
    if not source.exists():
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(HEADER.format(language=language, plural=plural_forms(language)), "utf-8")
    options = ("--quiet", "--backup=none", "--previous", "--no-wrap", "--update")
    subprocess.run(["msgmerge", *options, source, template], check=True)
    subprocess.run(["msgattrib", "--no-obsolete", "--no-wrap", f"--output-file={source}", source], check=True)


def main(words: list[str]) -> int:
    languages = sorted({folder.name for folder in catalogues.LOCALE.glob("*") if folder.is_dir()} | set(words))
    with tempfile.TemporaryDirectory() as folder:
        template = extract(Path(folder))
        for language in languages:
            merge(language, template)
    for source in catalogues.out_of_date():
        catalogues.compile_file(source)
        entries = catalogues.read(source)
        left = sum("fuzzy" in entry.flags or not all(entry.forms.values()) for entry in entries)
        print(f"{source.relative_to(ROOT)}: {len(entries) - 1} sentences, {left} to translate")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
