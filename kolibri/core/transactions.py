"""Transactions of services that are called alone and from within another's write."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec
from typing import TypeVar

from django.db import connection
from django.db import transaction

P = ParamSpec("P")
R = TypeVar("R")


def joined(function: Callable[P, R]) -> Callable[P, R]:
    """Make `function` atomic: as part of the caller's transaction where there is one, else in its own.

    Unlike `transaction.atomic` it sets no savepoint, which would cost two statements a call: when
    it raises, the caller's transaction as a whole can only be rolled back.
    """

    @functools.wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        blocks = connection.atomic_blocks
        # A test's own transaction is no caller: the test goes on after a refusal.
        is_called = bool(blocks) and not blocks[-1]._from_testcase  # type: ignore[attr-defined]
        with transaction.atomic(savepoint=not is_called):
            return function(*args, **kwargs)

    return inside
