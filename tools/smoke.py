"""Start an installed program, walk its wizard by HTTP (and open the window with --window), and end it.

python3 tools/smoke.py PROGRAM --home FOLDER [--window]

On a home that has a school already the wizard must not come again, and the school must be there. Needs
nothing but Python, so that it runs on a fresh computer of each system. 0: all was seen; 1: something was not.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

SECONDS = 120
SCHOOL = {
    "school_name": "Hill School",
    "full_name": "Amina Bello",
    "username": "amina",
    "username_proposed": "amina",
    "password": "blue kettle seven",
}
CLASS = {"classroom_name": "Grade 4", "names": "Ben Carter\nCarla Diaz"}


class Pages:
    """A browser of the kind that the program's own window is: it came in by the one-time key."""

    def __init__(self, enter: str) -> None:
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self.address, self.text = "", ""
        self.go(enter)

    def go(self, address: str, **fields: str) -> None:
        """Open a page, or send a form with these fields from the page that is open. Raises AssertionError, OSError."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.text)
        body = {**fields, "csrfmiddlewaretoken": token[1]} if fields and token else fields
        wish = urllib.request.Request(
            urllib.parse.urljoin(self.address, address),
            data=urllib.parse.urlencode(body).encode() if fields else None,
            headers={"Referer": self.address} if self.address else {},
        )
        with self.opener.open(wish, timeout=SECONDS) as answer:
            self.address, self.text = answer.geturl(), answer.read().decode()
        assert "</html>" in self.text, f"{self.address} is no whole page"

    def json(self, address: str) -> object:
        """Return what the API answers."""
        with self.opener.open(urllib.parse.urljoin(self.address, address), timeout=SECONDS) as answer:
            return json.load(answer)

    def set_up_a_school(self) -> None:
        """Walk the wizard to its end; where that was done before, sign in. Raises AssertionError, OSError."""
        if "/setup/" in self.address:
            self.go("/setup/language/")
            self.go("/setup/language/", language="en")
            self.go("/setup/school/", **SCHOOL)
            self.go("/setup/class/", **CLASS)
            self.go("/setup/content/", go="later")
        else:
            self.go("/sign-in/", username=SCHOOL["username"], password=SCHOOL["password"])
        assert not re.search("/(setup|sign-in)/", self.address), f"it stays at {self.address}"
        schools, people = self.json("/api/facility/"), self.json("/api/facilityuser/")
        assert isinstance(schools, list) and [school["name"] for school in schools] == [SCHOOL["school_name"]], schools
        assert isinstance(people, list) and len(people) == 3, people


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


def until(what: Callable[[], object], why: str, process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait. Raises AssertionError when it takes too long or the program ends."""
    end = time.monotonic() + SECONDS
    while not what():
        assert process is None or process.poll() is None, f"the program ended with {process and process.returncode}"
        assert time.monotonic() < end, f"still waiting for {why}"
        time.sleep(0.2)


def start(program: str | Path, home: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start the program, and wait until it serves. Raises AssertionError."""
    process = subprocess.Popen([program, "--home", home, *words], stdout=subprocess.DEVNULL)
    try:
        until(lambda: ask(home, "status").get("state") == "ready", "the server", process)
    except BaseException:
        end(process)
        raise
    return process


def try_server(program: str | Path, home: Path) -> None:
    """Start without a window, set a school up with a one-time key, and stop. Raises AssertionError, OSError."""
    process = start(program, home, "--serve-only")
    try:
        Pages(ask(home, "enter")["url"]).set_up_a_school()
        print("a school is set up, by HTTP")
        stop(program, home, process)
    finally:
        end(process)


def try_window(program: str | Path, home: Path) -> None:
    """Start with the window; the program's log says when it is shown. Raises AssertionError."""
    log = home / "logs" / "kolibri.log"

    def shown() -> int:
        return log.read_text("utf-8", "replace").count("The window is shown") if log.exists() else 0

    # The log goes on with what earlier starts have written.
    before = shown()
    process = subprocess.Popen([program, "--home", home], stdout=subprocess.DEVNULL)
    try:
        until(lambda: shown() > before, "the window", process)
        print("the window is shown")
        stop(program, home, process)
    finally:
        end(process)


def stop(program: str | Path, home: Path, process: subprocess.Popen[bytes]) -> None:
    """Ask the running copy to end, as installers do."""
    subprocess.run([program, "--home", home, "--stop"], check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)
    assert process.wait(30) == 0, f"the program ended with {process.returncode}"
    print("it ends when it is asked to")


def end(process: subprocess.Popen[bytes]) -> None:
    """Leave nothing running."""
    process.kill()
    process.wait()


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Start an installed program and look at what it does.")
    parser.add_argument("program")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--window", action="store_true")
    found = parser.parse_args(words)
    with_window = [lambda: try_window(found.program, found.home)] if found.window else []
    return status(*with_window, lambda: try_server(found.program, found.home))


def status(*trials: Callable[[], None]) -> int:
    """Do these one after another; 1, with a sentence, when one of them did not see what it wants."""
    try:
        for trial in trials:
            trial()
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
