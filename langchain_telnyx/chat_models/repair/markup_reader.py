"""Incremental reader of tool calls in the markup of engines.

All marks begin with `<`, except MiniMax's, which begin with `]<`, and Harmony's without special
tokens, which are words. Text without marks passes through unchanged. From a mark on, text is
buffered as long as it may still be markup.
"""

import logging
import re
from collections.abc import Callable
from typing import NamedTuple

from langchain_telnyx.chat_models.repair.arguments import compact_json, read_arguments
from langchain_telnyx.chat_models.repair.engines import deepseek, harmony, kimi, minimax, qwen
from langchain_telnyx.chat_models.repair.markup_parsing import (
    BEGUN_TOKEN,
    TOKEN,
    FoundCall,
    MarkupSource,
    NonCall,
    UnreadableMarkup,
    Waiting,
    token_name,
)
from langchain_telnyx.chat_models.repair.offered_tools import OfferedTools

logger = logging.getLogger(__name__)

_MARK = re.compile(r"<|\](?=<|\Z)")
_LITERALS: tuple[tuple[str, Callable[[MarkupSource], Waiting[None]]], ...] = (
    ("<tool_call>", qwen.parse),
    ("<function=", qwen.functions),
    ("<minimax:tool_call>", minimax.M2.parse),
    ("<function_calls>", minimax.M2.parse),
    ("<invoke name=", minimax.M2.parse),
    (minimax.TOKEN, minimax.parse),
)
_IN_TOKENS = (
    (kimi.OPENERS, kimi.parse),
    (deepseek.OPENERS, deepseek.parse),
    (harmony.OPENERS, harmony.parse),
)
# Ends of turns other than tokens between bars.
_ENDS = ("</s>", "<eos>", "<end_of_turn>")
_BEGUN_DSML = re.compile(r"<[|｜‖]{1,2}(?:D(?:S(?:M(?:L(?:[|｜‖]{1,2}[\w ]{0,20})?)?)?)?)?")
# The tags of reasoning that is left in the text.
_THINK, _THOUGHT = "<think>", "</think>"
_MAX_SHOWN = 200  # characters of markup in the log


class WrittenCall(NamedTuple):
    """A call in markup.

    Attributes:
        name: The function's name.
        arguments: The arguments, as JSON.
        identity: The call's id, if any.
    """

    name: str
    arguments: str
    identity: str | None


class Extracted:
    """The contents of a piece of text.

    Attributes:
        text: The text.
        thought: Reasoning in it.
        calls: Calls in it.
    """

    __slots__ = ("calls", "text", "thought")

    def __init__(self) -> None:
        self.text = ""
        self.thought = ""
        self.calls: list[WrittenCall] = []


