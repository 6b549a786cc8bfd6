"""Content files: whole, in ranges, never another file."""

from pathlib import Path

import pytest

from kolibri.server.listeners import Listeners
from tests.server.conftest import Answer
from tests.server.conftest import ask
from tests.server.conftest import store

DATA = bytes(range(256)) * 4000


@pytest.fixture
def video(content: Path) -> str:
    name = store(content, DATA, "webm")
    return f"/content/storage/{name[0]}/{name[1]}/{name}"


def ranged(listeners: Listeners, path: str, wanted: str) -> Answer:
    return ask(listeners.port, path, headers={"Range": wanted})


def test_a_file_comes_whole(listeners: Listeners, video: str) -> None:
    answer = ask(listeners.port, video)
    assert (answer.status, answer.body) == (200, DATA)
    assert answer.headers["Content-Type"] == "video/webm"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_the_class_gets_files_too(listeners: Listeners, video: str) -> None:
    shared = listeners.share()
    assert ask(shared.port, video).body == DATA


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-", 0, len(DATA)),
        ("bytes=0-0", 0, 1),
        ("bytes=5-9", 5, 10),
        ("bytes=1000000-", 1000000, len(DATA)),
        ("bytes=-10", len(DATA) - 10, len(DATA)),
        ("bytes=-1", len(DATA) - 1, len(DATA)),
        ("bytes=5-99999999", 5, len(DATA)),
    ],
)
def test_a_range_comes_as_206(listeners: Listeners, video: str, wanted: str, start: int, end: int) -> None:
    answer = ranged(listeners, video, wanted)
    assert (answer.status, answer.body) == (206, DATA[start:end])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(DATA)}"


@pytest.mark.parametrize("wanted", [f"bytes={len(DATA)}-", "bytes=9-5"])
def test_a_range_outside_the_file_is_416(listeners: Listeners, video: str, wanted: str) -> None:
    answer = ranged(listeners, video, wanted)
    assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{len(DATA)}")


@pytest.mark.parametrize("wanted", ["bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes"])
def test_a_strange_range_gives_the_whole(listeners: Listeners, video: str, wanted: str) -> None:
    assert ranged(listeners, video, wanted).status == 200


def test_a_browser_that_has_it_gets_304(listeners: Listeners, video: str) -> None:
    etag = ask(listeners.port, video).headers["ETag"]
    answer = ask(listeners.port, video, headers={"If-None-Match": etag})
    assert (answer.status, answer.body) == (304, b"")


def test_head_and_other_methods(listeners: Listeners, video: str) -> None:
    head = ask(listeners.port, video, method="HEAD")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(DATA)), b"")
    assert ask(listeners.port, video, method="POST", body=b"").status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/content/storage/",
        "/content/storage/../../secret_key",
        "/content/storage/a/b/../../../../secret_key",
        "/content/storage/a/b/%2e%2e/%2e%2e/%2e%2e/secret_key",
        "/content/storage/a/b/..%2f..%2f..%2fsecret_key",
        "/content/storage/a/b/..\\..\\secret_key",
        "/content/storage/a/b/" + "ab" * 16 + ".webm",
        "/content/storage/c/d/" + "ab" * 16 + ".webm",
        "/content/storage/a/b/" + "ab" * 16 + ".webm%00.txt",
        "/content/storage/a/b/" + "ab" * 16 + ".webm%0a",
        "/content/storage/a/b/" + "AB" * 16 + ".webm",
        "/content/storage/a/b/" + "ab" * 16 + ".exe",
        "/content/storage/a/b/" + "ab" * 16 + ".zip",
        "/content/storage/a/b/" + "ab" * 16,
    ],
)
def test_nothing_else_can_be_had(listeners: Listeners, content: Path, path: str) -> None:
    (content.parent / "secret_key").write_text("secret")
    (content / "storage/a/b").mkdir(parents=True)
    for ending in ("exe", "zip"):
        (content / "storage/a/b" / ("ab" * 16 + f".{ending}")).write_text("secret")
    answer = ask(listeners.port, path)
    assert answer.status == 404
    assert b"secret" not in answer.body


def test_a_folder_in_a_files_place_is_not_found(listeners: Listeners, content: Path) -> None:
    (content / "storage/a/b" / ("ab" * 16 + ".webm")).mkdir(parents=True)
    assert ask(listeners.port, "/content/storage/a/b/" + "ab" * 16 + ".webm").status == 404
