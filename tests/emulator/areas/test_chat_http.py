"""Chat over HTTP: refusals, quirks, the bytes of a stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import Quirks, TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

PATH = "/ai/openai/chat/completions"
HELLO = [{"role": "user", "content": "Hello"}]
THINKING = "zai-org/GLM-5.3"
PLAIN = "meta-llama/Llama-3.3-70B-Instruct"
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
TOOL = {
    "type": "function",
    "function": {"name": "f", "parameters": {"type": "object", "properties": {}}},
}


@pytest.fixture
def with_quirks() -> Iterator[Callable[..., Callable[..., httpx.Response]]]:
    """Return a function that starts an emulator with quirks and returns one that posts to it."""
    running: list[TelnyxEmulator] = []

    def start(**quirks: Any) -> Callable[..., httpx.Response]:
        emulator = TelnyxEmulator(sockets=False, quirks=Quirks(**quirks)).start()
        running.append(emulator)

        def send(path: str = PATH, **body: Any) -> httpx.Response:
            return emulator.http_client.post(
                emulator.base_url + path,
                headers={"authorization": f"Bearer {emulator.api_key}"},
                json={"messages": HELLO, **body},
            )

        return send

    yield start
    for emulator in running:
        emulator.stop()


def refusal(response: httpx.Response) -> tuple[int, str, str]:
    error = response.json()["errors"][0]
    return response.status_code, error["code"], error["detail"]


def test_only_messages_are_required(post: Any) -> None:
    answer = post({"messages": HELLO}).json()
    assert answer["model"] == "meta-llama/Meta-Llama-3.1-8B-Instruct"
    assert answer["object"] == "chat.completion"
    assert answer["id"].startswith("chatcmpl-")


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({}, ["body", "messages"]),
        ({"messages": "hello"}, ["body", "messages"]),
        ({"messages": [{"content": "x"}]}, ["body", "messages", 0, "role"]),
        ({"messages": [{"role": "developer", "content": "x"}]}, ["body", "messages", 0, "role"]),
        ({"messages": [{"role": "user"}]}, ["body", "messages", 0]),
        ({"messages": HELLO, "max_tokens": "5"}, ["body", "max_tokens"]),
        ({"messages": HELLO, "n": 1.5}, ["body", "n"]),
        ({"messages": HELLO, "stream": "yes"}, ["body", "stream"]),
        ({"messages": HELLO, "top_logprobs": 21}, ["body", "top_logprobs"]),
        ({"messages": HELLO, "min_p": 2}, ["body", "min_p"]),
        ({"messages": HELLO, "tool_choice": "any"}, ["body", "tool_choice"]),
        (
            {"messages": HELLO, "tool_choice": {"type": "function", "function": {"name": "f"}}},
            ["body", "tool_choice"],
        ),
        ({"messages": HELLO, "tools": [{"type": "web"}]}, ["body", "tools", 0]),
        (
            {"messages": HELLO, "response_format": {"type": "xml"}},
            ["body", "response_format", "type"],
        ),
    ],
)
def test_a_wrong_type_is_422_and_names_the_field(
    post: Any, body: dict[str, Any], loc: list[str | int]
) -> None:
    response = post(body)
    assert response.status_code == 422
    (detail,) = response.json()["detail"]
    assert detail["loc"] == loc
    assert set(detail) == {"loc", "msg", "type"}


def test_more_than_four_stop_sequences_are_422(post: Any) -> None:
    assert post({"messages": HELLO, "stop": list("abcde")}).status_code == 422
    assert post({"messages": HELLO, "stop": list("wxyz")}).status_code == 200


def test_unknown_fields_pass(post: Any) -> None:
    body = {"messages": HELLO, "region": "EU", "mode": "strict", "user": "u", "logit_bias": {}}
    assert post(body).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code", "words"),
    [
        ({"model": "no/such"}, 404, "10005", "'no/such' does not exist"),
        ({"model": "thenlper/gte-large"}, 400, "10015", "does not chat"),
        ({"messages": []}, 400, "10015", "must not be empty"),
        ({"max_tokens": 0}, 400, "10015", "at least 1 token"),
        ({"model": PLAIN, "enable_thinking": True}, 400, "10015", "`enable_thinking`"),
        ({"reasoning_effort": "extreme"}, 400, "10015", "`reasoning_effort` must be one of"),
        ({"guided_regex": "("}, 400, "10015", "not a regular expression"),
        ({"guided_json": {"type": 5}}, 400, "10015", "not valid"),
        (
            {"messages": [{"role": "user", "content": [IMAGE]}]},
            400,
            "10015",
            "does not take images",
        ),
        (
            {"model": "google/gemma-2b-it", "messages": [{"role": "user", "content": "a " * 9000}]},
            400,
            "10015",
            "maximum context length is 8192 tokens",
        ),
        (
            {"model": "google/gemma-2b-it", "max_tokens": 8192},
            400,
            "10015",
            "8192 in the completion",
        ),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"x": 1}}}]},
            400,
            "10015",
            "lack a `type`",
        ),
        (
            {"tools": [{"type": "retrieval", "retrieval": {"bucket_ids": ["none"]}}]},
            404,
            "10005",
            "not embedded",
        ),
    ],
)
def test_unsupported_requests_are_refused_in_the_telnyx_envelope(
    post: Any, body: dict[str, Any], status: int, code: str, words: str
) -> None:
    found = refusal(post({"messages": HELLO, **body}))
    assert found[:2] == (status, code)
    assert words in found[2]


def test_a_vision_model_accepts_images_and_answers_that_it_cannot_see(post: Any) -> None:
    content = [{"type": "text", "text": "What is this?"}, IMAGE]
    answer = post(
        {"model": "moonshotai/Kimi-K2.6", "messages": [{"role": "user", "content": content}]}
    ).json()
    assert "I cannot see images" in answer["choices"][0]["message"]["content"]


def test_answers_carry_rate_limit_headers(post: Any) -> None:
    headers = post({"messages": HELLO}).headers
    assert headers["x-ratelimit-limit"] == "100000000"
    assert headers["x-ratelimit-remaining"] == "99999992"
    assert headers["x-ratelimit-reset"] == "60"
    assert headers["x-request-id"]


def test_a_stream_is_data_lines_ended_by_done(post: Any) -> None:
    response = post({"messages": HELLO, "stream": True, "max_tokens": 2})
    assert response.headers["content-type"].startswith("text/event-stream")
    events = response.text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    deltas = [json.loads(event.removeprefix("data: "))["choices"][0] for event in events[:-2]]
    assert deltas == [
        {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None},
        {"index": 0, "delta": {"content": "I"}, "finish_reason": None},
        {"index": 0, "delta": {"content": " am"}, "finish_reason": None},
        {"index": 0, "delta": {}, "finish_reason": "length"},
    ]


def test_an_error_may_break_a_stream(emulator: TelnyxEmulator, post: Any) -> None:
    emulator.script.stream_error(after=1, status=429)
    events = post({"messages": HELLO, "stream": True}).text.split("\n\n")
    assert len(events) == 3
    assert json.loads(events[1].removeprefix("data: "))["errors"][0]["code"] == "10011"


def test_a_short_stream_can_be_cut_as_well(emulator: TelnyxEmulator, post: Any) -> None:
    emulator.say("Hi")
    emulator.cut_stream(after=50)
    text = post({"messages": HELLO, "stream": True}).text
    assert '"content": "Hi"' in text
    assert '"finish_reason": "stop"' not in text
    assert "[DONE]" not in text


def test_a_stalled_stream_goes_on(emulator: TelnyxEmulator, post: Any) -> None:
    emulator.script.stall_stream(after=1, seconds=0.01)
    assert post({"messages": HELLO, "stream": True}).text.endswith("data: [DONE]\n\n")


def test_a_raw_stream_is_sent_byte_by_byte(emulator: TelnyxEmulator, post: Any) -> None:
    emulator.script.raw_stream([b"data: {\r\n", "é\u2028", b"\xff"])
    response = post({"messages": HELLO, "stream": True})
    assert response.content == b"data: {\r\n" + "é\u2028".encode() + b"\xff"


def test_the_deprecated_path_answers_alike(post: Any) -> None:
    old = post({"messages": HELLO}, path="/ai/chat/completions").json()
    assert old["choices"] == post({"messages": HELLO}).json()["choices"]


def test_retrieval_searches_the_buckets(api: Any, post: Any) -> None:
    api.put("guides", "ferry.md", "Ferries to the islands leave at nine.")
    api.put("guides", "bread.md", "Bread is baked for an hour.")
    assert api.embed("guides") == "success"
    tool = {"type": "retrieval", "retrieval": {"bucket_ids": ["guides"], "max_num_results": 1}}
    question = [{"role": "user", "content": "When do ferries to the islands leave?"}]
    answer = post({"messages": question, "tools": [tool]}).json()
    assert answer["choices"][0]["message"] == {
        "role": "assistant",
        "content": "Ferries to the islands leave at nine. [1]\n\nSources: [1] ferry.md",
    }


def test_quirk_tools_refuse_output_cap(with_quirks: Any) -> None:
    send = with_quirks(tools_refuse_output_cap=True)
    assert refusal(send(tools=[TOOL], max_tokens=50))[:2] == (400, "10015")
    assert refusal(send(tools=[TOOL], max_completion_tokens=50))[:2] == (400, "10015")
    assert send(tools=[TOOL]).status_code == 200
    assert send(max_tokens=50).status_code == 200


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("reasoning_content", {"reasoning_content"}),
        ("reasoning", {"reasoning"}),
        ("both", {"reasoning", "reasoning_content"}),
    ],
)
def test_quirk_reasoning_field(with_quirks: Any, field: str, expected: set[str]) -> None:
    send = with_quirks(reasoning_field=field)
    message = send(model=THINKING).json()["choices"][0]["message"]
    assert set(message) - {"role", "content"} == expected
    event = send(model=THINKING, stream=True).text.split("\n\n")[1]
    assert set(json.loads(event.removeprefix("data: "))["choices"][0]["delta"]) == expected


def test_quirk_reasoning_swallows_answer(with_quirks: Any) -> None:
    message = with_quirks(reasoning_swallows_answer=True)(model=THINKING).json()["choices"][0]
    assert message["message"]["content"] is None
    assert "I am the offline extractive model" in message["message"]["reasoning_content"]


@pytest.mark.parametrize(("accepted", "refused"), [("object", "string"), ("string", "object")])
def test_quirk_image_url(with_quirks: Any, accepted: str, refused: str) -> None:
    send = with_quirks(image_url=accepted)
    forms = {"object": IMAGE, "string": {"type": "image_url", "image_url": "https://x.org/a.png"}}
    for form, status in ((accepted, 200), (refused, 400)):
        message = {"role": "user", "content": [forms[form]]}
        assert send(model="moonshotai/Kimi-K2.6", messages=[message]).status_code == status


def test_quirk_json_schema_unknown(with_quirks: Any) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    send = with_quirks(response_format_json_schema=False)
    assert refusal(send(response_format=form))[:2] == (400, "10015")
    assert send(response_format={"type": "json_object"}).status_code == 200


def test_quirk_guided_decoding_ignored(with_quirks: Any) -> None:
    answer = with_quirks(guided_decoding=False)(guided_choice=["a", "b"]).json()
    assert answer["choices"][0]["message"]["content"].startswith("I am the offline")


def test_quirk_strict_schemas_must_be_closed(with_quirks: Any) -> None:
    send = with_quirks(strict_schemas_must_be_closed=True)

    def form(**more: Any) -> dict[str, Any]:
        schema = {"type": "object", "properties": {}, **more}
        named = {"name": "x", "schema": schema, "strict": True}
        return {"type": "json_schema", "json_schema": named}

    assert refusal(send(response_format=form()))[:2] == (400, "10015")
    assert send(response_format=form(additionalProperties=False)).status_code == 200


def test_quirk_fenced_json(with_quirks: Any) -> None:
    prompt = 'The output schema: {"properties": {"n": {"type": "integer"}}, "required": ["n"]} 5'
    answer = with_quirks(fenced_json=True)(messages=[{"role": "user", "content": prompt}]).json()
    assert answer["choices"][0]["message"]["content"] == '```json\n{"n": 5}\n```'


def test_quirk_legacy_paths_gone(with_quirks: Any) -> None:
    send = with_quirks(legacy_chat=False)
    assert refusal(send("/ai/chat/completions"))[:2] == (404, "10005")
    assert send().status_code == 200


def test_quirk_stream_comments(with_quirks: Any) -> None:
    events = with_quirks(stream_comments=True)(stream=True).text.split("\n\n")
    assert events[1::2][:3] == [": keep-alive"] * 3


def test_quirk_rate_limit_reset_as_epoch(with_quirks: Any) -> None:
    reset = with_quirks(rate_limit_reset="epoch")().headers["x-ratelimit-reset"]
    assert reset == "1767225660"
