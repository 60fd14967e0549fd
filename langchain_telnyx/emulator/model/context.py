"""Find the passages in a prompt, and the question about them.

Three ways of writing context are recognized: `<document id="1" source="README.md">...</document>`,
passages headed `[1] README.md`, and labels such as `Context:` and `Question:`.
"""

import html
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

import regex

from langchain_telnyx.emulator.model.patterns import search_bounded
from langchain_telnyx.emulator.model.request import Message

_OPENING = regex.compile(
    r"<(document|doc|passage|context|source|chunk)\b([^<>]*)>", regex.IGNORECASE
)
_CLOSING = regex.compile(r"</(document|doc|passage|context|source|chunk)\s*>", regex.IGNORECASE)
_WRAPPER = regex.compile(
    r"</?(?:documents|docs|passages|context|sources|chunks)\s*>", regex.IGNORECASE
)
_ATTRIBUTE = regex.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_INNER_SOURCE = regex.compile(r"<(source|title|name)>(.*?)</\1>", regex.DOTALL | regex.IGNORECASE)
_INNER_BODY = regex.compile(
    r"<(document_content|document_contents|content|text)>(.*?)</\1>",
    regex.DOTALL | regex.IGNORECASE,
)
_HEADED = regex.compile(r"^\[(\d{1,3})\][ \t]*(.*)$", regex.MULTILINE)
_QUESTION = regex.compile(
    r"^[ \t#*]*(?:user )?(?:question|query)[ \t*]*:[ \t*]*(.*?)"
    r"(?=^[ \t#*]*(?:helpful )?(?:answer|response|context|documents)[ \t*]*:|\Z)",
    regex.DOTALL | regex.IGNORECASE | regex.MULTILINE,
)
_CONTEXT = regex.compile(
    r"^[ \t#*]*(?:retrieved |relevant )?(?:context|documents|passages|excerpts|background)"
    r"(?: information)?[ \t*]*:[ \t*]*(.*?)"
    r"(?=^[ \t#*]*(?:user )?(?:question|query|(?:helpful )?answer)[ \t*]*:|\Z)",
    regex.DOTALL | regex.IGNORECASE | regex.MULTILINE,
)
# "Use the following pieces of retrieved context to answer ... \n\n <the context>"
_ANNOUNCED = regex.compile(
    r"(?:following|below)[^\n]*\b(?:context|documents?|passages?|excerpts?|information|text|article)"
    r"\b[^\n]*(?:\n[^\n]+)*?\n\s*\n(.*?)"
    r"(?=^[ \t#*]*(?:user )?(?:question|query|(?:helpful )?answer)[ \t*]*:|\Z)",
    regex.DOTALL | regex.IGNORECASE | regex.MULTILINE,
)

# "Context: … Question: …" on one line, as in short prompts and f-strings.
_LABELLED = regex.compile(r"\s*(?:context|question)[ \t]*:", regex.IGNORECASE)
_NEXT_LABEL = regex.compile(r"[ \t]+(?=(?:Context|Question|Answer):)")

_NAMES = ("source", "name", "title", "filename", "path", "href", "url")
_IDS = ("id", "index", "number", "n")


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage of the context.

    Attributes:
        label: The text in brackets of a citation.
        source: Where the passage comes from; empty when the prompt does not state it.
        text: Its text.
    """

    label: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation as the extractive model sees it.

    Attributes:
        question: The last user message, without its passages.
        previous: The user's previous question, for follow-up questions.
        passages: The passages of the context, in order.
        earlier: The user's earlier messages, without their passages.
    """

    question: str
    previous: str = ""
    passages: tuple[Passage, ...] = field(default=())
    earlier: tuple[str, ...] = field(default=())


def read(messages: Sequence[Message]) -> Prompt:
    """Find the question and the passages of a conversation."""
    users = [message.text for message in messages if message.role == "user"]
    last = users[-1] if users else (messages[-1].text if messages else "")
    passages: list[Passage] = []
    for message in messages:
        if message.role in {"system", "user"}:
            passages += passages_of(message.text, first=len(passages) + 1)
    questions = [question_of(text) for text in users]
    return Prompt(
        question=questions[-1] if questions else question_of(last),
        previous=questions[-2] if len(questions) > 1 else "",
        passages=tuple(passages),
        earlier=tuple(questions[:-1]),
    )


