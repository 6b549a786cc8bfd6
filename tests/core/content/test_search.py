"""Finding resources as the teacher types."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from kolibri.core.content import search
from kolibri.core.content import services
from kolibri.core.content.models import ContentNode
from tests.sticks import ARABIC_TITLE
from tests.sticks import Stick
from tests.sticks import make_stick

Bring = Callable[..., Any]


def titles(typed: str) -> list[str]:
    return [resource.title for resource in services.find(typed, coach=True)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("the water cy", "The water cycle"),
        ("CYCLE WATER", "The water cycle"),
        ("weather", "The water cycle"),  # a tag
        ("where rain", "The water cycle"),  # the description
        ("palab", "Palabras del agua"),
        (ARABIC_TITLE[:5], ARABIC_TITLE),
        ("tone", "A steady tone"),
    ],
)
def test_finds(typed: str, first: str, stick: Stick, bring: Bring) -> None:
    bring(stick)
    assert titles(typed)[0] == first


def test_closest_titles_come_first(stick: Stick, bring: Bring) -> None:
    bring(stick)
    assert titles("water")[:3] == ["Water words", "Water words", "The water cycle"]


@pytest.mark.parametrize("typed", ["", "   ", "%", "_", "\\", "\0", "water zebra", "' OR 1=1 --", "x" * 100_000])
def test_finds_nothing(typed: str, stick: Stick, bring: Bring) -> None:
    bring(stick)
    assert titles(typed) == []


def test_narrowed_to_a_channel_and_a_kind(tmp_path: Path, bring: Bring) -> None:
    stick = make_stick(tmp_path / "two", channels=2)
    bring(stick, all=True)
    found = services.find("water", coach=True, channel_id=stick.channel_ids[1], kinds=["video"])
    assert [(item.kind, item.channel_id) for item in found] == [("video", stick.channel_ids[1])]
    assert services.find("water", coach=True, channel_id="nonsense") == []


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("École élémentaire", "ecole ELEM"),
        ("ΑΘΗΝΆ", "αθηνα"),
        ("Straße", "strasse"),
        ("كِتَابٌ", "كتاب"),
        ("Йога", "йога"),
        ("Ａｄｄｉｎｇ", "adding"),
        ("हिन्दी की किताब", "हिन्दी"),
        ("中文书", "文"),
    ],
)
def test_case_accents_and_width_do_not_matter(written: str, typed: str) -> None:
    assert all(word in search.fold(written) for word in search.fold(typed).split())


def test_vowel_signs_are_letters(stick: Stick) -> None:
    assert search.fold("की") != search.fold("का")


def test_ten_thousand_resources_take_two_queries(
    tmp_path: Path, bring: Bring, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bring(make_stick(tmp_path / "big", padding=10_000))
    assert ContentNode.objects.count() > 10_000
    # Each key that is pressed asks.
    for typed in ("p", "page", "page 99", "big book", "zebra", "water"):
        with django_assert_max_num_queries(2):
            services.find(typed, coach=True)
