"""Which engine shows the window: every answer, on computers that are put in the place of this one."""

from __future__ import annotations

import pytest

from app.engine import Computer
from app.engine import Engine
from app.engine import choose
from app.engine import debugging_port
from app.engine import is_test
from app.engine import prepare_environment


def computer(**known) -> Computer:
    facts = {
        "system": "linux",
        "environment": {},
        "has_display": lambda: True,
        "is_administrator": lambda: False,
        "missing_for_window": lambda: "",
        "has_qt": lambda: True,
        "is_frozen": False,
    }
    return Computer(**(facts | known))


@pytest.mark.parametrize(
    ("known", "engine"),
    [
        ({}, Engine.QT),
        ({"system": "win32"}, Engine.EDGE),
        ({"system": "darwin"}, Engine.COCOA),
        ({"has_display": lambda: False}, Engine.NONE),
        ({"has_display": lambda: False, "system": "win32"}, Engine.NONE),
        ({"has_qt": lambda: False}, Engine.BROWSER),
        ({"is_administrator": lambda: True}, Engine.BROWSER),
        ({"is_administrator": lambda: True, "environment": {"KOLIBRI_TEST_WINDOW": "1"}}, Engine.QT),
        (
            {"is_administrator": lambda: True, "environment": {"KOLIBRI_TEST_WINDOW": "1"}, "is_frozen": True},
            Engine.BROWSER,
        ),
        ({"system": "win32", "missing_for_window": lambda: "WebView2"}, Engine.BROWSER),
        ({"environment": {"KOLIBRI_WINDOW": "browser"}}, Engine.BROWSER),
        ({"environment": {"KOLIBRI_WINDOW": "none"}}, Engine.NONE),
    ],
)
def test_the_engine_fits_the_computer(known, engine: Engine) -> None:
    choice = choose(computer(**known))
    assert choice.engine is engine
    assert bool(choice.why) is (engine in (Engine.BROWSER, Engine.NONE))


def test_a_packed_program_cannot_be_driven_from_outside() -> None:
    driven = {"KOLIBRI_TEST_WINDOW": "9335"}
    assert debugging_port(computer(environment=driven)) == 9335
    assert debugging_port(computer(environment={"KOLIBRI_TEST_WINDOW": "1"})) is None
    assert debugging_port(computer()) is None
    assert is_test(computer(environment=driven, is_frozen=True)) is False
    with pytest.raises(PermissionError):
        debugging_port(computer(environment=driven, is_frozen=True))


def test_the_sandbox_stays_on_and_the_door_shut_but_for_tests() -> None:
    flags = "--no-sandbox --remote-debugging-port=1 --mute-audio --disable-web-security"
    flags += " --renderer-cmd-prefix=xterm --load-extension=/tmp"
    environment = {"QTWEBENGINE_CHROMIUM_FLAGS": flags, "QT_QPA_PLATFORM": "xcb", "PATH": "/usr/bin"}
    prepare_environment(computer(environment=environment))
    assert environment["QTWEBENGINE_CHROMIUM_FLAGS"].split() == ["--mute-audio"]
    assert (environment["QT_QPA_PLATFORM"], environment["PATH"]) == ("xcb", "/usr/bin")


@pytest.mark.parametrize("is_frozen", [False, True])
@pytest.mark.parametrize(
    "name",
    [
        "QTWEBENGINE_REMOTE_DEBUGGING",
        "QTWEBENGINE_DISABLE_SANDBOX",
        "QTWEBENGINEPROCESS_PATH",
        "WEBVIEW2_ADDITIONAL_BROWSER_ARGUMENTS",
        "WEBVIEW2_BROWSER_EXECUTABLE_FOLDER",
        "WEBVIEW2_PIPE_FOR_SCRIPT_DEBUGGER",
        "WEBVIEW2_USER_DATA_FOLDER",
        "WEBVIEW2_WAIT_FOR_SCRIPT_DEBUGGER",
    ],
)
def test_no_engine_is_changed_from_outside(name: str, is_frozen: bool) -> None:
    environment = {name: "1"}
    prepare_environment(computer(environment=environment, is_frozen=is_frozen))
    assert environment == {"QTWEBENGINE_CHROMIUM_FLAGS": ""}


def test_a_test_as_root_drives_its_window_without_a_sandbox() -> None:
    environment = {"QTWEBENGINE_CHROMIUM_FLAGS": "--enable-logging", "KOLIBRI_TEST_WINDOW": "1"}
    prepare_environment(computer(environment=environment, is_administrator=lambda: True))
    assert environment["QTWEBENGINE_CHROMIUM_FLAGS"].split() == ["--enable-logging", "--no-sandbox"]
