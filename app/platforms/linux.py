"""Linux and its relatives: the desktop's own programs, through freedesktop's commands."""

import ctypes
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

# Programs that show a sentence, and how each is told; the first one that is here is used.
_SAYERS: Final[tuple[tuple[str, ...], ...]] = (
    ("zenity", "--error", "--no-markup", "--title={title}", "--text={text}"),
    ("kdialog", "--title", "{title}", "--error", "{text}"),
    ("xmessage", "-center", "-title", "{title}", "{text}"),
)
_TELLERS: Final[tuple[tuple[str, ...], ...]] = (
    ("zenity", "--info", "--no-markup", "--timeout=30", "--title={title}", "--text={text}"),
    ("kdialog", "--title", "{title}", "--msgbox", "{text}"),
    ("xmessage", "-center", "-timeout", "30", "-title", "{title}", "{text}"),
)
# Browsers in these see neither hidden folders nor our /tmp.
_CONFINEMENTS: Final = ("/snap/bin", "/var/lib/flatpak/exports/bin")


def open_folder(folder: Path) -> None:
    """Show a folder in the file manager. Raises OSError when there is no way to."""
    _start(["xdg-open", str(folder)])


def open_file(file: Path) -> None:
    """Open a file in the program that the person has for its kind. Raises OSError when there is no way to."""
    _start(["xdg-open", str(file)])


def show_message(title: str, text: str) -> None:
    """Say something in a box when there is a screen, and in the terminal in any case."""
    print(f"{title}: {text}", file=sys.stderr, flush=True)
    _say_with(_SAYERS, title, text)


def tell(title: str, text: str) -> None:
    """Show good news in a box that outlives the program, for half a minute."""
    _say_with(_TELLERS, title, text)


def _say_with(sayers: Sequence[tuple[str, ...]], title: str, text: str) -> None:
    if not has_display():
        return
    for sayer in sayers:
        if shutil.which(sayer[0]):
            _start([word.format(title=title, text=text) for word in sayer])
            return


def languages() -> list[str]:
    """Return the codes of the languages that the person reads, the dearest first ("pt_BR")."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return [code.partition(".")[0].partition("@")[0] for code in value.split(":") if code]
    return []


def has_display() -> bool:
    """Whether a window can be shown: not only named in the environment but there, and willing."""
    return _reaches_wayland() or _reaches_x()


def is_administrator() -> bool:
    """Whether the program runs as root, for whom Chromium has no sandbox."""
    return os.geteuid() == 0


def address_of(file: Path) -> str:
    """Return how the system's browser is told of a file."""
    return file.as_uri()


def is_browser_confined() -> bool:
    """Whether the system's browser may be one that cannot read a file in our home."""
    return any(Path(folder).is_dir() for folder in _CONFINEMENTS)


def missing_for_window() -> str:
    """Return what the system lacks for Qt's window, or nothing: Qt would end the process, not raise."""
    if not may_sandbox():
        return "the system's leave to keep web pages in a sandbox"
    if _reaches_wayland():
        return ""
    return "" if _loads("libxcb-cursor.so.0") else "libxcb-cursor.so.0"


def may_sandbox(system: Path = Path("/proc")) -> bool:
    """Whether Chromium's sandbox can be made: Ubuntu 24.04 and newer allow it to programs with a profile only.

    The .deb brings the profile. Chromium without its sandbox is never the answer here.
    """
    try:
        restricted = (system / "sys/kernel/apparmor_restrict_unprivileged_userns").read_text("ascii").strip()
        if restricted != "1":
            return True
        return (system / "self/attr/current").read_text("utf-8").strip("\0\n ") != "unconfined"
    except (OSError, ValueError):
        return True


def _reaches_wayland() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY", "")
    if not name:
        return False
    path = Path(os.environ.get("XDG_RUNTIME_DIR", "/run")) / name
    try:
        if not stat.S_ISSOCK(path.stat().st_mode):
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            probe.connect(str(path))
    except OSError:
        return False
    return True


def _reaches_x() -> bool:
    """Ask the X server itself: it may be gone, or refuse this user."""
    if not os.environ.get("DISPLAY"):
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    try:
        return bool(xcb.xcb_connection_has_error(connection) == 0)
    finally:
        xcb.xcb_disconnect(connection)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _start(command: Sequence[str]) -> None:
    """Start a program that outlives ours and says nothing in our terminal."""
    subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # Whatever folder we were started in, on a stick perhaps, must not stay in use.
        cwd="/",
        env=_without_ours(),
    )


def _without_ours() -> dict[str, str]:
    """The environment as the system's programs expect it: the packed program's libraries are not for them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QT", "KOLIBRI"))}
    if "LD_LIBRARY_PATH_ORIG" in kept:
        kept["LD_LIBRARY_PATH"] = kept.pop("LD_LIBRARY_PATH_ORIG")
    elif getattr(sys, "frozen", False):
        kept.pop("LD_LIBRARY_PATH", None)
    return kept
