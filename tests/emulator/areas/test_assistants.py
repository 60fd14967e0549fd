"""Assistants in the emulator: their bodies, their chats, and what other areas see of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.emulator.areas.assistants import chat
from langchain_telnyx.emulator.areas.assistants.request import ChatWithAssistant

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from tests.emulator.conftest import Api

PATH = "/ai/assistants"
RECEPTION = {"name": "Reception", "instructions": "You work for {{shop}}, {{city}}."}


def created(api: Api, **fields: Any) -> dict[str, Any]:
    answer = api.send("POST", PATH, json={**RECEPTION, **fields})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def conversation(api: Api) -> str:
    return str(api.send("POST", "/ai/conversations", json={"name": "Chat"}).json()["id"])


def test_responses_are_not_wrapped_and_the_list_is(api: Api) -> None:
    made = created(api, unknown="ignored")
    assert made["id"].startswith("assistant-")
    assert "unknown" not in made
    assert api.send("GET", f"{PATH}/{made['id']}").json() == made
    assert api.send("GET", PATH).json() == {"data": [made]}
    deleted = api.send("DELETE", f"{PATH}/{made['id']}").json()
    assert deleted == {"id": made["id"], "object": "assistant", "deleted": True}
    assert api.send("GET", f"{PATH}/{made['id']}/versions").status_code == 404


def test_the_model_reads_the_instructions_with_the_variables(api: Api) -> None:
    made = created(api, dynamic_variables={"shop": "Ada's bakery"})
    body = ChatWithAssistant(content="When?", conversation_id="c")
    earlier = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    messages = chat.request(made, earlier, body).messages
    assert [message.content for message in messages] == [
        "You work for Ada's bakery, {{city}}.",
        "Hi",
        "Hello",
        "When?",
    ]


def test_the_name_of_an_event_is_not_in_its_data(api: Api) -> None:
    made = created(api)
    api.emulator.script.say("Nine.")
    body = {"content": "When?", "conversation_id": conversation(api), "stream": True}
    answer = api.send("POST", f"{PATH}/{made['id']}/chat", json=body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    first, *_, last = answer.text.removesuffix("\n\n").split("\n\n")
    assert first.startswith('event: delta\ndata: {"content": ')
    assert last == 'event: done\ndata: {"content": "Nine.", "whatsapp_template": null}'


def test_insights_and_searches_see_a_chat(api: Api) -> None:
    made, thread = created(api), conversation(api)
    body = {"content": "Do you sell rye bread?", "conversation_id": thread, "name": "Ada"}
    assert api.send("POST", f"{PATH}/{made['id']}/chat", json=body).status_code == 200
    query = {"metadata->assistant_id": f"eq.{made['id']}"}
    [found] = api.send("GET", "/ai/conversations", params=query).json()["data"]
    assert found["id"] == thread
    searched = api.send("GET", "/ai/conversation_histories", params={"q": "rye bread"})
    assert thread in searched.text


def test_retrieval_is_a_tool_of_the_assistant(api: Api) -> None:
    tool = {"type": "retrieval", "retrieval": {"bucket_ids": ["unknown"]}}
    made = created(api, tools=[{"type": "hangup", "hangup": {}}, tool])
    body = {"content": "When?", "conversation_id": conversation(api)}
    answer = api.send("POST", f"{PATH}/{made['id']}/chat", json=body)
    assert (answer.status_code, "unknown" in answer.text) == (404, True)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"conversation_id": "c"}, 422),
        ({"content": "Hi"}, 422),
        ({"content": 7, "conversation_id": "c"}, 422),
        ({"content": "Hi", "conversation_id": "c"}, 404),
    ],
)
def test_an_invalid_chat_is_refused(api: Api, body: dict[str, Any], status: int) -> None:
    made = created(api)
    assert api.send("POST", f"{PATH}/{made['id']}/chat", json=body).status_code == status


def test_an_unknown_model_is_refused_by_the_chat(api: Api) -> None:
    made = created(api, model="nobody/nothing")
    body = {"content": "Hi", "conversation_id": conversation(api)}
    assert 400 <= api.send("POST", f"{PATH}/{made['id']}/chat", json=body).status_code < 500


def test_assistants_and_secrets_survive_a_restart(tmp_path: Path) -> None:
    secret = {"identifier": "my-llm", "type": "bearer", "token": "sk-of-another-service"}
    made: list[Any] = []
    for run in range(2):
        with TelnyxEmulator(sockets=False, data=tmp_path) as emulator:
            key = {"authorization": f"Bearer {emulator.api_key}"}
            send, root = emulator.http_client.request, emulator.base_url
            if run == 0:
                send("POST", f"{root}/integration_secrets", json=secret, headers=key)
                body = {**RECEPTION, "llm_api_key_ref": "my-llm"}
                made = [send("POST", root + PATH, json=body, headers=key).json()]
            assert send("GET", root + PATH, headers=key).json()["data"] == made
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert not any(b"sk-of-another" in file.read_bytes() for file in files)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"identifier": "a", "type": "bearer"}, "/token"),
        ({"identifier": "a", "type": "basic", "password": "b"}, "/username"),
        ({"identifier": "a", "type": "basic", "username": "b"}, "/password"),
    ],
)
def test_a_secret_needs_its_value(api: Api, body: dict[str, Any], field: str) -> None:
    answer = api.send("POST", "/integration_secrets", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["source"]["pointer"] == field
