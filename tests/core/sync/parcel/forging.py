"""Files that no computer of the school would write, signed by one all the same: it was taken over."""

from __future__ import annotations

import io
import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from morango.models import Certificate
from morango.models import ScopeDefinition
from morango.models.fields.crypto import Key

from kolibri.core.sync.parcel import chain
from kolibri.core.sync.parcel import locks
from kolibri.core.sync.parcel import records
from kolibri.core.sync.parcel import writing
from kolibri.core.sync.parcel.container import Pack
from kolibri.core.sync.parcel.container import Unpack

ELSEWHERE = "f" * 32


class Parts:
    """A good file's parts, to be changed before they are packed and signed again."""

    def __init__(self, dataset: str, home: Path) -> None:
        self.dataset = dataset
        self.header, self.key = locks.close(dataset)
        file = home / "good"
        with file.open("wb") as out:
            writing.pack(out, dataset, self.header, self.key)
        with file.open("rb") as good:
            pieces = [plain for plain, _is_last in Unpack(good).pieces(self.key)]
        self.opening = orjson.loads(pieces[0])
        self.batches = [orjson.loads(piece) for piece in pieces[1:-1]]
        self.closing = json.loads(orjson.loads(pieces[-1])["closing"])
        self.signer: Any = chain.own_certificate(dataset)
        self.raw: list[bytes] = []

    def packed(self) -> bytes:
        out = io.BytesIO()
        pack = Pack(out, self.header, self.key)
        pack.add(orjson.dumps(self.opening))
        for batch in self.batches:
            pack.add(json.dumps(batch).encode())
        for piece in self.raw:
            pack.add(piece)
        text = json.dumps({**self.closing, "sha256": pack.digest})
        pack.add(orjson.dumps({"closing": text, "signature": self.signer.sign(writing.SIGNED + text)}), is_last=True)
        return out.getvalue()


def _record(**changes: Any) -> Callable[[Parts], None]:
    places = {"pk": 0, "model": 1, "partition": 2, "source": 3, "instance": 4, "counter": 5, "flags": 6, "parent": 7,
              "serialized": 8, "conflicting": 9, "versions": 10}  # fmt: skip

    def change(parts: Parts) -> None:
        for name, value in changes.items():
            parts.batches[0][0][places[name]] = value

    return change


def _consistently_foreign(parts: Parts) -> None:
    """A record of another school, its id worked out as it should be."""
    record = parts.batches[0][0]
    partition, source, model = f"{ELSEWHERE}:allusers-ro", os.urandom(16).hex(), "classroom"
    pk = records.SyncableModel.compute_namespaced_id(partition, source, model)
    record[:4] = [pk, model, partition, source]
    parts.batches[0].sort()
    counts = parts.closing["counts"]
    counts.clear()
    for one in parts.batches[0]:
        counts[one[1]] = counts.get(one[1], 0) + 1


def _other_school_of_its_own(parts: Parts) -> None:
    """A root that claims the school's id in its scope."""
    key = Key()
    scope = ScopeDefinition.objects.get(pk="full-facility")
    root = Certificate(profile="facilitydata", scope_definition=scope, scope_version=1, salt="")
    root.private_key = key
    root.id = root.calculate_uuid()
    root.scope_params = json.dumps({"dataset_id": parts.dataset})
    root.sign_certificate(root)
    parts.signer = root
    parts.opening["chain"] = [{"serialized": root.serialized, "signature": root.signature}]


def _narrow_certificate(parts: Parts) -> None:
    """A learner's own device's certificate, which is for one person's records."""
    above = parts.signer
    one = Certificate(
        parent=above,
        profile="facilitydata",
        scope_definition=ScopeDefinition.objects.get(pk="single-user"),
        scope_version=1,
        scope_params=json.dumps({"dataset_id": parts.dataset, "user_id": "a" * 32}),
    )
    one.private_key = Key()
    one.id = one.calculate_uuid()
    above.sign_certificate(one)
    parts.signer = one
    parts.opening["chain"].append({"serialized": one.serialized, "signature": one.signature})


def _stranger_among_the_computers(parts: Parts) -> None:
    """A computer that somebody else let in, with the parent of one that is known."""
    one = Certificate(
        parent=parts.signer,
        profile="facilitydata",
        scope_definition=parts.signer.scope_definition,
        scope_version=1,
        scope_params=parts.signer.scope_params,
    )
    one.private_key = Key()
    one.id = one.calculate_uuid()
    one._serialize_if_needed()
    one.signature = Key().sign(one.serialized)
    parts.opening["computers"].append({"serialized": one.serialized, "signature": one.signature})


def _signed_by_another(parts: Parts) -> None:
    parts.signer = Key()


