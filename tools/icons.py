"""Make the program's icons from its one drawing, assets/web/icons/kolibri-desktop.svg.

python tools/icons.py        # needs Qt, which the desktop's requirements bring

kolibri-desktop.png for Linux, .ico for Windows, .icns for macOS, all in assets/icons.
"""

from __future__ import annotations

import struct
from pathlib import Path

from PySide6.QtCore import QBuffer
from PySide6.QtCore import QByteArray
from PySide6.QtCore import QIODevice
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgRenderer

ROOT = Path(__file__).resolve().parent.parent
DRAWING = ROOT / "assets" / "web" / "icons" / "kolibri-desktop.svg"
ICONS = ROOT / "assets" / "icons"
SIZE = 256
ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
# Apple's names for the sizes that hold a PNG.
ICNS_KINDS = {b"icp4": 16, b"icp5": 32, b"ic07": 128, b"ic08": 256, b"ic09": 512, b"ic10": 1024}


def draw(size: int) -> QImage:
    """Return the drawing as a square picture of `size` pixels."""
    picture = QImage(size, size, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(DRAWING)).render(painter)
    painter.end()
    return picture


def png(size: int) -> bytes:
    """Return the drawing as a PNG of `size` pixels. Raises SystemExit when Qt cannot write one."""
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not draw(size).save(buffer, "PNG"):
        raise SystemExit("Qt could not write a PNG")
    return bytes(kept.data())


def ico() -> bytes:
    """Return all sizes as one .ico: a header, an entry of 16 bytes for each size, and the PNGs."""
    pictures = [png(size) for size in ICO_SIZES]
    place = 6 + 16 * len(pictures)
    head = struct.pack("<HHH", 0, 1, len(pictures))
    for size, picture in zip(ICO_SIZES, pictures, strict=True):
        # One byte holds 256 as 0.
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), place)
        place += len(picture)
    return head + b"".join(pictures)


def icns() -> bytes:
    """Return all sizes as one .icns: chunks of a name, a length that counts its own 8 bytes, and the PNG."""
    chunks = b"".join(
        kind + struct.pack(">I", len(picture) + 8) + picture
        for kind, picture in ((kind, png(size)) for kind, size in ICNS_KINDS.items())
    )
    return b"icns" + struct.pack(">I", len(chunks) + 8) + chunks


if __name__ == "__main__":
    for name, content in (("png", png(SIZE)), ("ico", ico()), ("icns", icns())):
        (ICONS / f"kolibri-desktop.{name}").write_bytes(content)
