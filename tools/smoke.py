"""Start an installed program, open the wizard by HTTP (and the window with --window), and end it.

python3 tools/smoke.py PROGRAM --home FOLDER [--window]

Needs nothing but Python, so that it runs on a fresh computer of each system. 0: all was seen; 1: something was not.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

SECONDS = 120


def try_server(program: str, home: Path) -> None:
    """Start without a window, follow the printed address to a page, and stop. Raises AssertionError."""
    process = subprocess.Popen([program, "--home", home, "--serve-only"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address, "the program printed no address"
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(address[0], timeout=SECONDS) as page:
            assert page.status == 200 and "</html>" in page.read().decode(), "the wizard did not answer"
        print("the wizard answers by HTTP")
        stop(program, home, process)
    finally:
        process.kill()
        process.communicate()


def try_window(program: str, home: Path) -> None:
    """Start with the window; the program's log says when it is shown. Raises AssertionError."""
    process = subprocess.Popen([program, "--home", home], stdout=subprocess.DEVNULL)
    try:
        log, end = home / "logs" / "kolibri.log", time.monotonic() + SECONDS
        while not log.exists() or "The window is shown" not in log.read_text("utf-8", "replace"):
            assert process.poll() is None, f"the program ended with {process.returncode}"
            assert time.monotonic() < end, "no window was shown"
            time.sleep(0.2)
        print("the window is shown")
        stop(program, home, process)
    finally:
        process.kill()
        process.wait()


def stop(program: str, home: Path, process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """Ask the running copy to end, as installers do."""
    subprocess.run([program, "--home", home, "--stop"], check=True, timeout=SECONDS)
    assert process.wait(30) == 0, f"the program ended with {process.returncode}"
    print("it ends when it is asked to")


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Start an installed program and look at what it does.")
    parser.add_argument("program")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--window", action="store_true")
    found = parser.parse_args(words)
    try:
        if found.window:
            try_window(found.program, found.home)
        try_server(found.program, found.home)
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
