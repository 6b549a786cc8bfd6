"""HTML5 resources: their own files, in a sandbox, and no bomb."""

import http.client
import io
import os
import stat
import struct
import threading
import zipfile
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from kolibri.server.content_origin import ContentOrigin
from kolibri.server.content_origin import with_shim
from kolibri.server.listeners import Listeners
from kolibri.server.zip_entries import MOST_OPEN
from kolibri.server.zip_entries import OpenZip
from kolibri.server.zip_entries import Zips
from tests.patience import PATIENCE
from tests.server.conftest import Answer
from tests.server.conftest import ask
from tests.server.conftest import content_port
from tests.server.conftest import store
from tests.sticks.books import book

PAGE = b"<!doctype html><html><head lang=en><title>App</title></head><body>App</body></html>"
NOISE = os.urandom(300_000)


def zipped(entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return made.getvalue()


@pytest.fixture
def app(content: Path) -> str:
    return store(
        content,
        zipped(
            {
                "index.html": PAGE,
                "sub/index.html": PAGE,
                "js/app.js": b"1",
                "module.mjs": b"1",
                "font.woff2": b"f",
                "film.webm": NOISE,
                "naïve ü.json": b"{}",
                "odd": b"?",
            }
        ),
        "zip",
    )


def entry(listeners: Listeners, name: str, path: str, **options: object) -> Answer:
    return ask(content_port(listeners), f"/zip/{name}/{path}", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["index.html", "", "sub/", "sub/index.html"])
def test_a_page_comes_with_the_shim_in_a_sandbox(listeners: Listeners, app: str, path: str) -> None:
    answer = entry(listeners, app, path)
    assert answer.status == 200
    assert b'<head lang=en><script src="/shim/storage.js"></script>' in answer.body
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts; ")
    assert "allow-same-origin" not in policy
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("js/app.js", "text/javascript"),
        ("module.mjs", "text/javascript"),
        ("font.woff2", "font/woff2"),
        ("film.webm", "video/webm"),
        ("na%C3%AFve%20%C3%BC.json", "application/json"),
        ("odd", "application/octet-stream"),
    ],
)
def test_each_entry_has_its_type(listeners: Listeners, app: str, path: str, media_type: str) -> None:
    answer = entry(listeners, app, path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, media_type)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_film_inside_can_be_sought(listeners: Listeners, app: str) -> None:
    answer = entry(listeners, app, "film.webm", headers={"Range": "bytes=100000-200000"})
    assert (answer.status, answer.body) == (206, NOISE[100_000:200_001])
    assert entry(listeners, app, "film.webm", headers={"Range": "bytes=300000-"}).status == 416
    assert entry(listeners, app, "film.webm", method="HEAD").headers["Content-Length"] == "300000"


def test_a_browser_that_has_it_gets_304(listeners: Listeners, app: str) -> None:
    etag = entry(listeners, app, "film.webm").headers["ETag"]
    assert entry(listeners, app, "film.webm", headers={"If-None-Match": etag}).status == 304


def test_other_methods(listeners: Listeners, app: str) -> None:
    assert entry(listeners, app, "", method="POST", body=b"").status == 405
    assert entry(listeners, app, "", method="OPTIONS").status == 204


@pytest.mark.parametrize(
    "path",
    [
        "../index.html",
        "sub/../index.html",
        "sub/%2e%2e/index.html",
        "..%2findex.html",
        "%2e%2e%5cindex.html",
        "\\index.html",
        "/index.html",
        "./index.html",
        "//etc/passwd",
        "C:/Windows/win.ini",
        "index.html%00",
        "%ff",
        "missing.html",
        "sub",
    ],
)
def test_only_an_entrys_plain_name_opens_it(listeners: Listeners, app: str, path: str) -> None:
    assert entry(listeners, app, path).status == 404


@pytest.mark.parametrize(
    "name", ["x.zip", "../../secret_key", "AB" * 16 + ".zip", "ab" * 16 + ".zip", "ab" * 16 + ".webm", "ab" * 16]
)
def test_only_zips_of_the_storage_are_opened(listeners: Listeners, name: str) -> None:
    assert entry(listeners, name, "index.html").status == 404


