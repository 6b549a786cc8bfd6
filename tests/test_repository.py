"""What is written down beside the code holds: locks, docs, names, and that nothing of one machine is in it."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "server": ["district"],
    "desktop": ["desktop"],
    "dev": ["desktop", "district", "dev"],
    "build": ["desktop", "build"],
}
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)", re.MULTILINE)


def tracked(*patterns: str) -> list[Path]:
    """Return the repository's files, also those that are new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    named = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [path for name in sorted(set(named)) if (path := ROOT / name).is_file()]


def documents() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def makefile_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))


# Locks


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    loaded = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return dict(loaded["project"])


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    return {canonicalize_name(pin["name"]): pin["version"] for pin in PIN.finditer(text)}


@pytest.mark.parametrize("name", LOCKS)
def test_lock_holds_every_dependency_in_a_version_that_is_wanted(name: str, project: dict[str, object]) -> None:
    extras: dict[str, list[str]] = project["optional-dependencies"]  # type: ignore[assignment]
    wanted: list[str] = [*project["dependencies"]]  # type: ignore[misc]
    for extra in LOCKS[name]:
        wanted += extras[extra]
    pinned = pins(name)
    for requirement in map(Requirement, wanted):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version and requirement.specifier.contains(version), f"{requirement} is not in {name}.txt: make lock"


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_hash(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    assert [entry.split()[0] for entry in entries if entry.strip() and "--hash=sha256:" not in entry] == []


def test_locks_agree_with_one_another() -> None:
    everything = pins("dev")
    for name in LOCKS:
        own = pins(name)
        shared = own if name != "build" else own.keys() & everything.keys()
        assert {package: everything.get(package) for package in shared} == {package: own[package] for package in shared}


def test_morangos_wish_for_an_old_django_is_the_only_one_unmet() -> None:
    checked = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert re.fullmatch(
        r"morango \S+ has requirement django<4,>=3, but you have django 5\.2\.\d+\.", checked.stdout.strip(), re.I
    ), checked.stdout


def test_a_desktop_needs_nothing_but_its_own_lock() -> None:
    """The environment of the tests holds more; a first page that imports it would fail at a teacher's."""
    held = pins("desktop")
    others = sorted(
        module
        for module, packages in importlib.metadata.packages_distributions().items()
        if not any(canonicalize_name(package) in held for package in packages) and module.isidentifier()
    )
    assert "pytest" in others and "django" not in others
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({others}))\n"
        "import django; django.setup()\n"
        "from django.core.management import call_command; call_command('check')\n"
        "import app.main\n"
    )
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "kolibri.settings.desktop"}
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=settings, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


# Nothing of one machine


def test_no_file_names_a_machines_folder_or_a_registry() -> None:
    # Written in pieces, so that this file does not name them either.
    folders = ["/" + "work/", "/tmp/" + "team", "/" + "root/", str(ROOT) + os.sep]
    hosts = ["pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "deb.debian" + ".org"]
    pattern = re.compile(
        "|".join(rf"(?<![\w.\-])(?:{re.escape(word)})" for word in folders) + "|" + "|".join(map(re.escape, hosts))
    )
    found = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in pattern.finditer(text)]
    assert found == []


# Models and migrations


def own_models() -> Iterator[type[models.Model]]:
    return (model for model in apps.get_models() if model.__module__.startswith("kolibri."))


@pytest.mark.acceptance("J2")
def test_no_migration_was_left_with_a_made_up_name() -> None:
    found = tracked("*/migrations/0*.py")
    assert found
    assert [path.name for path in found if "_auto_" in path.name] == []


@pytest.mark.acceptance("J3")
@pytest.mark.django_db
def test_models_need_no_migration() -> None:
    labels = sorted({model._meta.app_label for model in own_models()})
    call_command("makemigrations", *labels, check=True, dry_run=True, verbosity=0)


def test_moments_keep_their_time_zone() -> None:
    """Peers read a moment with its zone; Django's own field would drop it. `last_login` is Django's."""
    plain = [
        f"{model.__name__}.{field.name}"
        for model in own_models()
        for field in model._meta.local_fields
        if type(field) is models.DateTimeField and field.name != "last_login"
    ]
    assert plain == []


# Documents


def environment_variables_read() -> set[str]:
    """Return the names of variables in the places that may read the environment."""
    found: set[str] = set()
    for path in tracked("app/*.py", "kolibri/settings/*.py", "kolibri/cli.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and re.fullmatch(r"KOLIBRI_[A-Z_]+", str(node.value)):
                found.add(str(node.value))
    return found


def test_environment_is_read_in_the_settings_and_the_shell_alone() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in tracked("kolibri/*.py")
        if path.parent.name != "settings"
        and re.search(r"\bos\.(getenv|environ\.get|environ\.items)\b", path.read_text("utf-8"))
    ]
    assert readers == []


def test_operations_names_every_environment_variable_and_no_other() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(KOLIBRI_[A-Z_]+)`", text, re.MULTILINE)) == environment_variables_read()


@pytest.mark.parametrize("command", [["app"], ["kolibri", "start"]])
def test_operations_names_every_option(command: list[str]) -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    shown = subprocess.run(
        [sys.executable, "-m", *command, "--help"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", shown)) - {"--help"}
    section = text.partition(f"`python -m {' '.join(command)}`")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(--[a-z-]+)", section, re.MULTILINE)) == options


def test_commands_in_the_documents_exist() -> None:
    for path in documents():
        text = path.read_text("utf-8")
        assert set(re.findall(r"\bmake ([a-z-]+)`", text) + re.findall(r"^    make ([a-z-]+)", text, re.MULTILINE)) <= (
            makefile_targets()
        ), path.name
        for module in re.findall(r"python3? -m ([a-z_.]+)", text):
            assert importlib.util.find_spec(module), f"{path.name}: {module}"


def test_links_in_the_documents_lead_somewhere() -> None:
    for path in documents():
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_files_and_names_in_the_documents_exist() -> None:
    for path in documents():
        for word in re.findall(r"`([^`\n]+)`", path.read_text("utf-8")):
            if re.fullmatch(r"(app|kolibri|tests|tools|docs|requirements|\.ci)(/[\w.-]+)+/?", word):
                assert (ROOT / word).exists(), f"{path.name}: {word}"
            elif re.fullmatch(r"(app|kolibri)(\.[A-Za-z_]\w*)+", word):
                assert resolves(word), f"{path.name}: {word}"


def resolves(dotted: str) -> bool:
    """Return whether the name leads to a module, or to something in one."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            thing: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(thing, part):
                return False
            thing = getattr(thing, part)
        return True
    return False


def test_development_names_every_stage_of_ci() -> None:
    stages = re.findall(r"^stage ([a-z-]+) ", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)
    table = (ROOT / "docs" / "development.md").read_text("utf-8").partition("## Stages of CI")[2].partition("\n## ")[0]
    named = re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)
    assert stages == named
    minutes = [float(number) for number in re.findall(r"\| ([0-9.]+) \|$", table, re.MULTILINE)]
    assert len(minutes) == len(stages)
    assert sum(minutes) < 90
