"""Keeping what a learner's device tells, whatever the network did to it on the way."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from typing import Final

from kolibri.core.auth.models import FacilityUser
from kolibri.core.content.models import ContentNode
from kolibri.core.fields import local_now
from kolibri.core.logger.models import ContentSessionLog
from kolibri.core.logger.models import ContentSummaryLog
from kolibri.core.transactions import joined

# A visit of a day is a page that was forgotten open.
LONGEST_VISIT: Final = 24 * 60 * 60.0
STATE: Final = "contentState"


@dataclass(frozen=True)
class Standing:
    """Where a person stands with a work after all visits: seconds, progress from 0 to 1, the resource's own state."""

    content_id: str
    progress: float
    seconds: float
    is_complete: bool
    state: dict[str, Any]


@joined
def record_visit(
    person: FacilityUser,
    node: ContentNode,
    *,
    visit: str,
    seconds: float,
    progress: float,
    state: dict[str, Any] | None = None,
) -> Standing:
    """Keep what a device tells of one visit, and return where the person stands with the work.

    `visit` is an id that the device made when the resource was opened; `seconds` and `progress` are
    totals of that visit so far. So a message that comes twice, late, or after a newer one does no
    harm, and one that is lost is made good by the next.
    """
    now = local_now()
    seconds = min(max(seconds, 0.0), LONGEST_VISIT)
    progress = min(max(progress, 0.0), 1.0)
    began = now - datetime.timedelta(seconds=seconds)
    about = {
        "user": person,
        "dataset_id": person.dataset_id,
        "content_id": node.content_id,
        "channel_id": node.channel_id,
        "kind": node.kind,
        "start_timestamp": began,
    }
    # The summary first: its lock keeps all visits of the person to the work in a row.
    summary = _kept(ContentSummaryLog(**about))
    log = _kept(ContentSessionLog(**about, _morango_source_id=visit))
    is_news = seconds >= log.time_spent
    summary.time_spent += max(0.0, seconds - log.time_spent)
    log.time_spent = max(log.time_spent, seconds)
    for kept in (summary, log):
        kept.progress = max(kept.progress, progress)
        kept.end_timestamp = now
    if summary.progress >= 1 and summary.completion_timestamp is None:
        summary.completion_timestamp = now
    if state is not None and is_news:
        summary.extra_fields = {**(summary.extra_fields or {}), STATE: state}
    for kept in (summary, log):
        kept.save()
    return _standing(summary)


def standing(person: FacilityUser, content_id: str) -> Standing:
    """Return where the person stands with a work; one that was never opened is at nothing. One query."""
    summary = ContentSummaryLog.objects.filter(user_id=person.pk, content_id=content_id).first()
    return _standing(summary) if summary else Standing(content_id, 0.0, 0.0, False, {})


def standings(person: FacilityUser, content_ids: Iterable[str]) -> dict[str, Standing]:
    """Return where the person stands with those of the works that were opened before. One query."""
    summaries = ContentSummaryLog.objects.filter(user_id=person.pk, content_id__in_ids=list(content_ids))
    return {summary.content_id: _standing(summary) for summary in summaries}


def _kept(fresh: Any) -> Any:
    """Return the row that `fresh` would be a second one of, locked, or `fresh` itself, inserted."""
    model = type(fresh)
    fresh.id = fresh.calculate_uuid()
    found = model.objects.select_for_update().filter(pk=fresh.pk).first()
    if found is None:
        # Two first messages at once: the second waits for the first one's transaction and finds its row.
        model.objects.bulk_create([fresh], ignore_conflicts=True)
        found = model.objects.select_for_update().get(pk=fresh.pk)
    return found


def _standing(summary: ContentSummaryLog) -> Standing:
    state = (summary.extra_fields or {}).get(STATE)
    return Standing(
        content_id=summary.content_id,
        progress=min(summary.progress, 1.0),
        seconds=summary.time_spent,
        is_complete=summary.completion_timestamp is not None,
        state=state if isinstance(state, dict) else {},
    )
