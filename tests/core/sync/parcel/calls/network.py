"""Syncing with another computer over the network, from both of its ends, and stopping in the middle of it."""

from __future__ import annotations

import importlib
import threading
import time
from pathlib import Path
from typing import Any

from cheroot import wsgi
from django.core.wsgi import get_wsgi_application
from django.db import connections
from morango.models import SyncSession
from morango.registry import SessionMiddlewareOperations
from morango.sync.context import LocalSessionContext

from kolibri.core.sync.network import peers
from kolibri.core.sync.network import session
from kolibri.core.sync.network import syncing
from kolibri.core.sync.network.models import Partner
from kolibri.core.sync.network.models import SyncDoor
from kolibri.core.sync.network.problems import ConnectionLost
from kolibri.core.sync.network.tasks import sync_now
from kolibri.core.tasks import engine
from tests.core.sync.network.servers import BadNetwork

_servers: list[Any] = []


_answers = SessionMiddlewareOperations.__call__


def serve() -> str:
    """Answer peers on loopback, in a thread, and return where; once for the process."""
    if not _servers:

        def listener(environ: dict[str, Any], start_response: Any) -> Any:
            environ["kolibri.listener"] = "class"
            try:
                return application(environ, start_response)
            finally:
                connections.close_all()

        application = get_wsgi_application()
        server = wsgi.Server(("127.0.0.1", 0), listener, numthreads=4)
        server.prepare()
        threading.Thread(target=server.serve, daemon=True).start()
        _servers.append(server)
    SyncDoor.set_open(True)
    return f"http://127.0.0.1:{_servers[0].bind_addr[1]}/"


def stop_serving() -> None:
    """End what `serve` began."""
    while _servers:
        _servers.pop().stop()


def sync(address: str, dataset: str, cut: int | None = None, pull: bool = True) -> dict[str, Any]:
    """Sync with the peer at the address; with `cut`, through a network that is lost after so many bytes."""
    session._PAUSE = 0.001  # type: ignore[misc]
    peers._SECONDS = 120.0  # type: ignore[misc]  # a busy computer answers its first request late
    partner = syncing.get_to_know(peers.find(address), dataset)
    network = None if cut is None else BadNetwork(address, cut)
    partner.address = network.address if network else address
    try:
        outcome = syncing.sync(partner, pull=pull)
    except ConnectionLost:
        return {"cut": True}
    finally:
        if network:
            network.close()
    return {"fetched": outcome.pull.records, "sent": outcome.push.records}


def sync_by_job(address: str, dataset: str) -> dict[str, Any]:
    """Press the button once, and do the job that it asks for; `sessions` is how many it took."""
    before = SyncSession.objects.count()
    session._PAUSE = 0.001  # type: ignore[misc]
    job = sync_now(syncing.get_to_know(peers.find(address), dataset))
    engine.run_queued()
    job.refresh()
    ending = Partner.objects.get(address=address).ending
    sessions = SyncSession.objects.count() - before
    return {"state": str(job.state), "error": job.error, "ending": ending, "result": job.result, "sessions": sessions}


def pause(at: str, folder: str) -> None:
    """Have the next call of "module:name" wait, as `computers.Pause` says. Only that one; in any thread."""
    module = importlib.import_module(at.partition(":")[0])
    name = at.partition(":")[2]
    plain = getattr(module, name)
    once = threading.Lock()

    def paused(*args: Any, **options: Any) -> Any:
        if once.acquire(blocking=False):
            setattr(module, name, plain)
            Path(folder, "reached").touch()
            end = time.monotonic() + 60
            while not Path(folder, "over").exists():
                assert time.monotonic() < end, f"nobody ended the pause at {at}"
                time.sleep(0.02)
        return plain(*args, **options)

    setattr(module, name, paused)


def answer_together(stage: str) -> None:
    """Have the next two pushes that are answered here wait for each other before this stage."""
    plain = SessionMiddlewareOperations.__call__
    both = threading.Barrier(2, timeout=60)
    waited: set[str] = set()

    def call(self: Any, context: Any) -> Any:
        transfer = context.transfer_session
        is_it = isinstance(context, LocalSessionContext) and context.is_server and context.is_push
        if is_it and self.related_stage == stage and transfer.pk not in waited and len(waited) < 2:
            waited.add(transfer.pk)
            both.wait()
        return plain(self, context)

    SessionMiddlewareOperations.__call__ = call


def answer_as_usual() -> None:
    SessionMiddlewareOperations.__call__ = _answers
