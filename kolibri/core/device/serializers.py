"""What the first setup of a computer may be told: the one door for the wizard's pages and `provision`."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from kolibri.core.auth import usernames
from kolibri.core.device import passwords

LONGEST_SCHOOL_NAME = 100
LONGEST_CLASS_NAME = 100


class NameField(serializers.CharField):
    """A name that can be seen: no control characters, and more than marks and spaces."""

    default_error_messages = {
        "invalid": _("Write text here."),
        "invisible": _("Use letters or digits."),
        "control": _("Leave out characters that cannot be printed."),
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text = unicodedata.normalize("NFC", super().to_internal_value(data))
        kinds = {unicodedata.category(character) for character in text}
        if kinds & {"Cc", "Cs", "Zl", "Zp"}:
            self.fail("control")
        if not any(kind[0] in "LNS" for kind in kinds):
            self.fail("invisible")
        return text


def _name(most: int, empty: Any, long: Any) -> NameField:
    messages = {"required": empty, "blank": empty, "null": empty, "max_length": long}
    return NameField(max_length=most, error_messages=messages)


class UsernameField(serializers.CharField):
    """A username that peers accept too."""

    default_error_messages = {
        "invalid": _("Use letters, digits and underscores only, at most 30, without spaces."),
        "required": _("Write a username."),
        "blank": _("Write a username."),
        "null": _("Write a username."),
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text = unicodedata.normalize("NFC", super().to_internal_value(data))
        if not usernames.is_allowed(text):
            self.fail("invalid")
        return text


class PasswordField(serializers.CharField):
    """A password in clear; never sent back."""

    default_error_messages = {
        "invalid": _("Write text here."),
        "required": _("Write a password."),
        "blank": _("Write a password."),
        "null": _("Write a password."),
        "min_length": _("Write at least 8 characters."),
        "max_length": _("Write at most 128 characters."),
        "guessable": _("Anybody would try this password first. Choose another."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.update(min_length=passwords.SHORTEST, max_length=passwords.LONGEST)
        super().__init__(trim_whitespace=False, write_only=True, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


def refuse_guessable(password: str, *about: str) -> str:
    """Return the password. Raises ValidationError for one that anybody who knows `about` would try first."""
    if password and passwords.strength(password, about) is passwords.Strength.GUESSABLE:
        raise serializers.ValidationError(PasswordField.default_error_messages["guessable"], code="guessable")
    return password


class LanguageSerializer(serializers.Serializer[Any]):
    """The language of this computer's pages."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["language"] = serializers.ChoiceField(
            choices=settings.LANGUAGES,
            error_messages=dict.fromkeys(("invalid_choice", "required", "null"), _("Choose a language.")),
        )
        return fields


class SchoolSerializer(serializers.Serializer[Any]):
    """The school and its first admin.

    Context: `password_is_set` when a password is kept already, so that none need be sent.
    """

    school_name = _name(LONGEST_SCHOOL_NAME, _("Write the school’s name."), _("Write at most 100 letters."))
    full_name = _name(usernames.LONGEST_NAME, _("Write your name."), _("Write at most 120 letters."))
    username = UsernameField()
    password = PasswordField()

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if self.context.get("password_is_set"):
            fields["password"] = PasswordField(required=False, allow_blank=True)
        return fields

    def validate_password(self, password: str) -> str:
        # As sent, not as validated: what is wrong with the other fields must not hide what is wrong here.
        about = (self.initial_data.get(name, "") for name in ("school_name", "full_name", "username"))
        return refuse_guessable(password, *(text for text in about if isinstance(text, str)))


class LearnerSerializer(serializers.Serializer[Any]):
    full_name = _name(usernames.LONGEST_NAME, _("Write a name."), _("Write at most 120 letters."))
    username = UsernameField()


class ClassSerializer(serializers.Serializer[Any]):
    """The first class and its learners. Context: `taken`, usernames that others have already."""

    classroom_name = _name(LONGEST_CLASS_NAME, _("Write the class’s name."), _("Write at most 100 letters."))
    learners = serializers.ListField(
        child=LearnerSerializer(),
        required=False,
        default=list,
        max_length=usernames.MOST_NAMES,
        error_messages={
            "max_length": _("Write at most 300 names here. More learners can be added to the class later."),
            "not_a_list": _("Write the names as a list."),
            "null": _("Write the names as a list."),
        },
    )

    def validate_learners(self, learners: list[dict[str, Any]]) -> list[dict[str, Any]]:
        seen = {usernames.fold(name) for name in self.context.get("taken", ())}
        errors: dict[str, Any] = {}
        for index, learner in enumerate(learners):
            folded = usernames.fold(learner["username"])
            if folded in seen:
                message = _("“%(username)s” is taken. Choose another username.") % learner
                errors[str(index)] = {"username": [message]}
            seen.add(folded)
        if errors:
            raise serializers.ValidationError(errors, code="duplicate")
        return learners


class RecoverySerializer(serializers.Serializer[Any]):
    """A code from paper and the password that it shall give."""

    username = serializers.CharField(
        max_length=254, error_messages=dict.fromkeys(("required", "blank"), _("Write your username."))
    )
    code = serializers.CharField(
        max_length=100, error_messages=dict.fromkeys(("required", "blank"), _("Write the code from the paper."))
    )
    password = PasswordField()

    def validate_password(self, password: str) -> str:
        username = self.initial_data.get("username", "")
        return refuse_guessable(password, username if isinstance(username, str) else "")


def by_field(errors: Any, prefix: str = "") -> dict[str, list[str]]:
    """Return a serializer's errors flat: `{"learners.3.username": ["..."]}`."""
    if isinstance(errors, Mapping):
        found: dict[str, list[str]] = {}
        for name, below in errors.items():
            found.update(by_field(below, f"{prefix}.{name}" if prefix else str(name)))
        return found
    if isinstance(errors, list) and any(isinstance(error, Mapping | list) for error in errors):
        return by_field({index: error for index, error in enumerate(errors) if error}, prefix)
    return {prefix: [str(error) for error in errors]}
