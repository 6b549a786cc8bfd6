"""The store's records as they are read for a file."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from morango.models import RecordMaxCounter
from morango.models import Store
from morango.sync.controller import MorangoProfileController

from kolibri.core.sync.parcel import records
from tests.schools import School

THIRD = "3" * 32


@pytest.mark.django_db
def test_a_version_that_a_peer_brings_while_a_page_is_read(school: School) -> None:
    """An old version with the counters of a newer one would have its receiver refuse the newer one for ever."""
    MorangoProfileController("facilitydata").serialize_into_store()
    pk = Store.objects.earliest("pk").pk
    brought: list[str] = []

    def meanwhile(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if RecordMaxCounter._meta.db_table in sql and not brought:
            brought.append(pk)
            Store.objects.filter(pk=pk).update(serialized='{"a": 2}', last_saved_instance=THIRD, last_saved_counter=9)
            RecordMaxCounter.objects.create(store_model_id=pk, instance_id=THIRD, counter=9)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(meanwhile):
        found = {record[0]: record for batch in records.stored(school.facility.dataset_id, None) for record in batch}
    assert brought
    _pk, _model, _partition, _source, instance, counter, _flags, _parent, serialized, _other, versions = found[pk]
    assert [THIRD, 9] in versions
    assert (instance, counter, serialized) == (THIRD, 9, '{"a": 2}')
    assert len(found) == Store.objects.count()
