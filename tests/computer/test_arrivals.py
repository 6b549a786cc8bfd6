"""The page of what came from other computers and has no place here yet."""

from __future__ import annotations

import pytest
from django.test import Client
from morango.models import Store

from kolibri.computer.views import arrivals
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Role
from kolibri.core.sync.arrivals.reasons import Reason
from kolibri.core.sync.arrivals.settling import settle
from kolibri.core.sync.arrivals.tasks import PlaceWhatArrived
from kolibri.core.sync.arrivals.tasks import at_start
from tests.core.sync.arrivals.travel import changed
from tests.core.sync.arrivals.travel import forged
from tests.core.sync.arrivals.travel import pack
from tests.schools import School
from tests.schools import make_school

PAGE = "/computer/sync/waiting/"


def sign_in(school: School) -> Client:
    client = Client()
    client.force_login(FacilityUser.objects.get(pk=school.admin.pk))
    return client


def text(client: Client) -> str:
    return client.get(PAGE).content.decode()


def test_nothing_waits(school: School) -> None:
    page = text(sign_in(school))
    assert "Everything that came has found its place." in page
    assert "Try again" not in page


def test_what_waits_is_counted_with_the_reason(school: School) -> None:
    luggage = pack(school)
    good = luggage.of("classroom")[0].serialized
    changed(luggage.of("classroom")[0], kind="<b>")
    strange = forged(luggage.of("role")[0], source_id="f" * 32)
    strange.model_name = "exam"
    luggage.rows[strange.pk] = strange
    luggage.put()
    settle()
    client = sign_in(school)
    page = text(client)
    assert "Something in them cannot be so." in page
    assert "What they belong to has not come yet." in page
    assert "1 thing of a kind that this version does not show is kept and passed on." in page
    assert "classroom" in page and "&lt;b&gt;" not in page
    Store.objects.filter(model_name="classroom").update(serialized=good)
    assert client.post(f"{PAGE}again/")["Location"] == PAGE
    job = PlaceWhatArrived.find(unfinished=True)[0]
    assert "<progress" in text(client)
    assert job.run()["waiting"] == 0
    assert Role.objects.count() == len(luggage.of("role"))
    PlaceWhatArrived.find()[0].cancel()
    assert "Everything that came has found its place." in text(client)


def test_another_school_s_records_are_not_counted(school: School) -> None:
    luggage = pack(school)
    luggage.put()
    settle()
    there = make_school("Valley School", prefix="v")
    row = luggage.of("classroom")[0]
    Store.objects.filter(pk=row.pk).update(serialized="nonsense", dirty_bit=True)
    settle()
    assert "They arrived damaged." in text(sign_in(school))
    assert "They arrived damaged." not in text(sign_in(there))


def test_the_number_of_queries_is_fixed(school: School, django_assert_max_num_queries) -> None:
    luggage = pack(school)
    for row in luggage.of("membership"):
        changed(row, user_id="f" * 32)
    luggage.put()
    settle()
    client = sign_in(school)
    text(client)
    with django_assert_max_num_queries(14):
        text(client)


def test_every_reason_has_a_sentence() -> None:
    assert set(arrivals.REASONS) == set(Reason)


@pytest.mark.parametrize("waits", [True, False])
def test_a_start_asks_for_it_only_when_something_waits(school: School, waits: bool) -> None:
    luggage = pack(school)
    luggage.put()
    if not waits:
        settle()
    at_start()
    at_start()
    assert len(PlaceWhatArrived.find(unfinished=True)) == int(waits)


def test_a_start_asks_with_one_query(school: School, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        at_start()
