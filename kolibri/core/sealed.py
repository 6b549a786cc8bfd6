"""Files that nobody reads or changes without their key: a header in the clear, then pieces.

None of the pieces can be read, changed, moved or left out.

Each piece is compressed and encrypted with AES-256-GCM under a key that this one file has. Its
nonce is its place in the file and whether it is the last one, and the header is authenticated with
each: a file that was cut short, or put together from two, fails at the first piece that is not in
its place. The key may be locked away in the header behind a passphrase (scrypt).

What kind of file it is, and what is said of a bad one, its users set in classes of their own.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import struct
import zlib
from collections.abc import Iterator
from typing import Any
from typing import BinaryIO
from typing import ClassVar
from typing import Final
from typing import Protocol

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.utils.translation import gettext as _

from kolibri.errors import BadInput
from kolibri.errors import KolibriError

KEY_BYTES: Final = 32
MOST_PLAIN: Final = 16 * 1024 * 1024  # bytes of one piece, before it was compressed
_MOST_PIECE: Final = MOST_PLAIN + 64 * 1024
_MOST_HEADER: Final = 1024 * 1024
_LENGTH: Final = struct.Struct(">I")
_NONCE: Final = struct.Struct(">IQ")
SHORTEST: Final = 8
LONGEST: Final = 200
# 64 MB and about a fifth of a second for each guess. Fixed: a file must not choose what it costs to open.
_COST: Final = 2**16


class _Problem(Protocol):
    def __call__(self) -> KolibriError: ...


class NotThePassphrase(Exception):
    """The key is locked away behind another passphrase."""


class Broken(Exception):
    """What should be a locked key is none."""


def lock_away(key: bytes, passphrase: str) -> list[str]:
    """Return the key behind a passphrase, for a header. Raises BadInput (`passphrase`) for one of a bad length."""
    if not SHORTEST <= len(passphrase) <= LONGEST:
        raise BadInput(
            _("A passphrase has at least %(count)d letters: three words are easy to remember.") % {"count": SHORTEST},
            code="bad_passphrase",
            field="passphrase",
        )
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = nonce + AESGCM(_from_passphrase(passphrase, salt)).encrypt(nonce, key, salt)
    return [base64.b64encode(part).decode() for part in (salt, sealed)]


def take_out(kept: Any, passphrase: str) -> bytes:
    """Return the key that `lock_away` put behind the passphrase. Raises NotThePassphrase, Broken."""
    if not isinstance(kept, list) or len(kept) != 2:
        raise Broken
    try:
        salt, sealed = (base64.b64decode(text, validate=True) for text in kept)
    except (TypeError, ValueError, binascii.Error):
        raise Broken from None
    if len(sealed) < 12:
        raise Broken
    try:
        return AESGCM(_from_passphrase(passphrase[:LONGEST], salt)).decrypt(sealed[:12], sealed[12:], salt)
    except InvalidTag:
        raise NotThePassphrase from None


def _from_passphrase(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, n=_COST, r=8, p=1).derive(passphrase.encode())


class Pack:
    """Writes one file: the header, pieces, and the last piece. `digest` covers all bytes so far."""

    magic: ClassVar[bytes]

    def __init__(self, file: BinaryIO, header: dict[str, object], key: bytes) -> None:
        self._file = file
        self._sha = hashlib.sha256()
        self._cipher = AESGCM(key)
        self._count = 0
        text = orjson.dumps(header)
        self._about = hashlib.sha256(text).digest()
        self._put(self.magic + _LENGTH.pack(len(text)) + text)

    @property
    def digest(self) -> str:
        """The SHA-256 of what is written so far, in hex."""
        return self._sha.hexdigest()

    def add(self, plain: bytes, *, is_last: bool = False) -> None:
        """Write one piece; raises ValueError when it is larger than any reader takes."""
        if len(plain) > MOST_PLAIN:
            raise ValueError("the piece is too large")
        nonce = _NONCE.pack(is_last, self._count)
        sealed = self._cipher.encrypt(nonce, zlib.compress(plain, 6), self._about)
        self._count += 1
        self._put(_LENGTH.pack(len(sealed)) + sealed)

    def _put(self, content: bytes) -> None:
        self._sha.update(content)
        self._file.write(content)


class Unpack:
    """Reads one file. `header` is what it says in the clear: nothing vouches for that before the pieces do.

    Raises `another` when it is something else, `damaged` when it is not whole, `gone` when it cannot be read.
    """

    magic: ClassVar[bytes]
    another: ClassVar[_Problem]
    damaged: ClassVar[_Problem]
    gone: ClassVar[_Problem]

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sha = hashlib.sha256()
        self._size = os.fstat(file.fileno()).st_size
        self._place = 0
        if self._take(len(self.magic), self.another) != self.magic:
            raise self.another()
        text = self._take(self._length(_MOST_HEADER), self.damaged)
        self._about = hashlib.sha256(text).digest()
        try:
            self.header = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise self.damaged() from None

    @property
    def digest(self) -> str:
        """The SHA-256 of all bytes before the piece that was given out last, in hex."""
        return self._before

    @property
    def place(self) -> int:
        """How many bytes were read."""
        return self._place

    def pieces(self, key: bytes) -> Iterator[tuple[bytes, bool]]:
        """Yield each piece and whether it is the last; raises `damaged` at the first that is not as it was written."""
        cipher = AESGCM(key)
        count, is_last = 0, False
        while not is_last:
            self._before = self._sha.hexdigest()
            sealed = self._take(self._length(_MOST_PIECE), self.damaged)
            is_last = self._place >= self._size
            try:
                packed = cipher.decrypt(_NONCE.pack(is_last, count), sealed, self._about)
                opener = zlib.decompressobj()
                plain = opener.decompress(packed, MOST_PLAIN)
            except (InvalidTag, zlib.error):
                raise self.damaged() from None
            if not opener.eof or opener.unused_data:
                raise self.damaged()
            count += 1
            yield plain, is_last

    def _length(self, most: int) -> int:
        (length,) = _LENGTH.unpack(self._take(_LENGTH.size, self.damaged))
        if not 0 < length <= most:
            raise self.damaged()
        return int(length)

    def _take(self, count: int, problem: _Problem) -> bytes:
        try:
            content = self._file.read(count)
        except OSError as error:
            raise self.gone() from error
        if len(content) != count:
            raise problem()
        self._place += count
        self._sha.update(content)
        return content
