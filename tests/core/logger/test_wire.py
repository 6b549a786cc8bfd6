"""The logs on the wire are the facility data schema's: exact columns, ids and partitions (docs/data.md)."""

from __future__ import annotations

import hashlib

import pytest
from django.core.exceptions import ValidationError
from morango.models import Store

from kolibri.core.auth.models import FacilityUser
from kolibri.core.fields import local_now
from kolibri.core.logger.models import AttemptLog
from kolibri.core.logger.models import ContentSessionLog
from kolibri.core.logger.models import ContentSummaryLog
from kolibri.core.logger.models import MasteryLog
from kolibri.core.logger.models import UserSessionLog
from tests.schools import School

TIMES = {"start_timestamp", "end_timestamp"}
WORK = {"content_id", "channel_id", "kind", "progress", "time_spent", "extra_fields"}
COLUMNS = {
    "usersessionlog": {"channels", "start_timestamp", "last_interaction_timestamp", "pages", "device_info"},
    "contentsummarylog": WORK | TIMES | {"completion_timestamp"},
    "contentsessionlog": WORK | TIMES | {"visitor_id"},
    "masterylog": TIMES
    | {"summarylog_id", "mastery_criterion", "completion_timestamp", "mastery_level", "complete", "time_spent"},
    "attemptlog": TIMES
    | {"item", "completion_timestamp", "time_spent", "complete", "correct", "hinted", "answer", "simple_answer"}
    | {"interaction_history", "error", "masterylog_id", "sessionlog_id"},
}


def records(person: FacilityUser) -> dict[str, object]:
    about = {"user": person, "content_id": "a" * 32, "start_timestamp": local_now(), "kind": "exercise"}
    stay = UserSessionLog(user=person)
    summary, visit = ContentSummaryLog(**about), ContentSessionLog(**about)
    for record in (stay, summary, visit):
        record.save()
    mastery = MasteryLog(user=person, summarylog=summary, start_timestamp=local_now(), mastery_level=2)
    mastery.save()
    times = {"start_timestamp": local_now(), "end_timestamp": local_now()}
    answer = AttemptLog(user=person, masterylog=mastery, sessionlog=visit, item="q1", correct=1, **times)
    answer.save()
    return {record.morango_model_name: record for record in (stay, summary, visit, mastery, answer)}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_ids_and_partitions(school: School, name: str) -> None:
    record = records(school.learner)[name]
    morango = {"id", "_morango_source_id", "_morango_partition", "dataset_id", "user_id"}
    assert set(record.serialize()) == COLUMNS[name] | morango
    partition = f"{school.facility.dataset_id}:user-rw:{school.learner.pk}"
    assert record._morango_partition == partition
    text = f"{partition}::{record._morango_source_id}::{name}"
    assert record.pk == hashlib.sha256(text.encode()).hexdigest()[:32]


def test_source_ids_that_make_a_record_one_of_its_kind(school: School) -> None:
    made = records(school.learner)
    assert made["contentsummarylog"]._morango_source_id == "a" * 32
    assert made["masterylog"]._morango_source_id == f"{made['contentsummarylog'].pk}:2"


def test_a_visitor_s_records_belong_to_nobody(school: School) -> None:
    """They are made by peers only; here they must be taken in."""
    about = {"content_id": "a" * 32, "start_timestamp": local_now(), "kind": "video"}
    visit = ContentSessionLog(dataset=school.facility.dataset, **about)
    visit.save()
    assert visit._morango_partition == f"{school.facility.dataset_id}:anonymous"


@pytest.mark.parametrize(("model", "progress"), [(ContentSummaryLog, 1.02), (ContentSessionLog, -0.1)])
def test_progress_out_of_range_sets_one_record_aside(school: School, model, progress: float) -> None:
    """ValidationError and nothing else: any other exception would stop the whole sync."""
    about = {"user": school.learner, "content_id": "a" * 32, "start_timestamp": local_now(), "kind": "video"}
    with pytest.raises(ValidationError):
        model(progress=progress, **about).save()
    assert not Store.objects.exists()
