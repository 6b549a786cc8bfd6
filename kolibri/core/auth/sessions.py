"""Sessions in the database, written once a sign-in: fifty at once share one file and its one writer."""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    """Django's, but a new key is written with the session's content, and what is written already is not again."""

    # The key and the content as they were written last; as text, so that changes deep inside are seen.
    _written: tuple[str | None, bytes] = (None, b"")

    def cycle_key(self) -> None:
        """Give the session a new key, which `save` writes, and forget the old one at once."""
        data, old = dict(self.items()), self.session_key
        self._session_key = None
        self._session_cache = data
        self.modified = True
        if old:
            self.delete(old)

    def save(self, must_create: bool = False) -> None:
        """Write the session, unless it stands in the database just so since this request wrote it."""
        if not must_create and self.session_key and self._written == (self.session_key, self._text()):
            return
        super().save(must_create)
        self._written = (self.session_key, self._text())

    def delete(self, session_key: str | None = None) -> None:
        self._written = (None, b"")
        super().delete(session_key)

    def _text(self) -> bytes:
        text: bytes = self.serializer().dumps(dict(self.items()))
        return text
