"""Request fallbacks for refused parameters, and their cache."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import pytest
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_telnyx import AssumptionWarning, BadRequestError, ChatTelnyx
from langchain_telnyx._shared.capabilities import CapabilityCache
from langchain_telnyx.chat_models.structured.response_formats import restore_content
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from langchain_telnyx.emulator.quirks import ToolMarkup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.fixtures import Mode

PLAIN = "meta-llama/Meta-Llama-3.1-8B-Instruct"


class Moon(BaseModel):
    """A moon."""

    name: str
    year: int


@tool
def weather(city: str) -> str:
    """Tell the weather in a city."""
    return city


@pytest.fixture
def summer() -> Iterator[TelnyxEmulator]:
    """The service as it was in July 2026."""
    quirks = Quirks(tools_refuse_output_cap=True, response_format_json_schema=False)
    with TelnyxEmulator(sockets=False, quirks=quirks) as running:
        yield running


def bodies(emulator: TelnyxEmulator) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in emulator.requests]


@pytest.mark.parametrize("cap", ["max_tokens", "max_completion_tokens"])
def test_tools_refused_with_max_tokens_are_sent_without_it_from_then_on(
    summer: TelnyxEmulator, mode: Mode, cap: str
) -> None:
    model = ChatTelnyx(**summer.options()).bind_tools([weather])
    with pytest.warns(
        AssumptionWarning, match="does not support `max_tokens` together with tools"
    ) as warned:
        answer = mode.invoke(model, "What is the weather in Oslo?", **{cap: 200})
    assert len(warned) == 1
    assert "`tools_refuse_output_cap`" in str(warned[0].message)
    assert answer.tool_calls[0]["args"] == {"city": "Oslo"}
    assert [cap in body for body in bodies(summer)] == [True, False]
    for call in (mode.invoke, mode.whole):  # and without a warning, which would be an error
        assert call(model, "What is the weather in Oslo?", **{cap: 200}).tool_calls
    assert [cap in body for body in bodies(summer)] == [True, False, False, False]


def test_a_stream_refused_with_max_tokens_is_sent_without_it(
    summer: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(max_tokens=200, **summer.options()).bind_tools([weather])
    with pytest.warns(UserWarning, match="does not support `max_tokens` together with tools"):
        answer = mode.whole(model, "What is the weather in Oslo?")
    assert answer.tool_calls[0]["args"] == {"city": "Oslo"}


def test_max_tokens_is_sent_without_tools(summer: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(max_tokens=20, **summer.options())
    with pytest.warns(UserWarning, match="does not support `max_tokens`"):
        mode.invoke(model.bind_tools([weather]), "Hi")
    mode.invoke(model, "Hi")
    assert bodies(summer)[-1]["max_tokens"] == 20


def test_fallbacks_are_cached_per_model(summer: TelnyxEmulator, mode: Mode) -> None:
    for name in ("moonshotai/Kimi-K2.6", "zai-org/GLM-5.3"):
        model = ChatTelnyx(model=name, max_tokens=200, **summer.options())
        with pytest.warns(UserWarning, match=name):
            mode.invoke(model.bind_tools([weather]), "Hi")


def test_cached_refusals_can_be_cleared(summer: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(max_tokens=200, **summer.options())
    for _ in range(2):
        with pytest.warns(UserWarning, match="does not support `max_tokens`"):
            mode.invoke(model.bind_tools([weather]), "Hi")
        model.forget_refusals()


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_a_vague_refusal_has_the_same_fallback(emulator: TelnyxEmulator, mode: Mode) -> None:
    emulator.fail(400, code="10015", detail="The request failed.")
    model = ChatTelnyx(max_tokens=200, **emulator.options()).bind_tools([weather])
    with pytest.warns(UserWarning, match="does not support `max_tokens`"):
        mode.invoke(model, "Hi")
    assert ["max_tokens" in body for body in bodies(emulator)] == [True, False]


@pytest.mark.default_quirks("The server accepts a cap with tools.", "tools_refuse_output_cap")
def test_a_refusal_of_something_else_is_raised_as_it_came_and_nothing_is_remembered(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(max_tokens=200, temperature=1, **emulator.options()).bind_tools([weather])
    emulator.fail(400, detail="`temperature` must be 0.")
    with pytest.raises(BadRequestError, match="`temperature` must be 0"):
        mode.invoke(model, "Hi")
    assert len(emulator.requests) == 1
    emulator.fail(400, detail="No.", times=2)
    with pytest.raises(BadRequestError, match="No"):
        mode.invoke(model, "Hi")
    mode.invoke(model, "Hi")
    assert bodies(emulator)[-1]["max_tokens"] == 200


def test_a_context_overflow_is_not_retried(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(max_tokens=200, **emulator.options()).bind_tools([weather])
    emulator.fail(400, detail="This model's maximum context length is 10 tokens.")
    with pytest.raises(BadRequestError, match="context"):
        mode.invoke(model, "Hi")
    assert len(emulator.requests) == 1


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_refused_stream_options_are_left_out_from_then_on(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    emulator.fail(422, detail="stream_options: extra fields not permitted")
    model = ChatTelnyx(**emulator.options())
    for _ in range(2):
        emulator.say("Titan.")
        assert mode.whole(model).text == "Titan."
    assert ["stream_options" in body for body in bodies(emulator)] == [True, False, False]


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_refused_enable_thinking_is_an_error_with_a_remedy(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(model=PLAIN, enable_thinking=False, **emulator.options())
    for call in (mode.invoke, mode.whole):
        with pytest.raises(BadRequestError, match="do not support `enable_thinking`: remove"):
            call(model, "Hi")
    assert len(emulator.requests) == 2


def test_enable_thinking_is_not_sent_by_default(emulator: TelnyxEmulator, mode: Mode) -> None:
    assert mode.invoke(ChatTelnyx(model=PLAIN, **emulator.options())).text
    assert not bodies(emulator)[0].keys() & {"enable_thinking", "reasoning_effort"}


QUESTION = "The moon Titan was found in the year 1655."


def test_a_refused_json_schema_is_sent_as_guided_json(summer: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(**summer.options()).with_structured_output(Moon)
    for _ in range(2):
        assert mode.invoke(model, QUESTION) == Moon(name="Titan", year=1655)
    formats = [sorted(body.keys() & {"response_format", "guided_json"}) for body in bodies(summer)]
    assert formats == [["response_format"], ["guided_json"], ["guided_json"]]


def test_a_refused_json_schema_is_sent_as_a_function_in_streams_and_with_tools(
    summer: TelnyxEmulator, mode: Mode
) -> None:
    model: Any = ChatTelnyx(**summer.options())
    *_, last = mode.stream(model.with_structured_output(Moon), QUESTION)
    assert last == Moon(name="Titan", year=1655)
    function = bodies(summer)[-1]["tools"][0]["function"]
    assert (function["name"], function["description"]) == ("Moon", "A moon.")
    beside = model.bind_tools([weather]).with_structured_output(Moon, include_raw=True)
    summer.call_tool("Moon", {"name": "Titan", "year": 1655})
    got: Any = mode.invoke(beside, QUESTION)
    assert got["parsed"] == Moon(name="Titan", year=1655)
    # The format of the request is not visible in the message.
    assert json.loads(got["raw"].text) == {"name": "Titan", "year": 1655}
    assert got["raw"].tool_calls == []
    assert got["raw"].response_metadata["finish_reason"] == "stop"
    names = [each["function"]["name"] for each in bodies(summer)[-1]["tools"]]
    assert names == ["weather", "Moon"]
    assert bodies(summer)[-1]["tool_choice"] == "required"


def test_other_calls_stay_calls_with_a_schema_as_function(
    summer: TelnyxEmulator, mode: Mode
) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "Moon", "schema": {"type": "object"}}}
    model = ChatTelnyx(**summer.options()).bind_tools([weather], response_format=form)
    for call in (mode.invoke, mode.whole):
        summer.script.call_tools(("weather", {"city": "Oslo"}), ("Moon", {"name": "Titan"}))
        answer = call(model, "Hi")
        assert [call["name"] for call in answer.tool_calls] == ["weather"]
        assert json.loads(answer.text) == {"name": "Titan"}
        assert answer.response_metadata["finish_reason"] == "tool_calls"


def test_a_dialect_that_is_ignored_gives_way_to_the_next(mode: Mode) -> None:
    quirks = Quirks(response_format_json_schema=False, guided_decoding=False)
    with TelnyxEmulator(sockets=False, quirks=quirks) as emulator:
        model = ChatTelnyx(**emulator.options()).with_structured_output(Moon)
        assert mode.invoke(model, QUESTION) == Moon(name="Titan", year=1655)
        assert len(emulator.requests) == 3  # json_schema, guided_json, a function
        assert mode.invoke(model, QUESTION) == Moon(name="Titan", year=1655)
        assert len(emulator.requests) == 4
        assert bodies(emulator)[-1]["tool_choice"] == "required"


def test_without_functions_the_schema_is_sent_in_the_prompt(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(**emulator.options()).with_structured_output(Moon)
    emulator.fail(400, detail="`response_format` must be of type 'text' or 'json_object'.")
    emulator.fail(400, detail="`guided_json` is not known.")
    emulator.fail(400, detail="`tools` are not supported by this model.")
    emulator.say('{"name": "Titan", "year": 1655}')
    got = mode.invoke(model, [("system", "Be brief."), ("user", QUESTION)])
    assert got == Moon(name="Titan", year=1655)
    last = bodies(emulator)[-1]
    assert last["response_format"] == {"type": "json_object"}
    assert [message["role"] for message in last["messages"]] == ["system", "user"]
    assert last["messages"][0]["content"].startswith("Be brief.\n\nAnswer with one JSON value")


def test_max_tokens_and_a_schema_both_have_fallbacks(summer: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(max_tokens=300, **summer.options())
    structured = model.bind_tools([weather]).with_structured_output(Moon)
    summer.call_tool("Moon", {"name": "Titan", "year": 1655})
    with pytest.warns(UserWarning, match="does not support `max_tokens`"):
        assert mode.invoke(structured, QUESTION) == Moon(name="Titan", year=1655)
    before = len(summer.requests)
    summer.call_tool("Moon", {"name": "Rhea", "year": 1672})
    assert mode.invoke(structured, QUESTION) == Moon(name="Rhea", year=1672)
    assert len(summer.requests) == before + 1


def test_an_invalid_schema_has_no_fallback(mode: Mode) -> None:
    quirks = Quirks(strict_schemas_must_be_closed=True)
    with TelnyxEmulator(sockets=False, quirks=quirks) as emulator:
        form = {"name": "open", "strict": True, "schema": {"type": "object", "properties": {}}}
        model = ChatTelnyx(
            response_format={"type": "json_schema", "json_schema": form}, **emulator.options()
        )
        with pytest.raises(BadRequestError, match="additionalProperties"):
            mode.invoke(model)
        assert len(emulator.requests) == 1
        # The schema is closed, whether generated here or passed to `bind`.
        bound = ChatTelnyx(**emulator.options()).bind_tools(
            [], response_format={"type": "json_schema", "json_schema": form}
        )
        assert mode.invoke(bound).text


@pytest.mark.parametrize("markup", get_args(ToolMarkup))
@pytest.mark.parametrize("api", [False, True])
def test_a_call_in_the_text_is_not_prose_that_ignores_the_schema(
    mode: Mode, markup: Any, *, api: bool
) -> None:
    with TelnyxEmulator(sockets=False, quirks=Quirks(tool_markup=markup)) as emulator:
        emulator.call_tool("weather", {"city": "Oslo"})
        model = ChatTelnyx(use_responses_api=api, **emulator.options())
        answer = mode.invoke(model.bind_tools([weather], response_format=Moon), "Oslo?")
        assert [call["args"] for call in answer.tool_calls] == [{"city": "Oslo"}]
        assert len(emulator.requests) == 1


def test_the_cache_of_capabilities_is_bounded_and_drops_the_oldest() -> None:
    cache = CapabilityCache(size=2)
    for name in "abc":
        cache.learn(name, refuses_stream_options=True)
    known = [cache.of(name).refuses_stream_options for name in "abc"]
    assert known == [False, True, True]
    cache.clear()
    assert not cache.of("c").refuses_stream_options


def test_capabilities_of_several_requests_add_up() -> None:
    cache = CapabilityCache()
    cache.learn("a", refuses_stream_options=True)
    cache.learn("a", refuses_cap_with_tools=True)
    assert cache.of("a").refuses_stream_options
    assert cache.of("a").refuses_cap_with_tools


def test_a_warning_as_error_does_not_prevent_caching(summer: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(max_tokens=200, **summer.options()).bind_tools([weather])
    with pytest.raises(
        UserWarning, match="does not support `max_tokens`"
    ):  # as warnings are errors here
        mode.invoke(model, "Hi")
    mode.invoke(model, "Hi")
    assert "max_tokens" not in bodies(summer)[-1]


def test_odd_calls_beside_the_function_do_no_harm() -> None:
    ours = {"id": "1", "function": {"name": "Moon", "arguments": {"name": "Titan"}}}
    choice = {"message": {"tool_calls": [None, {"function": None}, ours]}}
    restored = restore_content({"choices": [choice]}, "Moon")["choices"][0]["message"]
    assert json.loads(restored["content"]) == {"name": "Titan"}
    assert ours not in restored["tool_calls"]
