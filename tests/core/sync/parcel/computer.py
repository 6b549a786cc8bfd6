"""One computer of a school, in a process of its own with a home and a database of its own.

It reads one call a line from its input, `["name", {arguments}]`, and answers with one line of JSON:
`{"result": ...}` or `{"refused": code}`. The calls are the functions of `calls/`. Started by `computers.Computer`.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from inspect import getmembers
from inspect import isfunction
from types import ModuleType
from typing import Any

warnings.simplefilter("ignore")
os.environ["KOLIBRI_HOME"] = sys.argv[1]
os.environ["DJANGO_SETTINGS_MODULE"] = "kolibri.settings.desktop"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402

from kolibri.errors import KolibriError  # noqa: E402
from tests.core.sync.parcel.calls import being  # noqa: E402
from tests.core.sync.parcel.calls import edits  # noqa: E402
from tests.core.sync.parcel.calls import filling  # noqa: E402
from tests.core.sync.parcel.calls import network  # noqa: E402
from tests.core.sync.parcel.calls import questions  # noqa: E402
from tests.core.sync.parcel.calls import sticks  # noqa: E402

settings.KOLIBRI_PASSWORD_ROUNDS = {"learner": 20, "teacher": 50}


def calls(*modules: ModuleType) -> dict[str, Callable[..., Any]]:
    """Return what the modules define to be called, by name."""
    found: dict[str, Callable[..., Any]] = {}
    for module in modules:
        own = [one for _name, one in getmembers(module, isfunction) if one.__module__ == module.__name__]
        for one in own:
            if not one.__name__.startswith("_"):
                assert one.__name__ not in found, f"two calls are named {one.__name__}"
                found[one.__name__] = one
    return found


def main() -> None:
    known = calls(being, edits, filling, network, questions, sticks)
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            answer: dict[str, Any] = {"result": known[name](**arguments)}
        except KolibriError as error:
            answer = {"refused": error.code, "sentence": str(error)}
        print(json.dumps(answer), flush=True)
    network.stop_serving()


if __name__ == "__main__":
    main()
