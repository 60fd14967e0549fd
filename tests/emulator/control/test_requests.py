"""The recorded requests over HTTP: pages, waiting, the stream of events, and what is left out."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.emulator.serving import recording
from tests.emulator.control.conftest import KIMI, Control

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.conftest import Api


def only(control: Control, **parameters: Any) -> Any:
    """Return the only recorded request."""
    [record] = control.get("/requests", **parameters)["requests"]
    return record


def test_a_chat_request_has_its_bodies_time_tokens_and_cost(control: Control) -> None:
    control.emulator.say("Paris.")
    answer = control.chat("What is the capital of France?")
    record = only(control)
    assert (record["id"], record["state"], record["status"]) == (1, "complete", 200)
    assert (record["method"], record["path"]) == ("POST", "/v2/ai/openai/chat/completions")
    assert 0 < record["duration_ms"] < 120_000
    assert record["received_at"].endswith("Z")
    question = {"role": "user", "content": "What is the capital of France?"}
    assert record["request_body"]["encoding"] == "json"
    assert record["request_body"]["content"] == {"model": KIMI, "messages": [question]}
    assert record["response_body"]["content"] == answer.json()
    assert record["response_body"]["size"] == len(answer.content)
    assert record["response_headers"]["x-request-id"] == answer.headers["x-request-id"]
    usage = answer.json()["usage"]
    counted = {"prompt": usage["prompt_tokens"], "completion": usage["completion_tokens"]}
    assert record["tokens"] == {**counted, "cached": 0}
    # 0.665 and 4 USD per million tokens.
    cost = counted["prompt"] * 0.665e-6 + counted["completion"] * 4e-6
    assert record["cost_usd"] == pytest.approx(cost)
    assert record["scripted"] == ["say('Paris.')"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/ai/openai/chat/completions",
            {"stream": True, "stream_options": {"include_usage": True}},
        ),
        ("/ai/openai/responses", {"input": "Hello", "stream": True}),
        ("/ai/openai/responses", {"input": "Hello"}),
        ("/ai/anthropic/v1/messages", {"max_tokens": 50, "stream": True}),
        ("/ai/anthropic/v1/messages", {"max_tokens": 50}),
    ],
)
def test_tokens_are_those_of_the_response_of_each_api(
    control: Control, path: str, body: dict[str, Any]
) -> None:
    messages = {} if "input" in body else {"messages": [{"role": "user", "content": "Hello"}]}
    answer = control.api("POST", path, json={"model": KIMI, **messages, **body})
    assert answer.status_code == 200, answer.text
    record = only(control)
    assert record["model"] == KIMI
    assert record["tokens"]["prompt"] > 0
    assert record["tokens"]["completion"] > 0
    assert record["cost_usd"] > 0


def test_the_usage_at_the_end_of_a_long_stream_is_found(control: Control) -> None:
    control.emulator.say("word " * 2000)
    control.chat("Hello", stream=True, stream_options={"include_usage": True})
    record = only(control, max_body=100)
    assert record["tokens"]["completion"] > 1000
    assert record["response_body"]["size"] > recording.MAX_RESPONSE_BODIES / 1000
    assert record["response_body"]["truncated"]
    assert len(record["response_body"]["content"]) == 100


def test_bodies_are_json_text_or_base64(control: Control, api: Api) -> None:
    api.put("files", "note.txt", "Zoë\n", "text/plain")
    api.put("files", "image.png", b"\x89PNG\x00\xff", "image/png")
    api.put("files", "broken.json", "{", "application/json")
    found = control.get("/requests", method="PUT")["requests"]
    bodies = [record["request_body"] for record in found]
    assert [(body["encoding"], body["content"]) for body in bodies] == [
        ("text", "Zoë\n"),
        ("base64", "iVBORwD/"),
        ("text", "{"),
    ]
    assert [body["size"] for body in bodies] == [5, 6, 1]


def test_a_limit_of_bodies_cuts_text_between_characters(control: Control, api: Api) -> None:
    api.put("files", "note.txt", "Zoë", "text/plain")
    body = only(control, max_body=3)["request_body"]
    assert body == {"size": 4, "encoding": "text", "content": "Zo", "truncated": True}
    body = only(control, max_body=0)["request_body"]
    assert (body["content"], body["truncated"]) == ("", True)
    # One request has the body up to 1 MiB.
    assert control.get("/requests/1")["request_body"]["content"] == "Zoë"


def test_pages_follow_the_cursor(control: Control) -> None:
    for number in range(5):
        control.api("GET", f"/ai/models/{number}")
    seen: list[int] = []
    cursor, has_more = 0, True
    while has_more:
        page = control.get("/requests", after=cursor, limit=2)
        seen += [record["id"] for record in page["requests"]]
        cursor, has_more = page["cursor"], page["has_more"]
    assert seen == [1, 2, 3, 4, 5]
    assert control.get("/requests", after=cursor)["requests"] == []
    control.api("GET", "/ai/models")
    assert only(control, after=cursor)["id"] == 6


def test_a_cursor_of_an_earlier_process_starts_anew(control: Control) -> None:
    control.api("GET", "/ai/models")
    assert only(control, after=10_000)["id"] == 1


def test_waiting_ends_with_the_next_request(control: Control) -> None:
    cursor = control.get("/requests")["cursor"]
    found: list[Any] = []

    def wait() -> None:
        found.append(control.get("/requests", after=cursor, wait=60, path="/ai/models"))

    waiting = threading.Thread(target=wait)
    waiting.start()
    control.api("GET", "/ai/assistants")  # it does not match
    control.api("GET", "/ai/models")
    waiting.join(30)
    [page] = found
    assert [record["path"] for record in page["requests"]] == ["/v2/ai/models"]


def test_without_a_request_waiting_ends_with_an_empty_page(control: Control) -> None:
    page = control.get("/requests", wait=0.01)
    assert page == {"requests": [], "cursor": 0, "has_more": False}


def test_filters_are_those_of_the_python_log(control: Control) -> None:
    tools = [
        {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    ]
    control.chat("I am Ann.")
    control.chat("I am Bob.", tools=tools)
    control.api("GET", "/ai/models")
    control.emulator.fail(429)
    control.chat("I am Ann.")

    def ids(**parameters: Any) -> list[int]:
        return [record["id"] for record in control.get("/requests", **parameters)["requests"]]

    assert ids(when="Ann") == [1, 4]
    assert ids(tool="weather") == [2]
    assert ids(model=KIMI, status=200) == [1, 2]
    assert ids(method="get") == [3]
    assert ids(path="/chat/", status=429) == [4]
    assert ids(after_tool="weather") == []


def test_a_misspelt_or_invalid_parameter_is_named(control: Control) -> None:
    for query, name in [("afer=1", "afer"), ("limit=0", "limit"), ("wait=x", "wait")]:
        answer = control.send("GET", f"/requests?{query}")
        assert answer.status_code == 422
        assert [error["loc"] for error in answer.json()["detail"]] == [["query", name]]


def test_deleted_requests_are_gone_and_cursors_continue(control: Control) -> None:
    control.api("GET", "/ai/models")
    cursor = control.get("/requests")["cursor"]
    assert control.send("DELETE", "/requests").json() == {"deleted": 1}
    assert control.get("/requests")["requests"] == []
    assert len(control.emulator.requests) == 0
    control.api("GET", "/ai/models")
    assert only(control, after=cursor)["id"] == 2
    assert control.send("GET", "/requests/1").status_code == 404


def test_a_dropped_connection_is_incomplete_and_has_no_status(control: Control) -> None:
    control.emulator.script.drop_connection()
    with pytest.raises(httpx.RemoteProtocolError):
        control.api("GET", "/ai/models")
    record = only(control, wait=30)
    assert (record["state"], record["status"]) == ("incomplete", None)
    assert record["scripted"] == ["drop_connection()"]


def test_a_running_request_is_listed_on_demand(control: Control) -> None:
    control.emulator.script.stall_stream(after=1, seconds=0.5)
    stalled = threading.Thread(target=control.chat, args=["Hello"], kwargs={"stream": True})
    stalled.start()
    deadline = time.monotonic() + 30
    page = control.get("/requests", running=True, wait=30)
    while not page["requests"] and time.monotonic() < deadline:
        page = control.get("/requests", running=True, wait=30)
    assert page["requests"][0]["id"] == 1
    stalled.join(30)
    done = only(control, after=page["cursor"] - 1, wait=30)
    assert (done["id"], done["state"]) == (1, "complete")


def test_the_oldest_response_bodies_are_deleted_beyond_the_limit(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    control.chat("one")
    size = only(control)["response_body"]["size"]
    monkeypatch.setattr(recording, "MAX_RESPONSE_BODIES", int(size * 1.5))
    control.chat("two")
    first, second = control.get("/requests")["requests"]
    assert (first["response_body"]["content"], first["response_body"]["truncated"]) == ("", True)
    assert first["request_body"]["content"]["messages"][0]["content"] == "one"
    assert second["response_body"]["content"]["object"] == "chat.completion"


class TestNearMisses:
    def test_an_unmatched_request_says_why(self, control: Control) -> None:
        control.post("/say", text="Hello, Ann!", when="Ann")
        control.post("/call-tool", name="weather", tool="weather", after_tool="city", model="other")
        control.chat("I am Bob.")
        record = only(control, unmatched=True)
        assert record["scripted"] == []
        assert record["near_misses"] == [
            {
                "script": "say('Hello, Ann!', when='Ann')",
                "reasons": ["`when`: the last user message is 'I am Bob.'."],
            },
            {
                "script": "call_tool('weather', model='other', tool='weather', after_tool='city')",
                "reasons": [
                    f"`model` is {KIMI!r}, not 'other'.",
                    "`tool`: the request has no tool.",
                    "`after_tool`: the request ends with no result.",
                ],
            },
        ]

    def test_a_matched_request_is_none(self, control: Control) -> None:
        control.post("/say", text="Hello, Ann!", when="Ann")
        control.post("/say", text="Hello, stranger!")
        control.chat("I am Bob.")
        control.chat("I am Ann.")
        control.chat("Nothing waits.")
        assert control.get("/requests", unmatched=True)["requests"] == []
        first, second, third = control.get("/requests")["requests"]
        assert first["scripted"] == ["say('Hello, stranger!')"]
        assert [miss["script"] for miss in first["near_misses"]] == [
            "say('Hello, Ann!', when='Ann')"
        ]
        assert second["scripted"] == ["say('Hello, Ann!', when='Ann')"]
        assert (third["scripted"], third["near_misses"]) == ([], [])

    def test_python_sees_the_same(self, control: Control) -> None:
        def speaks_of_ann(body: dict[str, Any]) -> bool:
            return "Ann" in str(body)

        speaks_of_ann.__qualname__ = "speaks_of_ann"
        control.emulator.fail(429, when=speaks_of_ann)
        control.emulator.say("Hello, Ann!", when="Ann")
        control.chat("I am Bob.")
        record = control.emulator.requests.last
        assert record.unmatched
        assert [miss.reasons[0] for miss in record.near_misses] == [
            "`when`: speaks_of_ann returned no true value.",
            "`when`: the last user message is 'I am Bob.'.",
        ]


class TestStream:
    @pytest.fixture
    def control(self) -> Iterator[Control]:
        with TelnyxEmulator() as emulator:
            yield Control(emulator)

    @staticmethod
    def open(control: Control, **options: Any) -> Any:
        headers = {"accept": "text/event-stream", **options.pop("headers", {})}
        url = f"{control.emulator.storage_url}/_emulator/requests"
        return httpx.stream("GET", url, headers=headers, timeout=30, **options)

    def events(self, answer: httpx.Response) -> Iterator[dict[str, Any]]:
        """Yield the fields of each event."""
        fields: dict[str, Any] = {}
        for line in answer.iter_lines():
            name, _, text = line.partition(": ")
            if line:
                fields[name] = json.loads(text) if name == "data" else text
            elif fields:
                if "data" in fields:
                    yield fields
                fields = {}

    def test_events_arrive_while_requests_do(self, control: Control) -> None:
        self.model(control)
        with self.open(control, params={"path": "/ai/models"}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            events = self.events(answer)
            first = next(events)
            assert (first["event"], first["data"]["id"]) == ("request", 1)
            self.model(control)
            second = next(events)
        assert (second["data"]["id"], second["data"]["status"]) == (2, 200)
        assert int(second["id"]) > int(first["id"])

    def test_a_stream_continues_after_the_last_event(self, control: Control) -> None:
        for _ in range(3):
            self.model(control)
        with self.open(control) as answer:
            events = self.events(answer)
            next(events)
            last = next(events)["id"]
        with self.open(control, headers={"last-event-id": last}) as answer:
            assert next(self.events(answer))["data"]["id"] == 3

    def test_closed_streams_leave_no_listener(self, control: Control) -> None:
        for _ in range(3):
            with self.open(control) as answer:
                next(answer.iter_lines())
        listeners = control.emulator.requests._listeners  # noqa: SLF001 - nothing else shows a leak
        deadline = time.monotonic() + 30
        while listeners and time.monotonic() < deadline:
            self.model(control)
        assert listeners == []

    @staticmethod
    def model(control: Control) -> None:
        headers = {"authorization": f"Bearer {control.emulator.api_key}"}
        httpx.get(f"{control.emulator.base_url}/ai/models", headers=headers, timeout=30)
