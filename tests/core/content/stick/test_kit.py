"""A whole stick for another school: installers, the page to start from, the sums and who checks them."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from kolibri.core.content.importer import Import
from kolibri.core.content.stick import kit
from kolibri.core.content.stick import page
from kolibri.core.tasks.job import JobCanceled
from kolibri.errors import BadInput
from tests.core.content.conftest import Watching
from tests.core.content.stick.test_channels import files
from tests.sticks import RESOURCES
from tests.sticks import Stick
from tests.sticks import make_stick

NAMES = {
    "kolibri-desktop-1.0-setup.exe": "windows",
    "MicrosoftEdgeWebView2RuntimeInstallerX64.exe": "windows",
    "Kolibri-1.0.dmg": "macos",
    "kolibri-desktop_1.0_amd64.deb": "linux",
    "kolibri-desktop-1.0-x86_64.run": "linux",
}


@pytest.fixture
def installers(tmp_path: Path) -> Path:
    folder = tmp_path / "installers"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_bytes(name.encode() * 1000)
    (folder / "notes.txt").write_text("no installer")
    (folder / "a name: bad?.exe").write_text("no name for a stick")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "new").mkdir()
    return tmp_path / "new"


@pytest.fixture(autouse=True)
def _home(home: Path) -> None:
    """The turn's lock lies in a home of its own."""


def made(
    stick: Stick, root: Path, folders: Iterable[Path] = (), watcher: Watching | None = None
) -> dict[str, list[str]]:
    found = kit.find_installers(folders)
    return kit.make(root, stick.content, stick.channel_ids, found, watcher or Watching())


def verify(root: Path) -> tuple[int, str]:
    ended = subprocess.run(["sh", root / "verify.sh"], check=False, capture_output=True, text=True, cwd="/")
    return ended.returncode, ended.stdout


def test_all_is_in_its_place_and_importable(stick: Stick, root: Path, installers: Path, home: Path, db: None) -> None:
    result = made(stick, root, [installers])
    assert set(result["installers"]) == set(NAMES) and result["sentences"] == []
    names = files(root).keys()
    assert {name for name in names if "KOLIBRI_DATA" not in name} == {
        *(f"{system}/{name}" for name, system in NAMES.items()),
        *("START.html", "SHA256SUMS", "verify.sh", "verify.cmd"),
    }
    assert all(re.fullmatch(r"[A-Za-z0-9._+/-]+", name) for name in names)
    assert len({name.lower() for name in names}) == len(names)

    [imported] = Import(root / "KOLIBRI_DATA/content", home, Watching()).run(stick.channel_ids)
    assert (imported["resources"], imported["problems"]) == (RESOURCES, [])


def test_the_sums_name_every_file_and_the_script_finds_what_is_spoilt(
    stick: Stick, root: Path, installers: Path
) -> None:
    made(stick, root, [installers])
    sums = dict(line.split("  ")[::-1] for line in (root / "SHA256SUMS").read_text().splitlines())
    assert sums == {
        name: hashlib.sha256(content).hexdigest() for name, content in files(root).items() if name != "SHA256SUMS"
    }
    assert verify(root) == (0, "Every file is whole.\n")

    (root / "linux/kolibri-desktop_1.0_amd64.deb").write_bytes(b"spoilt")
    (root / "macos/Kolibri-1.0.dmg").unlink()
    code, said = verify(root)
    assert code == 1
    assert "amd64.deb: FAILED" in said and "1.0.dmg: FAILED" in said and "setup.exe" not in said
    (root / "SHA256SUMS").write_text("")
    assert verify(root)[0] == 2


def test_the_script_for_windows_has_its_lines(stick: Stick, root: Path) -> None:
    made(stick, root)
    script = (root / "verify.cmd").read_bytes()
    assert script.isascii() and script.count(b"\n") == script.count(b"\r\n") == 12


def test_without_installers_there_is_content_and_the_page_says_so(stick: Stick, root: Path) -> None:
    assert made(stick, root)["installers"] == []
    page = (root / "START.html").read_text("utf-8")
    assert "This stick holds channels only." in page
    assert "<h3>Windows" not in page


def test_made_once_more_it_is_the_same(stick: Stick, root: Path, installers: Path) -> None:
    made(stick, root, [installers])
    before = files(root)
    content = {
        path: path.stat().st_mtime_ns for path in root.rglob("*.*") if "storage" in str(path) or path.suffix == ".run"
    }
    made(stick, root, [installers])
    assert files(root) == before
    assert all(path.stat().st_mtime_ns == when for path, when in content.items() if path.is_file())


def test_what_another_run_put_there_keeps_its_sums(tmp_path: Path, root: Path, installers: Path) -> None:
    one = make_stick(tmp_path / "one")
    two = make_stick(tmp_path / "two", channels=2)
    two.channel_ids.remove(one.channel_id)
    made(one, root, [installers])
    made(two, root)
    assert verify(root) == (0, "Every file is whole.\n")
    assert "setup.exe" in (root / "SHA256SUMS").read_text()
    assert one.channel_id in (root / "SHA256SUMS").read_text()
    page = (root / "START.html").read_text("utf-8")
    assert "1.0-setup.exe" in page and page.count("<bdi>") == 2 * len(settings.LANGUAGES)


