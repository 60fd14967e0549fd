from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from langchain_telnyx.emulator.model import results
from langchain_telnyx.emulator.model.request import Function, Message
from langchain_telnyx.emulator.model.toolcalls import Call, CompletedCall, plan

TODAY = dt.date(2026, 1, 1)
S = {"type": "string"}
I = {"type": "integer"}  # noqa: E741 - short names for a table


def function(name: str, description: str, **parameters: Any) -> Function:
    schema = {"type": "object", "properties": parameters, "required": list(parameters)}
    return Function(name=name, description=description, parameters=schema)


WEATHER = function("get_weather", "Get the current weather in a given location", location=S)
TIME = function("get_time", "Get the local time of a city", city=S)
ADD = function("add", "Add two integers.", a=I, b=I)
ADDER = function("my_adder", "Takes two integers, a and b, and returns their sum.", a=I, b=I)
MULTIPLY = function("multiply", "Multiply two integers.", a=I, b=I)
MAGIC = function("magic_function", "Apply a magic function to an input.", input=I)
ROOT = function("square_root", "The square root of a number", number=I)
MEAN = function("mean", "The mean of numbers", numbers={"type": "array", "items": I})
SEARCH = function("search_docs", "Search and return passages of the documentation.", query=S)
GREETING = function("greeting_generator", "Generate a greeting in a style.", answer_style=S)
NOW = Function(name="what_time_is_it", description="Tell the time.")


def planned(text: str, *tools: Function, **options: Any) -> list[tuple[str, Any]]:
    return [(call.name, call.arguments) for call in plan(tools, text, today=TODAY, **options)]


@pytest.mark.parametrize(
    ("text", "tools", "expected"),
    [
        ("What is the weather in Oslo?", [TIME, WEATHER], [("get_weather", {"location": "Oslo"})]),
        (
            "What is the weather in Paris and London?",
            [WEATHER],
            [("get_weather", {"location": "Paris"}), ("get_weather", {"location": "London"})],
        ),
        (
            "Compare the weather in New York, Berlin, and São Paulo",
            [WEATHER],
            [
                ("get_weather", {"location": "New York"}),
                ("get_weather", {"location": "Berlin"}),
                ("get_weather", {"location": "São Paulo"}),
            ],
        ),
        (
            "What is the weather in Paris and the time in Tokyo?",
            [WEATHER, TIME],
            [("get_weather", {"location": "Paris"}), ("get_time", {"city": "Tokyo"})],
        ),
        (
            "add 2 and 3, and multiply 4 and 5",
            [ADD, MULTIPLY],
            [("add", {"a": 2, "b": 3}), ("multiply", {"a": 4, "b": 5})],
        ),
        (
            "What is 3 * 12? Also, what is 11 + 49?",
            [ADD, MULTIPLY],
            [("multiply", {"a": 3, "b": 12}), ("add", {"a": 11, "b": 49})],
        ),
        (
            "The square roots of 4, 9 and 16, please",
            [ROOT],
            [
                ("square_root", {"number": 4}),
                ("square_root", {"number": 9}),
                ("square_root", {"number": 16}),
            ],
        ),
        ("The mean of 4, 9 and 16, please", [MEAN], [("mean", {"numbers": [4, 9, 16]})]),
        ("What is 1 + 2", [ADDER], [("my_adder", {"a": 1, "b": 2})]),
        (
            "What is the value of magic_function(3)? Use the tool.",
            [MAGIC],
            [("magic_function", {"input": 3})],
        ),
        (
            "Using the tool, generate a Pirate greeting.",
            [GREETING],
            [("greeting_generator", {"answer_style": "Pirate"})],
        ),
        ("What time is it?", [NOW], [("what_time_is_it", {})]),
        (
            "How do I install the emulator?",
            [WEATHER, SEARCH],
            [("search_docs", {"query": "How do I install the emulator?"})],
        ),
        ("Hello!", [WEATHER, ADD, SEARCH], []),
        ("What is the capital of France?", [WEATHER, ADD], []),
    ],
)
def test_tools_are_called_for_the_requests_in_the_text(
    text: str, tools: list[Function], expected: list[tuple[str, Any]]
) -> None:
    assert planned(text, *tools) == expected


def test_a_tool_is_always_called_when_required() -> None:
    assert planned("Hello!", MAGIC, WEATHER, required=True) == [("magic_function", {"input": 0})]


def test_a_follow_up_uses_the_tool_of_the_previous_question() -> None:
    assert planned("And in Rome?", WEATHER, previous="What is the weather in Oslo?") == [
        ("get_weather", {"location": "Rome"})
    ]


def test_a_completed_call_is_not_repeated() -> None:
    completed = [CompletedCall(Call("get_weather", {"location": "Oslo"}), "sunny")]
    assert planned("What is the weather in Oslo?", WEATHER, completed=completed) == []


def test_the_remaining_calls_are_made_next() -> None:
    completed = [CompletedCall(Call("get_weather", {"location": "Paris"}), "sunny")]
    assert planned("Weather in Paris and London?", WEATHER, completed=completed) == [
        ("get_weather", {"location": "London"})
    ]


def test_a_call_waits_for_the_result_that_it_needs() -> None:
    text = "Add 2 and 3, then multiply the result by 4"
    first = [("add", {"a": 2, "b": 3})]
    assert planned(text, ADD, MULTIPLY) == first
    completed = [CompletedCall(Call("add", {"a": 2, "b": 3}), "5")]
    assert planned(text, ADD, MULTIPLY, completed=completed) == [("multiply", {"a": 5, "b": 4})]
    completed.append(CompletedCall(Call("multiply", {"a": 5, "b": 4}), "20"))
    assert planned(text, ADD, MULTIPLY, completed=completed) == []


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("It's sunny in Oslo.", "It's sunny in Oslo."),
        ("5", 'get_weather(location="Oslo") returned 5.'),
        (
            '{"temperature": 22, "unit": "celsius"}',
            'get_weather(location="Oslo") returned temperature: 22, unit: celsius.',
        ),
        ("", 'get_weather(location="Oslo") returned nothing.'),
    ],
)
def test_an_answer_contains_the_result_of_a_tool(result: str, expected: str) -> None:
    completed = [CompletedCall(Call("get_weather", {"location": "Oslo"}), result)]
    assert results.answer("What is the weather in Oslo?", completed, previous="") == expected


def test_the_answer_is_quoted_from_a_long_result() -> None:
    page = (
        "The harbour opens at six. Fishing boats leave first. "
        "Ferries to the islands leave at nine and return in the evening. " * 3
    )
    completed = [CompletedCall(Call("search_docs", {"query": "ferries"}), page)]
    assert results.answer("When do ferries leave for the islands?", completed, previous="") == (
        "Ferries to the islands leave at nine and return in the evening. [1]\n\n"
        "Sources: [1] search_docs"
    )


def test_results_are_matched_to_their_calls() -> None:
    messages = [
        Message.model_validate(message)
        for message in (
            {"role": "user", "content": "old"},
            {"role": "tool", "tool_call_id": "old", "content": "old"},
            {"role": "user", "content": "new"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "add", "arguments": '{"a": 1}'},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "5"},
        )
    ]
    assert results.completed_calls(messages) == [CompletedCall(Call("add", {"a": 1}), "5")]
