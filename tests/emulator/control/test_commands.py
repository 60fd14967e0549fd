"""The commands are the methods of the Python classes, with the same arguments."""

from __future__ import annotations

import base64
import inspect
import io
import wave
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.emulator.control import bodies
from langchain_telnyx.emulator.control.app import create_api
from langchain_telnyx.emulator.control.commands import COMMANDS, Command
from langchain_telnyx.emulator.script import Script

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.control.conftest import Control

BY_NAME = {command.name: command for command in COMMANDS}

# Methods and properties of `TelnyxEmulator` and `Script` with another path than that of a command.
OTHER_PATHS = {
    "assert_all_used": "/unused",
    "unused": "/unused",
    "state": "/script",
    "requests": "/requests",
    "reset": "/reset",
    "quirks": "/quirks",
    "change_quirks": "/quirks",
    "advance_clock": "/clock",
    "set_clock": "/clock",
    "messages_sent": "/messages-sent",
    "next_webhook": "/next-webhook",
    "webhook_public_key": "/webhook-public-key",
}
PYTHON_ONLY = {
    "acall": "it takes an application of the same process",
    "areceive_message": "it takes an application of the same process",
    "asend_webhook": "it takes an application of the same process",
    "call": "it takes an application of the same process",
    "receive_webhooks": "it takes a function; other programs receive webhooks on loopback",
    "account": "the Python objects behind all of this",
    "http_client": "a client without sockets",
    "http_async_client": "a client without sockets",
    "start": "the emulator of a control plane is running",
    "stop": "the emulator of a control plane is ended by its process",
    "api_key": "no answer has a key",
    "base_url": "the caller knows it",
    "storage_url": "the caller knows it",
    "options": "arguments of Python classes",
    "environment": "it has the key",
    "needs_body": "the server calls it",
    "next_fault": "the server calls it",
    "next_reply": "the server calls it",
    "next_stream": "the server calls it",
}
# Fields whose names or forms differ from the arguments, as JSON has neither bytes nor tuples.
OTHER_FIELDS = {
    "call_tools": {"calls"},
    "raw_stream": {"encoding"},
    "transcript": {"recording_base64"},
}


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def test_every_public_name_has_a_path_or_a_reason() -> None:
    names = public(TelnyxEmulator) | public(Script)
    known = [*BY_NAME, *OTHER_PATHS, *PYTHON_ONLY]
    assert names == set(known)
    assert len(known) == len(set(known))


