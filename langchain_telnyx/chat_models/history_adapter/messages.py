"""Conversion of LangChain messages to messages of the API, without I/O.

A history may come from any provider. A table has the rule for each block, see `block_table`: the
block is sent, converted to text, or left out. A block that cannot be sent is an error only in the
user's latest turn, which has no answer yet. Only known fields are sent.
"""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    HumanMessageChunk,
    SystemMessage,
    SystemMessageChunk,
    ToolMessage,
)

from langchain_telnyx.chat_models.history_adapter.block_rules import Place
from langchain_telnyx.chat_models.history_adapter.block_table import RESULTS, adapt_block, unwrapped
from langchain_telnyx.chat_models.history_adapter.content_parts import Form
from langchain_telnyx.chat_models.history_adapter.json_text import json_text
from langchain_telnyx.chat_models.history_adapter.tool_calls import OpenCalls, calls_of
from langchain_telnyx.chat_models.output.standard_blocks import PROVIDER
from langchain_telnyx.client.call import JSON

logger = logging.getLogger(__name__)

Refusing: TypeAlias = Literal["everything", "latest", "nothing"]

_PLAIN = Form()

# The classes of nearly every message, for a fast lookup.
_ROLES: dict[type[BaseMessage], str] = {
    HumanMessage: "user",
    HumanMessageChunk: "user",
    SystemMessage: "system",
    SystemMessageChunk: "system",
    AIMessage: "assistant",
    AIMessageChunk: "assistant",
}
# Roles of `ChatMessage` and of the API. The API does not support OpenAI's `developer`.
_WORDS = {
    "user": "user",
    "human": "user",
    "system": "system",
    "developer": "system",
    "assistant": "assistant",
    "ai": "assistant",
    "model": "assistant",
}
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]+")


def to_wire(
    messages: Sequence[BaseMessage], form: Form = _PLAIN, *, refusing: Refusing = "latest"
) -> list[JSON]:
    """Convert messages to the API's format.

    Args:
        messages: The conversation.
        form: Options of the format.
        refusing: Where a block that cannot be sent is an error: in the user's `latest` turn, in
            `everything` except foreign blocks of other providers, or in `nothing`, for counting.
            Elsewhere it is left out.

    Raises:
        ValueError: A block cannot be sent where that is an error.
    """
    writer = _Writer(messages, form, refusing)
    add, wires = writer.add, writer.wires
    for position, message in enumerate(messages):
        # The fast path for nearly every message: text without a name.
        role = _ROLES.get(type(message))
        content = message.content
        plain = role is not None and type(content) is str and message.name is None
        if not plain or writer.media or (role == "assistant" and _has_more(message)):
            add(position, message)
        else:
            wires.append({"role": role, "content": content})
    return writer.end()


def _has_more(message: Any) -> bool:
    """Return whether an assistant message is more than its text."""
    return bool(message.tool_calls or message.invalid_tool_calls or message.additional_kwargs)


def role_of(message: BaseMessage) -> str | None:
    """Return a message's role; `None` if the API has no such role."""
    match message:
        case HumanMessage():
            return "user"
        case AIMessage():
            return "assistant"
        case SystemMessage():
            return "system"
        case ToolMessage() | FunctionMessage():
            return "tool"
        case ChatMessage():
            return _WORDS.get(message.role.lower())
        case _:
            return None


def of_its_class(message: ChatMessage) -> BaseMessage:
    """Convert a `ChatMessage` to the class of its role; of an unknown role to a `HumanMessage`."""
    content, role = content_of(message), role_of(message)
    about: dict[str, Any] = {"id": message.id, "additional_kwargs": message.additional_kwargs}
    if role == "assistant":
        return AIMessage(content, name=message.name, **about)
    if role == "system":
        return SystemMessage(content, name=message.name, **about)
    name = message.name
    if role is None and not name:
        name = _NOT_IN_NAMES.sub("_", message.role).strip("_")[:64] or None
    return HumanMessage(content, name=name, **about)


def is_own(message: AIMessage) -> bool:
    """Return whether a message is from `ChatTelnyx`, so that its reasoning may be sent."""
    return message.response_metadata.get("model_provider") == PROVIDER


def text_beside_content(message: AIMessage) -> str:
    """Return the text of an answer in other fields than its content: a refusal, or a transcript."""
    extra = message.additional_kwargs
    if isinstance(refusal := extra.get("refusal"), str):
        return refusal
    audio = extra.get("audio")
    transcript = audio.get("transcript") if isinstance(audio, Mapping) else None
    return transcript if isinstance(transcript, str) else ""


