"""Printing from Qt's window, where `window.print()` does nothing by itself.

With a printer: the system's dialog. Without one: a PDF, opened in the person's own viewer, which
can print it, keep it or send it on.
"""

import itertools
import logging
import tempfile
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale
from PySide6.QtCore import QMarginsF
from PySide6.QtGui import QPageLayout
from PySide6.QtGui import QPageSize
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtPrintSupport import QPrinterInfo
from PySide6.QtWidgets import QMessageBox

from app.language import gettext as _
from app.platforms import here

logger = logging.getLogger(__name__)


def connect(view: Any, folder: Path | None) -> None:
    """Print what the page, or a frame in it, asks for. Qt's thread.

    Files go to `folder`, which is emptied of earlier ones first and made when it is needed; None: to the
    system's temporary one.
    """
    for old in folder.glob("*.pdf") if folder else ():
        old.unlink(missing_ok=True)
    page = view.webview.page()
    counter = itertools.count(1)

    def fresh() -> str:
        if folder is None:
            return str(Path(tempfile.mkdtemp(prefix="kolibri-")) / "page.pdf")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return str(folder / f"page-{next(counter)}.pdf")

    def page_asks() -> None:
        if QPrinterInfo.availablePrinterNames():
            _print_on_paper(view)
        else:
            page.printToPdf(fresh(), _paper())

    page.printRequested.connect(page_asks)
    page.printRequestedByFrame.connect(lambda frame: frame.printToPdf(fresh()))
    page.pdfPrintingFinished.connect(lambda path, is_good: _show(view, Path(path), is_good))


def _print_on_paper(view: Any) -> None:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    dialog = QPrintDialog(printer, view)
    if dialog.exec() != QPrintDialog.DialogCode.Accepted:
        return
    # The printer must live until the page is on it, and printing goes on behind our back.
    view.printers_at_work = [*getattr(view, "printers_at_work", []), printer]
    view.webview.printFinished.connect(lambda is_good: _printed(view, printer, is_good))
    view.webview.print(printer)


def _printed(view: Any, printer: Any, is_good: bool) -> None:
    if printer in view.printers_at_work:
        view.printers_at_work.remove(printer)
        if not is_good:
            _complain(view)


def _paper() -> QPageLayout:
    is_american = QLocale.system().measurementSystem() == QLocale.MeasurementSystem.ImperialUSSystem
    size = QPageSize(QPageSize.PageSizeId.Letter if is_american else QPageSize.PageSizeId.A4)
    return QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF(15, 15, 15, 15), QPageLayout.Unit.Millimeter)


def _show(view: Any, path: Path, is_good: bool) -> None:
    try:
        if not is_good:
            raise OSError(f"no PDF at {path}")
        here.open_file(path)
    except OSError:
        logger.exception("A page could not be printed.")
        _complain(view)


def _complain(view: Any) -> None:
    QMessageBox.warning(
        view, _("Print"), _("The page could not be printed. Open it in the browser (menu View) and print it there.")
    )
