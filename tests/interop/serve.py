"""`python -m tests.interop.serve HOME`: our server with its class's listener on loopback and open to peers.

Prints one line of JSON, `{"address": ...}`, when it is ready, and serves until its input ends.
"""

import json
import os
import sys
import time
from pathlib import Path


def main(home: Path) -> int:
    os.environ["KOLIBRI_HOME"] = str(home)
    from kolibri.server import run

    running = run.start(home)
    # A machine of tests has no class's network: its loopback stands for one.
    running._listeners._find_addresses = lambda: ["127.0.0.1"]
    while running.state == "starting":
        time.sleep(0.02)
    if running.state != "ready":
        print(running.problem, file=sys.stderr)
        return 1

    from kolibri.core.device import sharing
    from kolibri.core.sync.network.models import SyncDoor
    from tests.interop import dying

    dying.prepare()
    SyncDoor.set_open(True)
    shared = sharing.start()
    print(json.dumps({"address": f"{shared.urls[0]}/", "window": running.url}), flush=True)
    sys.stdin.read()
    running.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
