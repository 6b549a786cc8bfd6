"""Write assets/web/VENDORED.md: what was taken from others, with version, licence and checksum."""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets" / "web"

PARTS = [
    ("htmx", "2.0.11", "0BSD", ASSETS / "vendor", "the screens' fragments"),
    ("pdf.js (pdfjs-dist, legacy build)", "5.6.205", "Apache-2.0", ASSETS / "pdfjs", "the PDF viewer"),
    (
        "Noto Sans, Noto Sans Arabic (fontsource)",
        "5.3.0",
        "OFL-1.1",
        ASSETS / "fonts",
        "text of every script of the app",
    ),
    ("axe-core", "4.14.1", "MPL-2.0", ROOT / "tests" / "vendor", "tests only: accessibility"),
]


def page() -> str:
    """Return the page's text, worked out from the files as they are."""
    lines = [
        "# Taken from others",
        "",
        "Made by `python tools/vendored.py`; a test compares every checksum with the files.",
        "",
    ]
    for name, version, licence, folder, purpose in PARTS:
        lines += [f"## {name} {version}", "", f"{licence}; for {purpose}.", "", "| file | SHA-256 |", "|---|---|"]
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            lines.append(f"| `{file.relative_to(ROOT).as_posix()}` | `{digest}` |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    (ASSETS / "VENDORED.md").write_text(page(), "utf-8")
