"""The guide's rules of style and of models, held by tools; each is shown to catch what it is for."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError
from django.core.management import call_command
from django.db import models
from morango.models import SyncableModel
from morango.models import UUIDField

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path for folder in ("app", "kolibri") for path in (ROOT / folder).rglob("*.py"))


def own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("kolibri.")]


def ruff(tmp_path: Path, source: str) -> set[str]:
    """Return the codes of what ruff finds in `source`, by the project's own configuration."""
    sample = tmp_path / "sample.py"
    sample.write_text(source)
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    run = subprocess.run([*command, "--output-format", "concise", str(sample)], capture_output=True, text=True)
    return set(re.findall(r":\d+:\d+: ([A-Z]+\d+)", run.stdout))


# Q: style


@pytest.mark.acceptance("Q1")
def test_one_import_a_line_and_f_strings_are_ruffs_to_hold(tmp_path: Path) -> None:
    assert "I001" in ruff(tmp_path, "from os import path, sep\n\nprint(path, sep)\n")
    assert "UP032" in ruff(tmp_path, 'name = "x"\nprint("{} there".format(name))\n')
    assert "UP031" in ruff(tmp_path, 'name = "x"\nprint("%s there" % (name,))\n')
    assert ruff(tmp_path, 'name = "x"\nprint(f"{name} there")\n') == set()


@pytest.mark.acceptance("Q1")
def test_moments_are_not_djangos_own() -> None:
    """`last_login` is Django's, and stays on this computer."""
    found = {
        f"{model.__name__}.{field.name}"
        for model in own_models()
        for field in model._meta.local_fields
        if isinstance(field, models.DateTimeField)
    }
    assert found == {"FacilityUser.last_login"}


@pytest.mark.acceptance("Q1")
def test_records_that_travel_have_morangos_ids() -> None:
    travelling = [model for model in own_models() if issubclass(model, SyncableModel)]
    assert len(travelling) > 10
    for model in travelling:
        assert isinstance(model._meta.pk, UUIDField), model


def views_without_values(tree: ast.Module, lines: list[str]) -> Iterator[str]:
    """Yield classes that answer API requests, build on no values viewset and do not say why."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        bases = {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}
        if any(re.fullmatch(r"(APIView|GenericAPIView|\w*ViewSet|\w*ModelViewSet)", base) for base in bases):
            around = lines[max(0, node.lineno - 2) : node.lineno]
            if not any(re.search(r"# not-values: \w", line) for line in around):
                yield node.name


@pytest.mark.acceptance("Q1")
def test_api_views_are_values_viewsets_or_say_why() -> None:
    found = []
    for path in SOURCES:
        text = path.read_text("utf-8")
        found += [
            f"{path.relative_to(ROOT)}: {name}" for name in views_without_values(ast.parse(text), text.splitlines())
        ]
    # The base itself.
    assert found == ["kolibri/core/values/viewsets.py: BaseValuesViewset"]


def test_a_view_that_says_nothing_is_found() -> None:
    sample = (
        "class A(APIView):\n    pass\n\n\nclass B(viewsets.ModelViewSet):  # not-values: reads no table\n    pass\n"
    )
    assert list(views_without_values(ast.parse(sample), sample.splitlines())) == ["A"]


# I8: names of relations


def vague(name: str) -> bool:
    return not name or name.endswith("_set") or name.endswith("+") or len(name) < 4


@pytest.mark.acceptance("I8")
def test_each_relation_has_a_name_from_the_other_side() -> None:
    found = []
    checked = 0
    for model in own_models():
        for field in model._meta.local_fields + model._meta.local_many_to_many:
            # A symmetrical relation is its own other side.
            if not field.remote_field or getattr(field.remote_field, "symmetrical", False):
                continue
            checked += 1
            if vague(field.remote_field.related_name or ""):
                found.append(f"{model.__name__}.{field.name}")
    assert checked > 30
    assert found == []


def test_vague_names_are_known() -> None:
    assert [name for name in ("", "lesson_set", "+", "x", "created_lessons") if vague(name)] == [
        "",
        "lesson_set",
        "+",
        "x",
    ]


# A4: where the guide says that things are

PUBLIC = {
    "kolibri.core.api": ("BaseValuesViewset", "ReadOnlyValuesViewset", "ValuesViewset"),
    "kolibri.core.query": ("annotate_array_aggregate",),
    "kolibri.core.auth.api": ("KolibriAuthPermissions", "KolibriAuthPermissionsFilter"),
    "kolibri.core.auth.constants.collection_kinds": ("ADHOCLEARNERSGROUP",),
    "kolibri.core.auth.constants.role_kinds": ("ADMIN", "COACH"),
    "kolibri.core.auth.models": ("Collection", "FacilityUser", "Membership", "Role"),
    "kolibri.core.fields": ("DateTimeTzField",),
    "morango.models": ("UUIDField",),
    "kolibri.core.tasks.decorators": ("register_task",),
    "kolibri.core.tasks.job": ("Job",),
    "kolibri.core.lessons.models": ("Lesson", "LessonAssignment"),
}


@pytest.mark.acceptance("A4")
@pytest.mark.parametrize("module", PUBLIC)
def test_names_are_where_the_guide_says(module: str) -> None:
    found = importlib.import_module(module)
    assert [name for name in PUBLIC[module] if not hasattr(found, name)] == []


# J: migrations


@pytest.mark.acceptance("J1", "J2")
@pytest.mark.django_db
def test_a_migration_is_named_by_what_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a throw-away app, by the project's command."""
    package = tmp_path / "chalk"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "models.py").write_text(
        "from django.db import models\n\n\nclass Piece(models.Model):\n    colour = models.CharField(max_length=9)\n"
    )
    command = [sys.executable, "-m", "kolibri", "manage", "makemigrations", "chalk"]
    settings = tmp_path / "chalk_settings.py"
    settings.write_text(
        'from kolibri.settings.desktop import *\n\nINSTALLED_APPS = [*INSTALLED_APPS, "chalk"]  # noqa: F405\n'
    )
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": f"{ROOT}:{tmp_path}",
        "DJANGO_SETTINGS_MODULE": "chalk_settings",
        "KOLIBRI_HOME": str(tmp_path / "home"),
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *words], env=environment, capture_output=True, text=True, cwd=tmp_path)

    refused = run()
    assert refused.returncode != 0 and "--name lesson_order" in refused.stderr
    made_up = run("--name", "0001_auto_20260101")
    assert made_up.returncode != 0 and "made-up" in made_up.stderr
    assert not (package / "migrations").exists()
    assert run("--check").returncode != 0
    assert run("--dry-run").returncode == 0
    assert not (package / "migrations").exists()
    made = run("--name", "first_pieces")
    assert made.returncode == 0, made.stderr
    assert (package / "migrations" / "0001_first_pieces.py").exists()
    assert run("--check").returncode == 0


@pytest.mark.acceptance("J2")
@pytest.mark.parametrize("name", ["", "0002_auto_20240129_1757", "auto_x"])
def test_made_up_names_are_refused(name: str) -> None:
    with pytest.raises(CommandError, match="--name lesson_order"):
        call_command("makemigrations", "lessons", name=name or None, verbosity=0)
