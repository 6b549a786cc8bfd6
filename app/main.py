"""Start and end, in order: home, one instance, server, window; then all of it backwards.

The server binds its port at once and says itself that it is starting, so the window opens beside
the work behind it and never waits for an upgrade, Django or the database.
"""

import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from typing import Final

from app import engine
from app import instance
from app import portable
from app.browser import Browser
from app.browser import forget_pages
from app.ending import Ending
from app.engine import Choice
from app.engine import Engine
from app.host import BrowserHost
from app.host import WindowHost
from app.instance import Outcome
from app.language import gettext as _
from app.language import hear
from app.language import sentence
from app.options import Options
from app.platforms import here
from app.window import TITLE
from app.window import NoWindow
from app.window import Window
from kolibri.core.device import host
from kolibri.errors import KolibriError
from kolibri.server import home as homes
from kolibri.server import portable as stick
from kolibri.server import run as server
from kolibri.settings import environment

logger = logging.getLogger(__name__)

CRASHES: Final = "logs/crash.log"
# Why the program ends, when it is somebody in front of it who wants that.
OF_A_PERSON: Final = ("the window was closed", "a screen asked for it", "the window's loop has ended")


@dataclass(frozen=True)
class Parts:
    """What a start is put together from; tests put others in their place."""

    prepare: Callable[[Path], Path] = homes.prepare
    check: Callable[[Path], Path] = stick.check
    take: Callable[..., instance.Taken] = instance.take
    start: Callable[..., server.Running] = server.start
    choose: Callable[[], Choice] = engine.choose
    window: Callable[..., Any] = Window
    browser: Callable[..., Browser] = Browser
    complain: Callable[[str, str], None] = here.show_message
    tell: Callable[[str, str], None] = here.tell


def run(options: Options, ending: Ending, parts: Parts | None = None) -> int:
    """Run the program until it is ended. Main thread only.

    0: ended as asked, or another start of the same home was shown instead; 1: it could not start;
    2: refused.
    """
    parts = parts or Parts()
    try:
        engine.debugging_port()
    except PermissionError as error:
        parts.complain(TITLE, str(error))
        return 2
    home = options.home or environment.home()
    # Whatever reads the settings later in this process finds the same home.
    os.environ["KOLIBRI_HOME"] = str(home)
    if options.is_portable:
        ending.patience = portable.PATIENCE
        # Qt's own cache would be left on each computer that the stick was in.
        os.environ["QT_DISABLE_SHADER_DISK_CACHE"] = "1"
    taken, has_home = None, True
    try:
        (parts.check if options.is_portable else parts.prepare)(home)
        taken = parts.take(home, is_over=lambda: ending.is_asked)
    except (KolibriError, OSError):
        # The server meets the same and says it on a page, with a button to try again.
        has_home = False
    if taken is not None and taken.outcome is not Outcome.FIRST:
        return _leave_to(taken, home, options, ending, parts)
    program = _Program(options, home, has_home, ending, parts)
    try:
        status = program.run()
    finally:
        ending.finish()
        if taken is not None:
            taken.release()
        logging.shutdown()
    return program.say_farewell(status)


def _leave_to(taken: instance.Taken, home: Path, options: Options, ending: Ending, parts: Parts) -> int:
    """Another one has the home: it has shown itself, or its pages are opened in the browser."""
    if taken.outcome is Outcome.RAISED or ending.is_asked:
        return 0
    if taken.outcome is Outcome.ADDRESS:
        browser = parts.browser(home, lambda _path: taken.address)
        if options.serve_only or parts.choose().engine is Engine.NONE or not browser.open():
            _say_address(taken.address)
        return 0
    parts.complain(TITLE, _("Kolibri Desktop is running already but does not answer. Restart the computer."))
    return 1


