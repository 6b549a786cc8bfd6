"""Gather the sentences to translate into kolibri/locale, and compile what is there.

`python tools/messages.py sw ha` also starts catalogues for the languages that are named.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "kolibri" / "locale"
NOT_OURS = (".venv", "tests", "assets", "build", "dist", "docs", "tools")


def main(words: list[str]) -> int:
    languages = sorted({folder.name for folder in LOCALE.glob("*") if folder.is_dir()} | set(words))
    if not languages:
        print("no catalogue yet: name a language, for instance `make messages ARGS=sw`")
        return 0
    LOCALE.mkdir(exist_ok=True)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "kolibri.settings.desktop", "PYTHONPATH": str(ROOT)}
    django = [sys.executable, "-m", "django"]
    for domain, extensions in (("django", "py,html,txt"), ("djangojs", "js")):
        command = [*django, "makemessages", "--domain", domain, "--extension", extensions, "--add-location", "file"]
        for language in languages:
            command += ["--locale", language]
        for folder in NOT_OURS:
            command += ["--ignore", folder]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return subprocess.run([*django, "compilemessages"], cwd=LOCALE.parent, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
