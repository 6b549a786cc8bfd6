"""What goes to the class is packed when it is large and a text; nothing else is."""

import gzip

import pytest
from django.http import HttpResponse
from django.http import StreamingHttpResponse
from django.test import Client
from django.test import RequestFactory

from kolibri.core.auth import services
from kolibri.server.packing import PackingMiddleware
from tests.schools import School

LARGE = b"<p>rain</p>" * 2_000


def answer(response=None, listener: str = "class", accepted: str = "gzip, deflate", **headers: str):
    response = response or HttpResponse(LARGE, headers=headers)
    request = RequestFactory().get("/", headers={"Accept-Encoding": accepted} if accepted else {})
    request.META["kolibri.listener"] = listener
    return PackingMiddleware(lambda request: response)(request)


def test_a_large_text_is_packed_for_the_class() -> None:
    packed = answer(ETag='"x"')
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == LARGE
    assert packed["Content-Length"] == str(len(packed.content))
    assert len(packed.content) < len(LARGE) / 10
    assert packed["ETag"] == 'W/"x"'
    assert packed["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "one",
    [
        {"listener": "window"},
        {"listener": "public"},
        {"listener": ""},
        {"accepted": ""},
        {"accepted": "br"},
        {"accepted": "gzip;q=0"},
        {"accepted": "gzip;q=0.000, br"},
        {"Content-Type": "video/mp4"},
        {"Content-Type": "application/zip"},
        {"Content-Encoding": "br"},
        {"response": HttpResponse(b"x" * 1_999)},
        {"response": StreamingHttpResponse([LARGE])},
    ],
)
def test_everything_else_goes_as_it_is(one) -> None:
    given = one.get("response")
    before = None if given is None or given.streaming else given.content
    left = answer(**one)
    assert left.headers.get("Content-Encoding", "") == one.get("Content-Encoding", "")
    if not left.streaming:
        assert left.content == (before or LARGE)


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "GZIP", "*", "deflate,gzip"])
def test_whoever_takes_gzip_gets_it(accepted: str) -> None:
    assert answer(accepted=accepted)["Content-Encoding"] == "gzip"


def test_one_answer_is_not_always_of_one_length() -> None:
    """An attacker who watches the air must not read a secret from how well it packs."""
    assert len({len(answer(HttpResponse(LARGE)).content) for _ in range(50)}) > 5


def test_a_list_goes_packed_and_its_tag_still_counts(school: School) -> None:
    services.add_learners(school.classroom, [(f"Learner number {number}", "") for number in range(200)])
    client = Client(headers={"Accept-Encoding": "gzip"}, **{"kolibri.listener": "class"})
    client.force_login(school.coach)
    first = client.get("/api/facilityuser/")
    assert first["Content-Encoding"] == "gzip"
    assert gzip.decompress(first.content).count(b"Learner number") == 200
    again = client.get("/api/facilityuser/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
