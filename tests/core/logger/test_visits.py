"""What a device tells of a visit, over a network that loses, repeats and reorders."""

from __future__ import annotations

import json
import random
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.urls import reverse
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from kolibri.core.auth.models import FacilityUser
from kolibri.core.content.models import ContentNode
from kolibri.core.logger.models import ContentSessionLog
from kolibri.core.logger.models import ContentSummaryLog
from kolibri.core.logger.services import record_visit
from kolibri.core.logger.services import standing
from tests.schools import School

LIST = "kolibri:core:progress-list"
VISIT = "1" * 32


def make_node(letter: str = "a", **more: object) -> ContentNode:
    place = {"lft": 1, "rght": 2, "tree_id": 1, "level": 1}
    about = {"title": "Clouds", "kind": "video", "available": True} | more
    return ContentNode.objects.create(id=letter * 32, content_id=letter * 32, channel_id="f" * 32, **place, **about)


@pytest.fixture
def node(db: None) -> ContentNode:
    return make_node()


def client(person: FacilityUser | None) -> APIClient:
    made = APIClient()
    if person:
        made.force_authenticate(person)
    return made


def tell(person: FacilityUser | None, visit: str = VISIT, **body: object):
    body = {"contentnode_id": "a" * 32, "seconds": 10, "progress": 0.5} | body
    return client(person).put(reverse("kolibri:core:progress-visit", args=[visit]), body, format="json")


def test_a_visit_is_kept_and_answered_with_where_one_stands(school: School, node: ContentNode) -> None:
    answer = tell(school.learner, state={"place": 12})
    assert answer.status_code == 200
    assert answer.json() == {
        "content_id": node.content_id,
        "progress": 0.5,
        "seconds": 10,
        "is_complete": False,
        "state": {"place": 12},
    }
    second = tell(school.learner, visit="2" * 32, seconds=5, progress=1).json()
    assert (second["progress"], second["seconds"], second["is_complete"]) == (1, 15, True)
    # The resource's own state stays until it sends another.
    assert second["state"] == {"place": 12}
    assert ContentSessionLog.objects.count() == 2
    assert ContentSummaryLog.objects.get().completion_timestamp is not None


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_lost_repeated_and_reordered_messages_end_alike(school: School, node: ContentNode, data: st.DataObject) -> None:
    """Whatever arrives, as long as the last message of each visit does at some time."""
    ContentSummaryLog.objects.all().delete()
    ContentSessionLog.objects.all().delete()
    visits = {uuid.uuid4().hex: sorted(data.draw(st.lists(st.integers(1, 900), min_size=1, max_size=5))) for _ in "abc"}
    told = [(visit, seconds) for visit, all_seconds in visits.items() for seconds in all_seconds[:-1]]
    last = [(visit, all_seconds[-1]) for visit, all_seconds in visits.items()]
    arrived = data.draw(st.permutations([*data.draw(st.lists(st.sampled_from(told + last), max_size=12)), *last]))
    for visit, seconds in arrived:
        record_visit(
            school.learner, node, visit=visit, seconds=seconds, progress=seconds / 900, state={"place": seconds}
        )
    stands = standing(school.learner, node.content_id)
    assert stands.seconds == sum(seconds for _visit, seconds in last)
    assert stands.progress == max(seconds for _visit, seconds in last) / 900
    assert ContentSessionLog.objects.count() == 3


def test_an_old_message_does_not_bring_an_old_place_back(school: School, node: ContentNode) -> None:
    record_visit(school.learner, node, visit=VISIT, seconds=20, progress=0.2, state={"place": 20})
    record_visit(school.learner, node, visit=VISIT, seconds=10, progress=0.1, state={"place": 10})
    assert standing(school.learner, node.content_id).state == {"place": 20}


