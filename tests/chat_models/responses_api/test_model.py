"""A model with the Responses API: metadata, counts, tools, structured output, and errors."""

from __future__ import annotations

import json
import subprocess
import sys
from enum import Enum
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy
from langchain_core.exceptions import (
    ModelAPIError,
    ModelRateLimitError,
    OutputParserException,
)
from langchain_core.load import dumpd, load
from pydantic import BaseModel

from langchain_telnyx import APIStatusError, ChatTelnyx, RateLimitError, ServerError, StreamError
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from tests.chat_models.responses_api.response_events import (
    TOOL,
    USAGE,
    called,
    events,
    model_of,
    plain,
    response,
    text_item,
    thought,
)

if TYPE_CHECKING:
    from tests.support.fixtures import Mode

PLAIN = "meta-llama/Llama-3.3-70B-Instruct"
THINKING = "zai-org/GLM-5.3"


class Person(BaseModel):
    """A person."""

    name: str


class Mood(Enum):
    GLAD = "glad"
    SAD = "sad"


def at(emulator: TelnyxEmulator, model: str = PLAIN, **options: Any) -> ChatTelnyx:
    return ChatTelnyx(model=model, use_responses_api=True, **options, **emulator.options())


def test_an_answer_says_what_the_response_says_of_itself(mode: Mode) -> None:
    body = response(text_item("Hello."), conversation={"id": "c_1"}, x_gpu="H200")
    model, _ = model_of(body)
    for message in (mode.invoke(model), mode.whole(model)):
        metadata = message.response_metadata
        shown = {name: metadata[name] for name in ("id", "model", "model_name", "status", "object")}
        assert shown == {
            "id": "resp_1",
            "model": "m",
            "model_name": "m",
            "status": "completed",
            "object": "response",
        }
        assert metadata["conversation"] == "c_1"
        assert metadata["finish_reason"] == "stop"
        assert metadata["model_provider"] == "telnyx"
        assert metadata["raw"]["answer"]["x_gpu"] == "H200"
        assert metadata["raw"]["usage"] == USAGE


def test_tokens_are_counted_cached_ones_and_those_of_thinking_too(mode: Mode) -> None:
    model, _ = model_of(response(thought("Hm"), text_item("Hello.", 1)))
    for message in (mode.invoke(model), mode.whole(model)):
        assert message.usage_metadata == {
            "input_tokens": 9,
            "output_tokens": 7,
            "total_tokens": 16,
            "input_token_details": {"cache_read": 4},
            "output_token_details": {"reasoning": 3},
        }


def test_log_probabilities_are_returned(mode: Mode) -> None:
    tokens = [{"token": "Hello", "logprob": -0.1, "bytes": None, "top_logprobs": []}]
    body = response(text_item("Hello", logprobs=tokens))
    happened = events(body, 5)
    for event in happened:
        if event["type"].endswith("text.delta"):
            event["logprobs"] = tokens
    model, _ = model_of(body, happened, logprobs=True)
    for message in (mode.invoke(model), mode.whole(model)):
        assert message.response_metadata["logprobs"] == {"content": tokens}


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_tool_is_called_and_answered(emulator: TelnyxEmulator, mode: Mode, version: str) -> None:
    bound = at(emulator, THINKING, output_version=version).bind_tools([TOOL])
    question = "What is the weather in Oslo?"
    for answer in (mode.invoke(bound, question), mode.whole(bound, question)):
        [call] = answer.tool_calls
        assert (call["name"], call["args"]) == ("weather", {"city": "Oslo"})
        kinds = [block["type"] for block in answer.content_blocks]
        assert kinds == ["reasoning", "tool_call"]
        result = {"role": "tool", "content": "7 degrees", "tool_call_id": call["id"]}
        assert "7 degrees" in mode.invoke(bound, [("human", question), answer, result]).text


@pytest.mark.parametrize("choice", ["weather", "any", "required", True])
def test_a_tool_is_called_where_that_is_required(emulator: TelnyxEmulator, choice: Any) -> None:
    answer = at(emulator).bind_tools([TOOL], tool_choice=choice).invoke("Hi")
    assert [call["name"] for call in answer.tool_calls] == ["weather"]