def test_cancelled_in_the_middle_the_sums_still_hold(tmp_path: Path, root: Path, installers: Path) -> None:
    old = make_stick(tmp_path / "old")
    made(old, root, [installers])
    newer = make_stick(tmp_path / "newer", version=2, padding=3)
    asked = iter(range(10_000))
    with pytest.raises(JobCanceled):
        made(newer, root, [], Watching(lambda done: JobCanceled() if done and next(asked) > 8 else None))
    assert verify(root)[0] == 0
    made(newer, root)
    assert verify(root)[0] == 0


def test_cut_short_just_before_the_end_no_sum_is_of_what_was_replaced(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(make_stick(tmp_path / "old"), root)

    def stop(*_words: object, **_more: object) -> str:
        raise JobCanceled

    monkeypatch.setattr(page, "render", stop)
    with pytest.raises(JobCanceled):
        made(make_stick(tmp_path / "newer", version=2), root)
    assert verify(root) == (0, "Every file is whole.\n")


def test_the_newest_of_each_kind_is_taken_and_the_first_folder_counts(installers: Path, tmp_path: Path) -> None:
    newer = installers / "kolibri-desktop-1.1-setup.exe"
    newer.write_bytes(b"newer")
    os.utime(newer, (2**33, 2**33))
    stick = tmp_path / "another"
    (stick / "linux").mkdir(parents=True)
    (stick / "linux" / "kolibri-desktop_0.9_amd64.deb").write_bytes(b"old")
    found = {one.name for one in kit.find_installers([tmp_path / "none", installers, stick])}
    assert found == {*NAMES, newer.name} - {"kolibri-desktop-1.0-setup.exe"}
    assert {one.name: one.system for one in kit.find_installers([stick])} == {"kolibri-desktop_0.9_amd64.deb": "linux"}


def test_each_processor_gets_its_own_and_both_are_on_the_page(stick: Stick, root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "two"
    folder.mkdir()
    macs = ["kolibri-desktop-1.0-arm64.dmg", "kolibri-desktop-1.0-x86_64.dmg"]
    linux = ["kolibri-desktop_1.0_amd64.deb", "kolibri-desktop_1.0_arm64.deb", "kolibri-desktop-1.0-aarch64.run"]
    for name in (*macs, *linux):
        (folder / name).write_bytes(name.encode())
    made(stick, root, [folder])
    assert sorted(path.name for path in (root / "macos").iterdir()) == macs
    assert sorted(path.name for path in (root / "linux").iterdir()) == sorted(linux)
    text = (root / "START.html").read_text("utf-8")
    for name in (*macs, *linux):
        assert text.count(name) == len(settings.LANGUAGES)
    assert f"<code>{macs[0]}</code> (computers with an Apple processor)" in text
    assert f"<code>{macs[1]}</code> (computers with an Intel processor)" in text


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ([], []),
        (["MicrosoftEdgeWebView2RuntimeInstallerX64.exe"], []),
        (["kolibri-desktop-1.0-setup.exe"], ["Linux", "macOS"]),
        (["kolibri-desktop-1.0-setup.exe", "kolibri-1.0.dmg", "kolibri_1.0_amd64.deb"], []),
        (["kolibri-desktop-1.0-arm64.dmg", "kolibri_1.0_amd64.deb"], ["Windows", "macOS (Intel)"]),
    ],
)
def test_a_system_without_an_installer_is_named(names: list[str], missing: list[str], tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"installer")
    assert kit.missing_systems(kit.find_installers([tmp_path])) == missing


def test_an_installer_over_4_gb_is_left_out_by_name(stick: Stick, root: Path, installers: Path) -> None:
    os.truncate(installers / "Kolibri-1.0.dmg", 2**32)
    result = made(stick, root, [installers])
    assert "Kolibri-1.0.dmg" in result["sentences"][0]
    assert not (root / "macos").exists() and (root / "windows").exists()


def test_a_stick_is_not_copied_onto_itself(stick: Stick) -> None:
    before = files(stick.root)
    for root in (stick.root, stick.export, stick.content):
        with pytest.raises(BadInput, match="Choose another one"):
            made(stick, root)
    assert files(stick.root) == before


def test_the_page_is_in_every_language_and_needs_nothing(installers: Path) -> None:
    text = page.render(kit.find_installers([installers]), ["<Maths> & more"])
    for code, name in settings.LANGUAGES:
        direction = "rtl" if code == "ar" else "ltr"
        assert f'<section id="{code}" lang="{code}" dir="{direction}">' in text
        assert f'<a href="#{code}" lang="{code}" dir="{direction}">{name}</a>' in text
    assert text.count("<h1>") == 1
    assert text.count("&lt;Maths&gt; &amp; more") == len(settings.LANGUAGES)
    assert text.count("sh kolibri-desktop-1.0-x86_64.run") == len(settings.LANGUAGES)
    assert "WebView2" not in text  # nothing to be started by hand
    for outside in ("<script", "<link", "src=", "http:", "https:", "url("):
        assert outside not in text
    assert translation.get_language() == "en"


def test_a_link_to_a_file_of_the_computer_is_no_installer(installers: Path, tmp_path: Path) -> None:
    secret = tmp_path / "letters.exe"
    secret.write_bytes(b"private")
    (installers / "kolibri-desktop-9.0-setup.exe").symlink_to(secret)
    assert secret.name not in {one.path.resolve().name for one in kit.find_installers([installers])}
    assert {one.path.name for one in kit.find_installers([installers])} == set(NAMES)


def test_sums_without_an_end_are_not_read(
    stick: Stick, root: Path, installers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(stick, root, [installers])
    monkeypatch.setattr(kit, "_MOST_SUMS", 10)
    made(stick, root, [installers])
    assert (root / kit.SUMS).read_text().count("\n") > 5
