"""One sync with one peer: what is new there comes here, then what is new here goes there."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Final

from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError
from morango.errors import MorangoError
from morango.models import Certificate
from morango.models import Filter
from morango.models import InstanceIDModel
from morango.models import SyncSession
from morango.sync.syncsession import SyncSessionClient
from requests import HTTPError
from requests import RequestException
from requests import Timeout
from requests.exceptions import ConnectionError as NoConnection
from rest_framework.exceptions import ValidationError as RestValidationError

from kolibri.core import room
from kolibri.core.ids import hex_or_none
from kolibri.core.sync import counting
from kolibri.core.sync.arrivals import settling
from kolibri.core.sync.counting import CountsAnew
from kolibri.core.sync.network import certificates
from kolibri.core.sync.network import leftovers
from kolibri.core.sync.network import stages
from kolibri.core.sync.network.connection import CHUNK
from kolibri.core.sync.network.connection import PeerConnection
from kolibri.core.sync.network.operations import watched
from kolibri.core.sync.network.problems import ConnectionLost
from kolibri.core.sync.network.problems import Forgotten
from kolibri.core.sync.network.problems import NeedsPassword
from kolibri.core.sync.network.problems import NoRoom
from kolibri.core.sync.network.problems import NotReached
from kolibri.core.sync.network.problems import PeerFailed
from kolibri.core.sync.network.problems import PeerFull
from kolibri.core.sync.network.problems import PeerRefused
from kolibri.core.sync.network.problems import SameComputer
from kolibri.core.sync.network.stages import PLACE
from kolibri.core.sync.network.stages import PULL
from kolibri.core.sync.network.stages import PUSH
from kolibri.core.sync.network.stages import PromptController
from kolibri.errors import KolibriError

logger = logging.getLogger(__name__)

# What a peer's answers make morango raise where they do not fit.
_MISFITS: Final = (
    MorangoError,
    ValidationError,
    RestValidationError,
    ObjectDoesNotExist,
    AssertionError,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
    # JSON that is nested without an end.
    RecursionError,
)


@dataclass
class Told:
    """What happened in one direction."""

    records: int = 0
    bytes: int = 0


@dataclass
class Outcome:
    """What a sync did."""

    pull: Told = field(default_factory=Told)
    push: Told = field(default_factory=Told)


Progress = Callable[[str, int, int], None]


class Exchange:
    """A sync of one school with the peer at `address`.

    `pulse` is called often and may raise to stop; `progress(direction, done, total)` tells how many
    records have gone over, or at PLACE how many have become rows; `opened(session_id)` is called with
    the id of morango's session, and with an empty one at the good end. Given back as `session_id`, a
    sync that was cut goes on where it was. `met(instance_id)` is told who answers, and may say that it
    is not who is meant.
    """

    def __init__(
        self,
        address: str,
        dataset_id: str,
        *,
        pulse: Callable[[], None] = lambda: None,
        progress: Progress = lambda direction, done, total: None,
        session_id: str = "",
        opened: Callable[[str], None] = lambda session_id: None,
        met: Callable[[str], bool] = lambda instance_id: True,
        chunk: int = CHUNK,
    ) -> None:
        self.session_id = session_id
        self._address = address
        self._dataset_id = dataset_id
        self._pulse = pulse
        self._progress = progress
        self._opened = opened
        self._met = met
        self._chunk = chunk

    def join(self, school_id: str, username: str, password: str, *, is_proof: bool = False) -> None:
        """Get this computer a certificate of the school, if it has none, for an admin's name and password.

        With `is_proof` the peer is asked in any case: who has typed them is to be known by them. Raises what
        `certificates.join` raises, NotReached and SameComputer.
        """
        if is_proof or certificates.own_certificate(self._dataset_id) is None:
            self._guarded(lambda connection: self._join(connection, school_id, username, password))

    def run(self, *, pull: bool = True, push: bool = True) -> Outcome:
        """Sync. Raises a SyncProblem; ConnectionLost and PeerFailed leave everything as far as it got."""
        is_resumed = bool(self.session_id)
        outcome = Outcome()
        try:
            self._guarded(lambda connection: self._run(connection, outcome, pull, push))
        except (PeerFailed, PeerRefused, CountsAnew) as error:
            if not is_resumed and not isinstance(error, Forgotten | CountsAnew):
                raise
            # morango goes on badly from some places, as one where this side had queued and the other had not.
            leftovers.let_go(self.session_id)
            self._keep("")
            self._guarded(lambda connection: self._run(connection, outcome, pull, push))
        # morango does nothing where nothing was transferred: here stands what a sync left that was cut after it.
        settling.settle(Filter(self._dataset_id), pulse=self._pulse, progress=self._placed)
        return outcome

    def _placed(self, done: int, total: int) -> None:
        self._progress(PLACE, done, total)

    def _guarded(self, work: Callable[[PeerConnection], None]) -> None:
        connection: PeerConnection | None = None
        try:
            connection = PeerConnection(self._address, self._dataset_id, self._pulse, self._chunk)
            if connection.instance_id == InstanceIDModel.get_or_create_current_instance()[0].id:
                raise SameComputer
            if not self._met(connection.instance_id):
                raise NotReached(self._address)
            work(connection)
        except KolibriError:
            raise
        except (RequestException, *_MISFITS) as error:
            if connection is None and isinstance(error, NoConnection | Timeout):
                raise NotReached(self._address) from error
            raise _problem(error) from error
        finally:
            if connection is not None:
                connection.close()

    def _join(self, connection: PeerConnection, school_id: str, username: str, password: str) -> None:
        theirs = certificates.certificate_of(connection)
        certificates.join(connection, theirs, school_id, username, password)

    def _run(self, connection: PeerConnection, outcome: Outcome, pull: bool, push: bool) -> None:
        client = self._resumed(connection)
        patience = stages.RESUMED_PATIENCE if client else stages.PATIENCE
        client = client or self._begun(connection)
        self._keep(client.sync_session.id)
        for direction, wanted, told in ((PULL, pull, outcome.pull), (PUSH, push, outcome.push)):
            if not wanted:
                continue
            try:
                self._transfer(client, direction, told, patience)
            except CountsAnew:
                # Or the other computer would keep for two weeks what it has got ready.
                with contextlib.suppress(MorangoError, RequestException):
                    connection.close_sync_session(client.sync_session)
                raise
        connection.close_sync_session(client.sync_session)
        self._keep("")

    def _keep(self, session_id: str) -> None:
        self.session_id = session_id
        self._opened(session_id)

    def _begun(self, connection: PeerConnection) -> SyncSessionClient:
        own = certificates.own_certificate(self._dataset_id)
        if own is None:
            raise NeedsPassword
        theirs: Certificate = certificates.certificate_of(connection)
        return connection.create_sync_session(own, theirs)

    def _resumed(self, connection: PeerConnection) -> SyncSessionClient | None:
        """Return the session that was cut, when both sides still hold it."""
        session_id, self.session_id = self.session_id, ""
        session = SyncSession.objects.filter(pk=session_id, active=True).first() if session_id else None
        if session is None:
            return None
        is_of_both = session.client_certificate is not None and (
            hex_or_none(str(session.server_instance_id)) == connection.instance_id
        )
        with contextlib.suppress(MorangoError, HTTPError):
            if is_of_both:
                return connection.resume_sync_session(session.id, ignore_existing_process=True)
        leftovers.let_go(session.id)
        return None

    def _transfer(self, client: SyncSessionClient, direction: str, told: Told, patience: float) -> None:
        controller = PromptController(self._pulse, patience)
        client.controller = controller
        transfer: Any = client.get_pull_client() if direction == PULL else client.get_push_client()
        before = client.sync_connection.bytes_sent + client.sync_connection.bytes_received

        def tell(**_ignored: Any) -> None:
            session = transfer.current_transfer_session
            if session is not None:
                self._progress(direction, session.records_transferred or 0, session.records_total or 0)

        transfer.signals.transferring.in_progress.connect(lambda transfer_session: tell())
        transfer.initialize(Filter(self._dataset_id))
        tell()
        session = transfer.current_transfer_session
        if counting.is_known_beyond(session.server_fsic):
            counting.give_up()
            raise CountsAnew
        transfer.run()
        tell()
        with watched(self._pulse, self._placed):
            transfer.finalize()
        session.refresh_from_db()
        told.records = session.records_transferred or 0
        told.bytes = client.sync_connection.bytes_sent + client.sync_connection.bytes_received - before


def _problem(error: BaseException) -> KolibriError:
    """Return the sentence for what went wrong, found through what morango has wrapped it in."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, KolibriError):
            return seen
        if isinstance(seen, HTTPError) and seen.response is not None:
            logger.warning("The peer answered %s.", seen.response.status_code)
            if seen.response.status_code == 409:
                return SameComputer()
            if seen.response.status_code == room.DiskFull.status:
                return PeerFull()
            return PeerRefused() if seen.response.status_code < 500 else PeerFailed()
        if isinstance(seen, RequestException):
            return ConnectionLost()
        if room.is_full(seen):
            return NoRoom()
        seen = seen.__cause__ or seen.__context__
    logger.error("What the peer answers does not fit.", exc_info=error)
    return PeerFailed()
