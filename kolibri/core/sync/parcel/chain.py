"""The school's certificates: this computer's own, those of the others, and what a stranger's chain is worth."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from typing import Any
from typing import Final

from django.core.exceptions import ObjectDoesNotExist
from morango.errors import MorangoError
from morango.models import Certificate
from morango.models import Filter

from kolibri.core.sync.parcel.problems import WrongSignature

FULL: Final = "full-facility"
PROFILE: Final = "facilitydata"
MOST_COMPUTERS: Final = 1_000
_LONGEST: Final = 10  # certificates; a computer that joined one that joined one
_LARGEST: Final = 10_000  # characters of one certificate
_ID: Final = re.compile(r"[0-9a-f]{32}")


def is_id(value: object) -> bool:
    """Return whether it is an id as morango writes them."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def computers(dataset_id: str) -> list[Certificate]:
    """Return every certificate of the school that this computer knows and that is for all of its data."""
    root = Certificate.objects.filter(pk=dataset_id).first()
    if root is None:
        return []
    family = root.get_descendants(include_self=True).filter(scope_definition_id=FULL, profile=PROFILE)
    return list(family.order_by("level", "pk"))


def own_certificates(dataset_id: str) -> list[Certificate]:
    """Return those of which this computer has the private key."""
    return [certificate for certificate in computers(dataset_id) if certificate.has_private_key()]


def own_certificate(dataset_id: str) -> Certificate | None:
    """Return the certificate that this computer signs with; None where it has not joined the school."""
    return next(iter(own_certificates(dataset_id)), None)


def written(certificate: Certificate) -> list[dict[str, str]]:
    """Return the certificate's chain from the school's root on, as it travels."""
    return [_travelling(link) for link in certificate.get_ancestors(include_self=True)]


def _travelling(certificate: Certificate) -> dict[str, str]:
    return {"serialized": certificate.serialized, "signature": certificate.signature}


def fingerprint(dataset_id: str) -> str:
    """Return the school's fingerprint as two people read it to each other, as "1f3a 09bc 77d2 e450 12aa"."""
    return _spoken(dataset_id)


def key_fingerprint(public_key: str) -> str:
    """Return that of one computer's key, which tells a request to join from another one."""
    return _spoken(public_key)


def known(dataset_id: str) -> list[dict[str, str]]:
    """Return the certificates of all computers of the school that are known here, parents first, as they travel."""
    return [_travelling(one) for one in computers(dataset_id)[:MOST_COMPUTERS]]


def verified(links: Any, dataset_id: str) -> list[Certificate]:
    """Return a chain as certificates that are not saved, each signed by the one before it.

    Raises WrongSignature unless it hangs on this school's root and its end may write the whole school.
    The school's id is worked out from the root's key: no other root can have it.
    """
    found = _guarded(links, dataset_id, _LONGEST)
    if any(link.parent_id != above.pk for above, link in itertools.pairwise(found)):
        raise WrongSignature
    return found


def verified_computers(certificates: Any, dataset_id: str) -> list[Certificate]:
    """Return the certificates of a school's computers, not saved, parents first; raises WrongSignature."""
    return _guarded(certificates, dataset_id, MOST_COMPUTERS)


def _guarded(certificates: Any, dataset_id: str, most: int) -> list[Certificate]:
    try:
        if not isinstance(certificates, list) or not 0 < len(certificates) <= most:
            raise WrongSignature
        found: dict[str, Certificate] = {}
        for one in certificates:
            certificate = _verified(one, dataset_id, found)
            found[certificate.pk] = certificate
        return list(found.values())
    except (MorangoError, ObjectDoesNotExist, AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise WrongSignature from None


def _verified(one: Any, dataset_id: str, above: dict[str, Certificate]) -> Certificate:
    """Return one certificate whose parent is among those `above`, unless it is the school's root itself."""
    serialized, signature = one["serialized"], one["signature"]
    if not isinstance(serialized, str) or len(serialized) > _LARGEST or len(signature) > _LARGEST:
        raise WrongSignature
    certificate = Certificate.deserialize(serialized, signature)
    if (certificate.profile, certificate.scope_definition_id) != (PROFILE, FULL):
        raise WrongSignature
    if certificate.parent_id is None:
        if certificate.pk != dataset_id:
            raise WrongSignature
    else:
        certificate.parent = above[certificate.parent_id]
    certificate.check_certificate()
    # Every link is for the whole of this school, the last like the first.
    if json.loads(certificate.scope_params).get("dataset_id") != dataset_id:
        raise WrongSignature
    if not Filter(dataset_id).is_subset_of(certificate.get_scope().write_filter):
        raise WrongSignature
    return certificate


def keep(links: list[Certificate]) -> Certificate:
    """Save what of verified certificates, parents first, is not known here yet, and return the last of them."""
    end = None
    for link in links:
        end = Certificate.objects.filter(pk=link.pk).first()
        if end is None:
            if link.parent_id:
                link.parent = Certificate.objects.get(pk=link.parent_id)
            link.save()
            end = link
    assert end is not None
    return end


def _spoken(text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()[:20]
    return " ".join(digest[start : start + 4] for start in range(0, 20, 4))
