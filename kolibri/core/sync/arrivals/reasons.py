"""Why a record that arrived is not placed, as codes that the store keeps beside it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

# Stands before a code in the store's column for the exception, so that morango's own are told apart.
PREFIX: Final = "arrivals:"
LONGEST: Final = 500


class Reason(StrEnum):
    """What is wrong with a record that has been set aside."""

    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    WRONG_ID = "wrong_id"
    WRONG_VALUE = "wrong_value"
    OTHER_SCHOOL = "other_school"
    WRONG_PLACE = "wrong_place"
    MISSING = "missing"
    NOT_IN_CLASS = "not_in_class"
    TAKEN = "taken"
    FAILED = "failed"


# These may find their place when something else has arrived.
PATIENT: Final = (Reason.MISSING, Reason.NOT_IN_CLASS, Reason.TAKEN)
PATIENT_CODES: Final = tuple(f"{PREFIX}{reason}" for reason in PATIENT)


class SetAside(Exception):
    """One record is not to be placed; `detail` is for who helps, and names no value of a person."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail[:LONGEST]

    @property
    def code(self) -> str:
        return f"{PREFIX}{self.reason}"
