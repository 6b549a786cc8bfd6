"""Make assets/icons/kolibri-desktop.png from the program's one drawing, assets/web/icons/kolibri-desktop.svg.

python tools/icons.py        # needs Qt, which the desktop's requirements bring
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgRenderer

ROOT = Path(__file__).resolve().parent.parent
DRAWING = ROOT / "assets" / "web" / "icons" / "kolibri-desktop.svg"
PICTURE = ROOT / "assets" / "icons" / "kolibri-desktop.png"
SIZE = 256


def draw(size: int) -> QImage:
    """Return the drawing as a square picture of `size` pixels."""
    picture = QImage(size, size, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(DRAWING)).render(painter)
    painter.end()
    return picture


if __name__ == "__main__":
    if not draw(SIZE).save(str(PICTURE)):
        raise SystemExit(f"{PICTURE} could not be written")