def test_markup_that_an_engine_left_in_the_text_is_a_call(mode: Mode) -> None:
    with TelnyxEmulator(sockets=False, quirks=Quirks(tool_markup="kimi")) as running:
        bound = at(running, THINKING).bind_tools([TOOL])
        question = "What is the weather in Oslo?"
        for answer in (mode.invoke(bound, question), mode.whole(bound, question)):
            assert [call["args"] for call in answer.tool_calls] == [{"city": "Oslo"}]
            assert answer.text == ""
            assert answer.response_metadata["finish_reason"] == "tool_calls"


@pytest.mark.default_quirks(
    "The emulator's model reads arguments of a function from the prompt's schema.",
    "response_format_json_schema",
)
@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode", "guided_json"])
@pytest.mark.parametrize("streams", [False, True])
def test_an_answer_fits_its_schema(
    emulator: TelnyxEmulator, mode: Mode, method: Any, *, streams: bool
) -> None:
    prompt = f"My name is Ada. Answer as JSON: {json.dumps(Person.model_json_schema())}"
    chain = at(emulator).with_structured_output(Person, method=method)
    found = mode.stream(chain, prompt)[-1] if streams else mode.invoke(chain, prompt)
    assert found == Person(name="Ada")


@pytest.mark.parametrize("method", ["json_schema", "guided_json"])
@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("markup", [None, "kimi"])
def test_a_refused_schema_has_a_fallback(
    mode: Mode, method: Any, markup: Any, *, streams: bool
) -> None:
    quirks = Quirks(response_format_json_schema=False, guided_decoding=False, tool_markup=markup)
    with TelnyxEmulator(sockets=False, quirks=quirks) as running:
        chain = at(running).with_structured_output(Person, method=method)
        prompt = "My name is Ada."
        found = mode.stream(chain, prompt)[-1] if streams else mode.invoke(chain, prompt)
        assert found == Person(name="Ada")
        assert json.loads(running.requests[-1].body)["tools"][0]["type"] == "function"


@pytest.mark.default_quirks("The server has guided decoding.", "guided_decoding")
def test_an_answer_is_one_of_some_choices(emulator: TelnyxEmulator, mode: Mode) -> None:
    for method in ("json_schema", "guided_choice"):
        chain = at(emulator).with_structured_output(Mood, method=method)
        assert mode.invoke(chain, "I am so sad.") in Mood


@pytest.mark.default_quirks("The server has guided decoding.", "guided_decoding")
def test_an_answer_fits_a_regular_expression(emulator: TelnyxEmulator, mode: Mode) -> None:
    chain = at(emulator).with_structured_output(r"\d{3}", method="guided_regex")
    assert len(mode.invoke(chain, "A number, please.")) == 3


def test_a_refused_schema_is_sent_in_another_format(mode: Mode) -> None:
    quirks = Quirks(response_format_json_schema=False)
    with TelnyxEmulator(sockets=False, quirks=quirks) as running:
        chain = at(running).with_structured_output(Person)
        assert mode.invoke(chain, "My name is Ada.") == Person(name="Ada")
        assert mode.stream(chain, "My name is Ada.")[-1] == Person(name="Ada")


def test_what_stands_around_the_json_is_cut(mode: Mode) -> None:
    text = 'Sure:\n```json\n{"name": "Ada\n"}\n```'
    model, _ = model_of(response(thought("Hm"), text_item(text, 1)))
    sent = model.bind(response_format=Person)
    assert json.loads(mode.invoke(sent).text) == {"name": "Ada\n"}
    assert json.loads(mode.whole(sent).text) == {"name": "Ada\n"}


def test_an_answer_that_does_not_conform_is_retried(mode: Mode) -> None:
    bodies = [response(text_item('{"title": "Ada"}')), response(text_item('{"name": "Ada"}'))]
    sent: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["input"])
        return httpx.Response(200, json=bodies[len(sent) - 1])

    transport = httpx.MockTransport(answer)
    model = ChatTelnyx(
        model="m",
        api_key="KEY1",
        use_responses_api=True,
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
    )
    chain = model.with_structured_output(Person, max_repair_attempts=1)
    assert mode.invoke(chain) == Person(name="Ada")
    assert [item["role"] for item in sent[1]] == ["user", "assistant", "user"]


