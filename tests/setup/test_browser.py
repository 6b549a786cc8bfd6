"""The wizard in a real browser: by mouse, by keyboard alone, on a small phone, without scripts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cheroot import wsgi
from django.core.wsgi import get_wsgi_application
from django.db import connections
from playwright.sync_api import Browser
from playwright.sync_api import Page
from playwright.sync_api import expect
from playwright.sync_api import sync_playwright

from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.device import services
from kolibri.core.device import window_key
from tests import browsers
from tests.patience import PATIENCE
from tests.setup.test_content import STICK

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text("utf-8")
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
NAMES = "\n".join(f"{first} {last}" for first in ("Amina", "Ben", "Carla", "ሰላም", "محمد") for last in "ABCDEF")


@pytest.fixture
def address() -> Iterator[str]:
    """The product's pages as its window's listener serves them."""
    application = get_wsgi_application()

    def listener(environ, start_response):
        environ["kolibri.listener"] = "window"
        try:
            return application(environ, start_response)
        finally:
            connections.close_all()

    server = wsgi.Server(("127.0.0.1", 0), listener, numthreads=4)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.bind_addr[1]}"
    server.stop()
    thread.join()


@pytest.fixture(scope="module")
def chromium(django_db_setup: None) -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread; the tests' own queries are still plain ones.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = browsers.launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    yield chromium
    for context in chromium.contexts:
        context.close()


@pytest.fixture
def attached(monkeypatch: pytest.MonkeyPatch) -> list:
    found: list = []
    monkeypatch.setattr("kolibri.core.content.drives.find_sources", lambda: list(found))
    return found


def enter(browser: Browser, address: str, **options) -> Page:
    page = browser.new_page(**options)
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{address}/window/enter?key={window_key.issue()}&next=/")
    return page


def violations(page: Page, within: str) -> list[str]:
    """Return what axe finds, a line for each element."""
    # A button on its way from one colour to another has the contrast of neither.
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(AXE)
    found = page.evaluate("within => axe.run(within)", within)["violations"]
    return [f"{rule['id']}: {node['html']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def check(page: Page, name: str, folder: Path, within: str = "html") -> None:
    """Look at the page with axe, for sideways scrolling, and keep a picture."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    assert violations(page, within) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_from_a_bare_computer_to_a_class(browser, address, attached, tmp_path, size):
    page = enter(browser, address, viewport=size)
    clicks, fields = 0, 0

    def press(name: str) -> None:
        nonlocal clicks
        clicks += 1
        page.get_by_role("button", name=name).click()

    def fill(label: str, text: str) -> None:
        nonlocal fields
        fields += 1
        page.get_by_label(label, exact=True).fill(text)

    check(page, "1-language", tmp_path)
    press("Continue in English")
    page.wait_for_url("**/setup/school/")
    fill("School’s name", "Hill School")
    fill("Your name", "Zara Okafor")
    expect(page.get_by_label("Username")).to_have_value("zara")
    fill("Password", "blue kettle")
    expect(page.locator("#password-strength")).to_have_attribute("data-level", "fair")
    check(page, "2-school", tmp_path)
    press("Continue")
    page.wait_for_url("**/setup/class/")
    fill("Name of the class", "Grade 4")
    fill("Learners (may wait)", NAMES)
    expect(page.get_by_text("30 learners sign in as")).to_be_visible()
    check(page, "3-class", tmp_path)
    press("Continue")
    expect(page.get_by_text("No stick with channels")).to_be_visible()
    check(page, "4-content-without-stick", tmp_path)
    attached.append(STICK)
    expect(page.get_by_role("button", name="Bring in 2 channels from STICK")).to_be_visible()
    check(page, "4-content", tmp_path)
    press("Bring in 2 channels from STICK")
    page.wait_for_url("**/coach/class/*/")
    assert Classroom.objects.get().membership.count() == 30
    expect(page.get_by_text("Write this down: your recovery code")).to_be_visible()
    check(page, "5-class-page", tmp_path, within=".setup-code")
    assert clicks <= 8 and fields <= 7
    print(f"wizard to ready class: {clicks} clicks, {fields} fields")
    page.get_by_role("link", name="Print it").click()
    page.wait_for_url("**/setup/code/")
    check(page, "6-code", tmp_path)
    page.emulate_media(media="print")
    page.screenshot(path=tmp_path / "7-code-on-paper.png", full_page=True)
    page.emulate_media(media="screen")
    press("I have written it down")
    expect(page.get_by_text("recovery code")).to_have_count(0)


