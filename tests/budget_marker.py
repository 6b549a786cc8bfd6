"""`@pytest.mark.query_budget(n)`: a test that asks the database more than `n` times fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext


@pytest.fixture(autouse=True)
def query_budget(request: pytest.FixtureRequest) -> Iterator[None]:
    marker = request.node.get_closest_marker("query_budget")
    if marker is None:
        yield
        return
    # What the test's other fixtures ask is not its own.
    for name in request.fixturenames:
        if name not in ("query_budget", "request"):
            request.getfixturevalue(name)
    with bounded(request.node.name, *marker.args):
        yield


@contextmanager
def bounded(name: str, most: int) -> Iterator[None]:
    """Raise AssertionError, with their SQL, when more than `most` queries are made inside."""
    with CaptureQueriesContext(connection) as asked:
        yield
    told = "\n".join(one["sql"] for one in asked.captured_queries)
    assert len(asked) <= most, f"{name} may take {most} queries and took {len(asked)}:\n{told}"
