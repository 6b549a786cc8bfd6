"""Who can open a file: the school's computers that the sender knows, by themselves, and whoever has the passphrase.

Every computer of a school has a certificate with a key of its own; those of others are learnt when
computers sync or join. The file's key is put in once for each of them (RSA-OAEP), so that a teacher has
no keys to look after, and once more for the passphrase, when one is set (scrypt).
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import Any
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from morango.models import Certificate

from kolibri.core import sealed
from kolibri.core.sync.parcel import chain
from kolibri.core.sync.parcel.container import KEY_BYTES
from kolibri.core.sync.parcel.problems import Damaged
from kolibri.core.sync.parcel.problems import NeedsPassphrase
from kolibri.core.sync.parcel.problems import NotForThisComputer
from kolibri.core.sync.parcel.problems import NotJoined
from kolibri.core.sync.parcel.problems import WrongPassphrase

_FORMAT: Final = 1
# morango signs with the same keys: the label keeps what is sealed apart from everything else.
_SEAL: Final = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), b"kolibri parcel key 1")


def close(dataset_id: str, passphrase: str = "") -> tuple[dict[str, Any], bytes]:
    """Return a header and the new key that it locks away.

    Raises BadInput (`passphrase`) when that is too short or too long.
    """
    key = os.urandom(KEY_BYTES)
    header: dict[str, Any] = {"format": _FORMAT, "school": dataset_id, "computers": {}}
    for certificate in chain.computers(dataset_id)[: chain.MOST_COMPUTERS]:
        locked = certificate.public_key._public_key.encrypt(key, _SEAL)
        header["computers"][certificate.pk] = base64.b64encode(locked).decode()
    if passphrase:
        header["passphrase"] = sealed.lock_away(key, passphrase)
    return header, key


def open_with(header: Any, passphrase: str = "") -> bytes:
    """Return the file's key.

    Raises NotJoined, NotForThisComputer, NeedsPassphrase, WrongPassphrase; Damaged where the header is none.
    """
    dataset_id = school_of(header)
    own = chain.own_certificate(dataset_id)
    if own is None:
        raise NotJoined
    for certificate in chain.own_certificates(dataset_id):
        locked = header["computers"].get(certificate.pk)
        if locked is not None:
            return _unsealed(certificate, _bytes(locked))
    if "passphrase" not in header:
        raise NotForThisComputer
    if not passphrase:
        raise NeedsPassphrase
    try:
        return sealed.take_out(header["passphrase"], passphrase)
    except sealed.NotThePassphrase:
        raise WrongPassphrase from None
    except sealed.Broken:
        raise Damaged from None


def school_of(header: Any) -> str:
    """Return the id of the school that a header names; raises Damaged."""
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise Damaged
    school, computers = header.get("school"), header.get("computers")
    if not chain.is_id(school) or not isinstance(computers, dict) or len(computers) > chain.MOST_COMPUTERS:
        raise Damaged
    return str(school)


def _unsealed(certificate: Certificate, locked: bytes) -> bytes:
    try:
        key: bytes = certificate.private_key._private_key.decrypt(locked, _SEAL)
    except ValueError:
        raise Damaged from None
    if len(key) != KEY_BYTES:
        raise Damaged
    return key


def _bytes(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Damaged from None
