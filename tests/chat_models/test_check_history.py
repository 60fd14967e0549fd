"""A broken history is told what is wrong with it, and mended without being changed."""

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
    from tests.support.fixtures import Face

ASKED = HumanMessage("Weather in Oslo and Rome?")


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
    """Return who speaks in turn, tools with the call they answer."""
    return [
        f"tool {message.tool_call_id}" if isinstance(message, ToolMessage) else message.type
        for message in messages
    ]


@pytest.mark.parametrize(
    ("history", "kinds", "mended"),
    [
        ([ASKED, turn("a"), result("a"), AIMessage("Mild.")], [], "human ai tool-a ai"),
        ([ASKED, turn("a", "b"), result("b"), result("a")], [], "human ai tool-a tool-b"),
        ([ASKED, turn("a")], ["dangling call"], "human ai tool-a"),
        ([turn("a", "b"), result("a"), ASKED], ["dangling call"], "ai tool-a tool-b human"),
        ([result("a"), ASKED], ["orphan result"], "human"),
        ([turn("a"), result("a"), result("a")], ["repeated result"], "ai tool-a"),
        ([turn("a"), ASKED, result("a")], ["misplaced result"], "ai tool-a human"),
        ([ASKED, AIMessage("")], ["empty message"], "human"),
        ([HumanMessage(""), ASKED], ["empty message"], "human"),
        ([FunctionMessage(content="x", name="f"), ASKED], ["orphan result"], "human"),
        ([RemoveMessage(id="1"), ASKED], ["unsendable message"], "human"),
        ([ChatMessage(content="Hi", role="critic")], ["unknown role"], "human"),
        ([ASKED, AIMessage([SEARCH, "It is."])], ["foreign block"], "human ai"),
        ([ASKED, AIMessage([SEARCH])], ["foreign block"], "human"),
        ([ASKED, AIMessage([THOUGHT, "Hi"], response_metadata=OWN)], [], "human ai"),
        ([ASKED, AIMessage([THOUGHT], response_metadata=OWN)], ["empty message"], "human"),
        ([ASKED, FUNCTION, FunctionMessage(content="x", name="f")], [], "human ai tool-call_1_0"),
        ([ASKED, FUNCTION], ["dangling call"], "human ai tool-call_1_0"),
        ([turn("a"), HumanMessage([ANSWER])], [], "ai tool-a"),
        ([turn("a"), HumanMessage([ANSWER, "And?"])], [], "ai tool-a human"),
        (
            [turn("a"), ASKED, turn("a"), result("a")],
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
def test_a_history_is_checked_and_mended(
    history: list[BaseMessage], kinds: list[str], mended: str
) -> None:
    before = copy.deepcopy(history)
    report = check_history(history)
    assert [finding.kind for finding in report.findings] == kinds
    assert report.ok is (not kinds)
    assert shape(report.messages) == [step.replace("-", " ") for step in mended.split()]
    assert history == before
    assert check_history(report.messages).ok


def test_broken_arguments_become_ones_that_can_be_read() -> None:
    broken = InvalidToolCall(
        name="weather", args='{"city": ', id="a", error="?", type="invalid_tool_call"
    )
    report = check_history([ASKED, AIMessage("", invalid_tool_calls=[broken]), result("a")])
    assert [str(finding) for finding in report.findings] == [
        "message 1: invalid arguments: the arguments of 'weather' are not JSON; sent as a string."
    ]
    mended = report.messages[1]
    assert isinstance(mended, AIMessage)
    assert mended.tool_calls[0]["args"] == {"invalid_arguments": '{"city": '}
    assert not mended.invalid_tool_calls


def test_a_call_that_could_not_be_read_gets_a_result_that_says_so() -> None:
    broken = InvalidToolCall(name="weather", args="{", id="a", error="?", type="invalid_tool_call")
    report = check_history([ASKED, AIMessage("", invalid_tool_calls=[broken])])
    assert [finding.kind for finding in report.findings] == ["invalid arguments", "dangling call"]
    assert report.messages[-1].text == (
        "Error: the arguments are not a JSON object, so the tool was not run."
    )


def test_a_report_reads_as_text() -> None:
    assert str(check_history([ASKED])) == "The history needs no repair."
    assert str(check_history([result("a"), turn("b")])).splitlines() == [
        "message 0: orphan result: no earlier turn has the call 'a'; left out.",
        "message 1: dangling call: 'weather' ('b') has no result; an error result is added.",
    ]


def test_a_mended_history_is_answered(emulator: TelnyxEmulator, face: Face) -> None:
    model = ChatTelnyx(**emulator.options())
    history: list[Any] = [result("lost"), ASKED, turn("a", "b"), result("b"), HumanMessage("Well?")]
    assert face.invoke(model, check_history(history).messages).text
