"""docs/api-errors.md names every code that can be sent, and no other; every sentence is in every language."""

from __future__ import annotations

import collections

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from kolibri.core.auth.models import Collection
from kolibri.core.values import errors
from kolibri.core.values import wordings
from tests.core.errors import codes
from tests.core.errors.shape import problem
from tests.schools import School


def test_every_code_that_is_sent_stands_in_the_docs() -> None:
    known = set(codes.documented())
    assert {code: codes.of_source().get(code, "a field") for code in codes.sent() - known} == {}


def test_the_docs_name_no_code_that_is_never_sent() -> None:
    assert set(codes.documented()) - codes.sent() == set()


def test_no_code_stands_twice() -> None:
    assert [code for code, times in collections.Counter(codes.documented()).items() if times > 1] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise BadInput(_("No."), code="a", field="f")', {"a"}),
        ('_fail(mine, error_code="a")', {"a"}),
        ('raise ValidationError({"x": ValidationError("y", code="a")})', {"a"}),
        ('class X(KolibriError):\n    status = 409\n    code = "a"', {"a"}),
        ('class X(Y):\n    def f(self):\n        self.fail("a")', {"a"}),
        ('CODES = {400: "a", 404: "b"}', {"a", "b"}),
        ('_CODES: Final = {400: "a"}', {"a"}),
        ('_FILE_REASONS: Final[dict[str, Promise]] = {"a": _("x")}', {"a"}),
        ('code = "a"\nOTHER = {1: "b"}\ncall(status="c", code="")', set()),
    ],
)
def test_codes_are_found_in_every_form_that_the_source_uses(source: str, found: set[str]) -> None:
    assert codes.in_source(source) == found


def test_what_is_read_covers_more_than_one_place() -> None:
    """The lists that are compared above are not empty for some reason of their own."""
    assert {"kolibri/core/lessons/services.py", "kolibri/errors.py"} <= set().union(*codes.of_source().values())
    assert {"required", "null", "invalid_choice", "max_length", "not_a_list"} <= codes.of_fields()


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES if code != "en"])
def test_every_sentence_of_a_field_is_in_every_language(language: str) -> None:
    said = codes.messages() - {""}
    assert len(said) > 30
    with translation.override(language):
        assert [words for words in sorted(said) if translation.gettext(words) == words] == []


def test_the_sentences_of_the_library_are_still_the_librarys() -> None:
    """A new version of it may word them anew; ours would then translate nothing."""
    assert set(wordings.SENTENCES) - codes.messages() <= {
        # Of an empty list, and of limits that no field of ours has now.
        "This list may not be empty.",
    }


@pytest.mark.parametrize("status", errors.CODES)
def test_every_status_has_a_sentence_of_its_own(status: int) -> None:
    assert errors.answer(status).content


def test_a_models_own_refusal_keeps_its_code_and_speaks_the_language(school: School) -> None:
    client = Client()
    client.force_login(school.admin)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    group = Collection.objects.filter(parent=school.classroom, kind="learnergroup").first()
    assert group is not None
    body = {"user": school.learner.pk, "kind": "coach", "collection": group.pk}
    answer = client.post("/api/role/", body, content_type="application/json")
    assert problem(answer) == (400, "wrong_place", "kind")
    assert answer.json()["errors"][0]["message"].startswith("Une classe n’a que")
