"""If a request has a schema, the text of the answer is only the JSON."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy
from pydantic import BaseModel

from langchain_telnyx.chat_models.output.responses import result
from langchain_telnyx.client.call import ResponseBody
from tests.chat_models.output.test_finish_reasons import completion, event, model_of, sse, whole
from tests.chat_models.repair.test_engine_answers import assembled, events_of, pieces_of
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from collections.abc import Callable


class Person(BaseModel):
    """A person."""

    name: str
    age: int


SCHEMA = {
    "type": "json_schema",
    "json_schema": {"name": "Person", "schema": Person.model_json_schema()},
}
ANY = {"type": "json_schema", "json_schema": {"name": "Names", "schema": {"type": "array"}}}
DRAFT, FINAL = '{"name": "draft", "age": 1}', '{"name": "final", "age": 2}'
CALL = {"id": "call_1", "function": {"name": "weather", "arguments": "{}"}}

# The answer, and the expected text.
SAMPLES = [
    ("plain", FINAL, FINAL),
    ("white_space", f"\n {FINAL}\n", FINAL),
    ("fence", f"```json\n{FINAL}\n```", FINAL),
    ("fence_without_language", f"```\n{FINAL}\n```", FINAL),
    ("fence_and_prose", f"Here it is:\n```json\n{FINAL}\n```\nAnything else?", FINAL),
    ("prose_before", f"Sure! {FINAL}", FINAL),
    ("prose_behind", f"{FINAL}\nAnything else?", FINAL),
    ("prose_with_brackets", f"See [1] and {{x}}: {FINAL} (see [2]).", FINAL),
    ("thinking", f"<think>Maybe {DRAFT}? No.</think>\n{FINAL}", FINAL),
    ("thinking_without_opening", f"Maybe {DRAFT}? No.\n</think>\n\n{FINAL}", FINAL),
    ("object_of_another_kind_behind", f'{FINAL} (see {{"page": 1, "of": "the book"}})', FINAL),
    ("thinking_twice", f"Maybe {DRAFT}?</think> Or {DRAFT}?</think>{FINAL}", FINAL),
    ("thinking_of_minimax", f"<mm:think>Maybe {DRAFT}?</mm:think>{FINAL}", FINAL),
    ("thinking_and_fence", f"Hm {DRAFT}</think>\n```json\n{FINAL}\n```", FINAL),
    ("end_of_turn", f"{FINAL}<|im_end|>", FINAL),
    ("encoded_twice", json.dumps(FINAL), FINAL),
    ("raw_line_end", '{"name": "a\nb\tc", "age": 2}', '{"name": "a\\nb\\tc", "age": 2}'),
    ("line_ends_between", '{\n\t"name": "a",\n\t"age": 2\n}', '{\n\t"name": "a",\n\t"age": 2\n}'),
    ("harmony", f"<|channel|>final<|message|>{FINAL}<|return|>", FINAL),
    (
        "harmony_thinking",
        f"<|channel|>analysis<|message|>{DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>{FINAL}",
        FINAL,
    ),
    ("prose_only", "I cannot say.", "I cannot say."),
    ("prose_with_a_list", "I cannot say, see [1].", "I cannot say, see [1]."),
    (
        "answer_function",
        f'<tool_call>{{"name": "Person", "arguments": {FINAL}}}</tool_call>',
        FINAL,
    ),
    (
        "answer_function_behind_text",
        f'Hm.<tool_call>{{"name": "Person", "arguments": {FINAL}}}</tool_call>',
        FINAL,
    ),
    ("rest_of_a_token", f"{FINAL}_end|>", FINAL),
    ("empty", "", ""),
]
# Answers that begin with JSON other than the answer, which only the end shows.
DRAFTS = [
    ("thinking_that_begins_with_a_draft", f"{DRAFT}? No.</think>{FINAL}", FINAL),
    ("draft_and_answer", f"{DRAFT}\n{FINAL}", FINAL),
    ("draft_of_the_same_length", f"{FINAL.replace('final', 'draft')}. Wait:\n{FINAL}", FINAL),
    ("longer_draft", '{"name": "a long draft", "age": 1} is wrong. ' + FINAL, FINAL),
    ("draft_and_answer_in_fences", f"```json\n{DRAFT}\n```\nNo:\n```json\n{FINAL}\n```", FINAL),
    ("object_of_another_kind_before", f'{{"page": 1, "of": "the book"}}: {FINAL}', FINAL),
]


def of_whole(text: str, form: Any = SCHEMA, **message: Any) -> Any:
    choice = {"message": {"content": text, **message}, "finish_reason": "stop"}
    request = {"model": "m", "response_format": form}
    return (
        result(ResponseBody({"choices": [choice]}, {}), "m", request=request).generations[0].message
    )


@pytest.mark.parametrize(("name", "text", "meaning"), SAMPLES + DRAFTS)
def test_the_text_is_only_the_json(name: str, text: str, meaning: str) -> None:
    message = of_whole(text)
    assert (name, message.text) == (name, meaning)


@pytest.mark.parametrize(("name", "text", "meaning"), SAMPLES)
@settings(max_examples=examples(40), deadline=None)
@given(data=st.data())
def test_the_text_is_only_the_json_in_any_split(
    name: str, text: str, meaning: str, data: Any
) -> None:
    deltas = [{"content": piece} for piece in pieces_of(data, text)]
    message = assembled(events_of(deltas), {"model": "m", "response_format": SCHEMA})
    assert (name, message.text) == (name, meaning)
    assert message.additional_kwargs == of_whole(text).additional_kwargs


@pytest.mark.parametrize(("name", "text", "meaning"), SAMPLES + DRAFTS)
@settings(max_examples=examples(20), deadline=None)
@given(data=st.data())
def test_no_split_yields_a_draft_without_json_streaming(
    name: str, text: str, meaning: str, data: Any
) -> None:
    deltas = [{"content": piece} for piece in pieces_of(data, text)]
    request = {"model": "m", "response_format": SCHEMA}
    message = assembled(events_of(deltas), request, streams_json=False)
    assert (name, message.text) == (name, meaning)
    assert message.additional_kwargs == of_whole(text).additional_kwargs


def test_json_is_streamed() -> None:
    pieces = ["```json\n", '{"name"', ': "An', 'n", "age"', ": 2}", "\n```"]
    model, _ = model_of(sse(*(event({"content": piece}) for piece in pieces), event({}, "stop")))
    texts = [chunk.text for chunk in model.stream("Hi", response_format=SCHEMA)]
    assert [text for text in texts if text] == pieces[1:-1]
    bound = model.bind_tools([], response_format=SCHEMA, stream_json=True)
    assert [chunk.text for chunk in bound.stream("Hi") if chunk.text] == pieces[1:-1]


def test_reasoning_in_the_text_is_separated() -> None:
    message = of_whole(f"<think>Maybe {DRAFT}?</think>{FINAL}")
    assert message.additional_kwargs["reasoning_content"] == f"Maybe {DRAFT}?"


def test_the_original_text_is_preserved() -> None:
    text = f"Sure! {FINAL} Bye."
    assert of_whole(text).response_metadata["raw"]["message"]["content"] == text
    deltas = [{"content": piece} for piece in ("Su", text[2:])]
    streamed = assembled(events_of(deltas), {"model": "m", "response_format": SCHEMA})
    assert streamed.response_metadata["raw"]["message"]["content"] == text


def test_a_list_is_an_answer_if_the_schema_is_a_list() -> None:
    assert of_whole('Names: ["Ann"].', ANY).text == '["Ann"]'
    assert of_whole('["Ann"]', ANY).text == '["Ann"]'


def test_text_beside_calls_is_left_as_it_is() -> None:
    text = f"I look for {DRAFT}."
    assert of_whole(text, tool_calls=[CALL]).text == text


def test_without_a_schema_the_text_is_left_as_it_is() -> None:
    text = f"Maybe {DRAFT}? No.\n</think>\n\n{FINAL}"
    assert of_whole(text, None).text == text


def test_a_streamed_draft_is_never_the_parsed_answer() -> None:
    text = f"{DRAFT}? No.</think>{FINAL}"
    model, _ = model_of(sse(*(event({"content": letter}) for letter in text), event({}, "stop")))
    *_, last = model.with_structured_output(Person).stream("Hi")
    assert last == Person(name="final", age=2)


@pytest.mark.parametrize("method", ["json_schema", "json_mode", "function_calling", "guided_json"])
@pytest.mark.parametrize(
    "text", [text for _, text, meaning in SAMPLES + DRAFTS if meaning == FINAL]
)
def test_structured_output_reads_every_form(method: Any, text: str) -> None:
    if "<tool_call>" in text and method in {"json_mode", "guided_json"}:
        return  # these send no name of a function
    model, _ = model_of(whole(completion("stop", text)))
    found = model.with_structured_output(Person, method=method).invoke("Hi")
    assert found == Person(name="final", age=2)
    model, _ = model_of(
        sse(*(event({"content": text[at : at + 5]}) for at in range(0, len(text), 5)))
    )
    *_, last = model.with_structured_output(Person, method=method).stream("Hi")
    assert last == Person(name="final", age=2)


MODES = ["messages", "values"]
AGENT_WAYS: dict[str, Callable[[Any, Any], Any]] = {
    "invoke": lambda agent, given: agent.invoke(given),
    "ainvoke": lambda agent, given: asyncio.run(agent.ainvoke(given)),
    "stream": lambda agent, given: seen(list(agent.stream(given, stream_mode=MODES))),
    "astream": lambda agent, given: seen(asyncio.run(alisted(agent, given))),
}


async def alisted(agent: Any, given: Any) -> list[Any]:
    return [each async for each in agent.astream(given, stream_mode=MODES)]


def seen(events: list[Any]) -> dict[str, Any]:
    """Return the last state of an agent, and the streamed text."""
    texts = [payload[0].text for mode, payload in events if mode == "messages"]
    [*_, state] = [payload for mode, payload in events if mode == "values"]
    return {**state, "streamed": "".join(texts)}


@pytest.mark.parametrize("way", AGENT_WAYS)
@pytest.mark.parametrize(
    "text", [text for _, text, meaning in SAMPLES + DRAFTS if meaning == FINAL]
)
def test_an_agent_with_a_provider_strategy_reads_every_form(text: str, way: str) -> None:
    pieces = [event({"content": text[at : at + 5]}) for at in range(0, len(text), 5)]
    for body in (whole(completion("stop", text)), sse(*pieces, event({}, "stop"))):
        model, _ = model_of(body, streaming=body[0] == "text/event-stream")
        agent: Any = create_agent(model, [], response_format=ProviderStrategy(Person))
        state = AGENT_WAYS[way](agent, {"messages": [("user", "Hi")]})
        assert state["structured_response"] == Person(name="final", age=2)
        assert state["messages"][-1].text == FINAL
        assert state.get("streamed", FINAL) == FINAL


def test_drafts_in_the_thinking_of_an_agent_are_thinking() -> None:
    deltas = [{"reasoning_content": f"Maybe {DRAFT}?"}, {"content": FINAL}]
    model, _ = model_of(sse(*map(event, deltas), event({}, "stop")))
    agent: Any = create_agent(model, [], response_format=ProviderStrategy(Person))
    state = seen(list(agent.stream({"messages": [("user", "Hi")]}, stream_mode=MODES)))
    assert state["structured_response"] == Person(name="final", age=2)
    assert state["streamed"] == FINAL


def test_raw_line_ends_reach_an_agent_as_they_are() -> None:
    model, _ = model_of(whole(completion("stop", '{"name": "a\nb", "age": 2}')))
    agent: Any = create_agent(model, [], response_format=ProviderStrategy(Person))
    state = agent.invoke({"messages": [("user", "Hi")]})
    assert state["structured_response"] == Person(name="a\nb", age=2)
