"""Many records at once: a class of learners, their work, and what only a newer version understands."""

from __future__ import annotations

import json
import os

from morango.models import InstanceIDModel
from morango.models import RecordMaxCounter
from morango.models import Store
from morango.registry import syncable_models

from kolibri.core.auth import services
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.fields import local_now
from kolibri.core.logger.models import ContentSummaryLog


def admit(dataset: str, count: int) -> None:
    """Let so many learners into a class, as a list of them does: an account and a place in the class each."""
    room = services.create_classroom(Facility.objects.get(dataset_id=dataset), "Grade 5")
    services.add_learners(room, [(f"Learner {number}", f"learner{number}") for number in range(count)])


def fill(dataset: str, count: int) -> int:
    """Put so many records of a model that this version does not know into the store, as a peer's logs."""
    own = InstanceIDModel.get_current_instance_and_increment_counter()
    body = {"item": "", "answer": json.dumps({"choice": 3, "text": "seven"}), "time_spent": 12.25, "complete": True}
    for start in range(0, count, 2_000):
        made = []
        for number in range(start, min(count, start + 2_000)):
            source = os.urandom(16).hex()
            partition = f"{dataset}:user-rw:{number % 200:032x}"
            pk = syncable_models.get_model("facilitydata", "role").compute_namespaced_id(partition, source, "otherlog")
            text = json.dumps({**body, "id": pk, "user_id": f"{number % 200:032x}", "item": source})
            made.append(
                Store(
                    pk=pk, profile="facilitydata", model_name="otherlog", partition=partition, source_id=source,
                    serialized=text, last_saved_instance=own.id, last_saved_counter=own.counter, dirty_bit=True,
                )
            )  # fmt: skip
        Store.objects.bulk_create(made, 500)
        RecordMaxCounter.objects.bulk_create(
            [RecordMaxCounter(store_model_id=one.pk, instance_id=own.id, counter=own.counter) for one in made], 500
        )
    return Store.objects.count()


def learn(count: int) -> int:
    """Let so many works be done here, by turns of all people: rows of this computer that were never serialized."""
    people = list(FacilityUser.objects.order_by("pk"))
    for start in range(0, count, 2_000):
        made = []
        for number in range(start, min(count, start + 2_000)):
            person = people[number % len(people)]
            log = ContentSummaryLog(
                user=person, dataset_id=person.dataset_id, content_id=os.urandom(16).hex(), channel_id="b" * 32,
                start_timestamp=local_now(), end_timestamp=local_now(), time_spent=12.25, progress=0.5,
                kind="exercise", extra_fields={"contentState": {"choice": 3, "text": "seven"}},
            )  # fmt: skip
            log.pk = log.calculate_uuid()
            made.append(log)
        ContentSummaryLog.objects.bulk_create(made, 500)
    return ContentSummaryLog.objects.count()
