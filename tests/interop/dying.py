"""Computers that end in the middle of a sync as by a power cut: `KOLIBRI_TEST_DIE_AT=push:queuing:after`.

`python -m tests.interop.dying WORDS` is `kolibri WORDS` with it.
"""

import os
import sys
from typing import Any


def prepare() -> None:
    """End this process before or after its own part of the named stage; to be called when Django is ready."""
    wanted = os.environ.get("KOLIBRI_TEST_DIE_AT")
    if not wanted:
        return
    from morango.registry import SessionMiddlewareOperations
    from morango.sync.context import LocalSessionContext

    direction, stage, moment = wanted.split(":")
    plain = SessionMiddlewareOperations.__call__

    def call(self: Any, context: Any) -> Any:
        is_it = (
            isinstance(context, LocalSessionContext)
            and self.related_stage == stage
            and context.is_push == (direction == "push")
        )
        if is_it and moment == "before":
            os._exit(9)
        result = plain(self, context)
        if is_it:
            os._exit(9)
        return result

    SessionMiddlewareOperations.__call__ = call


if __name__ == "__main__":
    import django

    django.setup()
    prepare()
    from kolibri.cli import main

    raise SystemExit(main(sys.argv[1:]))
