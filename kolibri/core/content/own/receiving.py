"""Files on their way in: straight to the disk, summed up meanwhile, never whole in memory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import BinaryIO
from typing import Final
from typing import cast

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kolibri.core.content import disk
from kolibri.core.content.own import limits
from kolibri.core.content.problems import NoSpace
from kolibri.errors import BadInput
from kolibri.errors import KolibriError

PIECE: Final = 256 * 1024
_STALE: Final = 24 * 60 * 60  # seconds after which a file on its way was left by a program that was ended


@dataclass
class Received:
    """A file that has arrived: as its owner named it, and where it lies. `problem` when it cannot be kept."""

    name: str
    path: Path
    size: int = 0
    md5: str = ""
    problem: KolibriError | None = None


def folder(home: Path) -> Path:
    """Return where files lie until they are a resource: not where an import clears up."""
    return home / "content" / "arriving"


def check_size(home: Path, size: int) -> None:
    """Raise BadInput (`too_large`) or NoSpace when a request of so many bytes cannot be taken."""
    if size > limits.MOST_SENT:
        raise too_large()
    home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home).free
    if size + disk.SPARE > free:
        raise NoSpace(
            _("This needs %(needed)s, but only %(free)s are free on the computer. Make room, then add the file again.")
            % {"needed": filesizeformat(size + disk.SPARE), "free": filesizeformat(free)}
        )


def too_large() -> BadInput:
    """Return the refusal of what is larger than may be sent."""
    sentence = _("At most %(size)s can be added at once. Make the file smaller, or bring it in as part of a channel.")
    return BadInput(sentence % {"size": filesizeformat(limits.MOST_BYTES)}, code="too_large")


def too_many() -> BadInput:
    """Return the refusal of more files than a form may have."""
    most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
    sentence = ngettext("Add at most %(count)d file at once.", "Add at most %(count)d files at once.", most)
    return BadInput(sentence % {"count": most}, code="too_many_files")


class Receiver(FileUploadHandler):
    """Takes a form's files as they come. `received` has them in their order; call `discard` in the end.

    Files are not put into `request.FILES`. `is_cut` when the form did not come whole.
    """

    chunk_size = PIECE

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.received: list[Received] = []
        self.is_cut = False
        self._folder = folder(home)
        self._file: BinaryIO | None = None
        self._sum = hashlib.md5(usedforsecurity=False)
        _clear_stale(self._folder)

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: str, encoding: str | None = None
    ) -> tuple[Any, Any]:
        """Read the form as Django does, and see whether all of it came: a cut one looks whole to its parser.

        One whose line broke looks whole, too: Django's look at the token swallows that error, and goes on.
        """
        counted = _Counted(input_data)
        self.is_cut = True
        try:
            form = MultiPartParser(META, cast(Any, counted), [_Inner(self)], encoding or "utf-8").parse()
            self.is_cut = counted.count < content_length
        finally:
            if self.is_cut:
                for one in self.received:
                    one.problem = cut_short()
        return form

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        one = Received(str(self.file_name), self._folder / f"{uuid.uuid4().hex}.part")
        self.received.append(one)
        self._sum = hashlib.md5(usedforsecurity=False)
        with _kept(one):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = one.path.open("wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        one = self.received[-1]
        one.size += len(raw_data)
        if one.problem is not None or self._file is None:
            return  # the rest is read away, so that the answer arrives
        if one.size > limits.MOST_BYTES:
            one.problem = too_large()
            return
        self._sum.update(raw_data)
        with _kept(one):
            self._file.write(raw_data)

    def file_complete(self, file_size: int) -> None:
        one = self.received[-1]
        file, self._file = self._file, None
        if file is not None:
            with file, _kept(one):
                file.flush()
                os.fsync(file.fileno())
        one.md5 = self._sum.hexdigest()
        if one.problem is not None:
            one.path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove what did not become a resource."""
        if self._file is not None:
            self._file.close()
        for one in self.received:
            # Windows keeps a file that somebody looks at, as a virus scanner does: the next day's file clears it.
            with contextlib.suppress(OSError):
                one.path.unlink(missing_ok=True)


class _Inner(FileUploadHandler):
    """The same files for the parser that counts, which asks each handler anew whether it reads by itself."""

    chunk_size = PIECE

    def __init__(self, outer: Receiver) -> None:
        super().__init__()
        self._outer = outer

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self._outer.new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._outer.receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> None:
        self._outer.file_complete(file_size)


class _Counted:
    def __init__(self, source: Any) -> None:
        self._source = source
        self.count = 0

    def read(self, size: int | None = None) -> bytes:
        data: bytes = self._source.read(size)
        self.count += len(data)
        return data


class _kept:
    """Turns what the disk refuses into the file's problem."""

    def __init__(self, one: Received) -> None:
        self._one = one

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        if not isinstance(error, OSError):
            return False
        self._one.problem = refusal(error)
        return True


def refusal(error: OSError) -> KolibriError:
    """Return what to say when the disk does not take a file."""
    if error.errno in disk.FULL:
        return NoSpace(_("The computer's disk is full. Make room, then add the file again."))
    return KolibriError(
        _("The computer could not keep this file: %(reason)s. Try again.")
        % {"reason": error.strerror or type(error).__name__},
        code="not_kept",
    )


def cut_short() -> BadInput:
    """Return the refusal of what did not come whole."""
    return BadInput(_("Only a part of this file arrived. Add it again."), code="cut_short")


def _clear_stale(place: Path) -> None:
    if not place.is_dir():
        return
    for file in place.iterdir():
        with contextlib.suppress(OSError):
            if file.stat().st_mtime < time.time() - _STALE:
                file.unlink()