def content_of(message: BaseMessage) -> str | list[str | JSON]:
    """Return a message's content, with checked types."""
    content: Any = message.content
    if isinstance(content, str):
        return content
    if not isinstance(content, list | tuple):
        return "" if content is None else json_text(content)
    # Unvalidated messages (`model_copy`, `model_construct`) may contain anything.
    return [each if isinstance(each, str | dict) else json_text(each) for each in content]


def nothing_to_show(content: Iterable[str | JSON]) -> str:
    """Return the text for a tool's result without any block that can be sent."""
    kinds = sorted({unwrapped(block)["type"] or "unknown" for block in content})
    return f"The result cannot be shown: it contains {', '.join(kinds)} only."


class _Writer:
    """Converts the messages of one conversation, one after the other."""

    def __init__(self, messages: Sequence[BaseMessage], form: Form, refusing: Refusing) -> None:
        self._messages = messages
        self._form = form
        self._refusing = refusing
        self.wires: list[JSON] = []
        self.media: list[JSON] = []  # media of tool results, sent after the last result in a row
        self._open = OpenCalls()
        self._latest: int | None = None
        self._position = 0

    def add(self, position: int, message: BaseMessage) -> None:
        self._position = position
        if self.media and not isinstance(message, ToolMessage):
            self._show()
        if isinstance(message, ChatMessage):
            message = of_its_class(message)
        if isinstance(message, AIMessage):
            self._add_assistant(position, message)
        elif isinstance(message, ToolMessage):
            self._tool(message)
        elif isinstance(message, FunctionMessage):
            self._function(message)
        elif isinstance(message, HumanMessage | SystemMessage):
            self._add_message(position, message)
        elif self._refusing == "everything":
            raise ValueError(
                f"The API does not support {type(message).__name__}: use HumanMessage, AIMessage, "
                f"SystemMessage or ToolMessage."
            )

    def end(self) -> list[JSON]:
        if self.media:
            self._show()
        return self.wires

    def _show(self) -> None:
        self.wires.append({"role": "user", "content": self.media})
        self.media = []

    def _carried(
        self, block: str | JSON, place: Place, *, refuses: bool
    ) -> tuple[tuple[JSON, ...], bool]:
        """Return the parts of a block, and whether anything is lost."""
        made = adapt_block(block, place, self._form)
        if made.finding and refuses and not (made.foreign and place == "assistant"):
            raise ValueError(made.finding)
        if made.finding and not (made.parts or made.foreign) and self._refusing != "nothing":
            logger.warning("A block of message %s is left out. %s", self._position, made.finding)
        return made.parts, bool(made.finding)

    def _add_message(self, position: int, message: BaseMessage) -> None:
        """Add a user or system message, after the tool results in it."""
        role = "user" if isinstance(message, HumanMessage) else "system"
        content = content_of(message)
        if isinstance(content, str):
            self.wires.append(_named({"role": role, "content": content}, message))
            return
        refuses = self._refuses(position)
        parts_of_turn: list[JSON] = []
        lost = carries_results = False
        for block in content:
            held = unwrapped(block)
            if held["type"] in RESULTS:
                # Anthropic has tool results in user messages; here they are separate messages.
                self._result_block(held)
                carries_results = True
                continue
            parts, part_lost = self._carried(block, "user", refuses=refuses)
            parts_of_turn += parts
            lost = lost or part_lost
        if carries_results:
            parts_of_turn, self.media = [*self.media, *parts_of_turn], []
        if parts_of_turn or not (lost or carries_results):
            self.wires.append(
                _named({"role": role, "content": _plain_content(parts_of_turn)}, message)
            )

    def _refuses(self, position: int) -> bool:
        if self._refusing != "latest":
            return self._refusing == "everything"
        if self._latest is None:
            users = (at for at, each in enumerate(self._messages) if role_of(each) == "user")
            self._latest = max(users, default=-1)
        return position == self._latest

    def _add_assistant(self, position: int, message: AIMessage) -> None:
        content = content_of(message)
        text, lost = content, False
        if not isinstance(content, str):
            text, lost = self._text(content, own=is_own(message))
        calls = calls_of(message, position)
        if calls:
            self._open = OpenCalls(calls)
        # Never null: the specification requires a string, also with tool calls.
        wire: JSON = {"role": "assistant", "content": text or text_beside_content(message)}
        if calls:
            wire["tool_calls"] = [call.wire() for call in calls]
        if self._form.replay_reasoning and is_own(message):
            wire.update(_reasoning(message))
        if not lost or wire["content"] or len(wire) > len(("role", "content")):
            self.wires.append(_named(wire, message))

    def _text(self, content: Iterable[str | JSON], *, own: bool) -> tuple[str, bool]:
        texts: list[str] = []
        lost = False
        refuses = self._refusing == "everything"
        for block in content:
            if own and is_thought(block):
                continue
            parts, part_lost = self._carried(block, "assistant", refuses=refuses)
            texts += [part["text"] for part in parts]
            lost = lost or part_lost
        return "".join(texts), lost

    def _tool(self, message: ToolMessage) -> None:
        identity = self._open.sent_id(str(message.tool_call_id or ""))
        failed = message.status == "error"
        wire = self._result(identity, content_of(message), failed=failed)
        self.wires.append(_named(wire, message))

    def _function(self, message: FunctionMessage) -> None:
        identity = self._open.function(message.name)
        content = content_of(message)
        if identity is not None:
            wire = self._result(identity, content, failed=False)
            self.wires.append(_named(wire, message))
            return
        if self._refusing == "everything":
            raise ValueError(
                f"The FunctionMessage of {message.name!r} has no call: add the call before it."
            )
        # Servers do not accept a result without its call.
        text = content if isinstance(content, str) else json_text(content)
        text = f"The function {message.name!r} returned: {text}"
        self.wires.append({"role": "user", "content": text})

    def _result_block(self, held: JSON) -> None:
        identity = self._open.sent_id(result_id(held))
        content = result_content(held)
        failed = bool(held.get("is_error"))
        self.wires.append(self._result(identity, content, failed=failed))

    def _result(self, identity: str, content: str | list[str | JSON], *, failed: bool) -> JSON:
        """Return a tool's result as text; media are sent in the next user message."""
        if not isinstance(content, str):
            refuses = self._refusing == "everything"
            made = [self._carried(block, "result", refuses=refuses) for block in content]
            parts = [part for each, _ in made for part in each]
            media = [part for part in parts if part["type"] != "text"]
            texts = [part["text"] for part in parts if part["type"] == "text"]
            if media:
                # Engines accept images and audio in user messages only.
                about = {"type": "text", "text": f"Result of the tool call {identity}:"}
                self.media += [about, *media]
                texts = texts or ["The result is in the next message."]
            elif not texts and any(lost for _, lost in made):
                texts = [nothing_to_show(content)]
            content = "\n".join(texts)
        if failed and not content:
            # The API has no field for a failure, and an empty result looks like success.
            content = "Error: the tool failed and gave no reason."
        return {"role": "tool", "tool_call_id": identity, "content": content}