def passages_of(text: str, *, first: int = 1) -> list[Passage]:
    """Find the passages in one message; passages without an id are numbered from `first`."""
    text = _by_line(text)
    if blocks := _blocks(text):
        if len(blocks) == 1 and blocks[0].name == "context":
            # One `<context>` may wrap passages in any of the three forms.
            inner = blocks[0].body
            return passages_of(inner, first=first) or [_passage("", inner, first)]
        return [
            _passage(block.attributes, block.body, number)
            for number, block in enumerate(blocks, start=first)
        ]
    if headed := _headed(_without_question(text)):
        return headed
    for pattern in (_CONTEXT, _ANNOUNCED):
        if (match := search_bounded(pattern, text)) and (body := match[1].strip()):
            return _headed(body) or [Passage(str(first), "", body)]
    return []


def question_of(text: str) -> str:
    """Return a message without its passages."""
    bare = _WRAPPER.sub("", _without_blocks(_by_line(text))).strip()
    if match := search_bounded(_QUESTION, bare):
        return match[1].strip()
    if mark := search_bounded(_HEADED, bare):
        after = bare.rsplit("\n\n", 1)[-1].strip()
        return bare[: mark.start()].strip() or ("" if _HEADED.match(after) else after)
    if match := search_bounded(_CONTEXT, bare):
        return (bare[: match.start()] + bare[match.end() :]).strip()
    return bare


def write(passages: Sequence[Passage]) -> str:
    """Write passages as a system message for a language model."""
    blocks = "\n".join(
        f"<document id={quoteattr(passage.label)} source={quoteattr(passage.source)}>\n"
        # Escaped, so that a passage cannot close its element and pose as the prompt.
        f"{passage.text.replace('</document', '< /document')}\n</document>"
        for passage in passages
    )
    return f"Answer from these documents, and cite them by their id, as in [1].\n\n{blocks}"


def _by_line(text: str) -> str:
    """Start a new line at each label, if the text begins with a label."""
    return _NEXT_LABEL.sub("\n", text) if _LABELLED.match(text) else text


def _without_question(text: str) -> str:
    match = search_bounded(_QUESTION, text)
    return text[: match.start()] + text[match.end() :] if match else text


class _Block(NamedTuple):
    """An element that contains a passage: its position and its content."""

    start: int
    end: int
    name: str
    attributes: str
    body: str


def _blocks(text: str) -> list[_Block]:
    """Find the elements that contain passages, each up to its first closing tag, in one pass."""
    ends: dict[str, deque[regex.Match[str]]] = {}
    for end in _CLOSING.finditer(text):
        ends.setdefault(end[1].lower(), deque()).append(end)
    found: list[_Block] = []
    after = 0
    for opening in _OPENING.finditer(text):
        name = opening[1].lower()
        if opening.start() < after:
            continue
        closings = ends.get(name, deque())
        while closings and closings[0].start() < opening.end():
            closings.popleft()
        if closings:
            end = closings.popleft()
            body = text[opening.end() : end.start()]
            found.append(_Block(opening.start(), end.end(), name, opening[2], body))
            after = end.end()
    return found


def _without_blocks(text: str) -> str:
    outside: list[str] = []
    after = 0
    for block in _blocks(text):
        outside.append(text[after : block.start])
        after = block.end
    return "".join([*outside, text[after:]])


def _passage(attributes: str, body: str, number: int) -> Passage:
    given = {
        name.lower(): html.unescape(double or single or bare)
        for name, double, single, bare in _ATTRIBUTE.findall(attributes)
    }
    label = next((given[name] for name in _IDS if given.get(name)), str(number))
    source = next((given[name] for name in _NAMES if given.get(name)), "")
    has_tags = "</" in body
    if not source and has_tags and (match := search_bounded(_INNER_SOURCE, body)):
        source = match[2].strip()
    if has_tags and (match := search_bounded(_INNER_BODY, body)):
        body = match[2]
    return Passage(label, source, body.strip("\n"))


def _headed(text: str) -> list[Passage]:
    """Read passages headed `[1] name`; a heading without a body is the passage's text."""
    marks = list(_HEADED.finditer(text))
    found: list[Passage] = []
    for index, mark in enumerate(marks):
        end = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        body = text[mark.end() : end].strip("\n")
        if not body.strip():
            found.append(Passage(mark[1], "", mark[2].strip()))
        elif _looks_like_a_name(mark[2]):
            found.append(Passage(mark[1], mark[2].strip().rstrip(":"), body))
        else:
            found.append(Passage(mark[1], "", f"{mark[2]}\n{body}"))
    return found


_NAME_WORDS = 8


def _looks_like_a_name(heading: str) -> bool:
    heading = heading.strip()
    return bool(heading) and len(heading.split()) <= _NAME_WORDS and heading[-1] not in ".!?"