def test_the_other_paths_exist() -> None:
    paths = {path.removeprefix("/_emulator") for path in create_api().openapi()["paths"]}
    assert set(OTHER_PATHS.values()) <= paths
    assert {command.path for command in COMMANDS} <= paths


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_fields_are_the_arguments(command: Command) -> None:
    expected = {
        name: parameter.default
        for name, parameter in inspect.signature(command.method).parameters.items()
        if name != "self" and parameter.kind is not inspect.Parameter.VAR_POSITIONAL
    }
    fields = {
        name.removesuffix("_") if command.name == "call_tool" else name: field
        for name, field in command.body.model_fields.items()
    }
    assert fields.keys() - expected.keys() == OTHER_FIELDS.get(command.name, set())
    assert expected.keys() <= fields.keys()
    for name, default in expected.items():
        if default is inspect.Parameter.empty:
            assert fields[name].is_required() or name == "recording"
        else:
            assert fields[name].get_default() == default, name


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_example_of_a_command_works(control: Control, command: Command) -> None:
    [example] = command.body.model_json_schema()["examples"]
    if command.name == "end_conversation":
        created = control.api("POST", "/ai/conversations", json={})
        example = {"conversation_id": created.json()["id"]}
    done = control.post(command.path, **example)
    assert done["done"] == command.name
    created_id = {"add_phone_number", "add_recording_transcription", "receive_message"}
    assert ("id" in done) == (command.name in created_id)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_an_unknown_field_is_refused_by_name(control: Control, command: Command) -> None:
    answer = control.send("POST", command.path, json={"tmes": 2})
    assert answer.status_code == 422
    assert ["body", "tmes"] in [error["loc"] for error in answer.json()["detail"]]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/say", {}, "text"),
        ("/say", {"text": 1}, "text"),
        ("/say", {"text": "a", "chunks": ["b"]}, "chunks"),
        ("/say", {"text": "a", "when": ""}, "when"),
        ("/say", {"text": "a", "optional": "yes"}, "optional"),
        ("/say", {"text": "a", "finish_reason": "tired"}, "finish_reason"),
        ("/call-tools", {"calls": [{"name": "a"}], "ids": []}, None),
        ("/fail", {"status": 200}, "status"),
        ("/fail", {"status": 429, "times": 0}, "times"),
        ("/fail", {"status": 429, "retry_after": -1}, "retry_after"),
        ("/flaky", {"share": 1.5}, "share"),
        ("/flaky", {"share": 1, "statuses": [], "drops": False}, "drops"),
        ("/latency", {"seconds": -1}, "seconds"),
        ("/cut-stream", {"after": -1}, "after"),
        ("/raw-stream", {"pieces": "%", "encoding": "base64"}, None),
        ("/transcript", {"content": "a"}, None),
        ("/transcript", {"recording_base64": "%", "content": "a"}, "recording_base64"),
        ("/transcript", {"recording": "a.wav", "content": [{"txt": "a"}]}, None),
        ("/add-web-page", {"url": "ftp://a", "title": "a", "text": "b"}, None),
        ("/end-conversation", {"conversation_id": "nobody"}, None),
    ],
)
def test_an_invalid_field_is_named_and_nothing_is_scripted(
    control: Control, path: str, body: dict[str, Any], field: str | None
) -> None:
    answer = control.send("POST", path, json=body)
    assert answer.status_code == 422
    locations = [error["loc"][:2] for error in answer.json()["detail"]]
    assert locations == [["body"] if field is None else ["body", field]]
    assert control.get("/script") == {"items": [], "latency": 0, "flaky": None}


def test_a_number_that_the_account_has_is_refused(control: Control) -> None:
    control.post("/add-phone-number", phone_number="+13125550100")
    answer = control.send("POST", "/add-phone-number", json={"phone_number": "+13125550100"})
    assert answer.status_code == 422


def test_commands_without_required_fields_need_no_body(control: Control) -> None:
    for path in ("/cut-stream", "/stall-stream", "/stream-error", "/drop-connection"):
        assert control.send("POST", path).status_code == 200
    calls = [item["script"] for item in control.get("/script")["items"]]
    assert calls == [
        "drop_connection()",
        "cut_stream(after=3)",
        "stall_stream(after=3)",
        "stream_error(after=3, status=500)",
    ]


def test_a_test_in_another_language(control: Control) -> None:
    """Script, run, and check, as a test does."""
    control.post("/fail", status=429, retry_after=0, path="/chat/completions")
    control.post("/call-tool", name="weather", arguments={"city": "Oslo"}, id="call_1")
    control.post("/say", text="It rains.", after_tool="weather")
    assert control.chat("Weather?").status_code == 429
    call = control.chat("Weather?").json()["choices"][0]["message"]["tool_calls"][0]
    assert call["function"] == {"name": "weather", "arguments": '{"city": "Oslo"}'}
    assert control.get("/unused") == {"unused": ["say('It rains.', after_tool='weather')"]}
    turn = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "rain"},
    ]
    body = {"model": "moonshotai/Kimi-K2.6", "messages": turn}
    answer = control.api("POST", "/ai/openai/chat/completions", json=body)
    assert answer.json()["choices"][0]["message"]["content"] == "It rains."
    assert control.get("/unused") == {"unused": []}
    control.emulator.assert_all_used()