def is_thought(block: str | JSON) -> bool:
    """Return whether a block is reasoning in langchain-core's format."""
    return not isinstance(block, str) and block.get("type") == "reasoning"


def result_id(held: Mapping[str, Any]) -> str:
    """Return the call id of a result block in a user message."""
    found = (held.get(name) for name in ("tool_use_id", "call_id", "id"))
    return next((str(each) for each in found if each), "")


def result_content(held: Mapping[str, Any]) -> str | list[str | JSON]:
    """Return the content of a result block."""
    content = next((held[name] for name in ("content", "output") if held.get(name) is not None), "")
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return [dict(content)]
    if isinstance(content, list | tuple):
        return [each if isinstance(each, str | dict) else json_text(each) for each in content]
    return json_text(content)


def _reasoning(message: AIMessage) -> JSON:
    """Return the reasoning of a `ChatTelnyx` message, under the field name of its server."""
    text = message.additional_kwargs.get("reasoning_content")
    if not text and not isinstance(message.content, str):
        blocks = [block for block in content_of(message) if is_thought(block)]
        text = "".join(str(block.get("reasoning") or "") for block in blocks)  # type: ignore[union-attr]  # no text is a thought
    name = message.response_metadata.get("reasoning_field") or "reasoning_content"
    return {str(name): text} if text and isinstance(text, str) else {}


def _plain_content(parts: list[JSON]) -> str | list[JSON]:
    if not parts:
        return ""
    if len(parts) == 1 and parts[0]["type"] == "text":
        # All engines accept plain text.
        text: str = parts[0]["text"]
        return text
    return parts


def _named(wire: JSON, message: BaseMessage) -> JSON:
    if message.name:
        wire["name"] = message.name
    return wire
