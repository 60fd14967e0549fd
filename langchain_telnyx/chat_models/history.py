"""`check_history`: finds and repairs what the API rejects in a conversation.

A history breaks when a run is interrupted between a tool call and its result, or when it is
trimmed: the API then refuses every later request. In messages of other providers, some content
blocks are left out or converted, see `block_table`.
"""

import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
)

from langchain_telnyx.chat_models.history_adapter.block_rules import Place
from langchain_telnyx.chat_models.history_adapter.block_table import (
    CALLS,
    RESULTS,
    adapt_block,
    unwrapped,
)
from langchain_telnyx.chat_models.history_adapter.content_parts import Form
from langchain_telnyx.chat_models.history_adapter.messages import (
    content_of,
    is_own,
    is_thought,
    nothing_to_show,
    of_its_class,
    result_content,
    result_id,
    role_of,
    text_beside_content,
)
from langchain_telnyx.chat_models.history_adapter.tool_calls import AdaptedCall, OpenCalls, calls_of
from langchain_telnyx.client.call import JSON

Kind = Literal[
    "orphan result",
    "repeated result",
    "misplaced result",
    "dangling call",
    "invalid arguments",
    "unclear call",
    "unsendable block",
    "foreign block",
    "changed block",
    "unsendable message",
    "unknown role",
    "empty message",
]

_NO_RESULT = "Error: the call was interrupted, so there is no result."
_NOT_RUN = "Error: the arguments are not a JSON object, so the tool was not run."


@dataclass(frozen=True, slots=True)
class HistoryFinding:
    """A problem in a history.

    Attributes:
        position: The index of the message in the checked history.
        kind: The kind of problem. A `foreign block` is useful to its provider only, such as
            reasoning or a search on the provider's servers.
        remedy: A description, and how the repaired history handles it.
    """

    position: int
    kind: Kind
    remedy: str

    def __str__(self) -> str:
        return f"message {self.position}: {self.kind}: {self.remedy}"


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """The problems in a history, and the repaired history.

    Attributes:
        findings: The problems, in the order of the messages.
        messages: The repaired history. The checked messages are not changed.
    """

    findings: tuple[HistoryFinding, ...]
    messages: list[BaseMessage]

    @property
    def ok(self) -> bool:
        """Whether the history needs no repair."""
        return not self.findings

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings)) or "The history needs no repair."


