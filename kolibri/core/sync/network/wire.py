"""What a peer says, looked at before morango uses it.

morango writes ids, partitions and counters of a peer into its SQL as they are, and trusts their
types. Whoever holds a learner's certificate could read or change the whole school with them, and a
record with an id of another form would break every later sync. So each is checked here, on both
sides: what a client sends to this computer, and what a server answers it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from typing import Final

from django.utils.translation import gettext as _

from kolibri.errors import BadInput

# Of one message, packed or not. Kolibri sends 200 to 500 records at once, this program 2,000.
MOST_BYTES: Final = 48 * 1024 * 1024
MOST_RECORDS: Final = 10_000
# Values of one message: each is up to 72 bytes once it is read, so 50 KB that are packed well could take more than a
# gigabyte. 2,000 records are about 200,000.
MOST_VALUES: Final = 2_000_000
# Of one transfer: a school of 5,000 learners with years of work.
MOST_OF_A_TRANSFER: Final = 20_000_000
MOST_PARTITIONS: Final = 50_000
MOST_COUNTERS: Final = 200_000
_LARGEST: Final = 2**31 - 1

_ID: Final = re.compile(r"[0-9a-f]{32}")
# `<dataset>`, `<dataset>:allusers-ro`, `<dataset>:user-rw:<user>`, `<dataset>:classroom:<class>:coach-rw`; the
# schema has no other letters, and none of these means anything to SQL.
_PARTITION: Final = re.compile(r"[0-9a-f]{32}(:[a-z0-9-]{1,40}){0,4}")
_NAME: Final = re.compile(r"[a-z0-9_]{1,40}")
# A text as a whole (possessive, and one that never ends is one as well, or this would take for ever), or what begins a
# value.
_BEGINS: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{,]', re.DOTALL)


class Unfit(BadInput):
    """What a peer sent is not what the protocol says (400)."""

    code = "unfit"

    def __init__(self, what: str) -> None:
        super().__init__(_("What the other computer sent does not fit: %(what)s.") % {"what": what}, field=what)


def has_too_many_values(data: bytes) -> bool:
    """Return whether JSON text has more values than any sync sends; to be asked before it is read."""
    # Those within the texts as well: quick, and for nearly every message that is the whole answer.
    if sum(data.count(sign) for sign in (b"[", b"{", b",", b'"')) <= MOST_VALUES:
        return False
    # In UTF-16, which Python would read as well, other letters have the bytes of these signs. No peer writes it.
    if b"\x00" in data:
        return True
    return any(count > MOST_VALUES for count, _begin in enumerate(_BEGINS.finditer(data), 1))


def an_id(value: Any, what: str) -> str:
    """Return the id, 32 hexadecimal digits. Raises Unfit."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Unfit(what)
    return value


