"""What only a real browser can show: strict cookies on the first address, and the sandbox of HTML5 resources."""

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page
from playwright.sync_api import sync_playwright

from tests import browsers
from tests.server.conftest import Process
from tests.server.conftest import store
from tests.server.test_content_origin import zipped

pytestmark = pytest.mark.browser

INDEX = b"""<!doctype html><html><head><title>app</title><link rel="stylesheet" href="a.css"></head><body>
<script>
var before = localStorage.getItem("n");
localStorage.setItem("n", "1"); localStorage.x = 5; document.cookie = "a=b; path=/"; sessionStorage.s = "t";
document.title = [before, localStorage.n, Object.keys(localStorage), document.cookie, localStorage.length].join("|");
try { document.body.dataset.school = parent.document.title; }
catch (error) { document.body.dataset.school = error.name; }
</script>
<script type="module" src="module.js"></script><iframe src="inner.html"></iframe></body></html>"""
NEXT = b"<script>document.title = [localStorage.n, sessionStorage.s, document.cookie].join('|')</script>"
MODULE = b"""import {word} from './other.js';
fetch('data.json').then(r => r.json()).then(d => { document.body.dataset.module = word + d.v; });
fetch(SCHOOL).then(() => 'read', () => 'refused').then(t => { document.body.dataset.fetched = t; });"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = browsers.launch(playwright, browsers.WHOLE)
        yield made
        made.close()


@pytest.fixture
def served(process: Callable[..., Process], tmp_path: Path) -> Process:
    return process(tmp_path / "home").wait()


def told(page: Page) -> str:
    return page.inner_text("body")


def test_a_strict_cookie_survives_the_first_address(served: Process, browser: Browser) -> None:
    address = served.server.ask("enter")["url"]
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    assert page.url == f"http://127.0.0.1:{served.server.port}/"
    assert '"at_window": true' in told(page)
    page.reload()
    assert '"at_window": true' in told(page)
    page.goto(address)
    assert '"at_window": true' in told(page)
    other = browser.new_context().new_page()
    answer = other.goto(address)
    assert answer is not None and answer.status == 403


def test_a_resource_works_in_its_sandbox_and_reaches_nothing(served: Process, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(served.server.ask("enter")["url"])
    school, content = page.evaluate("[location.origin, JSON.parse(document.body.innerText).content]")
    files = {
        "index.html": INDEX,
        "inner.html": NEXT,
        "next.html": NEXT,
        "module.js": MODULE.replace(b"SCHOOL", repr(f"{school}/").encode()),
        "other.js": b"export const word = 'mod';",
        "data.json": b'{"v": 7}',
        "a.css": b"body { color: rgb(1, 2, 3) }",
    }
    name = store(served.home / "content", zipped(files), "zip")
    page.evaluate(
        "source => document.body.append(Object.assign(document.createElement('iframe'), {src: source}))",
        f"{content}/zip/{name}/index.html",
    )
    frame = page.frame_locator("iframe").first
    body = frame.locator("body[data-module='mod7'][data-fetched]")
    body.wait_for()
    assert body.get_attribute("data-fetched") == "refused"
    assert body.get_attribute("data-school") == "SecurityError"
    assert body.evaluate("node => getComputedStyle(node).color") == "rgb(1, 2, 3)"
    app, inner = page.frames[1], page.frames[2]
    assert app.title() == "|1|n,x|a=b|2"
    assert inner.url.endswith("/inner.html")
    # From page to page of the app, what it has stored stays.
    app.evaluate("() => { location.href = 'next.html'; }")
    app.wait_for_url("**/next.html")
    app.wait_for_function("document.title !== ''")
    assert app.title() == "1|t|a=b"
    assert [cookie["name"] for cookie in context.cookies() if cookie["name"] == "a"] == []
