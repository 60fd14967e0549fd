"""What the console reads of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from langchain_telnyx.emulator.calls import CallError
from langchain_telnyx.emulator.runtime.pace import after_polls

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.emulator.conftest import Api
    from tests.emulator.console.conftest import Console

HOSTILE = "<img src=x onerror=alert(1)>"


class Echo:
    """An agent that repeats what the caller says."""

    async def __call__(self, messages: Any) -> str:
        return f"You said {messages[-1].content}"

    def invoke(self, messages: Any) -> str:
        raise NotImplementedError


def test_the_overview_counts(emulator: TelnyxEmulator, console: Console, api: Api) -> None:
    before = console.read("overview")
    assert before["counts"] == {"buckets": 0, "conversations": 0, "calls": 0, "requests": 0}
    api.put("notes", "a.txt", "Europa has an ocean.")
    api.send("POST", "/ai/conversations", json={"name": "One"})
    emulator.say("Hello!", optional=True)
    emulator.fail(503, times=2, path="/models")
    emulator.script.flaky(0.5)
    after = console.read("overview")
    assert after["counts"] == {"buckets": 1, "conversations": 1, "calls": 0, "requests": 2}
    assert after["changes"] != before["changes"]
    assert after["revision"] > before["revision"]
    assert after["scripted"] == [
        {"script": "fail(503, path='/models')", "left": 2},
        {"script": "say('Hello!')", "left": 1},
    ]
    assert after["flaky"] == 0.5


def test_reads_change_nothing(emulator: TelnyxEmulator, console: Console, api: Api) -> None:
    api.put("notes", "a.txt", "Europa has an ocean.")
    api.embed("notes")
    before = console.read("overview")
    now = emulator.account.clock.read()
    for path in ("buckets", "buckets/notes/files", "conversations", "calls", "clusters", "models"):
        console.read(path)
    console.read("buckets/notes/passages", key="a.txt")
    assert console.read("overview") == before
    assert emulator.account.clock.read() == now


def test_a_bucket_has_the_state_of_its_files(console: Console, api: Api) -> None:
    api.put("notes", "a.txt", "Europa has an ocean under its ice.")
    api.put("notes", "b.pdf", b"%PDF-1.7 without pages")
    [bucket] = console.read("buckets")
    assert (bucket["objects"], bucket["embedding"], bucket["states"]) == (2, None, {})
    api.embed("notes")
    [bucket] = console.read("buckets")
    assert bucket["states"] == {"failure": 1, "success": 1}
    assert bucket["embedding"]["chunk_size"] == 1024
    assert (bucket["passages"], bucket["busy"]) == (1, False)
    rows = console.read("buckets/notes/files")["rows"]
    assert [(row["key"], row["status"], row["passages"]) for row in rows] == [
        ("a.txt", "success", 1),
        ("b.pdf", "failure", 0),
    ]
    assert rows[1]["error_reason"]


def test_reading_a_bucket_does_not_move_its_job(
    emulator: TelnyxEmulator, console: Console, api: Api
) -> None:
    api.put("notes", "a.txt", "Europa has an ocean.")
    emulator.account.jobs.pace = after_polls(1)
    api.data("POST", "/ai/embeddings", json={"bucket_name": "notes"})
    for _ in range(3):
        [bucket] = console.read("buckets")
        assert (bucket["busy"], bucket["states"]) == (True, {"queued": 1})


def test_files_come_in_pages_and_are_filtered(
    emulator: TelnyxEmulator, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("langchain_telnyx.emulator.console.buckets._PAGE", 2)
    emulator.account.objects.create_bucket("notes")
    for key in ("a", "b/İ", "c", "d", "e"):
        body = emulator.account.objects.blobs.stage()
        body.write(b"text")
        emulator.account.objects.put("notes", key, body, "text/plain")
    found: list[str] = []
    page: Any = {"next_after": ""}
    while page["next_after"] is not None:
        page = console.read("buckets/notes/files", after=page["next_after"])
        found += [row["key"] for row in page["rows"]]
    assert found == ["a", "b/İ", "c", "d", "e"]
    rows = console.read("buckets/notes/files", containing="B/")["rows"]
    assert [row["key"] for row in rows] == ["b/İ"]


def test_a_search_shows_scores(console: Console, api: Api) -> None:
    api.put("notes", "moons/europa.txt", "Europa has an ocean under its ice.")
    api.put("notes", "rings.txt", "Saturn has bright rings.")
    api.embed("notes")
    hits = console.read("buckets/notes/hits", query="ocean of Europa")
    expected = api.search("notes", "ocean of Europa")
    assert [hit["certainty"] for hit in hits] == [
        each["metadata"]["certainty"] for each in expected
    ]
    assert hits[0]["key"] == "moons/europa.txt"
    assert hits[0]["certainty"] > hits[1]["certainty"]
    [passage] = console.read("buckets/notes/passages", key="moons/europa.txt")["rows"]
    assert passage["text"] == "Europa has an ocean under its ice."


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("buckets/none/files", 404),
        ("buckets/none/hits?query=x", 404),
        ("buckets/none/passages?key=x", 404),
        ("conversations/none", 404),
        ("clusters/none", 404),
        ("calls/1", 404),
        ("requests/1", 404),
        ("nothing", 404),
        ("buckets/notes/passages?key=a.txt&after=x", 422),
    ],
)
def test_what_does_not_exist(console: Console, api: Api, path: str, status: int) -> None:
    if status == 422:
        api.put("notes", "a.txt", "Text.")
    assert console.status(path) == status


def test_a_conversation_has_messages_and_insights(
    emulator: TelnyxEmulator, console: Console, api: Api
) -> None:
    service = emulator.account.conversations
    group = service.groups.create(name="After each call")
    template = service.templates.create(name="Summary", instructions="Summarize it.")
    service.groups.assign(group.id, template.id)
    service.insights.default_group = group.id
    created = api.send("POST", "/ai/conversations", json={"name": HOSTILE}).json()["id"]
    api.send(
        "POST",
        f"/ai/conversations/{created}/message",
        json={"role": "user", "content": "I want a refund."},
    )
    [listed] = console.read("conversations")
    assert (listed["name"], listed["messages"], listed["insights"]) == (HOSTILE, 1, None)
    emulator.end_conversation(created)
    found = api.eventually(
        lambda: (
            one
            if (one := console.read(f"conversations/{created}"))["insights"][0]["status"]
            == "completed"
            else None
        ),
        within=30,
    )
    assert [message["content"] for message in found["messages"]] == ["I want a refund."]
    [run] = found["insights"]
    assert (run["group"], run["results"][0]["name"]) == ("After each call", "Summary")
    assert "refund" in run["results"][0]["result"]
    assert console.read("conversations", containing="REFUND")[0]["id"] == created
    assert console.read("conversations", containing="parcel") == []


def test_a_call_has_its_turns(emulator: TelnyxEmulator, console: Console) -> None:
    emulator.call(Echo(), ["Hello"])
    [summary] = console.read("calls")
    assert (summary["number"], summary["turns"], summary["ended_by"]) == (1, 2, "caller")
    assert (summary["caller"], summary["callee"]) == ("+13125550123", "+13125550100")
    found = console.read("calls/1")
    assert [turn["text"] for turn in found["turn_list"]] == ["Hello", "You said Hello"]
    assert found["turn_list"][1]["first_token"] >= 0
    assert found["slowest_first_token"] == found["turn_list"][1]["first_token"]
    assert found["conversation_id"] == console.read("conversations")[0]["id"]
    emulator.reset()
    assert console.read("calls") == []


def test_a_failed_call_says_why(emulator: TelnyxEmulator, console: Console) -> None:
    async def busy(_: Any) -> PlainTextResponse:
        return PlainTextResponse("", 503)

    with pytest.raises(CallError) as raised:
        emulator.call(Starlette(routes=[Route("/texml", busy, methods=["POST"])]), ["Hello"])
    [summary] = console.read("calls")
    assert summary["error"] == str(raised.value)
    assert summary["ended_at"] is not None


def test_a_map_of_clusters(console: Console, api: Api) -> None:
    topics = ("Europa has ice and an ocean", "A rocket burns fuel in its engine")
    for number in range(6):
        for topic in topics:
            api.put("notes", f"{topic[:3].strip()}-{number}.txt", f"{topic}, part {number}.")
    api.embed("notes")
    task = api.data(
        "POST",
        "/ai/clusters",
        json={"bucket": "notes", "min_cluster_size": 3, "min_subcluster_size": 3},
    )["task_id"]
    api.eventually(lambda: console.read(f"clusters/{task}")["passages"] or None, within=30)
    found = console.read(f"clusters/{task}")
    assert [each["id"] for each in console.read("clusters")] == [task]
    assert found["total"] == len(found["passages"]) == 12
    sizes = {cluster["number"]: cluster["size"] for cluster in found["clusters"]}
    drawn = [passage["cluster"] for passage in found["passages"]]
    assert {number: drawn.count(number) for number in sizes} == sizes
    assert all(cluster["header"] for cluster in found["clusters"])


def test_models_have_prices(console: Console) -> None:
    models = {model["id"]: model for model in console.read("models")}
    kimi = models["moonshotai/Kimi-K2.6"]
    assert kimi["price"] == {"prompt": "0.665000", "completion": "4.000000", "cached": "0.080000"}
    assert (kimi["vision"], kimi["reasoning"], kimi["task"]) == (True, True, "chat")
    assert models["thenlper/gte-large"]["dimensions"] == 1024
