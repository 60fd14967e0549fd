"""`check_history` reports and repairs broken histories, without changing them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    InvalidToolCall,
    RemoveMessage,
    ToolCall,
    ToolMessage,
)

from langchain_telnyx import ChatTelnyx, check_history

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

QUESTION = HumanMessage("Weather in Oslo and Rome?")


SEARCH = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}}
THOUGHT = {"type": "reasoning", "reasoning": "hm"}
ANSWER = {"type": "tool_result", "tool_use_id": "a", "content": "12 C"}
FUNCTION = AIMessage("", additional_kwargs={"function_call": {"name": "f", "arguments": "{}"}})
OWN = {"model_provider": "telnyx"}


def turn(*identities: str) -> AIMessage:
    calls = [ToolCall(name="weather", args={"city": name}, id=name) for name in identities]
    return AIMessage("", tool_calls=calls)


def result(identity: str, text: str = "12 C") -> ToolMessage:
    return ToolMessage(text, tool_call_id=identity)


def shape(messages: list[BaseMessage]) -> list[str]:
    """Return the types of messages, tools with their call id."""
    return [
        f"tool {message.tool_call_id}" if isinstance(message, ToolMessage) else message.type
        for message in messages
    ]


@pytest.mark.parametrize(
    ("history", "kinds", "repaired"),
    [
        ([QUESTION, turn("a"), result("a"), AIMessage("Mild.")], [], "human ai tool-a ai"),
        ([QUESTION, turn("a", "b"), result("b"), result("a")], [], "human ai tool-a tool-b"),
        ([QUESTION, turn("a")], ["dangling call"], "human ai tool-a"),
        ([turn("a", "b"), result("a"), QUESTION], ["dangling call"], "ai tool-a tool-b human"),
        ([result("a"), QUESTION], ["orphan result"], "human"),
        ([turn("a"), result("a"), result("a")], ["repeated result"], "ai tool-a"),
        ([turn("a"), QUESTION, result("a")], ["misplaced result"], "ai tool-a human"),
        ([QUESTION, AIMessage("")], ["empty message"], "human"),
        ([HumanMessage(""), QUESTION], ["empty message"], "human"),
        ([FunctionMessage(content="x", name="f"), QUESTION], ["orphan result"], "human"),
        ([RemoveMessage(id="1"), QUESTION], ["unsendable message"], "human"),
        ([ChatMessage(content="Hi", role="critic")], ["unknown role"], "human"),
        ([QUESTION, AIMessage([SEARCH, "It is."])], ["foreign block"], "human ai"),
        ([QUESTION, AIMessage([SEARCH])], ["foreign block"], "human"),
        ([QUESTION, AIMessage([THOUGHT, "Hi"], response_metadata=OWN)], [], "human ai"),
        ([QUESTION, AIMessage([THOUGHT], response_metadata=OWN)], ["empty message"], "human"),
        (
            [QUESTION, FUNCTION, FunctionMessage(content="x", name="f")],
            [],
            "human ai tool-call_1_0",
        ),
        ([QUESTION, FUNCTION], ["dangling call"], "human ai tool-call_1_0"),
        ([turn("a"), HumanMessage([ANSWER])], [], "ai tool-a"),
        ([turn("a"), HumanMessage([ANSWER, "And?"])], [], "ai tool-a human"),
        (
            [turn("a"), QUESTION, turn("a"), result("a")],
            ["dangling call"],
            "ai tool-a human ai tool-a",
        ),
        (
            [HumanMessage([{"type": "video", "url": "https://x/v.mp4"}, "Hi"])],
            ["unsendable block"],
            "human",
        ),
        ([HumanMessage([{"type": "video", "url": "https://x/v"}])], ["unsendable block"], ""),
    ],
)
def test_a_history_is_checked_and_repaired(
    history: list[BaseMessage], kinds: list[str], repaired: str
) -> None:
    before = copy.deepcopy(history)
    report = check_history(history)
    assert [finding.kind for finding in report.findings] == kinds
    assert report.ok is (not kinds)
    assert shape(report.messages) == [step.replace("-", " ") for step in repaired.split()]
    assert history == before
    assert check_history(report.messages).ok


def test_broken_arguments_become_valid_ones() -> None:
    broken = InvalidToolCall(
        name="weather", args='{"city": ', id="a", error="?", type="invalid_tool_call"
    )
    report = check_history([QUESTION, AIMessage("", invalid_tool_calls=[broken]), result("a")])
    assert [str(finding) for finding in report.findings] == [
        "message 1: invalid arguments: the arguments of 'weather' are not JSON; sent as a string."
    ]
    repaired = report.messages[1]
    assert isinstance(repaired, AIMessage)
    assert repaired.tool_calls[0]["args"] == {"invalid_arguments": '{"city": '}
    assert not repaired.invalid_tool_calls


def test_an_invalid_call_gets_an_error_result() -> None:
    broken = InvalidToolCall(name="weather", args="{", id="a", error="?", type="invalid_tool_call")
    report = check_history([QUESTION, AIMessage("", invalid_tool_calls=[broken])])
    assert [finding.kind for finding in report.findings] == ["invalid arguments", "dangling call"]
    assert report.messages[-1].text == (
        "Error: the arguments are not a JSON object, so the tool was not run."
    )


def test_a_report_reads_as_text() -> None:
    assert str(check_history([QUESTION])) == "The history needs no repair."
    assert str(check_history([result("a"), turn("b")])).splitlines() == [
        "message 0: orphan result: no earlier turn has the call 'a'; left out.",
        "message 1: dangling call: 'weather' ('b') has no result; an error result is added.",
    ]


def test_a_repaired_history_is_answered(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(**emulator.options())
    history: list[Any] = [
        result("lost"),
        QUESTION,
        turn("a", "b"),
        result("b"),
        HumanMessage("Well?"),
    ]
    assert mode.invoke(model, check_history(history).messages).text
