"""The ways in which a school's learners sign in."""

from enum import StrEnum


class Way(StrEnum):
    """What a learner needs besides the own name, least first."""

    NAME = "name"
    PICTURES = "pictures"
    PASSWORD = "password"
