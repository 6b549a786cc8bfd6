"""This computer as the one that syncs with another: in the test's own database."""

from __future__ import annotations

from pathlib import Path

from django.db import connection
from morango.models import Certificate
from morango.models import Store
from morango.registry import syncable_models

from kolibri.core.sync.network import peers
from kolibri.core.sync.network import syncing
from kolibri.core.sync.network.models import Partner
from tests.core.sync.network.servers import Office
from tests.schools import PASSWORD

# Of the office at this home: to get one costs a second.
_certificates: dict[Path, list[Certificate]] = {}


def joined(office: Office) -> Partner:
    """Return the office as a partner of this computer, which has a certificate and nothing more."""
    peer = peers.find(office.address)
    kept = _certificates.setdefault(office.home, [])
    for one in kept:
        one.lft = one.rght = one.tree_id = one.level = None
        one.save(force_insert=True)
    partner = syncing.get_to_know(peer, peer.schools[0].dataset_id, "head", PASSWORD)
    if not kept:
        kept.extend(Certificate.objects.order_by("level"))
    return partner


def store() -> dict[str, tuple[object, ...]]:
    """Return every record that this computer holds."""
    fields = ("serialized", "deleted", "last_saved_instance", "last_saved_counter", "partition", "dirty_bit")
    return {row[0]: tuple(row[1:]) for row in Store.objects.values_list("id", *fields)}


def agrees(office: Office) -> None:
    """Expect the same records, and the same rows of all kinds, here and there."""
    assert store() == office.store()
    for model in syncable_models.get_models("facilitydata"):
        left_out = {*model._morango_internal_fields_not_to_serialize, *model.morango_fields_not_to_serialize}
        columns = [field.column for field in model._meta.concrete_fields if field.attname not in left_out]
        statement = f"SELECT {', '.join(columns)} FROM {model._meta.db_table} ORDER BY id"
        with connection.cursor() as cursor:
            here = cursor.execute(statement).fetchall()
        assert here == office.ask(statement), model.__name__
