"""A process of its own with an engine on the tests' database: `python -m tests.core.tasks.process DATABASE`."""

import sys

import django
from django.db import connections

if __name__ == "__main__":
    django.setup()
    connections["default"].settings_dict["NAME"] = sys.argv[1]

    import tests.core.tasks.work  # noqa: F401
    from kolibri.core.tasks import engine

    engine.start()
    print("started", flush=True)
    # Ends when the test closes the pipe, or never gets so far.
    sys.stdin.read()
    sys.exit(0 if engine.stop() else 1)
