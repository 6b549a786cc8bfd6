"""The command that makes a stick, as whoever prepares sticks calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.sticks import make_stick

ROOT = Path(__file__).resolve().parent.parent


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.stick", *map(str, words)],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        check=False,
        capture_output=True,
        text=True,
    )


def test_a_stick_from_dist_and_a_folder(tmp_path: Path) -> None:
    sample = make_stick(tmp_path / "sample")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "kolibri-desktop_1.0_amd64.deb").write_bytes(b"installer")
    out = tmp_path / "a stick"
    ended = run(out, sample.root, "--installers", tmp_path / "dist")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "13 of 13 resources" in ended.stdout
    assert "There is no installer for: Windows, macOS.\n" in ended.stdout
    assert (out / "linux" / "kolibri-desktop_1.0_amd64.deb").read_bytes() == b"installer"
    checked = subprocess.run(["sh", out / "verify.sh"], check=False, capture_output=True, text=True)
    assert checked.stdout == "Every file is whole.\n"


def test_what_was_left_out_is_said_and_shows_in_the_status(tmp_path: Path) -> None:
    bad = make_stick(tmp_path / "bad", fault="bad-checksum")
    ended = run(tmp_path / "out", bad.root, "--installers", tmp_path / "none")
    assert ended.returncode == 3
    assert "no installers" in ended.stdout and "is damaged on this computer" in ended.stdout


def test_a_folder_without_channels_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    ended = run(tmp_path / "out", tmp_path, "--installers", tmp_path / "none")
    assert (ended.returncode, ended.stderr) == (1, f"There are no channels in {tmp_path}.\n")
    assert not list((tmp_path / "out").iterdir())


def test_a_program_that_runs_from_the_stick_goes_with_it(tmp_path: Path) -> None:
    bundle = tmp_path / "kolibri-desktop"
    (bundle / "_internal").mkdir(parents=True)
    (bundle / "kolibri-desktop.exe").write_bytes(b"MZ")
    out = tmp_path / "out"
    ended = run(out, "--installers", tmp_path / "none", "--portable", bundle)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (out / "windows-portable" / "kolibri-desktop.exe").read_bytes() == b"MZ"
    ended = run(out, "--installers", tmp_path / "none", "--portable", tmp_path)
    assert ended.returncode == 1 and "make windows" in ended.stderr
