"""What stands in the columns of JSON: the screens read it without looking twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from typing import Final

from kolibri.core.sync.arrivals.reasons import Reason
from kolibri.core.sync.arrivals.reasons import SetAside

_is_id: Final = re.compile(r"[0-9a-f]{32}").fullmatch
_MOST_RESOURCES: Final = 5_000


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _object_or_nothing(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def _resources(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= _MOST_RESOURCES
        and all(
            isinstance(one, dict)
            and all(
                isinstance(one.get(key), str) and _is_id(one[key])
                for key in ("contentnode_id", "content_id", "channel_id")
            )
            for one in value
        )
    )


def _notes(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _order(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _list_or_nothing(value: Any) -> bool:
    return value is None or isinstance(value, list)


SHAPES: Final[dict[str, dict[str, Callable[[Any], bool]]]] = {
    "facilitydataset": {"extra_fields": _object_or_nothing, "picture_password_settings": _object_or_nothing},
    "facilityuser": {"extra_demographics": _object_or_nothing},
    "lesson": {"resources": _resources},
    "lessontemplate": {"resources": _resources, "notes": _notes},
    "lessonplan": {"notes": _notes},
    "classplan": {"lesson_order": _order},
    "contentsummarylog": {"extra_fields": _object_or_nothing},
    "contentsessionlog": {"extra_fields": _object_or_nothing},
    "masterylog": {"mastery_criterion": _object},
    "attemptlog": {"interaction_history": _list_or_nothing},
}


def check_shapes(record: Any) -> None:
    """Raise SetAside when a column of JSON holds something else than its kind of record has there."""
    for name, fits in SHAPES.get(record.morango_model_name, {}).items():
        if not fits(getattr(record, name)):
            raise SetAside(Reason.WRONG_VALUE, f"{name} is of another shape")
