"""The one entry point, from source (`python -m app`) and frozen."""

import multiprocessing
import os
import sys
from typing import NoReturn

from app.ending import Ending


def main() -> None:
    """Run the program and leave with its exit status, without waiting for threads that serve nobody any more."""
    # First of all: from here on a signal ends the program in order, whatever it is doing.
    ending = Ending()
    ending.listen_to_signals()
    multiprocessing.freeze_support()
    _give_streams()
    # Each of these comes only when it is needed: the command line answers before Django is loaded.
    from app.options import read

    options = read(sys.argv[1:])
    if getattr(sys, "frozen", False):
        # Only from source may somebody choose settings, such as those that show every page's insides.
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)
        from app import portable
        from app.language import sentence
        from app.platforms import here
        from kolibri.errors import KolibriError

        try:
            options = portable.settle(options)
        except KolibriError as error:
            here.show_message("Kolibri Desktop", sentence(error))
            _leave(1)
    if options.stop:
        from kolibri.cli import main as command_line

        home = ["--home", str(options.home)] if options.home else []
        status = command_line(["stop", *home])
    else:
        from app.main import run

        status = run(options, ending)
    _leave(status)


def _leave(status: int) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _give_streams() -> None:
    """A windowed program on Windows has no streams; whoever prints must not fall over that."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


if __name__ == "__main__":
    main()