def test_a_key_that_a_gateway_repeats_is_not_in_blocks_and_metadata(mode: Mode) -> None:
    key = "KEY0123456789ABCDEF"
    item = {"type": "web_search_call", "id": "ws_1", "status": "completed", "auth": key}
    body = response(
        text_item("Hello.", x_auth=key), item, incomplete_details={"auth": key}, x_key=key
    )
    model, _ = model_of(body, api_key=key)
    for message in (mode.invoke(model), mode.whole(model)):
        assert key not in repr(message)
        assert message.text == "Hello."


ERROR = {"code": "server_error", "message": "out of luck"}
FAILED = response(thought("Hm"), text_item("Half an", 1), status="failed", error=ERROR)
CUT = response(
    text_item("Half an"), status="incomplete", incomplete_details={"reason": "max_output_tokens"}
)


def test_a_response_that_failed_is_an_error_with_what_came(mode: Mode) -> None:
    model, _ = model_of(FAILED)
    with pytest.raises(ServerError, match="out of luck") as whole:
        mode.invoke(model)
    with pytest.raises(StreamError, match="out of luck") as streamed:
        mode.stream(model)
    for error in (whole.value, streamed.value):
        assert isinstance(error, ModelAPIError)
        partial: Any = error.partial
        assert partial.text == "Half an"
        assert [block["type"] for block in partial.content_blocks] == ["reasoning", "text"]
        assert partial.response_metadata["status"] == "failed"
        assert partial.usage_metadata["total_tokens"] == 16


def test_an_error_in_a_stream_is_an_error_with_what_came(mode: Mode) -> None:
    for error, kind in (
        ({"type": "error", "code": "rate_limit_exceeded", "message": "slow down"}, "slow down"),
        ({"type": "error", "error": {"type": "rate_limit", "message": "slow down"}}, "slow down"),
    ):
        happened = [*events(response(text_item("Half an")))[:4], error]
        model, _ = model_of(response(), happened)
        with pytest.raises(StreamError, match=kind) as raised:
            mode.stream(model)
        assert isinstance(raised.value, ModelRateLimitError)
        partial: Any = raised.value.partial
        assert partial.text == "Half a"


def test_a_stream_that_breaks_off_is_an_error_with_what_came(mode: Mode) -> None:
    happened = events(response(text_item("Half an"), called('{"city": "Oslo"}', 1)))
    cut = next(at for at, event in enumerate(happened) if "arguments.done" in event["type"]) - 1
    model, _ = model_of(response(), happened[:cut])
    with pytest.raises(StreamError, match="closed before the response was completed") as raised:
        mode.stream(model.bind_tools([TOOL]))
    partial: Any = raised.value.partial
    assert partial.text == "Half an"
    assert partial.tool_calls == []
    assert [call["name"] for call in partial.invalid_tool_calls] == ["weather"]


def test_an_answer_that_was_cut_says_so(mode: Mode) -> None:
    model, _ = model_of(CUT)
    for message in (mode.invoke(model), mode.whole(model)):
        assert message.response_metadata["status"] == "incomplete"
        assert message.response_metadata["finish_reason"] == "length"
        assert message.response_metadata["incomplete_details"] == {"reason": "max_output_tokens"}
    with pytest.raises(OutputParserException, match="truncated"):
        mode.invoke(model.with_structured_output(Person))


@pytest.mark.parametrize("status", ["cancelled", "queued", "in_progress"])
def test_a_response_that_is_not_finished_is_no_answer(mode: Mode, status: str) -> None:
    model, _ = model_of(response(text_item("Half"), status=status))
    with pytest.raises(StreamError) as raised:
        mode.invoke(model)
    partial: Any = raised.value.partial
    assert partial.text == "Half"


