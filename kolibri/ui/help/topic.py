"""What a topic of the help is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise

Text = str | Promise


class For(Enum):
    """Whom a topic is listed for. Nothing in the help is secret: this only keeps lists short."""

    TEACHERS = "teachers"
    LEARNERS = "learners"
    EVERYBODY = "everybody"


@dataclass(frozen=True)
class Topic:
    """A few sentences on one thing.

    `name` stands in the address. `words` are what people may search by and the sentences do not
    say. `in_order` tells whether the sentences are done one after the other, and so are numbered.
    """

    name: str
    title: Text
    steps: tuple[Text, ...]
    words: Text
    reader: For = For.TEACHERS
    in_order: bool = True

    @property
    def searched(self) -> str:
        """Everything that a search looks at, in the language of the moment."""
        return " ".join(str(text) for text in (self.title, *self.steps, self.words))
