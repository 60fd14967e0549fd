"""Training examples: chats from `.jsonl` lines, or generated from documents.

The service lets a model write questions for a document; here its headings are the questions.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from langchain_telnyx.emulator.model import context, tokens
from langchain_telnyx.emulator.reading import chunks
from langchain_telnyx.emulator.reading.text import ExtractedText

_ROLES = ("system", "user", "assistant", "tool")
# The service's handling of other keys is not known; they are refused.
_KEYS = {"messages", "tools", "parallel_tool_calls"}
_KEYS_OF_MESSAGES = {"role", "content", "name", "tool_calls", "tool_call_id", "weight"}
_LONGEST_ANSWER = 1024
"""Characters of a document that go into one answer."""


class TrainingDataError(Exception):
    """Training data is invalid; the message names the place and the reason."""


@dataclass(frozen=True)
class Example:
    """One chat.

    Attributes:
        messages: Pairs of role and text.
        untrained: Positions of the answers with the weight 0.
    """

    messages: tuple[tuple[str, str], ...]
    untrained: frozenset[int] = frozenset()

    @property
    def tokens(self) -> int:
        """The number of its tokens."""
        return sum(tokens.count(text) for _, text in self.messages)

    def answers(self) -> Iterator[tuple[str, str]]:
        """Yield each question of the user with the answer after it, if it is trained on."""
        pairs = pairwise(self.messages)
        for at, ((asker, question), (answerer, answer)) in enumerate(pairs, start=1):
            if (asker, answerer) == ("user", "assistant") and answer and at not in self.untrained:
                yield context.question_of(question), answer


def from_jsonl(name: str, data: bytes) -> list[Example]:
    """Parse chats, one per line: `{"messages": [{"role": "user", "content": "…"}, …]}`.

    Args:
        name: The file's name, for the error.
        data: Its bytes.

    Raises:
        TrainingDataError: A line is not a chat, or there is none.
    """
    examples = []
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            examples.append(_example(line))
        except ValueError as reason:
            raise TrainingDataError(f"{name}, line {number}: {reason}.") from reason
    if not examples:
        raise TrainingDataError(f"{name} contains no examples.")
    return examples


def from_document(name: str, reading: ExtractedText) -> list[Example]:
    """Generate chats from a document: each section answers the question of its headings.

    Args:
        name: The document's name; the question for the text before the first heading.
        reading: Its text and headings.
    """
    places = [*(heading.start for heading in reading.headings), len(reading.text)]
    sections = [(f"What does {name} say?", reading.text[: places[0]])]
    for heading, (start, end) in zip(reading.headings, pairwise(places), strict=True):
        body = reading.text[start:end].partition("\n")[2]
        sections.append((f"What does {name} say about {heading.title}?", body))
    return [
        Example((("user", question), ("assistant", answer)))
        for question, body in sections
        for answer in chunks.cut(ExtractedText(body.strip()), size=_LONGEST_ANSWER, overlap=0)[:1]
    ]


def _example(line: bytes) -> Example:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON") from error
    messages = value.get("messages") if isinstance(value, dict) else None
    if not isinstance(messages, list) or not messages:
        raise ValueError("an object with a list of `messages` is expected")
    _refuse(value, _KEYS, "it")
    read = tuple(_message(at, message) for at, message in enumerate(messages, start=1))
    untrained = frozenset(at for at, each in enumerate(messages) if each.get("weight") == 0)
    if all(role != "assistant" or at in untrained for at, (role, _) in enumerate(read)):
        raise ValueError("no message has the role 'assistant', so there is nothing to train on")
    return Example(read, untrained)


def _refuse(value: Mapping[str, Any], allowed: set[str], what: str) -> None:
    if unknown := [key for key in value if key not in allowed]:
        raise ValueError(f"{what} has the unknown key {unknown[0]!r}")


def _message(at: int, message: Any) -> tuple[str, str]:
    if not isinstance(message, dict):
        raise ValueError(f"message {at} is not an object")  # noqa: TRY004 - user data
    role = message.get("role")
    if role not in _ROLES:
        raise ValueError(f"message {at} has the role {role!r}, and not one of {', '.join(_ROLES)}")
    _refuse(message, _KEYS_OF_MESSAGES, f"message {at}")
    if "weight" in message and (role != "assistant" or message["weight"] not in {0, 1}):
        raise ValueError(f"message {at} has a `weight` other than 0 or 1 of the assistant's")
    content = message.get("content")
    if content is None and role == "assistant" and _calls_a_tool(message):
        return role, ""
    if not isinstance(content, str):
        raise ValueError(f"message {at} has no text as `content`")  # noqa: TRY004 - as above
    try:
        content.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"message {at} holds half of a character") from error
    return role, content


def _calls_a_tool(message: Mapping[str, Any]) -> bool:
    return isinstance(message.get("tool_calls"), list) and bool(message["tool_calls"])
