"""This computer's certificates of its schools: made once by an admin's name and password, kept for ever."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from morango.errors import MorangoError
from morango.models import Certificate
from morango.models.fields.crypto import Key

from kolibri.core.sync.network import wire
from kolibri.core.sync.network.problems import NeedsPassword
from kolibri.core.sync.network.problems import OtherSchool
from kolibri.core.sync.network.problems import PeerRefused
from kolibri.core.sync.network.problems import WrongPassword

if TYPE_CHECKING:
    from kolibri.core.sync.network.connection import PeerConnection

FULL = "full-facility"


def own_certificate(dataset_id: str) -> Certificate | None:
    """Return this computer's certificate of the school, with its private key; None where it has none yet."""
    root = Certificate.objects.filter(pk=dataset_id).first()
    if root is None:
        return None
    family = root.get_descendants(include_self=True)
    found: Certificate | None = (
        family.filter(scope_definition_id=FULL).exclude(_private_key=None).order_by("level", "pk").first()
    )
    return found


def certificate_of(connection: PeerConnection) -> Certificate:
    """Return the peer's certificate of the school, checked and kept here. Raises OtherSchool, Unfit."""
    for one in connection.get_remote_certificates(connection.dataset_id, FULL):
        return connection.learn_chain(one)
    raise OtherSchool


def join(connection: PeerConnection, theirs: Certificate, school_id: str, username: str, password: str) -> Certificate:
    """Return a new certificate of this computer, signed by the peer for whoever runs the school.

    Raises NeedsPassword, WrongPassword, PeerRefused, Unfit. The password goes to the peer and is kept nowhere.
    """
    # Not above: it would be loaded at every start.
    from requests import HTTPError

    if not username.strip() or not password:
        raise NeedsPassword
    key = Key()
    request = {
        "parent": theirs.pk,
        "profile": theirs.profile,
        "scope_definition": FULL,
        "scope_version": theirs.scope_version,
        "scope_params": json.dumps({"dataset_id": connection.dataset_id}),
        "public_key": key.get_public_key_string(),
    }
    # As bytes: requests knows Latin letters only. What has signs of the form in it cannot be said in it.
    userid = f"username={username.strip()}&facility={school_id}".encode()
    try:
        answer = connection._certificate_signing(request, userid, password.encode())
    except HTTPError as error:
        if error.response is not None and error.response.status_code in (401, 403):
            raise WrongPassword from None
        if error.response is not None and error.response.status_code < 500:
            raise PeerRefused from None
        raise
    said = answer.json()
    made = Certificate.deserialize(
        wire.a_text(said["serialized"], "certificate", 10_000), wire.a_text(said["signature"], "certificate", 2_000)
    )
    asked = (theirs.pk, FULL, request["scope_params"], request["public_key"])
    got = (made.parent_id, made.scope_definition_id, made.scope_params, made.public_key.get_public_key_string())
    if asked != got:
        raise wire.Unfit("certificate")
    try:
        made.private_key = key
        made.check_certificate()
    except MorangoError:
        raise wire.Unfit("certificate") from None
    made.save()
    return made
