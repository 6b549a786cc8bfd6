"""The archive that installs itself on Linux speaks the person's language, as far as there are translations."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tools import catalogues
from tools.linux import packages
from tools.linux import sentences

INSTALLED = "999.0.0"
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]


class Script:
    """The script of the archive, with nothing behind it, and a person who has a newer version."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "Élève ወርቅ"
        self.base = self.home / ".local/opt/kolibri-desktop"
        (self.base / "current").mkdir(parents=True)
        (self.base / "current" / "version").write_text(f"{INSTALLED}\n")
        self.file = folder / "kolibri.run"

    def write(self) -> None:
        self.file.write_bytes(packages.installer(payload=1, sha256="", kilobytes=1))

    def run(self, *words: str, shell: str = "sh", **environment: str) -> subprocess.CompletedProcess[str]:
        place = {"HOME": str(self.home), "PATH": "/usr/bin:/bin"}
        command = [shell, "sh"] if shell == "busybox" else [shell]
        return subprocess.run(
            [*command, str(self.file), *words],
            env={**place, **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )


@pytest.fixture
def script(tmp_path: Path) -> Script:
    made = Script(tmp_path)
    made.write()
    return made


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a folder with one language's catalogue in the place of all, and return its file."""
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path / "locale")
    file = tmp_path / "locale" / "sw" / "LC_MESSAGES" / "django.po"
    file.parent.mkdir(parents=True)
    return file


def refusal(code: str) -> str:
    """Return what is said in a language when a newer version is installed."""
    return sentences.translated(code)["NEWER"].format(installed=INSTALLED, version=packages.version()) + "\n"


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("code", sentences.languages())
def test_it_speaks_the_persons_language(script: Script, code: str, shell: str) -> None:
    said = script.run(shell=shell, LANG=f"{code}_XX.UTF-8")
    assert (said.returncode, said.stderr) == (3, refusal(code))
    assert refusal(code) != refusal("en")


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "sw"}, "sw"),
        ({"LANG": "fr_CM@euro"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "sw_TZ.UTF-8"}, "sw"),
        ({"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "", "LC_ALL": "ar_SD.UTF-8"}, "ar"),
        ({"LANG": "fr_FR.UTF-8", "LANGUAGE": "de:pt_MZ:sw"}, "pt"),
        ({"LANG": "fr_FR.UTF-8", "LANGUAGE": "en:fr"}, "en"),
        ({"LANG": "$(touch /tmp/x)*"}, "en"),
    ],
)
def test_the_language_is_chosen_as_the_program_chooses_it(
    script: Script, environment: dict[str, str], code: str
) -> None:
    assert script.run(**environment).stderr == refusal(code)


def test_every_sentence_of_the_script_is_there_and_every_one_is_said() -> None:
    text = (packages.SOURCES / "install.sh").read_text("utf-8")
    names = sentences.translated("en")
    said = {word for line in text.splitlines() for word in line.replace(";", " ").split() if word.isupper()}
    assert [name for name in names if name not in said] == []
    assert re.findall(r"(?:say|fail \d) [^A-Z$].*", text.replace("say() {", "").replace("fail() {", "")) == []


@pytest.mark.parametrize("code", [*sentences.languages(), "en"])
def test_each_sentence_is_said_whole_by_the_shell(script: Script, code: str) -> None:
    """With what it names filled in, in a script that does nothing else."""
    head, _mark, _rest = script.file.read_text("utf-8").partition("say() {")
    values = f"installed={INSTALLED}\nKILOBYTES=4096\nfree=2048\nBASE='/home/\"a\" $b'\nSPOKEN={code}\n"
    for name, text in sentences.translated(code).items():
        script.file.write_text(f"{head}\n{values}sentence {name}\n", "utf-8")
        folder = '/home/"a" $b'
        wanted = text.format(
            installed=INSTALLED,
            version=packages.version(),
            needed=4,
            free=2,
            folder=folder,
            command=f"sh '{folder}/uninstall.sh' --uninstall",
        )
        assert script.run().stdout == f"{wanted}\n"


def test_what_is_not_translated_yet_is_said_in_english(script: Script, catalogue: Path) -> None:
    entry = 'msgid "To remove it: {command}"\nmsgstr "Ili kuiondoa: {command}"\n'
    catalogue.write_text(f'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n{entry}', "utf-8")
    catalogues.compile_file(catalogue)
    assert sentences.translated("sw")["TO_REMOVE"] == "Ili kuiondoa: {command}"
    script.write()
    assert script.run(LANG="sw_KE.UTF-8").stderr == refusal("en")


def test_without_any_catalogue_it_speaks_english(script: Script, catalogue: Path) -> None:
    script.write()
    assert script.run(LANG="sw_KE.UTF-8").stderr == refusal("en")


def test_a_translation_is_never_run(script: Script, catalogue: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    text = f'$(touch {trap}) `touch {trap}` "; touch {trap}; " \\ $HOME {{installed}}, {{version}}'
    newer = "Version {installed} is installed, which is newer than {version}. Nothing was changed."
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    catalogue.write_text(
        f'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "{newer}"\nmsgstr "{escaped}"\n',
        "utf-8",
    )
    catalogues.compile_file(catalogue)
    script.write()
    assert script.run(LANG="sw").stderr == text.format(installed=INSTALLED, version=packages.version()) + "\n"
    assert not trap.exists()


def test_the_uninstaller_speaks_it_too(script: Script) -> None:
    said = script.run("--uninstall", LANG="sw_KE.UTF-8")
    assert (said.returncode, said.stdout) == (0, sentences.translated("sw")["REMOVED"] + "\n")
    assert not script.base.exists()