def test_media_and_pages_of_the_school_are_not_here(listeners: Listeners, content: Path) -> None:
    name = store(content, b"v", "webm")
    assert ask(content_port(listeners), f"/content/storage/{name[0]}/{name[1]}/{name}").status == 404
    assert ask(content_port(listeners), "/").status == 404


def test_the_class_has_its_own_content_origin(listeners: Listeners, app: str) -> None:
    shared = listeners.share()
    origin = ask(shared.port, host=f"127.0.0.2:{shared.port}").json["content"]
    port = int(origin.rpartition(":")[2])
    assert ask(port, f"/zip/{app}/", host=f"127.0.0.2:{port}").status == 200
    assert ask(port, f"/zip/{app}/", host=f"evil.example:{port}").status == 400


def test_a_zip_that_leads_out_is_not_opened(listeners: Listeners, content: Path) -> None:
    name = store(content, zipped({"index.html": PAGE, "../evil.html": PAGE}), "zip")
    assert entry(listeners, name, "index.html").status == 422


def test_a_link_in_a_zip_is_not_followed(listeners: Listeners, content: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("index.html")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    name = store(content, made.getvalue(), "zip")
    assert entry(listeners, name, "index.html").status == 422


def test_a_bomb_is_not_opened(listeners: Listeners, content: Path) -> None:
    name = store(content, zipped({"index.html": PAGE, "big.bin": b"\0" * 50_000_000}), "zip")
    assert entry(listeners, name, "big.bin").status == 422
    assert entry(listeners, name, "index.html").status == 422


def test_an_entry_that_unpacks_to_more_than_it_says_is_cut_off(listeners: Listeners, content: Path) -> None:
    data = bytearray(zipped({"a.bin": b"a" * 5_000}))
    # The size in the list of entries, made small: the reader must not go past it.
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<I", 100)
    answer = entry(listeners, store(content, bytes(data), "zip"), "a.bin")
    assert (answer.status, answer.body) == (422, b"")


@pytest.mark.parametrize("data", [b"", b"no zip", zipped({"a": b"a"})[:-10]], ids=["empty", "text", "cut"])
def test_what_is_no_zip_is_not_opened(listeners: Listeners, content: Path, data: bytes) -> None:
    assert entry(listeners, store(content, data, "zip"), "index.html").status == 422


def test_a_damaged_entry_is_not_passed_off_as_whole(listeners: Listeners, content: Path) -> None:
    data = bytearray(zipped({"a.bin": NOISE}, zipfile.ZIP_STORED))
    data[200_000] ^= 0xFF
    name = store(content, bytes(data), "zip")
    # The fault shows at the end, when 200 is said long ago: the connection breaks off instead.
    with pytest.raises(http.client.IncompleteRead):
        entry(listeners, name, "a.bin")


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (b"<HTML><HEAD a='1'><script>", b"<HTML><HEAD a='1'>{}<script>"),
        (b"<html><header><script>", b"<html>{}<header><script>"),
        (b"<!DOCTYPE html><script>", b"<!DOCTYPE html>{}<script>"),
        (b"<script>", b"{}<script>"),
        ("<html>".encode("utf-16"), "<html>".encode("utf-16")),
    ],
)
def test_the_shim_stands_before_the_first_script(page: bytes, expected: bytes) -> None:
    assert with_shim(page) == expected.replace(b"{}", b'<script src="/shim/storage.js"></script>')


def test_the_parts_of_a_book_tell_where_they_are(listeners: Listeners, content: Path) -> None:
    name = store(content, book(), "epub")
    told = b'<script src="/shim/book.js"></script>'
    sound = entry(listeners, name, "OEBPS/text/one.xhtml")
    assert (sound.status, sound.headers["Content-Type"]) == (200, "application/xhtml+xml")
    assert told in sound.body and b"storage.js" not in sound.body
    assert sound.headers["Content-Security-Policy"].startswith("sandbox allow-scripts;")
    # No browser would show this one as XML.
    faulty = entry(listeners, name, "OEBPS/text/three.xhtml")
    assert faulty.headers["Content-Type"].startswith("text/html") and told in faulty.body
    assert entry(listeners, name, "OEBPS/sky.png").headers["Content-Type"] == "image/png"
    shim = ask(content_port(listeners), "/shim/book.js")
    assert shim.status == 200 and b"kolibriBook" in shim.body
    assert ask(content_port(listeners), "/shim/other.js").status == 404


