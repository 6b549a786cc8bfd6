"""What the wizard was told so far, page by page, and which page comes next.

It is kept in the database as the answers come, so that going back, reloading, another window
or a power cut lose nothing. The password is kept as its hash only.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from kolibri.core.auth import new_learners as names
from kolibri.core.auth import usernames
from kolibri.core.auth.new_learners import Row
from kolibri.core.device import services
from kolibri.core.device.serializers import ClassSerializer
from kolibri.core.device.serializers import LanguageSerializer
from kolibri.core.device.serializers import SchoolSerializer
from kolibri.core.device.serializers import by_field

PAGES = ("language", "school", "classroom", "content")
_LONGEST_TYPED = 1_000
_SCHOOL_FIELDS = ("school_name", "full_name", "username", "username_proposed")

Errors = dict[str, list[str]]


@dataclass
class Answers:
    """The kept answers, read once for a request."""

    pages: dict[str, dict[str, Any]]

    @classmethod
    def read(cls) -> Answers:
        return cls(services.answers())

    def page(self, name: str) -> dict[str, Any]:
        """Return what the page was told; empty before."""
        return self.pages.get(name, {})

    @property
    def next_page(self) -> str:
        """The first page that has not been answered, or whose answer does not hold any more."""
        errors = {"language": self.language_errors, "school": self.school_errors, "classroom": self.class_errors}
        for name, find in errors.items():
            if not self.page(name).get("done") or find():
                return name
        return "content"

    def is_open(self, name: str) -> bool:
        """Whether the pages before this one are answered."""
        return PAGES.index(name) <= PAGES.index(self.next_page)

    @property
    def password_is_set(self) -> bool:
        return bool(self.page("school").get("password_hash"))

    @property
    def rows(self) -> list[Row]:
        return names.from_kept(self.page("classroom").get("rows", ()))

    @property
    def taken(self) -> list[str]:
        """The usernames that no learner can have."""
        return [username] if (username := self.page("school").get("username")) else []

    def language_errors(self) -> Errors:
        return check(LanguageSerializer(data=self.page("language")))

    def school_errors(self) -> Errors:
        return check(
            SchoolSerializer(data=self.page("school"), context={"password_is_set": self.password_is_set}),
        )

    def class_errors(self) -> Errors:
        return check(self._class_serializer())

    def _class_serializer(self) -> ClassSerializer:
        data = {
            "classroom_name": self.page("classroom").get("classroom_name", ""),
            "learners": names.as_learners(self.rows),
        }
        return ClassSerializer(data=data, context={"taken": self.taken})

    def provision(self) -> services.Provisioned:
        """Make the school. The pages must be answered. Raises BadInput and BadInputs."""
        school = _valid(SchoolSerializer(data=self.page("school"), context={"password_is_set": True}))
        room = _valid(self._class_serializer())
        return services.provision(
            language=self.page("language")["language"],
            device_name=platform.node() or school["school_name"],
            school_name=school["school_name"],
            full_name=school["full_name"],
            username=school["username"],
            password_hash=self.page("school")["password_hash"],
            classroom_name=room["classroom_name"],
            learners=[(learner["full_name"], learner["username"]) for learner in room["learners"]],
        )


def check(serializer: Any) -> Errors:
    """Return the errors of what a serializer was given, by field; empty when there are none."""
    return {} if serializer.is_valid() else by_field(serializer.errors)


def typed(data: QueryDict, name: str, most: int = _LONGEST_TYPED) -> str:
    """Return a field as it may be kept before it is checked."""
    return data.get(name, "").replace("\x00", "")[:most]


def keep_school(data: QueryDict, **more: Any) -> dict[str, Any]:
    """Keep the school page's fields as typed and return them; the username follows the name until it is written."""
    kept = {name: typed(data, name) for name in _SCHOOL_FIELDS}
    if kept["username"].strip() in ("", kept["username_proposed"]):
        (proposed,) = usernames.propose([kept["full_name"]]) if kept["full_name"].strip() else ("",)
        kept["username"] = kept["username_proposed"] = proposed
    services.remember_answers("school", {**kept, **more})
    return kept


def keep_class(data: QueryDict, taken: list[str], **more: Any) -> tuple[dict[str, Any], list[Row]]:
    """Keep the class page's fields as typed, with a row for each name, and return them and the rows."""
    rows = names.propose(data.get("names", ""), names.from_post(data), taken)
    kept = {
        "classroom_name": typed(data, "classroom_name"),
        "names": typed(data, "names", names.LONGEST_TEXT),
        "rows": names.to_kept(rows),
    }
    services.remember_answers("classroom", {**kept, **more})
    return kept, rows


def _valid(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
