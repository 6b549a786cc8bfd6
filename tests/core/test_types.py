"""Wrong declarations are refused by mypy, right ones are not; the types are shipped."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.server.conftest import ROOT
from tests.server.conftest import plain_environment

SNIPPET = """\
from typing import Any

from kolibri.core.api import Nested
from kolibri.core.api import ReadOnlyValuesViewset
from kolibri.core.lessons.models import Lesson
from kolibri.core.tasks.decorators import register_task
from kolibri.core.tasks.job import Job


class Right(ReadOnlyValuesViewset[Lesson]):
    queryset = Lesson.objects.all()
    query_budget = 4
    values = ("id", "title", "collection__id")
    field_map = {"name": "title", "room": Nested(id="collection__id"), "length": lambda item: len(item["name"])}

    def consolidate(self, items: list[dict[str, Any]], queryset: Any) -> list[dict[str, Any]]:
        return items


class ListOfValues(ReadOnlyValuesViewset[Lesson]):
    values = ["id", "title"]  # wrong


class BareText(ReadOnlyValuesViewset[Lesson]):
    values = "id"  # wrong


class NumberInMap(ReadOnlyValuesViewset[Lesson]):
    values = ("id",)
    field_map = {"name": 3}  # wrong


class NoReturn(ReadOnlyValuesViewset[Lesson]):
    def consolidate(self, items: list[dict[str, Any]], queryset: Any) -> list[dict[str, Any]]:  # wrong
        items.clear()


class TextBudget(ReadOnlyValuesViewset[Lesson]):
    query_budget = "4"  # wrong


Nested(id=1)  # wrong


@register_task
class Count(Job):
    def run(self, channel_id: str, most: int = 3) -> int:
        return most


@register_task
def greet(name: str) -> str:
    return name


Count.enqueue("abc", most=4)
Count.enqueue(channel_id="abc")
Count.options(key="x").enqueue("abc")
greet.enqueue("you")
Count.enqueue()  # wrong
Count.enqueue(3)  # wrong
Count.enqueue("abc", least=1)  # wrong
Count.options(key="x").enqueue(1)  # wrong
greet.enqueue(name=1)  # wrong
"""


@pytest.mark.acceptance("M5")
def test_what_is_wrong_is_refused_on_its_line_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "declared.py"
    file.write_text(SNIPPET)
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), "--no-pretty", str(file)]
    ran = subprocess.run(
        command, cwd=ROOT, env=plain_environment() | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    refused = {int(number) for number in re.findall(r"declared\.py:(\d+): error", ran.stdout)}
    wrong = {number for number, line in enumerate(SNIPPET.splitlines(), 1) if line.endswith("# wrong")}
    assert refused == wrong, ran.stdout + ran.stderr


def test_the_types_are_shipped() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "py.typed" in project["tool"]["setuptools"]["package-data"]["kolibri"]
    assert (ROOT / "kolibri" / "py.typed").exists()
