"""Start an installed program, open the wizard by HTTP (and the window with --window), and end it.

python3 tools/smoke.py PROGRAM --home FOLDER [--window]

Needs nothing but Python, so that it runs on a fresh computer of each system. 0: all was seen; 1: something was not.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

SECONDS = 120


def ask(home: Path, action: str) -> dict[str, str]:
    """Ask the running program over its own small door; {} while it is not there.

    Not from what it prints: a windowed program on Windows has nowhere to print to.
    """
    try:
        server = json.loads((home / "run" / "server.json").read_text("utf-8"))
        wish = urllib.request.Request(
            f"http://127.0.0.1:{server['port']}/control/{action}",
            method="POST",
            headers={"Authorization": f"Bearer {server['token']}"},
        )
        with urllib.request.urlopen(wish, timeout=10) as answer:
            return dict(json.load(answer))
    except (OSError, ValueError):
        return {}


def until(what: Callable[[], object], why: str, process: subprocess.Popen[bytes]) -> None:
    """Wait. Raises AssertionError when it takes too long or the program ends."""
    end = time.monotonic() + SECONDS
    while not what():
        assert process.poll() is None, f"the program ended with {process.returncode}"
        assert time.monotonic() < end, f"still waiting for {why}"
        time.sleep(0.2)


def try_server(program: str | Path, home: Path) -> None:
    """Start without a window, open the wizard with a one-time key, and stop. Raises AssertionError."""
    process = subprocess.Popen([program, "--home", home, "--serve-only"], stdout=subprocess.DEVNULL)
    try:
        until(lambda: ask(home, "status").get("state") == "ready", "the server", process)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(ask(home, "enter")["url"], timeout=SECONDS) as page:
            assert page.status == 200 and "</html>" in page.read().decode(), "the wizard did not answer"
        print("the wizard answers by HTTP")
        stop(program, home, process)
    finally:
        process.kill()
        process.wait()


def try_window(program: str | Path, home: Path) -> None:
    """Start with the window; the program's log says when it is shown. Raises AssertionError."""
    process = subprocess.Popen([program, "--home", home], stdout=subprocess.DEVNULL)
    log = home / "logs" / "kolibri.log"
    try:
        until(
            lambda: log.exists() and "The window is shown" in log.read_text("utf-8", "replace"), "the window", process
        )
        print("the window is shown")
        stop(program, home, process)
    finally:
        process.kill()
        process.wait()


def stop(program: str | Path, home: Path, process: subprocess.Popen[bytes]) -> None:
    """Ask the running copy to end, as installers do."""
    subprocess.run([program, "--home", home, "--stop"], check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)
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
