"""Joining by stick, and what else may be swapped between two looks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.core.sync.parcel.computers import Refusal
from tests.core.sync.parcel.computers import join_by_stick
from tests.core.sync.parcel.conftest import Three


def test_not_the_file_that_was_shown(three: Three) -> None:
    three.alpha.edit(what="person", number=0, text="David")
    first = three.alpha.write(stick=str(three.stick), dataset=three.dataset)
    shown = three.beta.look(path=first["path"])["digest"]
    (three.stick / "two").mkdir()
    second = three.alpha.write(stick=str(three.stick / "two"), dataset=three.dataset)
    before = three.beta.stored()
    with pytest.raises(Refusal, match="other_file"):
        three.beta.take(path=second["path"], digest=shown)
    assert three.beta.stored() == before


def test_requests_and_answers_that_were_changed(three: Three) -> None:
    request, fingerprint = three.gamma.ask(stick=str(three.stick))
    kept = Path(request).read_text()
    body = json.loads(kept)
    inner = json.loads(body["body"])
    Path(request).write_text(json.dumps({**body, "body": json.dumps({**inner, "computer": "Head office"})}))
    with pytest.raises(Refusal, match="not_whole"):
        three.alpha.sign(path=request, dataset=three.dataset)
    for wrong in ("", "[]", "{}", "[" * 100_000, json.dumps({**body, "body": "[" * 100_000})):
        Path(request).write_text(wrong)
        with pytest.raises(Refusal, match="not_a_parcel|not_whole"):
            three.alpha.sign(path=request, dataset=three.dataset)
    Path(request).write_text(kept)
    answer = three.alpha.sign(path=request, dataset=three.dataset)
    # Somebody else's answer is nobody's.
    with pytest.raises(Refusal, match="no_such_request"):
        three.beta.join(path=answer)
    kept = Path(answer).read_text()
    body = json.loads(kept)
    inner = json.loads(body["body"])
    Path(answer).write_text(json.dumps({**body, "body": json.dumps({**inner, "school": "Valley School"})}))
    with pytest.raises(Refusal, match="not_whole"):
        three.gamma.join(path=answer)
    Path(answer).write_text(kept)
    assert three.gamma.join(path=answer) == three.dataset
    assert len(fingerprint) == 24
    # It was used: once more it is no answer to anything.
    with pytest.raises(Refusal, match="no_such_request"):
        three.gamma.join(path=answer)


def test_who_has_joined_can_let_others_in(three: Three) -> None:
    join_by_stick(three.gamma, three.beta, three.dataset, three.stick)
    three.carry(three.beta, three.gamma)
    three.gamma.edit(what="person", number=0, text="David")
    three.carry(three.gamma, three.beta)
    assert three.gamma.rows() == three.beta.rows()
