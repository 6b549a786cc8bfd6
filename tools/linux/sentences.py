"""What the archive that installs itself on Linux says, in all languages of the program; translated with all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tools import catalogues

# Where the script keeps what the sentences name, as it stands between its double quotes; the braces end each name.
VALUES: Final = {
    "installed": "${installed}",
    "version": "${VERSION}",
    "needed": "$((KILOBYTES / 1024))",
    "free": "$((free / 1024))",
    "folder": "${BASE}",
    "command": "sh '${BASE}/uninstall.sh' --uninstall",
}


def _sentences(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "NO_HOME": _("HOME is not set: there is no place to install to."),
        "NOT_UNDERSTOOD": _("Only --uninstall is understood."),
        "CLOSING": _("If Kolibri Desktop is running, it is closed now."),
        "RUNNING": _("Kolibri Desktop is running and does not close. Close it, then start this again."),
        "NO_XZ": _(
            "The program xz is missing, which unpacks this file. "
            "Install it (Debian, Ubuntu: xz-utils; others: xz). Nothing was changed."
        ),
        "NEWER": _("Version {installed} is installed, which is newer than {version}. Nothing was changed."),
        "DAMAGED": _("This file is damaged. Copy it again. Nothing was changed."),
        "NO_FOLDER": _("The folder {folder} cannot be made. Nothing was changed."),
        "NO_ROOM": _("There is not enough room: {needed} MB are needed, {free} MB are free. Nothing was changed."),
        "LOCKED": _("The folder {folder} cannot be written. Nothing was changed."),
        "COPYING": _("Copying the program ..."),
        "NOT_COPIED": _("The program could not be copied. Nothing was changed."),
        "NOT_STARTING": _("The new program does not start on this computer. Nothing was changed."),
        "INSTALLED": _("Kolibri Desktop {version} is installed. It is in the menu, under Education."),
        "TO_REMOVE": _("To remove it: {command}"),
        "REMOVED": _("Kolibri Desktop is removed. The school's data stays where it is."),
    }


def translated(code: str) -> dict[str, str]:
    """Return the sentences in a language, by the script's names for them; English where there is none."""
    return _sentences(catalogues.translator(code))


def quoted(text: str) -> str:
    """Return a sentence between double quotes, as a shell reads it: what it names is filled in, and nothing else."""
    for mark in '\\"$`':
        text = text.replace(mark, f"\\{mark}")
    return f'"{text.format(**VALUES)}"'


def languages() -> list[str]:
    """Return the codes of the languages that there are translations for."""
    return sorted(path.parent.parent.name for path in catalogues.LOCALE.glob("*/LC_MESSAGES/django.mo"))


def cases() -> str:
    """Return the lines of the script's `case` that hold all sentences; the English one comes last for each name."""
    english = _sentences(str)
    lines = []
    for code in languages():
        lines += [
            f"        {code}:{name}) printf '%s\\n' {quoted(text)} ;;"
            for name, text in translated(code).items()
            if text != english[name]
        ]
    lines += [f"        *:{name}) printf '%s\\n' {quoted(text)} ;;" for name, text in english.items()]
    return "\n".join(lines)
