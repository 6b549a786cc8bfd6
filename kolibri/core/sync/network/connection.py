"""morango's connection to a peer, which trusts no answer before it was looked at."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import Final
from urllib.parse import urljoin

from morango.constants import api_urls
from morango.constants import transfer_stages
from morango.models import Certificate
from morango.models import TransferSession
from morango.sync.syncsession import NetworkSyncConnection
from requests import HTTPError
from requests import Response

from kolibri.core.sync.network import chains
from kolibri.core.sync.network import wire
from kolibri.core.sync.network.problems import Forgotten
from kolibri.core.sync.network.problems import OtherSchool
from kolibri.core.sync.network.session import PeerSession

# Ten times what Kolibri takes at once: each message costs a round trip and a commit on both sides.
CHUNK: Final = 2_000
# gzip's level 9, morango's choice, takes four times as long for a tenth less.
_LEVEL: Final = 4


class PeerConnection(NetworkSyncConnection):  # type: ignore[misc]
    """The connection to one peer about one school."""

    def __init__(self, address: str, dataset_id: str, pulse: Callable[[], None], chunk: int = CHUNK) -> None:
        self.base_url = address
        self.dataset_id = dataset_id
        self.compresslevel = _LEVEL
        self.chunk_size = chunk
        self.session = PeerSession(pulse)
        self.server_info = _an_object(self.session.get(urljoin(address, api_urls.INFO), is_retryable=True))
        capabilities = self.server_info.get("capabilities", [])
        if not isinstance(capabilities, list) or not all(isinstance(one, str) for one in capabilities):
            raise wire.Unfit("capabilities")
        self.capabilities = capabilities
        self.instance_id = wire.an_id(self.server_info.get("instance_id"), "instance_id")

    def get_remote_certificates(self, primary_partition: str, scope_def_id: str | None = None) -> list[Certificate]:
        """Return the peer's certificates of the school, unsaved. Raises Unfit, OtherSchool."""
        found = self._get_certificate_chain({"primary_partition": primary_partition}).json()
        if not isinstance(found, list) or len(found) > 10_000:
            raise wire.Unfit("certificates")
        certificates = []
        for one in found:
            if not isinstance(one, dict):
                raise wire.Unfit("certificates")
            serialized = wire.a_text(one.get("serialized"), "certificates", 10_000)
            made = Certificate.deserialize(serialized, wire.a_text(one.get("signature"), "certificates", 2_000))
            if scope_def_id is None or made.scope_definition_id == scope_def_id:
                certificates.append(made)
        return certificates

    def learn_chain(self, certificate: Certificate) -> Certificate:
        """Return the peer's certificate as it is kept here, checked up to the school's root. Raises OtherSchool."""
        kept = Certificate.objects.filter(pk=certificate.pk).first()
        if kept is None:
            chain = self._get_certificate_chain({"ancestors_of": certificate.pk}).json()
            if chains.root_of(chain) != self.dataset_id:
                raise OtherSchool
            kept = Certificate.save_certificate_chain(chain, expected_last_id=certificate.pk)
        if kept.get_root().pk != self.dataset_id:
            raise OtherSchool
        return kept

    def _get_nonce(self) -> Response:
        answer: Response = super()._get_nonce()
        wire.an_id(_an_object(answer).get("id"), "nonce")
        return answer

    def _create_sync_session(self, data: dict[str, Any]) -> Response:
        answer: Response = super()._create_sync_session(data)
        said = _an_object(answer)
        wire.a_text(said.get("signature"), "signature", 2_000)
        instance = json.loads(wire.a_text(said.get("server_instance") or "{}", "server_instance", 20_000))
        if not isinstance(instance, dict) or (
            instance.get("id") and wire.an_id(instance["id"], "server_instance") is None
        ):
            raise wire.Unfit("server_instance")
        return answer

    def _create_transfer_session(self, data: dict[str, Any]) -> Response:
        return self._a_transfer(super()._create_transfer_session(data))

    def _get_transfer_session(self, transfer_session: TransferSession) -> Response:
        with _of_a_session():
            return self._a_transfer(super()._get_transfer_session(transfer_session))

    def _update_transfer_session(self, data: dict[str, Any], transfer_session: TransferSession) -> Response:
        with _of_a_session():
            return self._a_transfer(super()._update_transfer_session(data, transfer_session))

    def _push_record_chunk(self, data: Any) -> Response:
        with _of_a_session():
            answer: Response = super()._push_record_chunk(data)
        return answer

    def _pull_record_chunk(self, transfer_session: TransferSession) -> Response:
        with _of_a_session():
            answer: Response = super()._pull_record_chunk(transfer_session)
        found = answer.json()
        if isinstance(found, dict):
            found = found.get("results")
        wire.records(found, transfer_session.id, transfer_session.sync_session.profile, transfer_session.get_filter())
        left = transfer_session.records_total - transfer_session.records_transferred
        # Nothing, where something is left, would be asked for again without an end.
        if len(found) > left or (left and not found):
            raise wire.Unfit("records")
        return answer

    def _a_transfer(self, answer: Response) -> Response:
        said = _an_object(answer)
        for name in ("server_fsic", "client_fsic"):
            wire.counters(said.get(name) or "{}", name, [self.dataset_id])
        if said.get("records_total") is not None:
            wire.a_count(said["records_total"], "records_total", wire.MOST_OF_A_TRANSFER)
        if (stage := said.get("transfer_stage")) and stage not in transfer_stages.ALL:
            raise wire.Unfit("transfer_stage")
        return answer


@contextlib.contextmanager
def _of_a_session() -> Iterator[None]:
    """Say Forgotten where the peer answers that there is no such session."""
    try:
        yield
    except HTTPError as error:
        if error.response is not None and error.response.status_code == 404:
            raise Forgotten from error
        raise


def _an_object(answer: Response) -> dict[str, Any]:
    found = answer.json()
    if not isinstance(found, dict):
        raise wire.Unfit("answer")
    return found
