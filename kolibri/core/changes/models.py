"""The counters themselves; triggers write them, `counters` reads them."""

from __future__ import annotations

from django.db import models


class ChangeCounter(models.Model):
    """How often a table was written to by one of the database's connections.

    `slot` is 0 on SQLite, which has one writer at a time, and the connection's process on
    PostgreSQL: writers never wait for one another here. The row with an empty `table_name` is the
    epoch: a random number that is another one in every copy of a database.
    """

    table_name = models.CharField(max_length=100)
    slot = models.IntegerField(default=0)
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table_name", "slot"], name="changes_one_counter")]

    def __str__(self) -> str:
        return f"{self.table_name} {self.slot}: {self.count}"