class _Program:
    """The first start in a home, from its server to its end."""

    def __init__(self, options: Options, home: Path, has_home: bool, ending: Ending, parts: Parts) -> None:
        self._options = options
        self._home = home
        self._has_home = has_home
        self._ending = ending
        self._parts = parts
        self._bring_forward: Callable[[], object] = lambda: None
        self._look: Callable[[], object] = lambda: None
        self._running: server.Running | None = None

    def say_farewell(self, status: int) -> int:
        """Say of a portable home, once it is closed, whether the stick may be taken out; return the exit status."""
        if not self._options.is_portable or self._running is None or not self._has_home:
            return status
        text, may_go = portable.farewell(self._running, self._home)
        print(text, file=sys.stdout if may_go else sys.stderr, flush=True)
        # Whoever ends the program from outside, or the computer, does not look; a window has said it already.
        if self._ending.why in OF_A_PERSON and not self._running.is_gone:
            portable.say(self._parts.tell if may_go else self._parts.complain, TITLE, text)
        return status if may_go else 1

    def run(self) -> int:
        parts, ending = self._parts, self._ending
        if self._has_home:
            _keep_crashes(self._home)
            forget_pages(self._home)
            hear(self._home)
        choice = Choice(Engine.NONE, "--serve-only") if self._options.serve_only else parts.choose()
        if ending.is_asked:
            return 0
        try:
            running = parts.start(
                self._home,
                port=self._options.port,
                # Without a window there is nothing to raise: the second start then opens a browser.
                on_raise=None if choice.engine is Engine.NONE else lambda: self._bring_forward(),
                on_stop=lambda: ending.ask("kolibri stop"),
                on_gone=lambda: self._look(),
                is_portable=self._options.is_portable,
            )
        except KolibriError as error:
            parts.complain(TITLE, sentence(error))
            return 1
        self._running = running
        ending.do(running.stop)
        logger.info("Engine: %s. %s", choice.engine.value, choice.why)
        browser = parts.browser(self._home, running.enter_url)
        try:
            if choice.engine not in (Engine.BROWSER, Engine.NONE):
                try:
                    self._show_window(choice.engine, running, browser)
                    return 0
                except NoWindow as error:
                    logger.warning("The window's engine does not work, the browser takes its place: %s", error)
                    choice = Choice(Engine.BROWSER, str(error))
            host.register(BrowserHost(browser, ending))
            if choice.engine is Engine.BROWSER:
                return self._show_browser(running, browser, choice.why)
            return self._serve(running)
        finally:
            host.register(None)

    def _show_window(self, kind: Engine, running: server.Running, browser: Browser) -> None:
        window = self._parts.window(
            self._home, kind, running.url, running.enter_url, browser, self._ending, keeps=self._has_home
        )
        self._bring_forward = window.bring_forward
        self._look = window.start_page
        host.register(WindowHost(window, browser, self._ending))
        self._when_mended(running, window.enter_again)
        window.show()
        self._ending.ask("the window's loop has ended")

    def _show_browser(self, running: server.Running, browser: Browser, why: str) -> int:
        self._bring_forward = browser.open
        if self._ending.is_asked:
            return 0
        print(_("The program opens in the browser, because {reason}.").format(reason=why), flush=True)
        threading.Thread(target=browser.open, name="browser", daemon=True).start()
        self._when_mended(running, browser.open)
        _say_address(running.enter_url())
        self._ending.wait()
        return 0

    def _serve(self, running: server.Running) -> int:
        """Serve without anybody to look: a failed start is said in the terminal and ends the program."""
        state = running.wait()
        if state == "failed":
            self._parts.complain(TITLE, running.problem)
            return 1
        if state == "ready" and not self._ending.is_asked:
            _say_address(running.enter_url())
        self._ending.wait()
        return 0

    def _when_mended(self, running: server.Running, enter: Callable[[], object]) -> None:
        """After a failed start that the person has tried again: the key of the first address is lost, give another."""

        def watch() -> None:
            has_failed = False
            while (state := running.wait(0.5)) != "stopped" and not self._ending.is_asked:
                if state == "ready":
                    if has_failed:
                        enter()
                    return
                has_failed = has_failed or state == "failed"
                # `wait` returns at once after a failure, until somebody presses the button.
                self._ending.wait(0.2)

        threading.Thread(target=watch, name="mended", daemon=True).start()


def _say_address(address: str) -> None:
    """Print where the program is, for whoever sees the terminal."""
    print(_("Kolibri Desktop is at {address}").format(address=address), flush=True)
    print(_("The address opens once. Ctrl+C ends the program."), flush=True)


def _keep_crashes(home: Path) -> None:
    """Write down what would otherwise be lost with the terminal, or with the process."""
    try:
        # Stays open for as long as the process lives: there is no opening files in the middle of a crash.
        faulthandler.enable((home / CRASHES).open("a", encoding="utf-8"))  # noqa: SIM115
        homes.log_to(home)
    except OSError:
        logger.warning("No log can be kept in %s.", home)

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        logger.critical("Something unexpected ended the program.", exc_info=(kind, error, trace))
        sys.__excepthook__(kind, error, trace)

    def uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            name = args.thread.name if args.thread else "?"
            info = (args.exc_type, args.exc_value, args.exc_traceback)
            logger.critical("Something unexpected ended the thread %s.", name, exc_info=info)

    sys.excepthook = uncaught
    threading.excepthook = uncaught_in_thread