def numbered(content: Path, count: int) -> list[str]:
    return [store(content, zipped({"n": str(number).encode()}), "zip") for number in range(count)]


def taken(zips: Zips, name: str) -> OpenZip:
    with zips.use(name) as zipped:
        return zipped


def test_few_zips_stay_open_and_idle_ones_close(content: Path) -> None:
    zips = Zips(content / "storage")
    names = numbered(content, MOST_OPEN + 3)
    opened = [taken(zips, name) for name in names]
    assert [one.archive.fp is None for one in opened] == [True] * 3 + [False] * MOST_OPEN
    assert taken(zips, names[-1]) is opened[-1]
    zips.close_idle(0)
    assert all(one.archive.fp is None for one in opened)


def test_a_replaced_zip_is_read_anew(content: Path) -> None:
    zips = Zips(content / "storage")
    name = store(content, zipped({"n": b"1"}), "zip")
    taken(zips, name)
    path = content / "storage" / name[0] / name[1] / name
    path.write_bytes(zipped({"other": b"22"}))
    assert list(taken(zips, name).entries) == ["other"]
    zips.close_idle(0)


def begun(origin: ContentOrigin, name: str, path: str) -> tuple[str, Iterable[bytes]]:
    """Ask the application itself; its answer is read by who wants it."""
    told: list[str] = []
    environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/zip/{name}/{path}"}
    body = origin(environ, lambda status, _headers: told.append(status))
    return told[0], body


def whole(origin: ContentOrigin, name: str, path: str) -> tuple[str, bytes]:
    status, body = begun(origin, name, path)
    return status, b"".join(body)


def open_files(content: Path) -> list[str]:
    return [one.path for one in psutil.Process().open_files() if Path(one.path).is_relative_to(content)]


def before_reading(monkeypatch: pytest.MonkeyPatch, step: Callable[[], None]) -> None:
    """Do `step` where a request has its zip and has read nothing of it; once."""
    read = OpenZip.read

    def late(self: OpenZip, entry: zipfile.ZipInfo, start: int, size: int) -> Iterator[bytes]:
        monkeypatch.setattr(OpenZip, "read", read)
        step()
        return read(self, entry, start, size)

    monkeypatch.setattr(OpenZip, "read", late)


def test_a_zip_in_use_stays_open_while_others_push_it_out(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = ContentOrigin(content)
    first, *others = numbered(content, MOST_OPEN + 2)

    def push_out() -> None:
        assert {whole(origin, name, "n")[0] for name in others} == {"200 OK"}

    before_reading(monkeypatch, push_out)
    assert whole(origin, first, "n") == ("200 OK", b"0")
    assert len(open_files(content)) == MOST_OPEN
    origin.zips.close_idle(-1)
    assert open_files(content) == []


def test_of_two_requests_that_open_a_zip_together_both_are_answered(
    content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = ContentOrigin(content)
    (name,) = numbered(content, 1)
    has_looked, may_go_on = threading.Event(), threading.Event()
    answers: list[tuple[str, bytes]] = []
    other = threading.Thread(target=lambda: answers.append(whole(origin, name, "n")), daemon=True)
    look = Zips._look

    def slow_look(path: Path, changed: tuple[int, int]) -> OpenZip:
        found = look(path, changed)
        if threading.current_thread() is other:
            has_looked.set()
            may_go_on.wait(PATIENCE)
        return found

    def let_the_other_end() -> None:
        may_go_on.set()
        other.join(PATIENCE)

    monkeypatch.setattr(Zips, "_look", staticmethod(slow_look))
    other.start()
    assert has_looked.wait(PATIENCE)
    before_reading(monkeypatch, let_the_other_end)
    answers.append(whole(origin, name, "n"))
    assert answers == [("200 OK", b"0")] * 2
    assert len(open_files(content)) == 1
    origin.zips.close_idle(-1)
    assert open_files(content) == []


def test_an_answer_that_has_begun_is_ended_after_its_zip_was_let_go(content: Path) -> None:
    origin = ContentOrigin(content)
    name = store(content, zipped({"film.webm": NOISE}), "zip")
    status, body = begun(origin, name, "film.webm")
    origin.zips.close_idle(-1)
    assert (status, b"".join(body)) == ("200 OK", NOISE)
    assert open_files(content) == []
