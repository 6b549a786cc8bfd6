"""A picture as a resource: a page of one picture, in a zip as all pages are."""

import zipfile
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from django.utils.html import escape

# The content origin allows a style inside the page, and the page needs no script.
_PAGE: Final = """<!doctype html>
<html lang="">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; }}
img {{ max-width: 100%; max-height: 100vh; }}
</style>
</head>
<body><img src="picture.{extension}" alt={alt}></body>
</html>
"""
_MOMENT: Final = (2020, 1, 1, 0, 0, 0)  # the same picture under the same title gives the same bytes


def wrap(picture: Path, extension: str, title: str, target: Path) -> None:
    """Write a zip to `target` whose page shows the picture scaled to it, its title said to who cannot see it.

    Raises OSError.
    """
    page = _PAGE.format(title=escape(title), extension=extension, alt=quoteattr(title))
    with zipfile.ZipFile(target, "w") as archive:
        entry = zipfile.ZipInfo("index.html", _MOMENT)
        archive.writestr(entry, page.encode())
        # A picture is packed already.
        entry = zipfile.ZipInfo(f"picture.{extension}", _MOMENT)
        entry.file_size = picture.stat().st_size
        with picture.open("rb") as source, archive.open(entry, "w") as inside:
            while piece := source.read(1024 * 1024):
                inside.write(piece)
