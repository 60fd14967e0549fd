"""Tools of every format are converted once; `tool_choice` in every format."""

from __future__ import annotations

import copy
import gc
import json
import weakref
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest
from langchain_core.load import dumpd
from langchain_core.tools import StructuredTool, tool
from pydantic import BaseModel, Field

from langchain_telnyx import ChatTelnyx, TelnyxRetrievalTool, TelnyxVectorStore
from langchain_telnyx.emulator import Quirks, TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.fixtures import Mode


@pytest.fixture
def model(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(**emulator.options())


def sent(emulator: TelnyxEmulator) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(emulator.requests[-1].body)
    return body


def a_function(city: str) -> str:
    """Tell the weather."""
    return city


@tool
def a_tool(city: str) -> str:
    """Tell the weather."""
    return city


class AModel(BaseModel):
    """Tell the weather."""

    city: str


class ATypedDict(TypedDict):
    """Tell the weather."""

    city: Annotated[str, ..., "where"]


A_SCHEMA = {
    "title": "a_schema",
    "description": "Tell the weather.",
    "type": "object",
    "properties": {"city": {"type": "string"}},
}
AN_OPENAI_TOOL = {
    "type": "function",
    "function": {
        "name": "an_openai_tool",
        "description": "Tell the weather.",
        "parameters": {"properties": {"city": {"type": "string"}}},
    },
}
AN_ANTHROPIC_TOOL = {
    "name": "an_anthropic_tool",
    "description": "Tell the weather.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (a_function, "a_function"),
        (a_tool, "a_tool"),
        (AModel, "AModel"),
        (ATypedDict, "ATypedDict"),
        (A_SCHEMA, "a_schema"),
        (AN_OPENAI_TOOL, "an_openai_tool"),
        (AN_ANTHROPIC_TOOL, "an_anthropic_tool"),
    ],
)
def test_every_form_of_tool_is_sent_as_a_function_with_typed_parameters(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, form: Any, name: str
) -> None:
    mode.invoke(model.bind_tools([form]), "Hi")
    (only,) = sent(emulator)["tools"]
    assert only["type"] == "function"
    assert only["function"]["name"] == name
    assert only["function"]["description"] == "Tell the weather."
    assert only["function"]["parameters"]["type"] == "object"
    assert only["function"]["parameters"]["properties"]["city"]["type"] == "string"


def test_a_function_without_parameters_still_has_typed_ones(
    emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    model.bind_tools([{"type": "function", "function": {"name": "ping"}}]).invoke("Hi")
    assert sent(emulator)["tools"][0]["function"]["parameters"] == {
        "type": "object",
        "properties": {},
    }


def test_tools_given_with_a_call_are_converted_too(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    mode.invoke(model, "Hi", tools=[a_tool], tool_choice="a_tool")
    body = sent(emulator)
    assert [each["function"]["name"] for each in body["tools"]] == ["a_tool"]
    assert body["tool_choice"] == "required"


def test_strict_closes_the_schema(emulator: TelnyxEmulator, model: ChatTelnyx) -> None:
    model.bind_tools([a_tool, AN_OPENAI_TOOL], strict=True).invoke("Hi")
    for each in sent(emulator)["tools"]:
        assert each["function"]["strict"] is True
        assert each["function"]["parameters"]["additionalProperties"] is False
    model.bind_tools([a_tool]).invoke("Hi")
    assert "strict" not in sent(emulator)["tools"][0]["function"]


def test_without_tools_nothing_about_tools_is_sent(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    bound = model.bind_tools([], tool_choice="any", parallel_tool_calls=True)
    for call in (mode.invoke, mode.whole):
        call(bound, "Hi")
        assert not sent(emulator).keys() & {"tools", "tool_choice", "parallel_tool_calls"}
    mode.invoke(model, "Hi", tools=[], tool_choice="auto")
    assert not sent(emulator).keys() & {"tools", "tool_choice"}


def test_parallel_tool_calls_is_sent_along_with_tools(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(parallel_tool_calls=False, **emulator.options())
    mode.invoke(model.bind_tools([a_tool]), "Hi")
    assert sent(emulator)["parallel_tool_calls"] is False
    mode.invoke(model, "Hi")
    assert "parallel_tool_calls" not in sent(emulator)


ALL = ["a_function", "a_tool", "retrieval"]


@pytest.mark.parametrize(
    ("choice", "names", "word"),
    [
        (None, ALL, None),
        (False, ALL, None),
        (True, ALL, "required"),
        ("auto", ALL, "auto"),
        ("none", ALL, "none"),
        ("any", ALL, "required"),
        ("required", ALL, "required"),
        ("a_tool", ["a_tool"], "required"),
        ("retrieval", ["retrieval"], "required"),
        (["a_function", "a_tool"], ["a_function", "a_tool"], "required"),
        ({"type": "function", "function": {"name": "a_tool"}}, ["a_tool"], "required"),
        ({"type": "function", "name": "a_tool"}, ["a_tool"], "required"),
        ({"type": "tool", "name": "a_tool"}, ["a_tool"], "required"),
        ({"type": "auto"}, ALL, "auto"),
        ({"type": "any"}, ALL, "required"),
        ({"type": "retrieval"}, ["retrieval"], "required"),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "auto",
                    "tools": [{"type": "function", "function": {"name": "a_tool"}}],
                },
            },
            ["a_tool"],
            "auto",
        ),
        (
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "a_function"}, {"type": "retrieval"}],
            },
            ["a_function", "retrieval"],
            "required",
        ),
    ],
)
def test_any_tool_choice_is_converted_to_the_apis_three(  # noqa: PLR0917 - a table's columns
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, choice: Any, names: Any, word: Any
) -> None:
    TelnyxVectorStore("moons", **emulator.options()).add_texts(["Titan."])
    tools: list[Any] = [a_function, a_tool, TelnyxRetrievalTool(["moons"])]
    for bound, options in (
        (model.bind_tools(tools, tool_choice=choice), {}),
        (model.bind_tools(tools), {"tool_choice": choice}),
    ):
        mode.invoke(bound, "Hi", **options)
        body = sent(emulator)
        kinds = [each.get("function", {}).get("name", each["type"]) for each in body["tools"]]
        assert kinds == names
        assert body.get("tool_choice") == word


