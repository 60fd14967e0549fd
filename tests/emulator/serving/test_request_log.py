"""The log of received requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import RequestLog, RequestRecord

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.emulator.conftest import Api

CHAT = "/ai/openai/chat/completions"


def body(question: str, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": question}], "model": "m", **more}


@pytest.fixture
def requests(emulator: TelnyxEmulator, api: Api) -> RequestLog:
    """The log of a chat about Ann, a request for the models and a chat about Bob."""
    api.send("POST", CHAT, json=body("Greet Ann."))
    api.send("GET", "/ai/models")
    tools = [{"type": "function", "function": {"name": "weather"}}]
    api.asend("POST", CHAT, json=body("Greet Bob.", tools=tools))
    return emulator.requests


def paths(log: RequestLog) -> list[str]:
    return [record.path for record in log]


def test_it_is_a_sequence_of_records(requests: RequestLog) -> None:
    assert len(requests) == 3
    assert paths(requests) == [f"/v2{CHAT}", "/v2/ai/models", f"/v2{CHAT}"]
    assert requests[1].method == "GET"
    assert requests[-1] is requests.last
    assert paths(requests[:2]) == paths(requests)[:2]
    assert requests[0] in requests
    assert bool(requests)


def test_the_chat_requests_and_their_bodies(requests: RequestLog) -> None:
    assert len(requests.chat) == 2
    assert [found["messages"][0]["content"] for found in requests.chat.bodies] == [
        "Greet Ann.",
        "Greet Bob.",
    ]
    assert requests.chat.last.json()["model"] == "m"


@pytest.mark.parametrize(
    ("described", "found"),
    [
        ({}, [0, 1, 2]),
        ({"path": "/models"}, [1]),
        ({"method": "get"}, [1]),
        ({"path": "/ai", "method": "POST"}, [0, 2]),
        ({"when": "Ann"}, [0]),
        ({"when": lambda sent: "tools" in sent}, [2]),
        ({"model": "m"}, [0, 2]),
        ({"tool": "weather"}, [2]),
        ({"after_tool": "weather"}, []),
    ],
)
def test_requests_are_found_by_their_properties(
    requests: RequestLog, described: dict[str, Any], found: list[int]
) -> None:
    chosen = requests.where(**described)
    assert list(chosen) == [requests[index] for index in found]
    if found:
        assert list(requests.assert_any(**described)) == list(chosen)
    else:
        with pytest.raises(AssertionError, match="No request with after_tool='weather'"):
            requests.assert_any(**described)


def test_a_missing_request_is_reported_with_the_received_ones(requests: RequestLog) -> None:
    with pytest.raises(AssertionError) as caught:
        requests.assert_any(path="/embeddings", method="POST", when="Cid")
    assert str(caught.value).splitlines() == [
        "No request with path='/embeddings', method='POST', when='Cid'.",
        "Received requests (3):",
        f"  POST /v2{CHAT}: model 'm', user 'Greet Ann.'",
        "  GET /v2/ai/models",
        f"  POST /v2{CHAT}: model 'm', user 'Greet Bob.'",
    ]


def test_an_empty_log_is_reported(emulator: TelnyxEmulator) -> None:
    assert not emulator.requests
    with pytest.raises(AssertionError, match="No request was received"):
        _ = emulator.requests.last
    with pytest.raises(
        AssertionError, match=r"No request with path='/x'\.\nNo request was received"
    ):
        emulator.requests.assert_any(path="/x")


def test_the_end_of_a_long_log_is_listed(emulator: TelnyxEmulator, api: Api) -> None:
    for number in range(25):
        api.send("GET", f"/ai/models/{number}")
    listed = emulator.requests.summary().splitlines()
    assert listed[0] == "Received requests (25):"
    assert listed[1] == "  … 5 earlier requests"
    assert listed[-1] == "  GET /v2/ai/models/24"
    assert len(listed) == 22


def test_a_body_that_is_not_json_is_returned_as_bytes(emulator: TelnyxEmulator, api: Api) -> None:
    api.put("bucket", "key", b"\x00moons")
    assert emulator.requests.bodies == [b"\x00moons"]
    with pytest.raises(ValueError, match="body of PUT /bucket/key is not JSON"):
        emulator.requests.last.json()


def test_json_has_a_larger_limit_than_other_bodies(emulator: TelnyxEmulator, api: Api) -> None:
    sent = body("moons " * 100_000)
    api.send("POST", CHAT, json=sent)
    assert emulator.requests.bodies == [sent]
    assert emulator.requests.where(when="moons")


def test_a_truncated_body_is_never_compared(emulator: TelnyxEmulator, api: Api) -> None:
    sent = json.dumps(body("moons " * 400_000), separators=(",", ":")).encode()
    api.send("POST", CHAT, json=body("moons " * 400_000))
    assert len(emulator.requests.last.body) == 1024 * 1024
    assert emulator.requests.bodies == [sent[: 1024 * 1024]]
    with pytest.raises(ValueError, match=f"only the first 1048576 of {len(sent)} bytes"):
        emulator.requests.where(when="moons")


def test_the_key_is_not_in_reports(emulator: TelnyxEmulator, requests: RequestLog) -> None:
    shown = f"{requests!r} {requests.summary()} {requests.last} {requests.last!r}"
    assert emulator.api_key not in shown


def test_later_requests_are_not_added_to_a_result(emulator: TelnyxEmulator, api: Api) -> None:
    found = emulator.requests.where(method="GET")
    api.send("GET", "/ai/models")
    assert (len(found), len(emulator.requests)) == (0, 1)


def test_a_log_can_be_created_from_records() -> None:
    record = RequestRecord("POST", "/v2/x", "", {"content-type": "application/json"}, b"{}", 2)
    assert RequestLog([record]).where(method="POST").last.json() == {}
