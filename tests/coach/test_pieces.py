"""The pieces that lists repeat: what people wrote stays text, and each language has its own words."""

from __future__ import annotations

import pytest
from django.template import Context
from django.template import Template
from django.utils import translation

from kolibri.coach.report import Cell
from kolibri.core.content.services import Resource

SLY = '<b onclick="x">Rain & "wind"'
SAFE = "&lt;b onclick=&quot;x&quot;&gt;Rain &amp; &quot;wind&quot;"


def said(code: str, **context: object) -> str:
    return Template("{% load pieces ui %}" + code).render(Context(context))


def resource(title: str) -> Resource:
    return Resource("a" * 32, "b" * 32, "c" * 32, title)


@pytest.mark.parametrize("tag", ["to_move", "to_show", "look_at"])
def test_a_title_stays_text_where_it_is_spoken(tag: str) -> None:
    assert SAFE in said(f"{{% {tag} title %}}", title=SLY)
    assert "<b" not in said(f"{{% {tag} title %}}", title=SLY)


def test_a_learners_rows_say_how_far_each_resource_is() -> None:
    works = [
        (resource(SLY), Cell(True, True, 100, 65.0)),
        (resource("Sun"), Cell(True, False, 40, 0.0)),
        (resource(""), Cell()),
    ]
    first, second, third = said("{% work_rows works %}", works=works).split("</li>")[:3]
    assert f"<bdi>{SAFE}</bdi>" in first
    assert 'class="state done"' in first and "</svg>Finished · 1:05</span>" in first
    assert '<span class="state">40%</span>' in second
    assert "<bdi>A resource that is not here</bdi>" in third and ">Not opened</span>" in third


def test_each_language_has_its_own_words_whichever_was_asked_for_first() -> None:
    """What is put together once is kept for each language apart."""
    code = "{% work_rows works %}{% resource_cells cells %}{% finished_of 1 2 %}{{ 40|percent }}{{ 2048|size }}"
    code += "{{ 'video'|kind_and_limit }}{% how_many_resources 2 %}"
    cells = [Cell(True, True, 100), Cell()]
    heard = {}
    for language in ("en", "fr", "ar", "en", "fr"):
        with translation.override(language):
            words = said(code, works=[(resource(""), cell) for cell in cells], cells=cells)
        assert heard.setdefault(language, words) == words
    assert len(set(heard.values())) == 3
    assert "Finished: 1 of 2" in heard["en"] and "2.0" in heard["en"] and "Video" in heard["en"]
    assert "40%" in heard["en"]
    for word in ("2.0", "40%", "Video", "Finished", "Not opened", "resources", "A resource that is not here"):
        assert word not in heard["fr"] and word not in heard["ar"]


def test_a_form_in_a_list_carries_the_same_field_as_any_other() -> None:
    context = {"csrf_token": "k" * 64}
    assert said("{% csrf_field as one %}{{ one }}{{ one }}", **context) == 2 * said("{% csrf_token %}", **context)
