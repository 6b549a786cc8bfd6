"""No cell of a table is run as a formula, wherever a spreadsheet ends its cells."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kolibri.core import formulas

EVIL = [
    "=1+1",
    "'=1+1",
    "＝1+1",
    "Ana;=cmd|' /C calc'!A0;",
    "Ana; @SUM(1)",
    "Ana;'=1",
    "Ana\t-2+3",
    "Ana\n=1",
    ";;=1",
]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("text", EVIL)
def test_no_cell_is_a_formula_by_any_separator(text: str, separator: str) -> None:
    written = io.StringIO()
    csv.writer(written).writerow(["1", formulas.guarded(text), "x"])
    for row in csv.reader(io.StringIO(written.getvalue()), delimiter=separator):
        assert not [cell for cell in row if cell.lstrip().startswith(formulas.SIGNS)], row


@given(st.text(alphabet="a;\t\n '=-@+|", max_size=30) | st.text(max_size=30))
def test_every_text_comes_back(text: str) -> None:
    assert formulas.unguarded(formulas.guarded(text)) == text


@pytest.mark.parametrize("text", ["Amina", "O'Neil", "a=b", "Ana; Ben", "3-4", "l'eau; l'air", ""])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert formulas.guarded(text) == text