@pytest.mark.parametrize(
    "choice", ["wether", ["a_tool", "wether"], {"type": "function", "function": {"name": "wether"}}]
)
def test_a_choice_of_an_unknown_tool_names_the_known_ones(model: ChatTelnyx, choice: Any) -> None:
    with pytest.raises(ValueError, match="names 'wether', but the tools are: 'a_function', 'a_too"):
        model.bind_tools([a_function, a_tool], tool_choice=choice)


def test_a_choice_of_unknown_format_is_refused(model: ChatTelnyx) -> None:
    with pytest.raises(ValueError, match="is invalid"):
        model.bind_tools([a_tool], tool_choice={"name": "a_tool"})


def test_the_model_calls_the_tool_and_only_the_one_chosen(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    @tool
    def get_weather(city: str) -> str:
        """Tell the weather in a city."""
        return city

    @tool
    def get_time(city: str) -> str:
        """Tell the time in a city."""
        return city

    model = ChatTelnyx(**emulator.options())
    question = "What is the weather in Oslo?"
    for call in (mode.invoke, mode.whole):
        answer = call(model.bind_tools([get_weather, get_time]), question)
        assert [call["name"] for call in answer.tool_calls] == ["get_weather"]
        forced = call(model.bind_tools([get_weather, get_time], tool_choice="get_time"), question)
        assert [call["name"] for call in forced.tool_calls] == ["get_time"]
        silent = call(model.bind_tools([get_weather], tool_choice="none"), question)
        assert silent.tool_calls == []


def test_the_retrieval_tool_goes_out_in_the_apis_form_beside_functions(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    TelnyxVectorStore("moons", **emulator.options()).add_texts(["Titan."])
    mode.invoke(model.bind_tools([TelnyxRetrievalTool(["moons"], max_num_results=3), a_tool]))
    search, function = sent(emulator)["tools"]
    assert search == {
        "type": "retrieval",
        "retrieval": {"bucket_ids": ["moons"], "max_num_results": 3},
    }
    assert function["function"]["name"] == "a_tool"
    plain = {"type": "retrieval", "retrieval": {"bucket_ids": ["moons"]}}
    mode.invoke(model.bind_tools([plain]))
    assert sent(emulator)["tools"] == [plain]
    assert TelnyxRetrievalTool("moons") == plain


def test_the_retrieval_tool_answers_from_a_bucket(emulator: TelnyxEmulator, mode: Mode) -> None:
    store = TelnyxVectorStore("moons", **emulator.options())
    store.add_texts(["The moon Titan was discovered by Christiaan Huygens in 1655."])
    model = ChatTelnyx(**emulator.options()).bind_tools([TelnyxRetrievalTool(["moons"])])
    assert "Huygens" in mode.invoke(model, "Who discovered the moon Titan?").text


@pytest.mark.parametrize(
    "options", [{"bucket_ids": []}, {"bucket_ids": [""]}, {"bucket_ids": "b", "max_num_results": 0}]
)
def test_a_retrieval_tool_that_cannot_find_anything_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"bucket_ids|max_num_results"):
        TelnyxRetrievalTool(**options)


def _renamed(it: StructuredTool) -> None:
    it.name = "other"


def _described(it: StructuredTool) -> None:
    it.description = "Something else."


def _retyped(it: StructuredTool) -> None:
    class Other(BaseModel):
        town: str

    it.args_schema = Other


def _written_into(it: StructuredTool) -> None:
    it.args_schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    ChatTelnyx(api_key="KEY1").bind_tools([it])
    it.args_schema["properties"]["b"] = {"type": "string"}


@pytest.mark.parametrize("change", [_renamed, _described, _retyped, _written_into])
def test_a_tool_that_was_changed_is_sent_as_it_is_now(
    emulator: TelnyxEmulator, model: ChatTelnyx, change: Callable[[StructuredTool], None]
) -> None:
    def weather(city: str) -> str:
        return city

    changing = StructuredTool.from_function(weather, description="Tell the weather.")
    fresh = StructuredTool.from_function(weather, description="Tell the weather.")
    model.bind_tools([changing]).invoke("Hi")
    change(changing)
    change(fresh)
    model.bind_tools([changing]).invoke("Hi")
    was = sent(emulator)["tools"]
    model.bind_tools([fresh]).invoke("Hi")
    assert was == sent(emulator)["tools"]


def test_a_function_that_was_documented_anew_is_sent_as_it_is_now(
    emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    def weather(city: str) -> str:
        """Tell the weather."""
        return city

    model.bind_tools([weather])
    weather.__doc__ = "Tell tomorrow's weather."
    model.bind_tools([weather]).invoke("Hi")
    assert sent(emulator)["tools"][0]["function"]["description"] == "Tell tomorrow's weather."


def test_tools_of_one_name_are_not_taken_for_each_other(
    emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    for kind in ("string", "integer"):
        schema = {"type": "object", "properties": {"x": {"type": kind}}}
        made = StructuredTool(name="same", description="Same.", args_schema=schema, func=print)
        model.bind_tools([made]).invoke("Hi")
        assert sent(emulator)["tools"][0]["function"]["parameters"]["properties"]["x"] == {
            "type": kind
        }


def test_bound_tools_can_be_modified_without_side_effects(
    model: ChatTelnyx,
) -> None:
    first: Any = model.bind_tools([a_tool])
    first.kwargs["tools"][0]["function"]["description"] = "Scribble."
    second: Any = model.bind_tools([a_tool])
    assert second.kwargs["tools"][0]["function"]["description"] == "Tell the weather."


def test_bound_tools_do_not_outlive_their_users(model: ChatTelnyx) -> None:
    class Local(BaseModel):
        """Local."""

        x: int = Field(default=0)

    made = StructuredTool.from_function(lambda x: x, name="x", description="X.", args_schema=Local)
    watched: list[weakref.ref[Any]] = [weakref.ref(made), weakref.ref(Local)]
    model.bind_tools([made, Local])
    del made, Local
    gc.collect()
    assert [each() for each in watched] == [None, None]


def test_tools_and_max_tokens_work_on_a_server_that_refuses_both(
    mode: Mode,
) -> None:
    quirks = Quirks(tools_refuse_output_cap=True)
    with TelnyxEmulator(sockets=False, quirks=quirks) as emulator:
        model = ChatTelnyx(max_tokens=500, **emulator.options())
        emulator.call_tool("a_tool", {"city": "Oslo"})
        with pytest.warns(UserWarning, match="does not support `max_tokens` together with tools"):
            answer = mode.invoke(model.bind_tools([a_tool]), "Weather?")
        assert answer.tool_calls[0]["args"] == {"city": "Oslo"}


def test_a_model_with_tools_can_be_stored_copied_and_bound_further(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    bound = model.bind_tools([a_tool])
    assert dumpd(bound)["id"] == dumpd(model.bind(stop=["x"]))["id"]
    for again in (copy.deepcopy(bound), bound.bind(seed=7), bound.with_config(tags=["a"])):
        mode.invoke(again, "Hi")
        assert sent(emulator)["tools"][0]["function"]["name"] == "a_tool"
