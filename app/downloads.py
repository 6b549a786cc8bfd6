"""Downloads in Qt's window. pywebview's own way calls a method that Qt 6 dropped, and saves nothing."""

import logging
from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths
from PySide6.QtWebEngineCore import QWebEngineDownloadRequest
from PySide6.QtWidgets import QFileDialog
from PySide6.QtWidgets import QMessageBox

from app.language import gettext as _
from app.saving import safe_name

logger = logging.getLogger(__name__)


def on_download_requested(view: Any, request: Any) -> None:
    """Ask where to save what a page offers, and save it. A method of pywebview's BrowserView."""
    chosen = _ask_where(view, request.suggestedFileName())
    if chosen is None:
        request.cancel()
        return
    request.setDownloadDirectory(str(chosen.parent))
    request.setDownloadFileName(chosen.name)

    def finished() -> None:
        if request.state() == QWebEngineDownloadRequest.DownloadState.DownloadInterrupted:
            logger.error("A file could not be saved: %s", request.interruptReasonString())
            QMessageBox.warning(
                view, _("Save file"), _("The file could not be saved. Try another folder, or free some space.")
            )

    request.isFinishedChanged.connect(finished)
    request.accept()


def _ask_where(view: Any, name: str) -> Path | None:
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
    start = Path(folder) if folder and Path(folder).is_dir() else Path.home()
    chosen, _filter = QFileDialog.getSaveFileName(view, _("Save file"), str(start / safe_name(name)))
    return Path(chosen) if chosen else None
