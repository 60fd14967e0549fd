"""Assistants, sync and async, against the emulator."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.assistant_events import AssistantEvents
from langchain_telnyx.client.api.assistant_results import ExternalLLM
from langchain_telnyx.client.errors import (
    BadRequestError,
    NotFoundError,
    ServerError,
    StreamError,
    UnprocessableEntityError,
)
from langchain_telnyx.emulator.server import TelnyxEmulator


async def test_an_assistant_is_created_changed_and_deleted(api: Any) -> None:
    made = await api.assistants.create("Reception", "Be brief.", greeting="Hello!", tags=["front"])
    assert (made.name, made.instructions, made.greeting) == ("Reception", "Be brief.", "Hello!")
    assert await api.assistants.list() == [made]
    changed = await api.assistants.update(made.id, greeting="Hi!")
    assert (changed.greeting, changed.tags, changed.name) == ("Hi!", ["front"], "Reception")
    assert await api.assistants.get(made.id) == changed
    deleted = await api.assistants.delete(made.id, hard_delete=True)
    assert (deleted.id, deleted.deleted) == (made.id, True)
    for call in (api.assistants.get, api.assistants.delete, api.assistants.clone):
        with pytest.raises(NotFoundError):
            await call(made.id)
    assert await api.assistants.list() == []


async def test_an_agent_of_ones_own_is_connected_and_disconnected(
    api: Any, emulator: TelnyxEmulator
) -> None:
    await api.integration_secrets.create("my-agent", token="token-of-the-agent")
    made = await api.assistants.create("Reception", "Be brief.")
    agent = ExternalLLM(
        base_url="https://example.com/v1",
        model="my-agent",
        llm_api_key_ref="my-agent",
        forward_metadata=True,
    )
    connected = await api.assistants.update(
        made.id,
        external_llm=agent,
        telephony_settings={"time_limit_secs": 600},
        dynamic_variables_webhook_url="https://example.com/webhooks",
        dynamic_variables_webhook_timeout_ms=1000,
    )
    assert json.loads(emulator.requests[-1].body)["external_llm"] == {
        "base_url": "https://example.com/v1",
        "model": "my-agent",
        "llm_api_key_ref": "my-agent",
        "forward_metadata": True,
    }
    assert connected.external_llm == agent
    assert connected.telephony_settings.time_limit_secs == 600
    assert connected.dynamic_variables_webhook_timeout_ms == 1000
    versions = await api.assistants.versions(made.id)
    assert [version.version_id for version in versions] == [made.version_id, connected.version_id]
    restored = await api.assistants.promote(made.id, made.version_id)
    assert restored == await api.assistants.get(made.id) == made


async def test_an_update_can_wait_for_its_promotion(api: Any) -> None:
    made = await api.assistants.create("Reception", "Be brief.")
    draft = await api.assistants.update(
        made.id, greeting="Hi!", version_name="draft", promote_to_main=False
    )
    assert (draft.greeting, draft.version_name) == ("Hi!", "draft")
    assert await api.assistants.get(made.id) == made
    assert await api.assistants.promote(made.id, draft.version_id) == draft
    with pytest.raises(NotFoundError):
        await api.assistants.promote(made.id, "unknown")


async def test_a_clone_has_a_phone_application_of_its_own(api: Any) -> None:
    settings = {"time_limit_secs": 600}
    made = await api.assistants.create("Reception", "Be brief.", telephony_settings=settings)
    clone = await api.assistants.clone(made.id)
    assert (clone.name, clone.instructions) == (made.name, made.instructions)
    assert clone.id != made.id
    assert made.telephony_settings.time_limit_secs == 600
    assert clone.telephony_settings.time_limit_secs is None
    application = made.telephony_settings.default_texml_app_id
    assert clone.telephony_settings.default_texml_app_id not in {None, application}


async def test_the_texml_names_the_assistant(api: Any) -> None:
    made = await api.assistants.create("Reception", "Be brief.")
    assert f'<AIAssistant id="{made.id}"/>' in await api.assistants.get_texml(made.id)


async def test_an_unknown_field_is_refused_by_its_name(api: Any, emulator: TelnyxEmulator) -> None:
    with pytest.raises(TypeError, match=r"`greetings` is not a field .* did you mean `greeting`"):
        await api.assistants.create("Reception", "Be brief.", greetings="Hi!")
    with pytest.raises(TypeError, match=r"`zzz` is not a field .* `extra_body`"):
        await api.assistants.update("assistant-1", zzz=1)
    assert not emulator.requests
    made = await api.assistants.create("Reception", "Be brief.", extra_body={"greeting": "Hi!"})
    assert made.greeting == "Hi!"


async def test_unknown_fields_of_a_result_are_preserved(
    as_async: Callable[[Telnyx], Any], serve: Callable[..., str]
) -> None:
    body = {"id": "assistant-1", "voice_settings": 7, "new": {"a": 1}, "external_llm": {"x": 1}}
    url = serve(lambda *_: (200, {"content-type": "application/json"}, json.dumps(body).encode()))
    found = await as_async(Telnyx(api_key="KEY-of-tests", base_url=url)).assistants.get("a")
    assert (found.id, found.new, found.voice_settings) == ("assistant-1", {"a": 1}, None)
    assert dict(found.unreadable_fields) == {"voice_settings": 7, "external_llm": {"x": 1}}
    with pytest.raises(ValidationError):
        found.id = "b"


async def test_a_chat_is_stored_in_its_conversation(api: Any, emulator: TelnyxEmulator) -> None:
    made = await api.assistants.create("Reception", "Be brief.")
    thread = await api.conversations.create(name="Chat")
    emulator.script.say("At nine.")
    answer = await api.assistants.chat(made.id, "When?", conversation_id=thread.id, name="Ada")
    assert answer.content == "At nine."
    emulator.script.say("At five.")
    events = await api.assistants.stream(made.id, "And until?", conversation_id=thread.id)
    assert "".join(event.content for event in events[:-1]) == "At five."
    assert {event.type for event in events[:-1]} == {"delta"}
    assert (events[-1].type, events[-1].content) == ("done", "At five.")
    transcript = await api.conversations.transcript(thread.id)
    assert [message.text for message in transcript] == [
        "When?",
        "At nine.",
        "And until?",
        "At five.",
    ]


async def test_a_chat_needs_an_assistant_and_a_conversation(api: Any) -> None:
    made = await api.assistants.create("Reception", "Be brief.")
    thread = await api.conversations.create(metadata={"ai_disabled": True})
    with pytest.raises(NotFoundError):
        await api.assistants.chat(made.id, "Hi", conversation_id="unknown")
    with pytest.raises(NotFoundError):
        await api.assistants.chat("unknown", "Hi", conversation_id=thread.id)
    with pytest.raises(BadRequestError, match="ai_disabled"):
        await api.assistants.chat(made.id, "Hi", conversation_id=thread.id)


async def test_a_chat_is_not_repeated_after_a_server_error(
    api: Any, emulator: TelnyxEmulator
) -> None:
    made = await api.assistants.create("Reception", "Be brief.")
    thread = await api.conversations.create(name="Chat")
    emulator.script.fail(502)
    with pytest.raises(ServerError):
        await api.assistants.chat(made.id, "Hi", conversation_id=thread.id)
    assert sum(request.path.endswith("/chat") for request in emulator.requests) == 1


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"external_llm": {"base_url": "https://example.com/v1"}}, UnprocessableEntityError),
        ({"extra_body": {"external_llm": None}}, UnprocessableEntityError),
        ({"dynamic_variables_webhook_timeout_ms": 0}, UnprocessableEntityError),
        ({"llm_api_key_ref": "unknown"}, BadRequestError),
    ],
)
async def test_invalid_settings_are_an_error(
    api: Any, fields: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await api.assistants.create("Reception", "Be brief.", **fields)


NAMED = b'event: delta\ndata: {"content": "At "}\n\nevent: done\ndata: {"content": "At 9"}\n\n'
TYPED = b'data: {"type": "delta", "content": "At "}\n\ndata: {"type":"done","content":"At 9"}\n\n'


@pytest.mark.parametrize("body", [NAMED, TYPED, NAMED.replace(b"\n", b"\r\n")])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_both_forms_of_events_are_read_in_any_pieces(body: bytes, size: int) -> None:
    decoder = AssistantEvents()
    found = [
        event for at in range(0, len(body), size) for event in decoder.feed(body[at : at + size])
    ]
    found += decoder.end()
    assert [(each.type, each.content) for each in found] == [("delta", "At "), ("done", "At 9")]
    assert (decoder.done, decoder.failure) == (True, None)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'event: error\ndata: {"message": "too busy"}\n\n', "too busy"),
        (b'data: {"errors": [{"code": "10007", "detail": "oh"}]}\n\n', "oh"),
        (b"event: delta\ndata: {nonsense}\n\n", "not an answer's"),
        (b'event: delta\ndata: {"content": "a"}\n\n', "before `done` arrived"),
        (b'event: delta\ndata: {"conte', "before `done` arrived"),
    ],
)
def test_a_stream_that_fails_has_an_error(body: bytes, why: str) -> None:
    decoder = AssistantEvents()
    decoder.feed(body)
    decoder.end()
    assert isinstance(decoder.failure, StreamError)
    assert why in str(decoder.failure)


async def test_a_server_that_does_not_stream_is_read(
    as_async: Callable[[Telnyx], Any], serve: Callable[..., str]
) -> None:
    url = serve(lambda *_: (200, {"content-type": "application/json"}, b'{"content": "At 9"}'))
    api = as_async(Telnyx(api_key="KEY-of-tests", base_url=url))
    [event] = await api.assistants.stream("a", "When?", conversation_id="c")
    assert (event.type, event.content) == ("done", "At 9")
