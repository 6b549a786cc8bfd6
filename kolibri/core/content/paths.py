"""Where content lies in a home or on a stick, and under which address it is served.

    <content>/databases/<channel>.sqlite3
    <content>/storage/<a>/<b>/<md5>.<ext>      a, b: first and second character of the md5
    <content>/incoming/                        of a home only: files that are not whole yet

Names are matched whole, never only at their beginning.
"""

import re
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from kolibri.errors import BadInput

EXPORT_FOLDER: Final = "KOLIBRI_DATA"
_ID = re.compile(r"[0-9a-f]{32}")
_EXTENSION = re.compile(r"[0-9a-z]{1,40}")


def is_id(value: object) -> bool:
    """Whether `value` is an id of the format: 32 lowercase hex characters and nothing else."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def is_extension(value: object) -> bool:
    """Whether `value` may be a stored file's extension."""
    return isinstance(value, str) and _EXTENSION.fullmatch(value) is not None


def file_name(local_file_id: str, extension: str) -> str:
    """Return `<md5>.<ext>`. Raises BadInput for anything that could leave the storage."""
    if not is_id(local_file_id) or not is_extension(extension):
        raise BadInput(_("This is not the name of a content file."), code="bad_name")
    return f"{local_file_id}.{extension}"


def stored(content: Path, local_file_id: str, extension: str) -> Path:
    """Return a file's place under a `content` folder (a home's or a stick's). Raises BadInput."""
    name = file_name(local_file_id, extension)
    return content / "storage" / name[0] / name[1] / name


def storage_path(home: Path, local_file_id: str, extension: str) -> Path:
    """Return a file's place under the home. Raises BadInput."""
    return stored(home / "content", local_file_id, extension)


def storage_url(local_file_id: str, extension: str) -> str:
    """Return the path at which the server gives the file's bytes. Raises BadInput."""
    name = file_name(local_file_id, extension)
    return f"/content/storage/{name[0]}/{name[1]}/{name}"


def zip_path(local_file_id: str, extension: str, entry: str = "index.html") -> str:
    """Return the path of an entry of a zip at the content origin. Raises BadInput."""
    return f"/zip/{file_name(local_file_id, extension)}/{entry}"


def database_path(content: Path, channel_id: str) -> Path:
    """Return the place of a channel's database under a `content` folder. Raises BadInput."""
    if not is_id(channel_id):
        raise BadInput(_("This is not the id of a channel."), code="bad_name")
    return content / "databases" / f"{channel_id}.sqlite3"


def content_folder(folder: Path) -> Path | None:
    """Return the `content` folder that belongs to `folder`, or None.

    `folder` may be a drive's root, an export folder, a whole home or the `content` folder itself.
    Raises PermissionError when it may not be looked at.
    """
    for candidate in (folder / EXPORT_FOLDER / "content", folder / "content", folder):
        if _is_folder(candidate / "databases"):
            return candidate
    # An export whose databases are gone is still worth a sentence.
    return folder / EXPORT_FOLDER / "content" if _is_folder(folder / EXPORT_FOLDER) else None


def _is_folder(path: Path) -> bool:
    """As `Path.is_dir`, but a folder that may not be looked into is an error, not absent."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except ValueError:  # a null character in the name
        return False
    return path.is_dir()
