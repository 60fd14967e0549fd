"""A request as code: each piece sends the same request again."""

from __future__ import annotations

import ast
import base64
import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx import ChatTelnyx, TelnyxEmbeddings
from langchain_telnyx.emulator.console.snippets import snippets
from langchain_telnyx.emulator.serving.request_record import RequestRecord
from langchain_telnyx.errors import APIStatusError
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)


def code(emulator: TelnyxEmulator, number: int = 0) -> dict[str, str]:
    """Return the code of the latest request, as the console does."""
    chosen = number or emulator.requests.last.number
    answer = emulator.http_client.get(f"{emulator.storage_url}/_emulator/console/requests/{chosen}")
    found: dict[str, str] = answer.json()["code"]
    return found


def run(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(text, "<copied>", "exec"), names)  # noqa: S102 - the code under test
    return names


def run_test(text: str, emulator: TelnyxEmulator) -> None:
    """Run the copied test as pytest does, in a new account."""
    emulator.reset()
    names = run(text)
    [test] = [value for name, value in names.items() if name.startswith("test")]
    test(emulator)
    emulator.assert_all_used()


def words_of(curl: str) -> list[str]:
    """Return the words of a curl command; those with variables stay as they are."""
    return shlex.split(curl.replace("\\\n", " "))


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
def test_a_chat_with_the_adapter(
    telnyx_emulator: TelnyxEmulator, capsys: pytest.CaptureFixture[str], *, streams: bool
) -> None:
    model = ChatTelnyx(model="moonshotai/Kimi-K2.6", temperature=0.2, max_tokens=50)
    messages = [("system", "Be 'brief' and \"kind\".\n\\"), ("user", "Où est Ann? 🙂 ${HOME} `ls`")]
    telnyx_emulator.say("In Oslo.")
    if streams:
        list(model.stream(messages))
    else:
        model.invoke(messages)
    sent = telnyx_emulator.requests.last.json()
    copied = code(telnyx_emulator)
    assert telnyx_emulator.api_key not in json.dumps(copied)
    telnyx_emulator.say("In Oslo.")
    run(copied["python"])
    assert "In Oslo." in capsys.readouterr().out
    assert telnyx_emulator.requests.last.json() == sent
    run_test(copied["test"], telnyx_emulator)
    [again] = telnyx_emulator.requests.chat
    assert again.json()["messages"] == sent["messages"]


