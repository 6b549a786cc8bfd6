"""Channels, folders and resources to read; nothing is written here: importing and deleting are jobs."""

from __future__ import annotations

from typing import Any
from typing import TypedDict

import django_filters
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from django_filters.rest_framework import FilterSet

from kolibri.core.api import ReadOnlyValuesViewset
from kolibri.core.api import ValuesPageNumberPagination
from kolibri.core.auth.api import KolibriAuthPermissions
from kolibri.core.auth.api import KolibriAuthPermissionsFilter
from kolibri.core.content import constants
from kolibri.core.content import paths
from kolibri.core.content import search
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import File
from kolibri.core.many_ids import in_ids

MOST_IDS = 200
Item = dict[str, Any]

is_id = RegexValidator(r"\A[0-9a-f]{32}\Z", _("An id is 32 of the characters 0-9 and a-f."))
are_ids = RegexValidator(
    rf"\A[0-9a-f]{{32}}(,[0-9a-f]{{32}}){{0,{MOST_IDS - 1}}}\Z",
    _("Give up to 200 ids of 32 characters (0-9 and a-f), with commas between them."),
)


class NodePagination(ValuesPageNumberPagination):
    """Always pages: a channel may hold tens of thousands of resources."""

    page_size = 100  # type: ignore[assignment]


class ChannelViewset(ReadOnlyValuesViewset[ChannelMetadata]):
    """The channels on this computer."""

    queryset = ChannelMetadata.objects.order_by("name", "id")
    query_budget = 3
    permission_classes = (KolibriAuthPermissions,)
    filter_backends = (KolibriAuthPermissionsFilter,)
    values = (
        "id",
        "name",
        "description",
        "tagline",
        "author",
        "version",
        "thumbnail",
        "last_updated",
        "root",
        "on_device_resources",
        "total_resource_count",
        "on_device_size",
    )
    field_map = {
        "resources": "on_device_resources",
        "total_resources": "total_resource_count",
        "size": "on_device_size",
    }


class ContentNodeFilter(FilterSet):  # type: ignore[misc]
    """`parent`, `channel_id`, `content_id`, `ids` (with commas), `kind`, `available` and `search`."""

    parent = django_filters.CharFilter(validators=[is_id])
    channel_id = django_filters.CharFilter(validators=[is_id])
    content_id = django_filters.CharFilter(validators=[is_id])
    ids = django_filters.CharFilter(method="filter_ids", validators=[are_ids])
    search = django_filters.CharFilter(method="filter_search", max_length=search.MOST_LETTERS)

    class Meta:
        model = ContentNode
        fields = ("parent", "channel_id", "content_id", "ids", "kind", "available", "search")

    def filter_ids(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(pk__in=value.split(","))

    def filter_search(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        return search.matching(queryset.resources(), value)


def _activities(item: Item) -> list[str]:
    return list(constants.activities(item["kind"], item.pop("learning_activities")))


class FileItem(TypedDict):
    """One file of a resource, as it is sent."""

    id: str
    extension: str
    size: int | None
    preset: str
    lang: str | None
    supplementary: bool
    thumbnail: bool
    url: str


class ContentNodeViewset(ReadOnlyValuesViewset[ContentNode]):
    """Folders and resources in the channel's order; found ones with the closest titles first."""

    queryset = ContentNode.objects.order_by("tree_id", "lft")
    # It comes in pages always: the count is one of them.
    query_budget = 6
    permission_classes = (KolibriAuthPermissions,)
    filter_backends = (KolibriAuthPermissionsFilter, DjangoFilterBackend)
    filterset_class = ContentNodeFilter
    pagination_class = NodePagination
    values = (
        "id",
        "parent",
        "channel_id",
        "content_id",
        "kind",
        "title",
        "description",
        "coach_content",
        "available",
        "duration",
        "lang",
        "author",
        "license_name",
        "license_owner",
        "options",
        "on_device_resources",
        "on_device_size",
        "learning_activities",
    )
    field_map = {"resources": "on_device_resources", "size": "on_device_size", "activities": _activities}
    shapes = {"files": list[FileItem]}

    def consolidate(self, items: list[Item], queryset: QuerySet[ContentNode]) -> list[Item]:
        """Add `files`, those that are on this computer."""
        by_node: dict[str, list[Item]] = {item["id"]: [] for item in items}
        files = File.objects.filter(in_ids("contentnode_id", by_node), local_file__available=True)
        for row in files.values_list(
            "contentnode_id",
            "local_file_id",
            "local_file__extension",
            "local_file__file_size",
            "preset",
            "lang_id",
            "supplementary",
            "thumbnail",
        ):
            node, name, extension, size, preset, lang, supplementary, thumbnail = row
            by_node[node].append(
                {
                    "id": name,
                    "extension": extension,
                    "size": size,
                    "preset": preset,
                    "lang": lang,
                    "supplementary": supplementary,
                    "thumbnail": thumbnail,
                    "url": paths.storage_url(name, extension),
                }
            )
        for item in items:
            item["files"] = by_node[item["id"]]
        return items
