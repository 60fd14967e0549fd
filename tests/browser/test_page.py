"""The console as a page: accessible, by keyboard, on a phone, in the dark, under load."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import (  # pyright: ignore[reportMissingImports]
    Axe,
)
from playwright.sync_api import expect  # pyright: ignore[reportMissingImports]

from langchain_telnyx import ChatTelnyx
from tests.browser.sample_account import MODEL, send

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator

    Visit = Callable[..., Any]

HOSTILE = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"


def views(emulator: TelnyxEmulator) -> dict[str, tuple[str, str]]:
    """Return the address of each view, and what is there when it is complete."""
    conversation = emulator.account.conversations.records.listed()[0].id
    task = emulator.account.clustering.all()[0].id
    chat = emulator.requests.chat[0].number
    return {
        "requests": ("#/requests", ".row"),
        "request": (f"#/requests/{chat}", "[role=tabpanel] .message"),
        "chat": ("#/chat", "#panel-chat option"),
        "buckets": ("#/buckets", "#panel-buckets .entries a"),
        "bucket": ("#/buckets/handbook", "td.key"),
        "passages": ("#/buckets/handbook/support%2Frefunds.txt", "article .prose"),
        "conversation": (f"#/conversations/{conversation}", "#panel-conversations .message"),
        "call": ("#/calls/1", "#panel-calls .message"),
        "clusters": (f"#/clusters/{task}", ".map circle"),
        "models": ("#/models", "#panel-models tbody tr"),
        "script": ("#/script", "#panel-script .card"),
    }


def each_view(page: Any, emulator: TelnyxEmulator) -> Any:
    """Show each view in turn, and yield its name."""
    for name, (address, complete) in views(emulator).items():
        page.goto(f"{emulator.storage_url}/{address}")
        page.wait_for_selector(complete, state="attached")
        yield name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_axe_finds_no_violation(
    filled: TelnyxEmulator, visit: Visit, size: str, scheme: str
) -> None:
    page = visit(filled, size=size, scheme=scheme)
    found: dict[str, Any] = {}
    for name in each_view(page, filled):
        results = Axe().run(page)
        if results.violations_count:
            found[name] = results.generate_report()
    page.goto(f"{filled.storage_url}/#/requests")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    results = Axe().run(page)
    if results.violations_count:
        found["help"] = results.generate_report()
    assert found == {}


def test_a_phone_shows_everything_without_scrolling_sideways(
    filled: TelnyxEmulator, visit: Visit
) -> None:
    page = visit(filled, size="phone")
    wide = {}
    for name in each_view(page, filled):
        width = page.evaluate("document.documentElement.scrollWidth")
        inner = page.evaluate(
            """[...document.querySelectorAll(".panel:not([hidden]) .right, .panel:not([hidden]) .scroll, .detail")]
            .filter((node) => node.clientWidth && node.scrollWidth > node.clientWidth).length"""  # noqa: E501
        )
        if width > 360 or inner:
            wide[name] = (width, inner)
    assert wide == {}


def test_dark_mode_follows_the_system_and_the_button(filled: TelnyxEmulator, visit: Visit) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    light = visit(filled).evaluate(background)
    page = visit(filled, scheme="dark")
    dark = page.evaluate(background)
    assert light != dark
    button = page.get_by_role("button", name="Theme")
    button.click()
    assert page.evaluate(background) == light
    page.reload()
    assert page.evaluate(background) == light  # the choice lasts
    button.click()
    assert page.evaluate(background) == dark
    expect(button).to_have_accessible_name("Theme: Dark")


def test_everything_works_by_keyboard(emulator: TelnyxEmulator, visit: Visit) -> None:
    model = ChatTelnyx(model=MODEL, **emulator.options())
    for number in range(3):
        emulator.say(f"Answer {number}.")
        model.invoke(f"Question {number}?")
    page = visit(emulator)
    page.wait_for_selector(".row")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=tabpanel]:has-text('Question 1?')")
    page.keyboard.press("k")
    page.wait_for_selector("[role=tabpanel]:has-text('Question 2?')")
    page.keyboard.press("c")
    page.wait_for_selector(".toast:has-text('Copied as curl')")
    assert "Question 2?" in page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("Escape")
    expect(page.locator(".detail-head")).to_be_hidden()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.type("2")  # a shortcut elsewhere
    assert "#/chat" not in page.url
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # turns the shortcuts off
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("2")
    assert "#/chat" not in page.url
    page.get_by_role("button", name="Keyboard shortcuts").press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    for key, panel in enumerate(("requests", "chat", "buckets", "conversations"), start=1):
        page.locator("#main").focus()
        page.keyboard.press(str(key))
        page.wait_for_selector(f"#panel-{panel}:not([hidden])")


def test_tabs_of_a_request_by_arrow_keys(filled: TelnyxEmulator, visit: Visit) -> None:
    page = visit(filled, f"#/requests/{filled.requests.chat[0].number}")
    tab = page.get_by_role("tab", name="Messages")
    tab.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Request", exact=True)).to_be_focused()
    expect(page.get_by_role("tab", name="Request", exact=True)).to_have_attribute(
        "aria-selected", "true"
    )
    page.keyboard.press("ArrowLeft")
    expect(tab).to_be_focused()


def test_a_copied_test_passes(emulator: TelnyxEmulator, visit: Visit, tmp_path: Path) -> None:
    emulator.say("It is in the blue jar.")
    ChatTelnyx(model=MODEL, **emulator.options()).invoke("Where is the key?")
    send(emulator, "PUT", "/notes")
    page = visit(emulator)
    for number, request in enumerate(emulator.requests):
        page.goto(f"{emulator.storage_url}/#/requests/{request.number}")
        button = page.get_by_role("button", name="Copy as a test")
        page.wait_for_selector(f".detail-head:has-text('{request.path}')")
        button.click()
        page.wait_for_selector(".toast:has-text('Copied as a test')")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert emulator.api_key not in copied
        (tmp_path / f"test_copied_{number}.py").write_text(copied, "utf-8")
        page.wait_for_selector(".toast", state="detached")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert ran.returncode == 0, ran.stdout
    assert "2 passed" in ran.stdout


def test_requests_appear_as_they_arrive(emulator: TelnyxEmulator, visit: Visit) -> None:
    page = visit(emulator)
    page.wait_for_selector("text=No requests yet")
    emulator.say("Hello!")
    emulator.script.stall_stream(after=1, seconds=3600)
    row = page.locator(".row")
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    with emulator.http_client.stream(
        "POST",
        f"{emulator.base_url}/ai/openai/chat/completions",
        json=body,
        headers={"authorization": f"Bearer {emulator.api_key}"},
    ) as response:
        next(response.iter_raw())
        expect(row.locator(".t-status")).to_have_text("…")
    expect(row.locator(".t-status")).to_have_text("200")
    page.get_by_role("button", name="Pause").click()
    send(emulator, "GET", "/v2/ai/openai/models")
    expect(page.locator("#count-requests")).to_have_text("2")
    expect(page.locator(".row:not([hidden])")).to_have_count(1)
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".row:not([hidden])")).to_have_count(2)
    page.get_by_role("button", name="Clear").click()
    page.wait_for_selector("text=No requests yet")
    assert len(emulator.requests) == 0


def test_hundreds_of_requests_per_second(emulator: TelnyxEmulator, visit: Visit) -> None:
    page = visit(emulator)
    ended = threading.Event()

    def load(_: int) -> None:
        for number in itertools.count():
            if ended.is_set():
                return
            send(emulator, "GET", f"/v2/ai/openai/models?number={number}")

    with ThreadPoolExecutor(4) as pool:
        try:
            for worker in range(4):
                pool.submit(load, worker)
            expect(page.locator(".row").first).to_be_visible()
            page.evaluate("window.__shift = 0")
            # The page answers meanwhile: a filter, another panel, a detail.
            page.get_by_role("searchbox", name="Filter requests").fill("number=1")
            page.get_by_role("link", name="Models").click()
            page.wait_for_selector("#panel-models tbody tr")
            page.get_by_role("link", name="Requests").click()
            page.get_by_role("searchbox", name="Filter requests").fill("")
            while len(emulator.requests) < 1500:
                page.wait_for_timeout(50)
            newest = page.locator(".row[aria-posinset='1']")
            first = newest.get_attribute("data-id")
            expect(newest).not_to_have_attribute("data-id", first)
            assert page.evaluate("window.__shift") < 0.01
        finally:
            ended.set()
    expect(page.locator(".row").first).to_have_attribute("aria-setsize", "1000")
    assert page.locator(".row").count() < 60
    total = page.evaluate("document.getElementsByTagName('*').length")
    assert total < 1500


def test_a_scrolled_list_stays_in_place(emulator: TelnyxEmulator, visit: Visit) -> None:
    page = visit(emulator)
    for _ in range(60):
        send(emulator, "GET", "/v2/ai/openai/models")
    expect(page.locator(".row").first).to_have_attribute("aria-setsize", "60")
    feed = page.get_by_role("listbox")
    feed.evaluate("(node) => (node.scrollTop = 31 * 20)")
    seen = page.locator(".row[aria-posinset='21']")
    number = seen.get_attribute("data-id")
    for _ in range(5):
        send(emulator, "GET", "/v2/ai/openai/models")
    moved = page.locator(f"#entry-{number}")
    expect(moved).to_have_attribute("aria-posinset", "26")
    assert feed.evaluate("(node) => node.scrollTop") == 31 * 25


def test_hostile_content_is_text(emulator: TelnyxEmulator, visit: Visit) -> None:
    send(emulator, "PUT", "/notes")
    send(emulator, "PUT", f"/notes/{HOSTILE.replace('/', '')}.txt", content=HOSTILE)
    send(emulator, "POST", "/v2/ai/embeddings", json={"bucket_name": "notes"})
    created = send(emulator, "POST", "/v2/ai/conversations", json={"name": HOSTILE})["id"]
    message = {"role": "user", "content": HOSTILE}
    send(emulator, "POST", f"/v2/ai/conversations/{created}/message", json=message)
    emulator.say(HOSTILE)
    ChatTelnyx(model=MODEL, **emulator.options()).invoke(HOSTILE)
    emulator.say(HOSTILE, when="img", optional=True)
    page = visit(emulator)
    addresses = [f"#/requests/{record.number}" for record in emulator.requests]
    addresses += ["#/buckets/notes", f"#/conversations/{created}", "#/script"]
    for address in addresses:
        page.goto(f"{emulator.storage_url}/{address}")
        page.wait_for_selector(".panel:not([hidden]) .detail, .queue li")
        if "requests" in address:
            for tab in page.get_by_role("tab").all():
                tab.click()
        assert page.locator("main img, main script, main [onerror]").count() == 0
        assert "hacked" not in page.title()
    page.goto(f"{emulator.storage_url}/#/chat")
    page.get_by_role("textbox", name="Message", exact=True).fill(HOSTILE)
    page.keyboard.press("Enter")
    page.wait_for_selector(".message.assistant:has-text('tokens')")
    assert HOSTILE in page.locator(".message.assistant").inner_text()
    assert page.locator("main img").count() == 0


def test_the_page_reconnects(visit: Visit) -> None:
    from langchain_telnyx.emulator import TelnyxEmulator  # noqa: PLC0415 - the class, not a type

    with TelnyxEmulator() as first:
        send(first, "GET", "/v2/ai/openai/models")
        send(first, "GET", "/v2/ai/openai/models")
        port = int(first.storage_url.rpartition(":")[2])
        page = visit(first)
        expect(page.locator(".row:not([hidden])")).to_have_count(2)
    page.wait_for_selector("#live[data-state=off]")
    with TelnyxEmulator(port=port) as second:
        page.wait_for_selector("#live[data-state=on]")
        send(second, "PUT", "/notes")
        expect(page.locator(".row:not([hidden])")).to_have_count(1)
        expect(page.locator(".row").first).to_contain_text("/notes")
        page.goto(f"{second.storage_url}/_emulator/console/static/icon.svg")


def test_from_another_machine_the_page_asks_for_the_key(
    emulator: TelnyxEmulator, visit: Visit
) -> None:
    send(emulator, "PUT", "/notes")
    page = visit(emulator)
    refused: list[str] = []

    def as_from_elsewhere(route: Any) -> None:
        """Answer as the emulator does to another machine."""
        if route.request.headers.get("authorization") == f"Bearer {emulator.api_key}":
            route.continue_()
            return
        refused.append(route.request.url)
        route.fulfill(status=401, headers={"www-authenticate": "Bearer"}, json={"detail": "Key."})

    page.route(lambda url: "/_emulator/" in url and "/static/" not in url, as_from_elsewhere)
    page.goto(f"{emulator.storage_url}/#/buckets")
    page.reload()
    page.get_by_label("API key").fill(emulator.api_key)
    page.get_by_role("button", name="Connect").click()
    page.wait_for_selector("#live[data-state=on]")
    page.wait_for_selector(".entries a:has-text('notes')")
    assert refused
    assert emulator.api_key not in page.url
    assert emulator.api_key not in page.content()
    assert page.get_by_label("API key").count() == 0 or (
        page.locator("#key-input").input_value() == ""
    )
    assert page.evaluate("document.cookie") == ""