def a_count(value: Any, what: str, most: int = _LARGEST) -> int:
    """Return the whole number from 0 to `most`. Raises Unfit."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise Unfit(what)
    return value


def a_text(value: Any, what: str, most: int) -> str:
    """Return the text, of `most` letters. Raises Unfit."""
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        raise Unfit(what)
    try:
        value.encode()
    except UnicodeEncodeError:
        # Half of a letter, as JSON can write it and no database can keep it.
        raise Unfit(what) from None
    return value


def a_filter(value: Any) -> list[str]:
    """Return the partitions that a transfer is about. Raises Unfit."""
    parts = a_text(value, "filter", 4_000).split()
    if not parts or not all(_PARTITION.fullmatch(part) for part in parts):
        raise Unfit("filter")
    return parts


def is_inside(partition: str, partitions: Iterable[str]) -> bool:
    """Return whether a partition is one of these, or a part of one."""
    return any(partition == one or partition.startswith(f"{one}:") for one in partitions)


def counters(value: Any, what: str, inside: Iterable[str]) -> str:
    """Return the text of a peer's counters (FSIC), either form, of a transfer about the partitions `inside`.

    Raises Unfit, also for counters of other partitions: what is said of them would be kept, and this computer
    would never ask for the records that it then believes to have.
    """
    text = a_text(value, what, MOST_BYTES)
    try:
        read = json.loads(text or "{}")
    except (ValueError, RecursionError):
        raise Unfit(what) from None
    if not isinstance(read, dict):
        raise Unfit(what)
    if not read:
        return text
    if set(read) <= {"sub", "super"}:
        _partitions(read, what, tuple(inside))
    else:
        _instances(read, what)
    return text


def _partitions(read: dict[str, Any], what: str, inside: tuple[str, ...]) -> None:
    seen = 0
    for part in ("sub", "super"):
        found = read.get(part)
        if not isinstance(found, dict) or len(found) > MOST_PARTITIONS:
            raise Unfit(what)
        for partition, instances in found.items():
            if part == "sub":
                fits = _PARTITION.fullmatch(partition) and is_inside(partition, inside)
            else:
                # What the transfer's partitions are parts of; the empty one stands for all.
                fits = not partition or any(one.startswith(f"{partition}:") for one in inside)
            if not fits:
                raise Unfit(what)
            seen += _instances(instances, what)
            if seen > MOST_COUNTERS:
                raise Unfit(what)


def _instances(value: Any, what: str) -> int:
    if not isinstance(value, dict) or len(value) > MOST_COUNTERS:
        raise Unfit(what)
    for instance, counter in value.items():
        an_id(instance, what)
        a_count(counter, what)
    return len(value)


def records(found: Any, session_id: str, profile: str, partitions: Iterable[str]) -> list[dict[str, Any]]:
    """Return the records of one message, each of which is of this transfer and inside its partitions. Raises Unfit."""
    if not isinstance(found, list) or len(found) > MOST_RECORDS:
        raise Unfit("records")
    inside = tuple(partitions)
    for record in found:
        _record(record, session_id, profile, inside)
    return found


def _record(record: Any, session_id: str, profile: str, inside: tuple[str, ...]) -> None:
    if not isinstance(record, dict):
        raise Unfit("records")
    pk = an_id(record.get("model_uuid"), "model_uuid")
    if record.get("transfer_session") != session_id or record.get("profile") != profile:
        raise Unfit("transfer_session")
    partition = a_text(record.get("partition"), "partition", 200)
    if not _PARTITION.fullmatch(partition) or not is_inside(partition, inside):
        raise Unfit("partition")
    if not _NAME.fullmatch(a_text(record.get("model_name"), "model_name", 40)):
        raise Unfit("model_name")
    a_text(record.get("source_id"), "source_id", 96)
    # Kept as they are; what is inside is looked at when the record becomes a row.
    a_text(record.get("serialized"), "serialized", MOST_BYTES)
    a_text(record.get("conflicting_serialized_data"), "conflicting_serialized_data", MOST_BYTES)
    if record.get("_self_ref_fk"):
        an_id(record["_self_ref_fk"], "_self_ref_fk")
    elif record.get("_self_ref_fk") != "":
        raise Unfit("_self_ref_fk")
    for flag in ("deleted", "hard_deleted"):
        if not isinstance(record.get(flag), bool):
            raise Unfit(flag)
    an_id(record.get("last_saved_instance"), "last_saved_instance")
    a_count(record.get("last_saved_counter"), "last_saved_counter")
    held = record.get("rmcb_list")
    if not isinstance(held, list) or len(held) > MOST_RECORDS or set(record) != _FIELDS:
        raise Unfit("records")
    for counter in held:
        if not isinstance(counter, dict) or set(counter) != _COUNTER_FIELDS:
            raise Unfit("rmcb_list")
        if counter["transfer_session"] != session_id or counter["model_uuid"] != pk:
            raise Unfit("rmcb_list")
        an_id(counter["instance_id"], "rmcb_list")
        a_count(counter["counter"], "rmcb_list")


_FIELDS: Final = {
    "serialized",
    "deleted",
    "last_saved_instance",
    "last_saved_counter",
    "hard_deleted",
    "partition",
    "source_id",
    "model_name",
    "conflicting_serialized_data",
    "model_uuid",
    "transfer_session",
    "profile",
    "rmcb_list",
    "_self_ref_fk",
}
_COUNTER_FIELDS: Final = {"transfer_session", "model_uuid", "instance_id", "counter"}