def test_by_keyboard_alone(browser, address, attached):
    page = enter(browser, address, viewport=WIDE)

    def tab_to(name: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()") == name:
                return
        raise AssertionError(f"Tab never reaches {name}")

    def arrive(address: str, field: str) -> None:
        page.wait_for_url(address)
        page.wait_for_function("id => document.activeElement.id === id", arg=field)

    page.keyboard.press("Enter")
    arrive("**/setup/school/", "id-school_name")
    page.keyboard.type("Hill School")
    tab_to("id-full_name")
    page.keyboard.type("Zara Okafor")
    tab_to("id-username")
    # It follows the name. Who sends the page before it is there is shown it first.
    expect(page.locator("#id-username")).to_have_value("zara")
    tab_to("id-password")
    page.keyboard.type("blue kettle")
    page.keyboard.press("Enter")
    arrive("**/setup/class/", "id-classroom_name")
    page.keyboard.type("Grade 4")
    tab_to("id-names")
    page.keyboard.type("Ben Carter")
    page.wait_for_selector("#username-0")
    tab_to("username-0")
    page.keyboard.press("Control+A")
    page.keyboard.type("benny")
    tab_to("Continue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/setup/content/")
    tab_to("Later")
    page.keyboard.press("Enter")
    page.wait_for_url("**/coach/class/*/")
    assert set(FacilityUser.objects.values_list("username", flat=True)) == {"zara", "benny"}


def test_reload_and_the_browsers_back_button_lose_nothing(browser, address, attached):
    page = enter(browser, address, viewport=WIDE)
    page.get_by_role("button", name="Continue in English").click()
    page.wait_for_url("**/setup/school/")
    page.get_by_label("School’s name").fill("Hill School")
    page.get_by_label("Your name").fill("Zara Okafor")
    with page.expect_response("**/school/password/"):
        page.get_by_label("Password", exact=True).fill("blue kettle")
        page.get_by_label("Your name").focus()
    page.reload()
    expect(page.get_by_label("School’s name")).to_have_value("Hill School")
    expect(page.get_by_label("Username")).to_have_value("zara")
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/setup/class/")
    page.get_by_label("Name of the class").fill("Grade 4")
    with page.expect_response("**/class/draft/"):
        page.get_by_label("Learners").fill("Ben Carter")
    page.get_by_role("button", name="Back").click()
    page.wait_for_url("**/setup/school/")
    page.go_back()
    expect(page.get_by_label("Learners")).to_have_value("Ben Carter")
    expect(page.get_by_label("Username of Ben Carter")).to_have_value("ben")


def test_typing_is_not_disturbed_by_what_the_server_answers(browser, address, attached):
    page = enter(browser, address, viewport=WIDE)
    services.remember_answers("language", {"language": "en", "done": True}, language="en")
    page.goto(f"{address}/setup/school/")
    page.get_by_label("Your name").press_sequentially("Zara Okafor", delay=90)
    expect(page.get_by_label("Username")).to_have_value("zara")
    page.get_by_label("Username").focus()
    page.keyboard.press("End")
    page.keyboard.type("_o", delay=120)
    page.get_by_label("School’s name").press_sequentially("Hill School", delay=90)
    expect(page.get_by_label("Username")).to_have_value("zara_o")
    expect(page.get_by_label("School’s name")).to_be_focused()


def test_what_is_typed_while_an_answer_is_on_its_way_stays(browser, address, attached):
    page = enter(browser, address, viewport=WIDE)
    page.get_by_role("button", name="Continue in English").click()
    page.wait_for_url("**/setup/school/")
    page.get_by_label("School’s name").fill("Hill School")
    page.get_by_label("Password", exact=True).fill("blue kettle")
    page.get_by_label("Your name").fill("Zara Okafor")
    expect(page.get_by_label("Username")).to_have_value("zara")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/setup/class/")
    page.get_by_label("Learners").fill("Ben Carter")
    field = page.get_by_label("Username of Ben Carter")

    expect(field).to_have_value("ben")
    # The textarea is left: its answer is on its way, and is held up until more has been typed.
    held = []
    page.route("**/class/draft/", lambda route: held.append(route), times=1)
    field.press("End")
    field.press_sequentially("n")
    assert any(held or page.wait_for_timeout(50) for _ in range(200))
    answer = held[0].fetch()
    field.press_sequentially("y")
    held[0].fulfill(response=answer)
    page.wait_for_timeout(100)
    expect(field).to_have_value("benny")
    expect(field).to_be_focused()


def test_what_is_marked_stays_marked_when_an_answer_arrives(browser, address, attached):
    page = enter(browser, address, viewport=WIDE)
    page.get_by_role("button", name="Continue in English").click()
    page.wait_for_url("**/setup/school/")
    page.get_by_label("School’s name").fill("Hill School")
    page.get_by_label("Password", exact=True).fill("blue kettle")
    page.get_by_label("Your name").fill("Zara Okafor")
    expect(page.get_by_label("Username")).to_have_value("zara")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/setup/class/")
    page.locator("#id-names").fill("Ben Carter")
    field = page.locator("#username-0")
    expect(field).to_have_value("ben")
    field.focus()
    page.keyboard.press("Control+A")
    with page.expect_response("**/class/draft/"):
        page.locator("#id-names").dispatch_event("change")
    page.wait_for_timeout(200)
    page.keyboard.type("benny")
    expect(field).to_have_value("benny")


def test_the_password_can_be_seen(browser, address, attached):
    page = enter(browser, address, viewport=WIDE)
    page.get_by_role("button", name="Continue in English").click()
    page.wait_for_url("**/setup/school/")
    field = page.get_by_label("Password", exact=True)
    field.fill("blue kettle")
    page.get_by_role("button", name="Show").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Show").click()
    expect(field).to_have_attribute("type", "password")


def test_without_scripts(browser, address, attached):
    attached.append(STICK)
    page = enter(browser, address, viewport=WIDE, java_script_enabled=False)
    page.get_by_role("button", name="Continue in English").click()
    page.wait_for_url("**/setup/school/")
    page.get_by_label("School’s name").fill("Hill School")
    page.get_by_label("Your name").fill("Zara Okafor")
    page.get_by_label("Password", exact=True).fill("blue kettle")
    page.get_by_role("button", name="Continue").click()
    # The username made from the name is shown before it is taken.
    expect(page.get_by_label("Username")).to_have_value("zara")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/setup/class/")
    page.get_by_label("Name of the class").fill("Grade 4")
    page.get_by_label("Learners").fill("Ben Carter\nBen Diaz")
    page.get_by_role("button", name="Make usernames").click()
    expect(page.get_by_label("Username of Ben Diaz")).to_have_value("bend")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Bring in 2 channels from STICK").click()
    page.wait_for_url("**/coach/class/*/")
    assert Classroom.objects.get().membership.count() == 2


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_pages_that_say_what_is_wrong(browser, address, attached, tmp_path, size):
    page = enter(browser, address, viewport=size)
    page.get_by_role("button", name="Continue in English").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".error:visible")).to_have_count(4)
    expect(page.get_by_label("School’s name")).to_be_focused()
    check(page, "school-errors", tmp_path)
    services.remember_answers("school", {"school_name": "H", "full_name": "Z", "username": "zara", "done": True})
    services.remember_answers("school", {"password_hash": services.hash_password("blue kettle")})
    page.goto(f"{address}/setup/class/")
    page.get_by_label("Learners").fill("Ben Carter\nCarla Diaz")
    page.get_by_label("Username of Ben Carter").fill("zara")
    expect(page.get_by_text("“zara” is taken.")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Name of the class")).to_be_focused()
    check(page, "class-errors", tmp_path)
    page.get_by_label("Name of the class").fill("Grade 4")
    page.get_by_label("Username of Ben Carter").fill("ben")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Choose a folder").click()
    page.get_by_label("Where the folder is").fill("/no/such/folder")
    page.get_by_role("button", name="Look in this folder").click()
    expect(page.get_by_text("There is no such folder")).to_be_visible()
    check(page, "folder-error", tmp_path)
    stranger = browser.new_page(viewport=size)
    stranger.goto(address)
    check(stranger, "not-yet", tmp_path)
    # A page behind another one gets little time from the browser.
    page.bring_to_front()
    page.get_by_role("button", name="Later").click()
    page.wait_for_url("**/coach/class/*/")
    stranger.goto(f"{address}/setup/recover/")
    stranger.get_by_role("button", name="Set the new password").click()
    check(stranger, "recover-errors", tmp_path)


def test_right_to_left_in_the_browsers_language(browser, address, attached, tmp_path, settings):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic"), ("fr", "French"), ("sw", "Swahili"), ("hi", "Hindi")]
    page = enter(browser, address, viewport=WIDE, locale="ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("button").first).to_contain_text("العربيّة")
    check(page, "language-rtl", tmp_path)
    page.get_by_role("button").first.click()
    page.wait_for_url("**/setup/school/")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    check(page, "school-rtl", tmp_path)