class MarkupReader:
    """Reads the calls in one text, incrementally.

    Args:
        offered: The tools of the request.
        is_reasoning: Whether the text is reasoning. A call in reasoning may be only considered by
            the model: it counts if nothing follows, see `pending`.
        has_words: Whether to read Harmony without special tokens after other text, too.

    Attributes:
        pending: Calls at the end of reasoning, and their markup.
        lost: Markup that is invalid, or names a tool that is not in the request.
    """

    def __init__(
        self, offered: OfferedTools, *, is_reasoning: bool = False, has_words: bool = False
    ) -> None:
        self._offered = offered
        self._is_reasoning = is_reasoning
        self._has_words = has_words
        self._is_fresh = True  # whether there was only white space so far
        self._buffer = ""
        self._source: MarkupSource | None = None
        self._parser: Waiting[None] | None = None
        self._in_tokens = False
        self._refuted = False  # whether the buffer's beginning is known not to be markup
        self._tail = ""  # special tokens that may end the text
        self._lead = ""  # white space before anything else
        self._after = False  # whether a call came last: the white space after it is dropped
        self._harmony = False
        self._thinking = False
        self._has_text = False
        self.pending: list[tuple[str, list[WrittenCall]]] = []
        self.lost: list[str] = []

    @property
    def is_idle(self) -> bool:
        """Whether a piece of text without a mark passes through unchanged."""
        return self._has_text and not (
            self._buffer
            or self._source
            or self._tail
            or self._after
            or self.pending
            or self._looks_for_words
        )

    @property
    def _looks_for_words(self) -> bool:
        return self._has_words or self._is_fresh

    def feed(self, text: str) -> Extracted:
        """Return the contents of a piece of text."""
        self._buffer += text
        return self._read(ended=False)

    def end(self) -> Extracted:
        """Return the contents of the buffer."""
        out = self._read(ended=True)
        if self._lead and not self._after:
            out.text += self._lead
        self._lead = self._tail = ""
        return out

    def _read(self, *, ended: bool) -> Extracted:
        out = Extracted()
        while True:
            if self._parser is not None:
                if not self._parse(out, ended=ended):
                    return out
            elif not self._buffer:
                return out
            elif self._thinking:
                if not self._pass_thinking(out, ended=ended):
                    return out
            elif not self._read_to_mark(out, ended=ended):
                return out

    def _read_to_mark(self, out: Extracted, *, ended: bool) -> bool:
        """Read the text up to and including the next mark; return whether to continue."""
        place = self._next_mark()
        if place:
            self._emit(out, self._buffer[:place])
            self._buffer = self._buffer[place:]
            self._refuted = False
        head = self._buffer
        if not head:
            return False
        if not self._refuted:
            parser = self._parser_at(head)
            if parser is not None:
                is_first = self._harmony or not (self._has_text or self._after)
                self._source = MarkupSource(head, is_first=is_first)
                self._parser = parser(self._source)
                self._in_tokens = (
                    TOKEN.match(head) is not None or _BEGUN_DSML.match(head) is not None
                )
                self._buffer = ""
                return True
            if not ended and self._may_become(head):
                return False
        if self._starts_thinking(head):
            self._thinking = True
            self._refuted = False
            return True
        if size := _token_size(head):
            self._tail += head[:size]
        else:
            size = 1
            self._emit(out, head[0])
        self._buffer = head[size:]
        self._refuted = False
        return bool(self._buffer)

    def _next_mark(self) -> int:
        """Return the offset of the next possible mark in the buffer, else the buffer's length."""
        text = self._buffer
        mark = _MARK.search(text)
        place = len(text) if mark is None else mark.start()
        if self._is_fresh and not self._refuted:
            begin = len(text) - len(text.lstrip())
            if harmony.words_at(text[begin:], is_first=True) is not False:
                return begin
        return min(place, harmony.next_word(text)) if self._has_words else place

    def _parser_at(self, head: str) -> Callable[[MarkupSource], Waiting[None]] | None:
        for opening, parser in _LITERALS:
            if head.startswith(opening):
                return parser
        if deepseek.DSML.opening.match(head):
            return deepseek.DSML.parse
        if self._looks_for_words and harmony.words_at(head, is_first=self._is_fresh):
            return harmony.parse_words
        if match := TOKEN.match(head):
            name = token_name(match[1])
            return next((parser for openers, parser in _IN_TOKENS if name in openers), None)
        return None

    def _may_become(self, head: str) -> bool:
        """Return whether the buffer may be the beginning of a mark."""
        if any(opening.startswith(head) for opening, _ in _LITERALS):
            return True
        if self._looks_for_words and harmony.words_at(head, is_first=self._is_fresh) is None:
            return True
        if any(end.startswith(head) and end != head for end in _ENDS):
            return True
        if (
            not self._has_text
            and not self._is_reasoning
            and _THINK.startswith(head)
            and head != _THINK
        ):
            return True
        return bool(BEGUN_TOKEN.fullmatch(head) or _BEGUN_DSML.fullmatch(head))

    def _starts_thinking(self, head: str) -> bool:
        return not (self._has_text or self._is_reasoning) and head.startswith(_THINK)

    def _pass_thinking(self, out: Extracted, *, ended: bool) -> bool:
        """Pass reasoning through up to its end; calls in it do not count."""
        place = self._buffer.find(_THOUGHT)
        if place >= 0:
            size = place + len(_THOUGHT)
            self._thinking = False
        else:
            size = len(self._buffer) if ended else max(0, len(self._buffer) - len(_THOUGHT) + 1)
        if size:
            self._emit(out, self._buffer[:size])
            self._buffer = self._buffer[size:]
        return not self._thinking and bool(self._buffer)

    def _parse(self, out: Extracted, *, ended: bool) -> bool:
        """Continue with the current markup; return whether it has ended."""
        source, parser = self._source, self._parser
        if source is None or parser is None:
            return True
        source.text += self._buffer
        self._buffer = ""
        source.ended = ended
        is_read = False
        try:
            next(parser)
        except StopIteration:
            is_read = True
        except UnreadableMarkup:
            pass
        else:
            return False
        self._source = self._parser = None
        self._add_results(out, source, is_read=is_read)
        return True

    def _add_results(self, out: Extracted, source: MarkupSource, *, is_read: bool) -> None:
        """Add the results of a parser; text that it could not parse stays text."""
        if not is_read and not source.found:
            self._buffer, self._refuted = source.text, True
            if self._holds_call(source.text):
                self.lost.append(source.text[:_MAX_SHOWN])
            return
        self._is_fresh = False
        self._has_words = self._has_words or not source.text.startswith(("<", "]"))
        calls: list[WrittenCall] = []
        left: list[str] = []
        place = 0
        for found in source.found:
            if isinstance(found, NonCall):
                self._harmony = self._after = True
                self._tail = self._lead = ""
                self._add_non_call(out, found.text)
                continue
            written = self._written(found)
            if written is not None:
                calls.append(written)
            elif (raw := source.text[max(place, found.start) : found.end]) not in left:
                left.append(raw)  # several calls of one JSON block have the same position
            place = max(place, found.end)
        end = source.place if is_read else place
        if calls:
            self._add_calls(out, calls, source.text[:end])
        elif left:
            left = [source.text[:end]]
        for raw in left:
            self.lost.append(raw[:_MAX_SHOWN])
            self._emit(out, raw)
        self._buffer, self._refuted = source.text[end:] + self._buffer, False

    def _add_calls(self, out: Extracted, calls: list[WrittenCall], raw: str) -> None:
        if self._is_reasoning:
            self.pending.append((self._tail + raw, calls))
        self._tail = self._lead = ""
        self._after = True
        if not self._is_reasoning:
            for call in calls:
                if call.name == self._offered.answer:  # represents a schema, so it is the text
                    self._emit(out, call.arguments)
                else:
                    out.calls.append(call)

    def _add_non_call(self, out: Extracted, text: str) -> None:
        if not self._is_reasoning:
            out.thought += text
        elif text:
            out.text += "".join(raw for raw, _ in self.pending) + text
            self.pending.clear()

    def _written(self, found: FoundCall) -> WrittenCall | None:
        """Return the call in markup, `None` if it is text; its arguments may be invalid."""
        name = self._offered.lookup(found.name, in_tokens=self._in_tokens)
        if name is None:
            return None
        arguments = found.arguments
        if isinstance(arguments, dict):
            text = compact_json(self._offered.typed_arguments(name, arguments))
        else:
            text = arguments if isinstance(arguments, str) else compact_json(arguments)
            if (readable := read_arguments(text)) is not None:
                text = readable[1]
        return WrittenCall(name, text, found.identity)

    def _holds_call(self, text: str) -> bool:
        """Return whether text that is not valid markup was probably meant as a call."""
        if match := TOKEN.match(text):
            return bool(text[match.end() :].strip())  # a token alone is not a call
        return harmony.holds_call(text) or text.startswith(
            tuple(opening for opening, _ in _LITERALS[:2])
        )

    def _emit(self, out: Extracted, text: str) -> None:
        """Add text to the output, unless it is dropped or buffered."""
        is_blank = not text.strip()
        self._is_fresh = self._is_fresh and is_blank
        if self._tail:
            if is_blank:
                self._tail += text
                return
            text = (TOKEN.sub("", self._tail) if self._harmony else self._tail) + text
            self._tail = ""
        if self._after:
            text = text.lstrip()
            if not text:
                return
        if self.pending and text:
            out.text += "".join(raw for raw, _ in self.pending)
            self.pending.clear()
        self._after = False
        if not self._has_text and not self._is_reasoning:
            self._lead += text
            if is_blank:
                return
            text, self._lead = self._lead, ""
        self._has_text = True
        out.text += text


def _token_size(head: str) -> int:
    """Return the length of the special token at the beginning of a text, 0 if there is none."""
    if match := TOKEN.match(head):
        return match.end()
    return next((len(end) for end in _ENDS if head.startswith(end)), 0)
