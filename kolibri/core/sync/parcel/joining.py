"""Joining a school without any network: a new computer asks, one of the school's signs, the new one joins.

Three small files of JSON travel. None of them is secret: the new computer's key stays on it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Final

import orjson
from django.db import transaction
from morango.errors import MorangoError
from morango.models import Certificate
from morango.models import InstanceIDModel
from morango.models.fields.crypto import Key

from kolibri.core import room
from kolibri.core.auth.models import Facility
from kolibri.core.content.stick.target import Target
from kolibri.core.sync.parcel import chain
from kolibri.core.sync.parcel.models import JoinRequest
from kolibri.core.sync.parcel.problems import ChangedSinceLooked
from kolibri.core.sync.parcel.problems import Damaged
from kolibri.core.sync.parcel.problems import Gone
from kolibri.core.sync.parcel.problems import NoRoom
from kolibri.core.sync.parcel.problems import NoSuchRequest
from kolibri.core.sync.parcel.problems import NotAParcel
from kolibri.core.sync.parcel.problems import NotJoined
from kolibri.core.sync.parcel.problems import OwnParcel
from kolibri.core.sync.parcel.reading import opened
from kolibri.core.sync.parcel.writing import FOLDER
from kolibri.core.sync.parcel.writing import computer_name

REQUEST: Final = ".kolibri-request"
ANSWER: Final = ".kolibri-answer"
_ASKS: Final = "Kolibri request 1\n"
_ANSWERS: Final = "Kolibri answer 1\n"
_LARGEST: Final = 256 * 1024
_LONGEST_NAME: Final = 100


@dataclass(frozen=True)
class Request:
    """What a request to join says. `fingerprint` is shown on the asking computer as well."""

    computer: str
    instance: str
    public_key: str
    fingerprint: str


@dataclass(frozen=True)
class Answer:
    """What the school's computer answers. `fingerprint` is shown on the school's computers as well."""

    school: str
    dataset_id: str
    fingerprint: str
    signer: str
    links: list[Certificate]


@room.minded(NoRoom)
def ask(root: Path) -> tuple[Path, str]:
    """Write a request to the stick at `root`; returns its path and its fingerprint. Raises what `Target` raises."""
    target = Target(root)
    target.check_writable()
    key = Key()
    public = key.get_public_key_string()
    body = {
        "computer": computer_name(),
        "instance": InstanceIDModel.get_or_create_current_instance()[0].id,
        "public_key": public,
    }
    fingerprint = chain.key_fingerprint(public)
    path = root / FOLDER / f"{_plain(computer_name())}-{fingerprint[:4]}{REQUEST}"
    with transaction.atomic():  # a stick that is pulled out leaves no request behind
        JoinRequest.objects.create(public_key=public, private_key=key)
        _put(target, path, _ASKS, body, key)
    return path, fingerprint


def asked() -> list[str]:
    """Return the fingerprints of this computer's requests that nobody has answered, the latest first."""
    requests = JoinRequest.objects.order_by("-asked_at")
    return [chain.key_fingerprint(public) for public in requests.values_list("public_key", flat=True)]


def look_at_request(path: Path) -> Request:
    """Return what a request says. Raises Gone, NotAParcel, Damaged."""
    body, text, signature = _read(path, _ASKS)
    try:
        public = body["public_key"]
        if not Key(public_key_string=public).verify(_ASKS + text, signature):
            raise Damaged
        return Request(_named(body["computer"]), _an_id(body["instance"]), public, chain.key_fingerprint(public))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Damaged from None


@room.minded(NoRoom)
def sign(path: Path, dataset_id: str, fingerprint: str) -> Path:
    """Let the computer that asks with the request at `path` into the school; returns the answer's path beside it.

    `fingerprint` is the one that was shown. Raises NotJoined, OwnParcel, ChangedSinceLooked, what `Target`
    and `look_at_request` raise.
    """
    request = look_at_request(path)
    if request.fingerprint != fingerprint:
        raise ChangedSinceLooked
    own = chain.own_certificate(dataset_id)
    if own is None:
        raise NotJoined
    if request.instance == InstanceIDModel.get_or_create_current_instance()[0].id:
        raise OwnParcel
    target = Target(path.parent.parent if path.parent.name == FOLDER else path.parent)
    target.check_writable()
    with transaction.atomic():
        made = _certificate(own, request)
        body = {
            "school": Facility.objects.get(dataset_id=dataset_id).name,
            "dataset": dataset_id,
            "signer": computer_name(),
            "chain": chain.written(made),
        }
        answer = path.with_name(path.name.removesuffix(REQUEST) + ANSWER)
        _put(target, answer, _ANSWERS, body, own.private_key)
    return answer


