"""How a date, an hour and a per cent read in each language."""

import datetime

import pytest
from django.conf import settings
from django.template import engines
from django.utils.translation import override

PAGE = (
    '{% load ui %}{{ moment|date:"SHORT_DATE_FORMAT" }}|{{ moment|date:"SHORT_DATETIME_FORMAT" }}|'
    '{{ moment|date:"MONTH_DAY_FORMAT" }}|{{ moment|time:"TIME_FORMAT" }}|{{ share|percent }}'
)
# A day that reads as another one where the month is taken for the day.
MOMENT = datetime.datetime(2026, 3, 4, 17, 5, tzinfo=datetime.UTC)
READ = {
    "ar": "4 مارس 2026|4 مارس 2026، 17:05|4 مارس|17:05|50\N{LEFT-TO-RIGHT MARK}%\N{LEFT-TO-RIGHT MARK}",
    "en": "4 Mar 2026|4 Mar 2026, 17:05|4 March|17:05|50%",
    "es": "04/03/2026|04/03/2026 17:05|4 de marzo|17:05|50\N{NO-BREAK SPACE}%",
    "fr": "04/03/2026|04/03/2026 17:05|4 mars|17:05|50\N{NO-BREAK SPACE}%",
    "pt": "04/03/2026|04/03/2026 17:05|4 de Março|17:05|50%",
    "sw": "4 Machi 2026|4 Machi 2026, 17:05|4 Machi|17:05|50%",
}


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_a_moment_and_a_percent_read_as_in_the_language(language):
    with override(language):
        assert engines["django"].from_string(PAGE).render({"moment": MOMENT, "share": 50}) == READ[language]