def test_the_bytes_of_a_stream_may_be_in_base64(control: Control) -> None:
    control.post("/raw-stream", pieces=[base64.b64encode(b"\xff\x00").decode()], encoding="base64")
    assert control.chat("Hello", stream=True).content == b"\xff\x00"
    control.post("/raw-stream", pieces="data: {}\n\n")
    assert control.chat("Hello", stream=True).text == "data: {}\n\n"


def test_the_script_lists_what_waits(control: Control) -> None:
    control.post("/say", text="Hello", when="Ann", optional=True)
    control.post("/fail", status=500, times=2)
    control.post("/latency", seconds=0.001)
    control.post("/flaky", share=0, seed=3, statuses=[500], drops=False)
    control.chat("Ann")
    assert control.get("/script") == {
        "items": [
            {"script": "fail(500)", "kind": "fault", "left": 1, "used": True, "optional": False},
            {
                "script": "say('Hello', when='Ann')",
                "kind": "answer",
                "left": 1,
                "used": False,
                "optional": True,
            },
        ],
        "latency": 0.001,
        "flaky": {
            "share": 0,
            "seed": 3,
            "statuses": [500],
            "drops": False,
            "retry_after": None,
            "path": None,
        },
    }


def test_content_is_that_of_the_account(control: Control) -> None:
    page = {"url": "https://tides.example/", "title": "Tides", "text": "The tide is high."}
    control.post("/add-web-page", **page, published_at="2026-01-01T00:00:00Z")
    found = control.emulator.account.web.search("tide")
    assert [page.published_at for page in found] == ["2026-01-01T00:00:00+00:00"]


def test_a_transcript_may_be_for_the_bytes_of_a_recording(control: Control) -> None:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "NONE"))
        file.writeframes(bytes(8000))
    recording = written.getvalue()
    given = base64.b64encode(recording).decode()
    control.post("/transcript", recording_base64=given, content="Hello, Ann.")
    answer = control.api(
        "POST",
        "/ai/audio/transcriptions",
        files={"file": ("call.wav", recording, "audio/wav")},
        data={"model": "distil-whisper/distil-large-v2"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["text"] == "Hello, Ann."


def test_a_text_message_reaches_its_webhook_and_is_returned_once(control: Control) -> None:
    received: list[bytes] = []
    control.emulator.receive_webhooks("http://app.test/hook", lambda body, _: received.append(body))
    event = control.post(
        "/receive-message",
        **{"from": "+13125550123"},
        to="+13125550100",
        text="Hello",
        webhook_url="http://app.test/hook",
        media=[{"url": "https://files.example/a.png", "content_type": "image/png"}],
    )
    webhook = control.post("/next-webhook", timeout=30)
    assert (webhook["delivered"], webhook["attempts"]) == (True, [200])
    assert webhook["body"]["data"]["id"] == event["id"]
    assert webhook["body"]["data"]["payload"]["media"][0]["content_type"] == "image/png"
    assert len(received) == 1
    assert control.send("POST", "/next-webhook", json={"timeout": 0}).status_code == 408
    key = control.get("/webhook-public-key")["public_key"]
    assert key == control.emulator.webhook_public_key


def test_a_sent_message_is_listed(control: Control) -> None:
    sent = {"from": "+13125550100", "to": "+13125550123", "text": "Your table is free."}
    assert control.api("POST", "/messages", json=sent).status_code == 200
    [message] = control.get("/messages-sent")["messages"]
    assert (message["sender"], message["receiver"]) == ("+13125550100", "+13125550123")
    assert message["text"] == "Your table is free."


def test_bodies_refuse_unknown_fields_and_describe_all() -> None:
    for command in COMMANDS:
        assert command.body.model_config.get("extra") == "forbid"
        assert issubclass(command.body, bodies.Body)
        described: list[Callable[..., Any] | str | None] = [
            field.description for field in command.body.model_fields.values()
        ]
        assert all(described), command.name