def test_a_chat_that_calls_tools(telnyx_emulator: TelnyxEmulator) -> None:
    model = ChatTelnyx(model="moonshotai/Kimi-K2.6").bind_tools([WEATHER])
    telnyx_emulator.script.call_tools(("weather", {"city": "Oslo"}), ("weather", {"city": "Rome"}))
    answer = model.invoke("How is the weather?")
    copied = code(telnyx_emulator)["test"]
    assert '["weather", "weather"]' in copied
    run_test(copied, telnyx_emulator)
    telnyx_emulator.reset()
    telnyx_emulator.say("Fine.")
    call = answer.tool_calls[0]
    history: list[Any] = [
        {"role": "user", "content": "How is the weather?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "id": call["id"],
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": call["id"], "content": "Sunny"},
    ]
    model.invoke(history)
    sent = telnyx_emulator.requests.last.json()
    copied = code(telnyx_emulator)["test"]
    run_test(copied, telnyx_emulator)
    assert telnyx_emulator.requests.last.json()["messages"] == sent["messages"]


@pytest.mark.parametrize("status", [401, 422, 429, 503])
def test_a_failed_chat(telnyx_emulator: TelnyxEmulator, status: int) -> None:
    telnyx_emulator.fail(status)
    with pytest.raises(APIStatusError):
        ChatTelnyx(max_retries=0).invoke("Hi")
    run_test(code(telnyx_emulator)["test"], telnyx_emulator)


def test_embeddings(telnyx_emulator: TelnyxEmulator) -> None:
    TelnyxEmbeddings().embed_query("Where is Ann?")
    sent = telnyx_emulator.requests.last
    copied = code(telnyx_emulator)
    run(copied["python"])
    assert telnyx_emulator.requests.last.json() == sent.json()
    run_test(copied["test"], telnyx_emulator)
    assert "assert response.status_code == 200" in copied["test"]


def test_storage(telnyx_emulator: TelnyxEmulator) -> None:
    telnyx_emulator.account.objects.create_bucket("notes")
    key = telnyx_emulator.api_key
    authorization = f"AWS4-HMAC-SHA256 Credential={key}/20260101/us-central-1/s3/aws4_request, SignedHeaders=host, Signature=0"  # noqa: E501 - one header
    telnyx_emulator.http_client.put(
        f"{telnyx_emulator.storage_url}/notes/a%20b%3F/%C3%BC.txt?x-id=PutObject",
        content=b"It's \xff\x00 binary.",
        headers={"authorization": authorization, "x-amz-meta-a": "it's"},
    )
    copied = code(telnyx_emulator)
    telnyx_emulator.account.objects.delete("notes", "a b?/ü.txt")
    run(copied["python"])
    [found] = telnyx_emulator.account.objects.list("notes", limit=2).objects
    assert found.key == "a b?/ü.txt"
    assert b"".join(telnyx_emulator.account.objects.read(found)) == b"It's \xff\x00 binary."
    run_test(copied["test"], telnyx_emulator)
    assert "--aws-sigv4" in copied["curl"]
    assert "x-amz-meta-a: it's" in words_of(copied["curl"])


def test_another_key_is_never_copied(telnyx_emulator: TelnyxEmulator) -> None:
    telnyx_emulator.http_client.get(
        f"{telnyx_emulator.base_url}/ai/openai/models?api_key=KEY_IN_QUERY",
        headers={"authorization": "Bearer KEY_OF_SOMEBODY", "x-api-key": "KEY_IN_HEADER"},
    )
    copied = code(telnyx_emulator)
    assert re.search("KEY_(IN|OF)", json.dumps(copied)) is None
    assert "Authorization" not in copied["curl"]
    run_test(copied["test"], telnyx_emulator)


def test_a_long_body_is_not_copied(telnyx_emulator: TelnyxEmulator) -> None:
    telnyx_emulator.http_client.put(f"{telnyx_emulator.storage_url}/x/y", content=bytes(70_000))
    assert code(telnyx_emulator) == {
        "error": "The log has only the first 65536 of 70000 bytes of this body."
    }


@given(
    body=JSON.filter(lambda body: body is not None),
    path=TEXT,
    header=st.text("ab'\"\\$` ", max_size=9),
)
@settings(max_examples=examples(60), deadline=None)
def test_any_json_is_the_same_in_each_code(body: Any, path: str, header: str) -> None:
    content = json.dumps(body).encode()
    headers = {
        "authorization": "Bearer ***",
        "content-type": "application/json",
        "x-note": header.strip(),
    }
    record = RequestRecord(
        "POST", f"/v2/ai/{path}", "a=1&b='", headers, body=content, size=len(content)
    )
    copied = snippets(record)
    for name in ("python", "test"):
        found = [
            keyword.value
            for node in ast.walk(ast.parse(copied[name]))
            if isinstance(node, ast.Call)
            for keyword in node.keywords
            if keyword.arg == "json"
        ]
        assert [ast.literal_eval(node) for node in found] == [body]
    words = words_of(copied["curl"])
    assert json.loads(words[words.index("--data-binary") + 1]) == body
    assert f"x-note: {header.strip()}" in words


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_a_number_that_python_cannot_write(number: str) -> None:
    content = f'{{"a": {number}}}'.encode()
    headers = {"authorization": "Bearer ***", "content-type": "application/json"}
    record = RequestRecord("POST", "/v2/ai/x", "", headers, body=content, size=len(content))
    assert repr(content) in snippets(record)["python"]


@given(body=st.binary(min_size=1, max_size=40))
@settings(max_examples=examples(60), deadline=None)
def test_any_bytes_are_the_same_in_each_code(body: bytes) -> None:
    record = RequestRecord("PUT", "/b/k", "", {}, body=body, size=len(body))
    copied = snippets(record)
    for name in ("python", "test"):
        literals = [
            node.value
            for node in ast.walk(ast.parse(copied[name]))
            if isinstance(node, ast.Constant) and isinstance(node.value, bytes)
        ]
        assert literals == [body]
    words = words_of(copied["curl"])
    if words[0] == "base64":
        assert base64.b64decode(words[words.index("<<<") + 1]) == body
    else:
        assert words[words.index("--data-binary") + 1].encode() == body
