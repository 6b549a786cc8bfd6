"""For tests: a list that takes more queries than its viewset says fails."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIRequestFactory
from rest_framework.test import force_authenticate

from kolibri.core.values.viewsets import BaseValuesViewset


def queries_of(viewset: type[BaseValuesViewset[Any]], user: Any, query: str = "", **settings: Any) -> list[str]:
    """Return the SQL of a list asked for by `user`; `query` is the address's, as `page_size=30`.

    `settings` are attributes of the viewset, as `permission_classes=()`. The user's own row is there
    already; rights are read as for a new request. Raises AssertionError for an answer that is no list.
    """
    request = APIRequestFactory().get("/", dict(pair.split("=") for pair in query.split("&") if pair))
    if user is not None:
        force_authenticate(request, type(user)._base_manager.get(pk=user.pk))
    with CaptureQueriesContext(connection) as asked:
        response = viewset.as_view({"get": "list"}, **settings)(request)
        response.render()
    assert response.status_code == 200, response.data
    return [one["sql"] for one in asked.captured_queries]


def assert_query_budget(
    viewset: type[BaseValuesViewset[Any]],
    most: int | None = None,
    *,
    user: Any = None,
    query: str = "",
    **settings: Any,
) -> int:
    """Return how many queries a list takes; raise AssertionError, with their SQL, where there are more than `most`.

    `most` is the viewset's own `query_budget` if it is not given, and one more where `query` asks for
    a page. Raises TypeError for a viewset without a budget.
    """
    if most is None:
        if viewset.query_budget is None:
            raise TypeError(f"{viewset.__name__} has no query_budget")
        most = viewset.query_budget + ("page" in query)
    asked = queries_of(viewset, user, query, **settings)
    told = "\n".join(asked)
    assert len(asked) <= most, f"{viewset.__name__} may take {most} queries for a list and took {len(asked)}:\n{told}"
    return len(asked)