def _certificate(own: Certificate, request: Request) -> Certificate:
    """Return the asking computer's certificate; asked twice with the same key it is the same one."""
    public = Key(public_key_string=request.public_key)
    made = Certificate(
        parent=own,
        profile=own.profile,
        scope_definition=own.scope_definition,
        scope_version=own.scope_version,
        scope_params=json.dumps({"dataset_id": json.loads(own.scope_params)["dataset_id"]}),
        public_key=public,
    )
    made.id = made.calculate_uuid()
    known: Certificate | None = Certificate.objects.filter(pk=made.pk).first()
    if known is not None:
        return known
    own.sign_certificate(made)
    made.check_certificate()
    made.save()
    return made


def look_at_answer(path: Path) -> Answer:
    """Return what an answer says. Raises Gone, NotAParcel, Damaged, WrongSignature, NoSuchRequest."""
    body, text, signature = _read(path, _ANSWERS)
    try:
        dataset_id = _an_id(body["dataset"])
        links = chain.verified(body["chain"], dataset_id)
        if len(links) < 2 or not links[-2].verify(_ANSWERS + text, signature):
            raise Damaged
        answer = Answer(
            _named(body["school"]), dataset_id, chain.fingerprint(dataset_id), _named(body["signer"]), links
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Damaged from None
    if not JoinRequest.objects.filter(public_key=links[-1].public_key.get_public_key_string()).exists():
        raise NoSuchRequest
    return answer


@room.minded(NoRoom)
@transaction.atomic
def join(path: Path, fingerprint: str) -> Answer:
    """Join the school that answers; `fingerprint` is the school's, as it was shown. Its data is brought in after.

    Raises ChangedSinceLooked and what `look_at_answer` raises.
    """
    answer = look_at_answer(path)
    if answer.fingerprint != fingerprint:
        raise ChangedSinceLooked
    own = answer.links[-1]
    request = JoinRequest.objects.get(public_key=own.public_key.get_public_key_string())
    own.private_key = request.private_key
    try:
        chain.keep(answer.links)
    except MorangoError:
        raise Damaged from None
    request.delete()
    return answer


def _put(target: Target, path: Path, kind: str, body: dict[str, Any], key: Key) -> None:
    text = json.dumps(body)
    outer = {"kolibri": kind.strip(), "body": text, "signature": key.sign(kind + text)}
    target.put(orjson.dumps(outer, option=orjson.OPT_INDENT_2), path, lambda _bytes: None)
    target.settle([path.parent, target.root])


def _read(path: Path, kind: str) -> tuple[dict[str, Any], str, str]:
    with opened(path) as file:
        try:
            content = file.read(_LARGEST + 1)
        except OSError as error:
            raise Gone from error
    if len(content) > _LARGEST:
        raise NotAParcel
    try:
        outer = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise NotAParcel from None
    if not isinstance(outer, dict) or outer.get("kolibri") != kind.strip():
        raise NotAParcel
    text, signature = outer.get("body"), outer.get("signature")
    try:
        body = orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        raise Damaged from None
    if not isinstance(body, dict) or not isinstance(signature, str):
        raise Damaged
    return body, str(text), signature


def _an_id(value: Any) -> str:
    if not chain.is_id(value):
        raise Damaged
    return str(value)


def _named(text: Any) -> str:
    if not isinstance(text, str):
        raise Damaged
    return "".join(sign for sign in text if sign.isprintable())[:_LONGEST_NAME]


def _plain(text: str) -> str:
    return "-".join(re.findall(r"[A-Za-z0-9]+", text))[:40] or "computer"
