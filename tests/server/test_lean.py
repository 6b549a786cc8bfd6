"""A start loads what each start needs, and nothing heavy that most never do."""

import os
import subprocess
import sys
from pathlib import Path

LOOK = """
import sys
import django
django.setup()
from django.urls import get_resolver
import kolibri.wsgi
get_resolver().url_patterns
print(*(name for name in ("openpyxl", "requests", "hypothesis", "pytest", "webview") if name in sys.modules))
"""


def test_no_start_loads_what_only_some_pages_need(tmp_path: Path) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "kolibri.settings.desktop", "KOLIBRI_HOME": str(tmp_path)}
    found = subprocess.run(
        [sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (found.returncode, found.stdout.strip()) == (0, ""), found.stderr
