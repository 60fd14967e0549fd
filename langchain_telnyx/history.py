"""`check_history`: what in a conversation the API would refuse, and the conversation mended.

Histories break when a run is interrupted between a tool call and its result, when a window cuts
them, or when another provider's messages are carried on. The API then refuses every later request.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
)

from langchain_telnyx._chat.parts import Form, part
from langchain_telnyx.client.call import JSON

Kind = Literal[
    "orphan result",
    "repeated result",
    "misplaced result",
    "dangling call",
    "invalid arguments",
    "unsendable block",
    "unsendable message",
    "empty message",
]

_NO_RESULT = "Error: the call was interrupted, so there is no result."
_SENDABLE = (AIMessage, ToolMessage, HumanMessage, SystemMessage, ChatMessage)


@dataclass(frozen=True, slots=True)
class HistoryFinding:
    """One thing that is wrong with a history.

    Attributes:
        position: The index of the message, in the history that was checked.
        kind: What is wrong.
        remedy: What it is, and what the mended history does about it.
    """

    position: int
    kind: Kind
    remedy: str

    def __str__(self) -> str:
        return f"message {self.position}: {self.kind}: {self.remedy}"


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """What is wrong with a history, and the history without it.

    Attributes:
        findings: What is wrong, in the order of the messages; empty when all is well.
        messages: The history mended. The messages that were checked are not changed.
    """

    findings: tuple[HistoryFinding, ...]
    messages: list[BaseMessage]

    @property
    def ok(self) -> bool:
        """Whether the history can be sent as it is."""
        return not self.findings

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings)) or "Nothing is wrong with this history."


def check_history(messages: Sequence[BaseMessage]) -> HistoryReport:
    """Tell what in a conversation the API would refuse; nothing is sent and nothing changed.

    Args:
        messages: The conversation.

    Example:
        ```python
        from langchain_core.messages import AIMessage, HumanMessage, ToolCall
        from langchain_telnyx import check_history

        call = ToolCall(name="weather", args={"city": "Oslo"}, id="call_1")
        report = check_history([HumanMessage("Weather?"), AIMessage("", tool_calls=[call])])
        print(report)
        report.messages[-1].content  # 'Error: the call was interrupted, so there is no result.'
        ```
    """
    checked = _Check(messages)
    mended = list(checked.mended())
    findings = tuple(sorted(checked.findings, key=lambda finding: finding.position))
    return HistoryReport(findings, mended)


class _Check:
    """One pass over a history."""

    def __init__(self, messages: Sequence[BaseMessage]) -> None:
        self._messages = messages
        self._used: set[int] = set()  # positions of results that stand with their call
        self._answered: set[str] = set()
        self.findings: list[HistoryFinding] = []

    def mended(self) -> Iterator[BaseMessage]:
        for position, message in enumerate(self._messages):
            if isinstance(message, ToolMessage):
                self._stray(position, message)
            elif not isinstance(message, _SENDABLE):
                name = type(message).__name__
                self._find(position, "unsendable message", f"a {name} is left out.")
            elif isinstance(message, AIMessage):
                yield from self._turn(position, message)
            else:
                yield from self._said(position, message)

    def _find(self, position: int, kind: Kind, remedy: str) -> None:
        self.findings.append(HistoryFinding(position, kind, remedy))

    def _stray(self, position: int, message: ToolMessage) -> None:
        if position in self._used:
            return
        if message.tool_call_id in self._answered:
            what = f"{message.tool_call_id!r} has its result already; this one is left out."
            self._find(position, "repeated result", what)
        else:
            what = f"no turn before it calls {message.tool_call_id!r}; it is left out."
            self._find(position, "orphan result", what)

    def _turn(self, position: int, message: AIMessage) -> Iterator[BaseMessage]:
        calls = list(message.tool_calls)
        for broken in message.invalid_tool_calls:
            what = f"{broken['name']!r} was called with no JSON; it is kept as a string."
            self._find(position, "invalid arguments", what)
            args = {"invalid_arguments": broken["args"]}
            calls.append(ToolCall(name=broken["name"] or "", args=args, id=broken["id"]))
        if not calls and not message.content:
            self._find(position, "empty message", "a turn that says and calls nothing is left out.")
            return
        if message.invalid_tool_calls:
            message = message.model_copy(update={"tool_calls": calls, "invalid_tool_calls": []})
        yield message
        row = position + 1
        for call in calls:
            where = self._result_of(call, position)
            if where is None:
                what = f"{call['name']!r} ({call['id']!r}) has no result; one is put in."
                self._find(position, "dangling call", what)
                yield ToolMessage(
                    _NO_RESULT, tool_call_id=call["id"] or "", name=call["name"], status="error"
                )
                continue
            self._used.add(where)
            self._answered.add(call["id"] or "")
            if any(not isinstance(between, ToolMessage) for between in self._messages[row:where]):
                what = f"the result of {call['id']!r} is moved to its call, at {position}."
                self._find(where, "misplaced result", what)
            yield self._messages[where]

    def _result_of(self, call: ToolCall, position: int) -> int | None:
        for later in range(position + 1, len(self._messages)):
            message = self._messages[later]
            if (
                isinstance(message, ToolMessage)
                and message.tool_call_id == call["id"]
                and later not in self._used
            ):
                return later
        return None

    def _said(self, position: int, message: BaseMessage) -> Iterator[BaseMessage]:
        content = message.content
        if not isinstance(content, str):
            kept = [block for block in content if self._can_be_sent(position, block)]
            if len(kept) < len(content):
                message = message.model_copy(update={"content": kept})
        if message.content:
            yield message
        elif not content:
            self._find(position, "empty message", "it says nothing and is left out.")

    def _can_be_sent(self, position: int, block: str | JSON) -> bool:
        if isinstance(block, dict) and block.get("type") == "tool_result":
            return True
        try:
            part(block, Form())
        except ValueError as error:
            self._find(position, "unsendable block", f"it is left out. {error}")
            return False
        return True
