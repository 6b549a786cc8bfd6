"""What the installer for Windows says, in the languages of the program; translated with all other sentences.

What stands on NSIS' own pages and buttons NSIS translates itself; for a language that it lacks there are the
files of its kind beside the installer's script.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tools import catalogues

ROOT = Path(__file__).resolve().parents[2]

# NSIS' names of our languages. The setup speaks the one that Windows itself speaks, whatever its country.
LANGUAGES: Final = {
    "en": "English",
    "ar": "Arabic",
    "es": "Spanish",
    "fr": "French",
    "pt": "PortugueseBR",
    "sw": "Swahili",
}
OWN: Final = ROOT / "assets" / "installer" / "windows"
# Where the installer's script keeps what the sentences name.
VALUES: Final = {
    "installed": "$0",
    "version": "${VERSION}",
    "needed": "${MEGABYTES}",
    "free": "$1",
    "folder": "$INSTDIR",
}


def _sentences(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "OLD_WINDOWS": _("Kolibri Desktop needs 64-bit Windows 10, version 1809 or newer. Nothing was changed."),
        "NEWER": _("Version {installed} is installed, which is newer than {version}. Nothing was changed."),
        "NO_ROOM": _("There is not enough room: {needed} MB are needed, {free} MB are free. Nothing was changed."),
        "NOT_WRITTEN": _("The program could not be written to {folder}. What was there before is still there."),
        "NOT_STARTING": _("The new program does not start on this computer. Nothing was changed."),
        "RUNNING": _("Kolibri Desktop is running and does not close. Close it, then start this again."),
        "CLOSING": _("If Kolibri Desktop is running, it is closed now."),
        "ENGINE": _("What shows the window (WebView2) is being installed. This takes some minutes."),
        "PROGRAM": _("The program"),
        "DATA": _("The school's data too: people, lessons and work are lost"),
    }


def translated(code: str) -> dict[str, str]:
    """Return the sentences in a language, by the names that the installer's script has for them."""
    return _sentences(catalogues.translator(code))


def quoted(text: str) -> str:
    """Return a sentence as NSIS reads it: `$` begins a name there, and `"` ends the text."""
    return '"' + text.replace("$", "$$").replace('"', '$\\"').format(**VALUES) + '"'


def has_own(name: str) -> bool:
    """Whether the texts of NSIS' pages in a language are ours."""
    return (OWN / f"{name}.nlf").exists()


def script() -> str:
    """Return the lines of NSIS that hold all sentences in all languages; the first language is for everybody else."""
    lines = [
        f'!insertmacro MUI_LANGUAGEEX "{OWN}" "{name}"' if has_own(name) else f'!insertmacro MUI_LANGUAGE "{name}"'
        for name in LANGUAGES.values()
    ]
    for code, name in LANGUAGES.items():
        lines += [f"LangString {key} ${{LANG_{name.upper()}}} {quoted(text)}" for key, text in translated(code).items()]
    return "\n".join(lines) + "\n"
