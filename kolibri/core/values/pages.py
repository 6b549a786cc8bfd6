"""Pages and order, by the names that clients see."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import filters
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

MOST_ROWS = 1000


class ValuesPageNumberPagination(PageNumberPagination):
    """Pages on request: without `page_size` the whole list is sent, as peers do."""

    page_size = None
    page_size_query_param = "page_size"
    max_page_size = MOST_ROWS

    def get_paginated_response(self, data: Any) -> Response:
        assert self.page is not None
        paginator = self.page.paginator
        return Response({"count": paginator.count, "total_pages": paginator.num_pages, "results": data})


class ValuesCursorPagination(CursorPagination):
    """A keyset cursor for long lists; `ordering` names model columns and ends with the key."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = MOST_ROWS
    ordering = ("pk",)


class ValuesOrderingFilter(filters.OrderingFilter):
    """`?ordering=active,-title` by public names; an unknown name is a 400, ties are broken by the key."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        asked = [name.strip() for name in request.query_params.get(self.ordering_param, "").split(",") if name.strip()]
        if not asked:
            return queryset
        names = view.plan.public_sources()  # type: ignore[attr-defined]
        order = []
        for name in asked:
            source = names.get(name.removeprefix("-"))
            if source is None:
                raise ValidationError({self.ordering_param: _("There is no “%(name)s” to sort by.") % {"name": name}})
            order.append(f"-{source}" if name.startswith("-") else source)
        return queryset.order_by(*order, "pk")
