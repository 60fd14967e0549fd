"""Each panel of the console shows the account's data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect  # pyright: ignore[reportMissingImports]

from tests.browser.sample_account import MODEL, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator

    Visit = Callable[..., Any]


def text(page: Any, selector: str) -> str:
    """Return the visible text of an element."""
    found: str = page.locator(selector).first.inner_text()
    return found


def test_requests_have_tokens_and_cost(filled: TelnyxEmulator, visit: Visit) -> None:
    page = visit(filled)
    chat = filled.requests.chat[0]
    page.wait_for_selector(".row")
    page.get_by_role("button", name="Chat", exact=True).click()
    expect(page.locator(".row:not([hidden])")).to_have_count(5)
    page.get_by_role("searchbox", name="Filter requests").fill("429")
    expect(page.locator(".row:not([hidden])")).to_have_count(1)
    page.get_by_role("searchbox", name="Filter requests").fill("")
    page.locator(f"#entry-{chat.number}").click()
    assert f"#/requests/{chat.number}" in page.url
    page.wait_for_selector("[role=tabpanel] .message.assistant")
    head = text(page, ".detail-head")
    assert "prompt +" in head
    assert "$0.000" in head
    assert "What is Europa?" in text(page, "[role=tabpanel]")
    page.get_by_role("tab", name="Response").click()
    assert '"usage"' in text(page, "[role=tabpanel]")
    page.get_by_role("tab", name="Headers").click()
    assert filled.api_key not in text(page, "[role=tabpanel]")
    assert "***" in text(page, "[role=tabpanel]")
    assert filled.api_key not in page.content()


def test_a_binary_body_is_shown_as_bytes(filled: TelnyxEmulator, visit: Visit) -> None:
    upload = filled.requests.where(path="/recordings/call-1.wav").last
    page = visit(filled, f"#/requests/{upload.number}")
    page.wait_for_selector("[role=tabpanel] pre")
    assert "52 49 46 46" in text(page, "[role=tabpanel] pre")


def test_buckets_show_files_passages_and_scores(filled: TelnyxEmulator, visit: Visit) -> None:
    page = visit(filled, "#/buckets")
    page.get_by_role("link", name="handbook").click()
    page.wait_for_selector("td.key")
    row = page.locator("tr", has_text="support/scan.pdf")
    assert "failure" in row.inner_text()
    page.get_by_role("searchbox", name="Search the passages").fill("How long does a refund take?")
    page.wait_for_selector(".hit")
    hit = page.locator(".hit").first
    [best] = filled.account.search("handbook", "How long does a refund take?", 1)
    assert best.filename in hit.inner_text()
    assert f"{best.certainty:.4f}" in hit.inner_text()
    assert f"{best.distance:.4f}" in hit.inner_text()
    assert hit.locator("mark").count() > 0
    hit.get_by_role("link").click()
    page.wait_for_selector("article .prose")
    assert "Refunds take five business days." in text(page, ".detail")


def test_a_bucket_is_created_filled_and_embedded(emulator: TelnyxEmulator, visit: Visit) -> None:
    page = visit(emulator, "#/buckets")
    page.get_by_role("textbox", name="Name of a new bucket").fill("No Name!")
    page.get_by_role("button", name="Create").click()
    page.wait_for_selector(".toast.bad")
    page.get_by_role("textbox", name="Name of a new bucket").fill("notes")
    page.get_by_role("button", name="Create").click()
    page.wait_for_selector("text=This bucket is empty.")
    page.locator("input[type=file]").set_input_files(
        [
            {"name": "a b ü.txt", "mimeType": "text/plain", "buffer": b"Europa has an ocean."},
            {"name": "b.txt", "mimeType": "text/plain", "buffer": b"Saturn has rings."},
        ]
    )
    page.wait_for_selector("td.key:has-text('a b ü.txt')")
    page.get_by_role("button", name="Embed").click()
    expect(page.locator("td .pill.good")).to_have_count(2)
    page.get_by_role("searchbox", name="Search the passages").fill("ocean")
    page.wait_for_selector(".hit:has-text('a b ü.txt')")
    # Data of another program appears while the search stays as it is.
    send(emulator, "PUT", "/notes/c.txt", content="Titan has lakes.")
    page.wait_for_selector("td.key:has-text('c.txt')")
    search = page.get_by_role("searchbox", name="Search the passages")
    assert search.input_value() == "ocean"
    expect(search).to_be_focused()


def test_conversations_have_insights(filled: TelnyxEmulator, visit: Visit) -> None:
    page = visit(filled, "#/conversations")
    page.get_by_role("searchbox").fill("1207")
    expect(page.locator(".entries a[href*=conversations]")).to_have_count(1)
    page.get_by_role("link", name="Refund of order 1207").click()
    page.wait_for_selector(".message.user")
    detail = text(page, "#panel-conversations .right")
    assert "After each call" in detail
    assert '"topic": "refund"' in detail
    assert "I want a refund for order 1207." in detail


def test_calls_have_turns(filled: TelnyxEmulator, visit: Visit) -> None:
    page = visit(filled, "#/calls")
    page.get_by_role("link", name="+13125550123").click()
    page.wait_for_selector(".message.caller")
    detail = text(page, "#panel-calls .right")
    assert "Where is my order?" in detail
    assert "The caller heard: “Sure, I can”" in detail
    assert "first token" in detail
    page.get_by_role("link", name="Conversation", exact=True).click()
    page.wait_for_selector("#panel-conversations .message.assistant")


def test_clusters_are_a_map(filled: TelnyxEmulator, visit: Visit) -> None:
    page = visit(filled, "#/clusters")
    page.locator("#panel-clusters .entries a").first.click()
    page.wait_for_selector(".map circle")
    [task] = filled.account.clustering.all()
    found = filled.account.clusters.found(task.id)
    assert page.locator(".map circle").count() == len(filled.account.clusters.passages(task.id))
    for cluster in found:
        expect(page.locator(".map text", has_text=cluster.header)).to_have_count(1)
    page.get_by_role("button", name=found[0].header).click()
    outside = len(filled.account.clusters.passages(task.id)) - len(found[0].members)
    assert page.locator(".map circle.dim").count() == outside
    assert found[0].summary in text(page, "#panel-clusters .card")


def test_clusters_are_computed(filled: TelnyxEmulator, visit: Visit) -> None:
    page = visit(filled, "#/clusters")
    page.get_by_role("button", name="Compute clusters").click()
    page.wait_for_selector(".map circle")
    tasks = filled.account.clustering.all()
    filled.account.jobs.delete(tasks[-1].id)
    assert len(tasks) == 2


def test_models_have_prices(filled: TelnyxEmulator, visit: Visit) -> None:
    page = visit(filled, "#/models")
    page.get_by_role("searchbox").fill("kimi-k2.6")
    row = page.locator("#panel-models tbody tr")
    expect(page.locator("#panel-models tbody tr")).to_have_count(1)
    assert MODEL in row.inner_text()
    assert "$0.665" in row.inner_text()


def test_a_chat_streams(emulator: TelnyxEmulator, visit: Visit) -> None:
    page = visit(emulator, "#/chat")
    emulator.say("One two three four.")
    emulator.script.stall_stream(after=3, seconds=3600)
    page.get_by_role("textbox", name="Message", exact=True).fill("Count!")
    page.keyboard.press("Enter")
    # The stream pauses after some words, and what arrived is on the page.
    expect(page.locator(".message.assistant .text")).not_to_be_empty()
    assert text(page, ".message.assistant .text") in "One two three four."
    page.get_by_role("button", name="Stop").click()
    page.wait_for_selector(".message.assistant:has-text('stopped')")
    emulator.say("A whole answer.")
    page.get_by_role("textbox", name="Message", exact=True).fill("Again")
    page.get_by_role("button", name="Send").click()
    page.wait_for_selector(".message:has-text('A whole answer.'):has-text('tokens')")
    sent = emulator.requests.chat.last.json()
    assert [each["role"] for each in sent["messages"]] == ["user", "assistant", "user"]


def test_a_chat_reports_errors(emulator: TelnyxEmulator, visit: Visit) -> None:
    page = visit(emulator, "#/chat")
    emulator.fail(503, detail="No capacity.")
    page.get_by_role("textbox", name="Message", exact=True).fill("Hello")
    page.keyboard.press("Enter")
    page.wait_for_selector(".message.failed:has-text('No capacity.')")
    emulator.cut_stream(after=2)
    page.get_by_role("textbox", name="Message", exact=True).fill("Hello")
    page.keyboard.press("Enter")
    page.wait_for_selector(".message.failed:has-text('ended before')")


def test_a_chat_about_documents(filled: TelnyxEmulator, visit: Visit) -> None:
    page = visit(filled, "#/chat")
    page.get_by_role("combobox", name="Documents").select_option("handbook")
    page.get_by_role("textbox", name="Message", exact=True).fill("How long do refunds take?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".message.assistant:has-text('five business days'):has-text('tokens')")


def test_answers_and_faults_are_scripted(emulator: TelnyxEmulator, visit: Visit) -> None:
    page = visit(emulator, "#/script")
    page.get_by_label("Text", exact=True).fill("From the console.")
    page.get_by_label("Only if the last user message contains").fill("Ann")
    page.get_by_role("button", name="Script this answer").click()
    page.get_by_label("Tool", exact=True).fill("weather")
    page.get_by_label("Arguments").fill('{"city": "Oslo"}')
    page.get_by_role("button", name="Script this call").click()
    page.get_by_role("button", name="429 three times").click()
    expect(page.locator(".queue li")).to_have_count(3)
    labels = [item.label for item in emulator.script.state().pending]
    assert sorted(labels) == [
        "call_tool('weather')",
        "fail(429)",
        "say('From the console.', when='Ann')",
    ]
    page.get_by_role("button", name="Delete the script").click()
    page.wait_for_selector("text=Nothing is scripted: the model answers.")
    assert list(emulator.script.state().pending) == []


def test_everything_is_deleted_after_a_second_press(emulator: TelnyxEmulator, visit: Visit) -> None:
    emulator.account.objects.create_bucket("notes")
    page = visit(emulator, "#/script")
    page.get_by_role("button", name="Delete everything").click()
    assert emulator.account.objects.has_bucket("notes")
    page.get_by_role("button", name="Press again").click()
    page.wait_for_selector(".toast:has-text('as at the start')")
    assert not emulator.account.objects.has_bucket("notes")