def check_history(messages: Sequence[BaseMessage]) -> HistoryReport:
    """Find and repair what the API would refuse, or what is left out or converted.

    Does no I/O, does not change the messages, and does not raise on any content.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/chat.md#histories

    Args:
        messages: The conversation, with messages of any provider.

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
    return _checked(messages, None)


def for_model(messages: Sequence[BaseMessage]) -> HistoryReport:
    """Check a history before it is sent to a model.

    The user's latest turn is not changed: if a block of it cannot be sent, the model raises an
    error. Otherwise the model would answer without that block.
    """
    users = [position for position, each in enumerate(messages) if role_of(each) == "user"]
    return _checked(messages, users[-1] if users else None)


def _checked(messages: Sequence[BaseMessage], spared: int | None) -> HistoryReport:
    checked = _Check(messages, spared)
    repaired = list(checked.repaired())
    findings = tuple(sorted(checked.findings, key=lambda finding: finding.position))
    return HistoryReport(findings, repaired)


class _Item(NamedTuple):
    """A message to check, with its position in the history."""

    position: int
    message: BaseMessage
    calls: Sequence[AdaptedCall] = ()


class _Check:
    """One pass over a history; the blocks of the message at `spared` are not checked."""

    def __init__(self, messages: Sequence[BaseMessage], spared: int | None) -> None:
        self._spared = spared
        self.findings: list[HistoryFinding] = []
        self._open = OpenCalls()
        self._items = [
            item for position, each in enumerate(messages) for item in self._read(position, each)
        ]
        self._used: set[int] = set()  # indices of results that are paired with their call
        self._answered: set[str] = set()

    def repaired(self) -> Iterator[BaseMessage]:
        for index, item in enumerate(self._items):
            if isinstance(item.message, ToolMessage):
                self._find_unpaired_result(index, item)
            else:
                yield item.message
                if item.calls:
                    yield from self._results(index, item)

    def _find(self, position: int, kind: Kind, remedy: str) -> None:
        self.findings.append(HistoryFinding(position, kind, remedy))

    # Each message by itself.

    def _read(self, position: int, message: BaseMessage) -> Iterator[_Item]:
        if isinstance(message, ChatMessage):
            if role_of(message) is None:
                what = (
                    f"The API has no role {message.role!r}; sent as a user message with that name."
                )
                self._find(position, "unknown role", what)
            message = of_its_class(message)
        match message:
            case AIMessage():
                yield from self._turn(position, message)
            case ToolMessage():
                content = self._result(position, content_of(message))
                yield _Item(position, _with(message, content=content))
            case FunctionMessage():
                identity = self._open.function(message.name) or ""
                content = self._result(position, content_of(message))
                result = ToolMessage(content, tool_call_id=identity, name=message.name)
                yield _Item(position, result)
            case HumanMessage() | SystemMessage():
                yield from self._other_turn(position, message)
            case _:
                name = type(message).__name__
                self._find(position, "unsendable message", f"{name}: left out.")

    def _turn(self, position: int, message: AIMessage) -> Iterator[_Item]:
        calls = calls_of(message, position)
        if calls:
            self._open = OpenCalls(calls)
        for call in calls:
            if call.finding:
                kind: Kind = "invalid arguments" if call.args_changed else "unclear call"
                self._find(position, kind, call.finding)
        content = content_of(message)
        lost = False
        if not isinstance(content, str):
            own = is_own(message)
            sendable = self._sendable(position, content, "assistant", own=own)
            lost = len(sendable) < len(content)
            content = sendable
        speaks = text_beside_content(message) or any(not is_thought(block) for block in content)
        if not calls and not speaks:
            if not lost:
                what = "an empty turn without tool calls: left out."
                self._find(position, "empty message", what)
            return
        made = _with(message, content=content)
        if any(call.finding or call.function for call in calls):
            made = _with_calls(made, calls)
        yield _Item(position, made, calls)

    def _other_turn(self, position: int, message: BaseMessage) -> Iterator[_Item]:
        content = content_of(message)
        nothing = not content
        if not isinstance(content, str):
            answers = [held for held in map(unwrapped, content) if held["type"] in RESULTS]
            for held in answers:
                yield _Item(position, self._result_of_block(position, held))
            if answers:
                content = [block for block in content if unwrapped(block)["type"] not in RESULTS]
            if position != self._spared:
                content = self._sendable(position, content, "user")
        if content:
            yield _Item(position, _with(message, content=content))
        elif nothing:
            self._find(position, "empty message", "no content: left out.")

    def _result_of_block(self, position: int, held: JSON) -> ToolMessage:
        content = result_content(held)
        return ToolMessage(
            self._result(position, content),
            tool_call_id=result_id(held),
            status="error" if held.get("is_error") else "success",
        )

    def _result(self, position: int, content: str | list[str | JSON]) -> str | list[str | JSON]:
        if isinstance(content, str):
            return content
        sendable = self._sendable(position, content, "result")
        if sendable or not content:
            return sendable
        return nothing_to_show(content)

    def _sendable(
        self,
        position: int,
        content: Iterable[str | JSON],
        place: Place,
        *,
        own: bool = False,
    ) -> list[str | JSON]:
        """Return the blocks without what cannot be sent."""
        sendable: list[str | JSON] = []
        for block in content:
            if own and is_thought(block):
                sendable.append(block)
                continue
            made = adapt_block(block, place, Form())
            if not made.finding:
                sendable.append(block)
            elif made.parts:
                sendable += made.parts
                self._find(position, "changed block", f"sent in part. {made.finding}")
            else:
                kind: Kind = "foreign block" if made.foreign else "unsendable block"
                self._find(position, kind, f"left out. {made.finding}")
        return sendable

    # Tool calls and their results.

    def _find_unpaired_result(self, index: int, item: _Item) -> None:
        if index in self._used:
            return
        identity = item.message.tool_call_id  # type: ignore[attr-defined]  # a tool message
        if identity in self._answered:
            what = f"{identity!r} already has a result; this one is left out."
            self._find(item.position, "repeated result", what)
        else:
            what = f"no earlier turn has the call {identity!r}; left out."
            self._find(item.position, "orphan result", what)

    def _results(self, index: int, turn: _Item) -> Iterator[BaseMessage]:
        for call in turn.calls:
            where = self._result_for(call, index)
            if where is None:
                what = f"{call.name!r} ({call.sent_id!r}) has no result; an error result is added."
                self._find(turn.position, "dangling call", what)
                text = _NOT_RUN if call.broken else _NO_RESULT
                yield ToolMessage(text, tool_call_id=call.sent_id, name=call.name, status="error")
                continue
            self._used.add(where)
            self._answered.add(_result_id(call))
            between = self._items[index + 1 : where]
            found = self._items[where]
            if any(not isinstance(each.message, ToolMessage) for each in between):
                what = (
                    f"the result of {call.sent_id!r} is moved next to its call, at {turn.position}."
                )
                self._find(found.position, "misplaced result", what)
            yield _with(found.message, tool_call_id=call.sent_id)

    def _result_for(self, call: AdaptedCall, index: int) -> int | None:
        """Return the index of a call's result, before the next call with the same id."""
        identity = _result_id(call)
        for later in range(index + 1, len(self._items)):
            item = self._items[later]
            if any(_result_id(other) == identity for other in item.calls):
                return None
            message = item.message
            if (
                isinstance(message, ToolMessage)
                and str(message.tool_call_id or "") == identity
                and later not in self._used
            ):
                return later
        return None


def _result_id(call: AdaptedCall) -> str:
    """Return the id that the result of a call refers to."""
    return call.sent_id if call.function else call.id


def _with(message: BaseMessage, **fields: Any) -> BaseMessage:
    """Return a message with these fields; the same message if nothing changes."""
    if all(_same(getattr(message, name), value) for name, value in fields.items()):
        return message
    return message.model_copy(update=fields)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        # Blocks may contain values that cannot be compared.
        return len(one) == len(other) and all(map(operator.is_, one, other))
    return isinstance(one, str) and isinstance(other, str) and one == other


def _with_calls(message: BaseMessage, calls: Iterable[AdaptedCall]) -> BaseMessage:
    """Return a turn whose calls are in `tool_calls` only."""
    content = message.content
    if not isinstance(content, str):
        content = [block for block in content if unwrapped(block)["type"] not in CALLS]
    extra = message.additional_kwargs.items()
    fields = {
        "content": content,
        "tool_calls": [ToolCall(name=one.name, args=one.args, id=one.sent_id) for one in calls],
        "invalid_tool_calls": [],
        "additional_kwargs": {
            name: value for name, value in extra if name not in {"function_call", "tool_calls"}
        },
    }
    return message.model_copy(update=fields)
