"""What the tests of signing in share: a clock to turn, the work of hashing counted, phones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import pytest
from django.contrib.auth import hashers as django_hashers
from django.db import connection
from django.test import Client

from kolibri.core.auth import signing_in_limits
from tests.screens import chromium
from tests.screens import computer
from tests.screens import listeners
from tests.screens import open_school
from tests.screens import served
from tests.screens import visit

__all__ = ["chromium", "computer", "listeners", "open_school", "served", "visit"]

ROUTER = "203.0.113.7"


class Clock:
    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(signing_in_limits, "now", clock)
    return clock


@dataclass
class Work:
    """The rounds that were worked, one number for each hash, and whether a transaction was open meanwhile."""

    rounds: list[int] = field(default_factory=list)
    in_transaction: list[bool] = field(default_factory=list)

    def take(self) -> int:
        total = sum(self.rounds)
        self.rounds.clear()
        return total


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    work = Work()
    real = django_hashers.pbkdf2

    def counted(password: Any, salt: Any, iterations: int, *args: Any, **kwargs: Any) -> bytes:
        work.rounds.append(iterations)
        work.in_transaction.append(connection.in_atomic_block)
        return real(password, salt, iterations, *args, **kwargs)

    monkeypatch.setattr(django_hashers, "pbkdf2", counted)
    yield work


def phone(address: str = ROUTER, *, opened: bool = True) -> Client:
    """A browser at an address; `opened`: it has the sign-in page before it."""
    client = Client(REMOTE_ADDR=address)
    if opened:
        client.get("/sign-in/")
    return client


def type_in(client: Client, username: str, password: str = "") -> int:
    """Send the form and return the status: 302 signed in, 400 wrong, 429 wait."""
    return client.post("/sign-in/", {"username": username, "password": password}).status_code


def send(client: Client, username: str, password: str = "") -> int:
    """As `type_in`, by the API (200 signed in): no page is made, so hundreds of them take no time."""
    given = {"username": username, "password": password}
    return client.post("/api/session/", given, content_type="application/json").status_code


def sign_out(client: Client) -> None:
    client.post("/sign-out/")