def test_the_records_are_what_a_peer_expects(school: School, node: ContentNode) -> None:
    tell(school.learner, state={"place": 12})
    summary, visit = ContentSummaryLog.objects.get(), ContentSessionLog.objects.get()
    assert summary._morango_source_id == node.content_id
    assert visit._morango_source_id == VISIT
    for record in (summary, visit):
        assert record._morango_partition == f"{school.facility.dataset_id}:user-rw:{school.learner.pk}"
        assert record.pk == record.calculate_uuid()
        assert record._morango_dirty_bit
        assert record.kind == "video"
    assert summary.extra_fields == {"contentState": {"place": 12}}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"seconds": -1}, "seconds"),
        ({"seconds": "nan"}, "seconds"),
        ({"seconds": 1e9}, "seconds"),
        ({"progress": 1.5}, "progress"),
        ({"progress": None}, "progress"),
        ({"contentnode_id": "x"}, "contentnode_id"),
        ({"state": [1]}, "state"),
        ({"state": {"a": "x" * 70_000}}, "state"),
    ],
)
def test_bad_input_names_the_field_and_leaves_nothing(school: School, node: ContentNode, body, field: str) -> None:
    answer = tell(school.learner, **body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not ContentSummaryLog.objects.exists()


def test_a_folder_is_no_work(school: School) -> None:
    make_node("b", kind="topic")
    assert tell(school.learner, contentnode_id="b" * 32).status_code == 400


def test_what_is_for_coaches_or_not_here_is_refused(school: School, node: ContentNode) -> None:
    make_node("c", coach_content=True)
    assert tell(school.learner, contentnode_id="c" * 32).status_code == 403
    assert tell(school.learner, contentnode_id="d" * 32).status_code == 403
    assert tell(school.coach, contentnode_id="c" * 32).status_code == 200
    assert tell(None).status_code == 403
    assert ContentSummaryLog.objects.get().user == school.coach


def test_learners_see_their_own_and_coaches_their_classes(
    school: School, other_school: School, node: ContentNode, django_assert_max_num_queries
) -> None:
    for person in (*school.learners, *other_school.learners):
        tell(person)
    own = client(school.learner).get(reverse(LIST)).json()
    assert [item["user"] for item in own] == [school.learner.pk]
    with django_assert_max_num_queries(4):
        taught = client(school.coach).get(reverse(LIST)).json()
    assert {item["user"] for item in taught} == {learner.pk for learner in school.learners}
    assert len(client(school.admin).get(reverse(LIST)).json()) == 5
    assert client(other_school.coach).get(reverse(LIST), {"user": school.learner.pk}).json() == []
    assert client(None).get(reverse(LIST)).status_code == 403


def test_many_messages_of_one_visit_at_once(transactional_db: None, school: School) -> None:
    make_node()
    seconds = list(range(1, 21))
    random.Random(7).shuffle(seconds)

    def send(number: int) -> int:
        try:
            return tell(school.learner, seconds=number, progress=number / 20).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, seconds)) == {200}
    stands = standing(school.learner, "a" * 32)
    assert (stands.seconds, stands.progress, stands.is_complete) == (20, 1, True)


def test_half_a_character_in_what_an_app_keeps_costs_nothing(school: School, node: ContentNode) -> None:
    """Apps that pack their data into text, or cut it within an emoji, keep what no database takes as it is."""
    state = {"app": {"localStorage": {"save": "\ud83d"}}}
    body = json.dumps({"contentnode_id": node.pk, "seconds": 10, "progress": 1, "state": state})
    address = reverse("kolibri:core:progress-visit", args=[VISIT])
    answer = client(school.learner).put(address, body, content_type="application/json")
    assert answer.status_code == 200
    assert answer.json()["progress"] == 1
    assert standing(school.learner, node.content_id).state == state


@pytest.mark.parametrize("levels", [60, 63, 400, 600, 800])
def test_a_state_without_a_bottom_is_refused(school: School, node: ContentNode, levels: int) -> None:
    state: object = "deep"
    for _level in range(levels - 1):
        state = [state]
    answer = tell(school.learner, state={"app": state})
    assert answer.status_code == (200 if levels < 64 else 400)
    if levels >= 64:
        assert answer.json()["errors"][0]["field"] == "state"
