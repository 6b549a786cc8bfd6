"""The built program where its user may write nothing into the home: said in the window, and gone on with."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.installers.conftest import Ordinary
from tests.installers.shown import close_window
from tests.installers.shown import press_enter_until
from tests.installers.shown import title_of_window
from tests.installers.test_linux_bundle import running
from tests.patience import until


def test_a_home_without_permission_is_said_and_the_button_goes_on(ordinary: Ordinary, program: Path) -> None:
    home = ordinary.home / "closed"
    home.mkdir()
    if os.geteuid() == 0:
        subprocess.run(["chown", ordinary.user, home], check=True)
    home.chmod(0o500)
    # Without a screen: its box would lie above the window that comes next.
    ended = ordinary.run(program, "--serve-only", "--home", home, DISPLAY="")
    assert ended.returncode == 1
    assert str(home) in ended.stderr and "Traceback" not in ended.stderr
    with running(ordinary, program, "--home", home) as process:
        until(lambda: "could not start" in title_of_window(ordinary), "the page with the reason")
        home.chmod(0o700)
        press_enter_until(ordinary, lambda title: "could not start" not in title)
        until(lambda: "Welcome" in title_of_window(ordinary), "the wizard")
        close_window(ordinary)
        assert process.wait(30) == 0