def test_a_call_that_cannot_be_read_is_invalid(mode: Mode) -> None:
    model, _ = model_of(response(called('{"city": "Os')))
    bound = model.bind_tools([TOOL])
    message = mode.invoke(bound)
    [call] = message.invalid_tool_calls
    assert (call["name"], call["args"], message.tool_calls) == ("weather", '{"city": "Os', [])
    assert message.content[0]["arguments"] == '{"city": "Os'
    assert call["error"]
    assert [each["name"] for each in mode.whole(bound).invalid_tool_calls] == ["weather"]


def test_a_call_without_a_name_is_invalid(mode: Mode) -> None:
    model, _ = model_of(response(called("{}", name="")))
    for message in (mode.invoke(model), mode.whole(model)):
        assert message.tool_calls == []
        assert len(message.invalid_tool_calls) == 1


def test_an_error_of_status_200_is_the_error_that_it_says(mode: Mode) -> None:
    error = {"error": {"code": "rate_limit_exceeded", "message": "slow down"}}
    model, requests = model_of(error, max_retries=1)
    with pytest.raises(RateLimitError, match="slow down"):
        mode.invoke(model)
    assert len(requests) == 2


@pytest.mark.parametrize("odd", [5, [5, None], {"a": 1}])
def test_a_malformed_item_is_reported_and_does_not_affect_others(mode: Mode, odd: Any) -> None:
    output = [*odd, text_item("Hello.")] if isinstance(odd, list) else odd
    body = {**response(), "output": output}
    model, _ = model_of(body, [{"type": "response.completed", "response": body}])
    for message in (mode.invoke(model), mode.whole(model)):
        assert message.text == ("Hello." if isinstance(odd, list) else "")
        assert message.response_metadata["raw"]["answer"]["output"] == odd


def test_a_whole_answer_to_a_stream_is_read(mode: Mode) -> None:
    for kind in ("application/json", "text/event-stream"):
        body = json.dumps(response(thought("Hm"), text_item("Hello.", 1))).encode()
        transport = httpx.MockTransport(
            lambda _, kind=kind, body=body: httpx.Response(
                200, headers={"content-type": kind}, content=body
            )
        )
        model = ChatTelnyx(
            model="m",
            api_key="KEY1",
            use_responses_api=True,
            http_client=httpx.Client(transport=transport),
            http_async_client=httpx.AsyncClient(transport=transport),
        )
        assert plain(list(mode.whole(model).content)) == [
            {"type": "reasoning", "id": "rs_0", "reasoning": "Hm"},
            {"type": "text", "id": "msg_1", "text": "Hello."},
        ]


def test_a_malformed_event_is_an_error(mode: Mode) -> None:
    happened = [{"type": "response.output_item.added", "item": 5}]
    model, _ = model_of(response(), happened)
    with pytest.raises(StreamError, match="cannot be read"):
        mode.stream(model)


def test_a_scripted_failure_of_the_emulator_is_an_error(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    for call in (mode.invoke, mode.stream):
        emulator.say("Half an answer", finish_reason="abort")
        with pytest.raises((APIStatusError, StreamError), match="before it was complete") as raised:
            call(at(emulator, max_retries=0))
        error: Any = raised.value
        assert error.partial.text.startswith("Half")


def test_what_reads_responses_is_loaded_by_the_first_call() -> None:
    code = (
        "import sys; from langchain_telnyx import ChatTelnyx;"
        "model = ChatTelnyx(api_key='KEY1', use_responses_api=True).bind_tools([]);"
        "print([name for name in sys.modules if '_chat.responses' in name])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
def test_an_agent_returns_structured_output(emulator: TelnyxEmulator) -> None:
    agent: Any = create_agent(at(emulator), [], response_format=ProviderStrategy(Person))
    state = agent.invoke({"messages": [("human", "My name is Ada.")]})
    assert state["structured_response"] == Person(name="Ada")
    assert json.loads(emulator.requests[-1].body)["text"]["format"]["type"] == "json_schema"


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_a_model_is_written_down_and_read_again(emulator: TelnyxEmulator) -> None:
    model = at(emulator, conversation="c_1")
    again = load(
        dumpd(model),
        allowed_objects=[ChatTelnyx],
        valid_namespaces=["langchain_telnyx"],
        secrets_map={"TELNYX_API_KEY": "KEY1"},
    )
    assert (again.use_responses_api, again.conversation) == (True, "c_1")