def _opening(path: str, value: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        place = parts.opening
        *outer, last = path.split(".")
        for name in outer:
            place = place[name]
        place[last] = value

    return change


def _closing(**changes: Any) -> Callable[[Parts], None]:
    return lambda parts: parts.closing.update(changes)


def _raw(piece: bytes) -> Callable[[Parts], None]:
    return lambda parts: parts.raw.append(piece)


def _twice(parts: Parts) -> None:
    parts.batches[0].insert(0, parts.batches[0][0])


def _gives(dataset_of: Callable[[Parts], str], instances: Any) -> Callable[[Parts], None]:
    return lambda parts: parts.opening.update(gives={dataset_of(parts): instances})


def _header(**changes: Any) -> Callable[[Parts], None]:
    return lambda parts: parts.header.update(changes)


KINDS: dict[str, tuple[str, Callable[[Parts], None]]] = {
    "a record of another school": ("not_whole", _consistently_foreign),
    "an id that does not follow": ("not_whole", _record(pk="0" * 31 + "1")),
    "a partition that only begins like the school": (
        "not_whole",
        lambda parts: _record(partition=parts.dataset + "x")(parts),
    ),
    "a record twice": ("not_whole", _twice),
    "deep JSON": ("not_whole", _record(serialized='{"a":' * 500 + "1" + "}" * 500)),
    "deeper JSON": ("not_whole", _record(serialized='{"a":' + "[" * 200_000 + "]" * 200_000 + "}")),
    "a deep piece": ("not_whole", _raw(b"[" * 1_000_000)),
    "no object": ("not_whole", _record(serialized="[]")),
    "no JSON": ("not_whole", _record(serialized="{")),
    "a number for a text": ("not_whole", _record(serialized=7)),
    "a counter below zero": ("not_whole", _record(counter=-1)),
    "a counter that no column holds": ("not_whole", _record(counter=2**63)),
    "a true counter": ("not_whole", _record(counter=True)),
    "an instance that is none": ("not_whole", _record(instance="x' OR '1'='1")),
    "no versions": ("not_whole", _record(versions=[])),
    "versions without end": ("not_whole", _record(versions=[[f"{n:032x}", 1] for n in range(5_000)])),
    "flags that are none": ("not_whole", _record(flags=9)),
    "a parent that is none": ("not_whole", _record(parent="../../etc")),
    "a long model name": ("not_whole", _record(model="m" * 41)),
    "too few parts of a record": ("not_whole", _raw(b"[[1, 2]]")),
    "an empty batch": ("not_whole", _raw(b"[]")),
    "huge numbers of records": ("not_whole", _closing(records=10**15)),
    "huge counts": ("not_whole", _closing(counts={"facilityuser": 10**15})),
    "counts of nothing": ("not_whole", _closing(counts=None)),
    "counters of another school": ("not_whole", _gives(lambda parts: ELSEWHERE, {"a" * 32: 1})),
    "counters of all schools": ("not_whole", _gives(lambda parts: "", {"a" * 32: 1})),
    "counters that are none": ("not_whole", _gives(lambda parts: parts.dataset, {"a" * 32: "1"})),
    "counters that are a list": ("not_whole", _opening("gives", [])),
    "a base that is none": ("not_whole", _opening("base", {"x": 1})),
    "a date that is none": ("not_whole", _opening("written", "yesterday")),
    "a name that is none": ("not_whole", _opening("sender.name", ["x"])),
    "another format": ("not_whole", _opening("format", 2)),
    "no school": ("not_whole", _opening("school", None)),
    "another school inside": ("not_whole", _opening("school.dataset", ELSEWHERE)),
    "a header of another school": ("not_joined", _header(school=ELSEWHERE)),
    "a header of no school": ("not_whole", _header(school=None)),
    "a header with a list of computers": ("not_whole", _header(computers=[])),
    "a base that nobody holds": ("base_not_held", lambda parts: parts.opening.update(
        base={parts.dataset: {"a" * 32: 7}})),
    "a certificate of another root": ("wrong_signature", _other_school_of_its_own),
    "a certificate for one person": ("wrong_signature", _narrow_certificate),
    "no chain": ("wrong_signature", _opening("chain", [])),
    "a chain of numbers": ("wrong_signature", _opening("chain", [1])),
    "a chain without end": ("wrong_signature", lambda parts: parts.opening.update(chain=parts.opening["chain"] * 50)),
    "a certificate of nobody's among the computers": ("wrong_signature", _stranger_among_the_computers),
    "computers without end": ("wrong_signature", lambda parts: parts.opening.update(
        computers=parts.opening["computers"] * 2_000)),
    "somebody else's signature": ("wrong_signature", _signed_by_another),
}  # fmt: skip


def forged(kind: str, dataset: str, home: Path) -> bytes:
    parts = Parts(dataset, home)
    if kind in KINDS:
        KINDS[kind][1](parts)
    return parts.packed()


def bomb(dataset: str) -> bytes:
    """A piece of a few kilobytes that grows to a gigabyte."""
    header, key = locks.close(dataset)
    out = io.BytesIO()
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 2**20) for _ in range(1024)) + packer.flush()
    zipped, zlib.compress = zlib.compress, lambda *_ignored: packed  # type: ignore[assignment]
    try:
        Pack(out, header, key).add(b"")
    finally:
        zlib.compress = zipped
    return out.getvalue()
