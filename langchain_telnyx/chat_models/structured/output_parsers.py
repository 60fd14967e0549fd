"""Parsers of answers that were to have a form: a schema's, one of some choices, a pattern's.

They never give `None` for an answer that is not there: what is missing, cut, refused or of another
form is an `OutputParserException` that says so and quotes what came.
"""

import enum
import json
import re
from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core import exceptions
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.output_parsers import BaseTransformOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from pydantic import ConfigDict

from langchain_telnyx.chat_models.repair.json_only import after_thinking
from langchain_telnyx.chat_models.structured.extraction import NO_JSON, json_in, partial_json_in
from langchain_telnyx.chat_models.structured.schemas import AnswerSchema
from langchain_telnyx.chat_models.structured.validation import MismatchError


class AnswerParser(BaseTransformOutputParser[Any]):
    """Reads answers, whole or streamed; a stream is given as far as it can be understood."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def parse_result(
        self,
        result: list[Generation],
        *,
        partial: bool = False,  # noqa: ARG002 - streams are read by `_transform`
    ) -> Any:
        """Return what the first of some generations says.

        Raises:
            OutputParserException: It has not the form that was asked for.
        """
        first = result[0]
        return self.read(
            first.message if isinstance(first, ChatGeneration) else AIMessage(first.text)
        )

    async def aparse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Return what the first of some generations says; see `parse_result`."""
        return self.parse_result(result, partial=partial)

    def parse(self, text: str) -> Any:
        """Return what a text says; see `parse_result`."""
        return self.read(AIMessage(text))

    def read(self, message: BaseMessage) -> Any:
        """Return what a message says; see `parse_result`."""
        _raise_if_refused(message)
        return self.understood(message)

    @abstractmethod
    def understood(self, message: BaseMessage) -> Any:
        """Return what a message says that was not refused."""

    def so_far(self, pieces: "Pieces") -> Any:  # noqa: ARG002 - for subclasses
        """Return what the beginning of an answer says, `NO_JSON` when nothing yet."""
        return NO_JSON

    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[Any]:  # noqa: A002 - core's
        pieces = Pieces(self)
        for message in input:
            yield from pieces.add(message)
        yield from pieces.end()

    async def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[Any]:  # noqa: A002 - core's
        pieces = Pieces(self)
        async for message in input:
            for value in pieces.add(message):
                yield value
        for value in pieces.end():
            yield value


class SchemaParser(AnswerParser):
    """Reads JSON that fits a schema, from the text or from the arguments of a function."""

    schema_: AnswerSchema
    """The schema, which says what becomes of an answer."""

    function: str | None = None
    """The function whose arguments are the answer; `None` for the text."""

    def understood(self, message: BaseMessage) -> Any:
        """Return the object in a message."""
        value, quoted = self._arguments(message) if self.function else (NO_JSON, "")
        if value is NO_JSON:
            cut = _was_cut(message)
            # As it came, where JSON was taken out of it: by our schema another may be the answer.
            text = after_thinking(_original(message) or message.text)
            value = json_in(text, amid_prose=not cut, fits=self._fits)
            if isinstance(value, str) and (inner := json_in(value)) is not NO_JSON:
                value = inner  # encoded twice
            if value is NO_JSON:
                raise self._nothing(message, quoted)
        return self._fitting(value)

    def so_far(self, pieces: "Pieces") -> Any:
        """Return what the beginning of an answer says."""
        value = partial_json_in(pieces.arguments if self.function else pieces.text)
        if not isinstance(value, dict | list):
            return NO_JSON
        try:
            return self.schema_.so_far(value)
        except MismatchError:  # not enough of it yet
            return NO_JSON

    def _arguments(self, message: BaseMessage) -> tuple[Any, str]:
        """Return the arguments with which the function was called, and their text."""
        if isinstance(message, AIMessageChunk):
            for piece in message.tool_call_chunks:
                if piece["name"] == self.function:
                    text = piece["args"] or "{}"
                    return json_in(text, amid_prose=False), text
        elif isinstance(message, AIMessage):
            for call in message.tool_calls:
                if call["name"] == self.function:
                    return call["args"], ""
            for broken in message.invalid_tool_calls:
                if broken["name"] == self.function:
                    return NO_JSON, broken["args"] or ""
        return NO_JSON, ""

    def _fits(self, value: Any) -> bool:
        try:
            self.schema_.read(value)
        except MismatchError:
            return False
        return True

    def _fitting(self, value: Any) -> Any:
        try:
            return self.schema_.read(value)
        except MismatchError as mismatch:
            text = json.dumps(value, ensure_ascii=False)
            raise OutputParserException(
                f"The answer does not fit {self.schema_.shown}: {mismatch}\n"
                f"The answer: {text[:1000]}",
                llm_output=text,
            ) from mismatch.__cause__

    def _nothing(self, message: BaseMessage, quoted: str) -> OutputParserException:
        text = quoted or message.text
        wanted = f"a call of {self.function!r}" if self.function else "JSON"
        if _was_cut(message):
            what = (
                f"The answer was cut before it was {wanted} that is whole (finish_reason "
                f"'length'): raise `max_tokens`, of which reasoning takes its part, or ask for less"
            )
        elif quoted:
            what = f"The arguments of the call of {self.function!r} are no JSON"
        else:
            reason = message.response_metadata.get("finish_reason")
            calls = [call["name"] for call in getattr(message, "tool_calls", ())]
            instead = f"; it calls {', '.join(map(repr, calls))} instead" if calls else ""
            what = f"The answer is not {wanted} (finish_reason {reason!r}){instead}"
        return OutputParserException(f"{what}. The answer: {text[:1000]!r}", llm_output=text)


class ChoiceParser(AnswerParser):
    """Reads one of the values of an `Enum` class."""

    options: type[enum.Enum]

    def understood(self, message: BaseMessage) -> Any:
        """Return the member whose value a message is."""
        said = message.text.strip().strip("\"'`.").casefold()
        for member in self.options:
            if str(member.value).casefold() == said:
                return member
        values = ", ".join(repr(str(member.value)) for member in self.options)
        raise OutputParserException(
            f"The answer is none of {values}: {message.text[:1000]!r}. The server may not know "
            f"`guided_choice`; `json_schema` with an enum is the newer way.",
            llm_output=message.text,
        )


class PatternParser(AnswerParser):
    """Reads a text that matches a regular expression."""

    pattern: re.Pattern[str]

    def understood(self, message: BaseMessage) -> Any:
        """Return the text of a message."""
        text = message.text.strip()
        if self.pattern.fullmatch(text):
            return text
        raise OutputParserException(
            f"The answer does not match {self.pattern.pattern!r}: {text[:1000]!r}. The server may "
            f"not know `guided_regex`; `json_schema` with a `pattern` is the newer way.",
            llm_output=text,
        )


class Pieces:
    """The pieces of a streamed answer, put together as they arrive.

    Args:
        parser: What understands them.

    Attributes:
        text: The text so far.
        arguments: The arguments so far of the parser's function.
    """

    def __init__(self, parser: AnswerParser) -> None:
        self._parser = parser
        self._function = getattr(parser, "function", None)
        self._index: int | None = None
        self._messages: list[BaseMessage] = []
        self._given: Any = NO_JSON
        self.text = ""
        self.arguments = ""

    def add(self, message: str | BaseMessage) -> Iterator[Any]:
        """Take the next piece; yield what the answer says now, if that is something new."""
        piece = AIMessageChunk(content=message) if isinstance(message, str) else message
        self._messages.append(piece)
        before = len(self.text) + len(self.arguments)
        self.text += piece.text
        for call in getattr(piece, "tool_call_chunks", ()):
            if call["name"] == self._function and self._index is None:
                self._index = call["index"]
            if call["index"] == self._index:
                self.arguments += call["args"] or ""
        if len(self.text) + len(self.arguments) > before:
            yield from self._new(self._parser.so_far(self))

    def end(self) -> Iterator[Any]:
        """Yield what the whole answer says, if that is something new."""
        if self._messages:
            first, *others = self._messages
            whole = first.__add__(others) if isinstance(first, AIMessageChunk) else first
            yield from self._new(self._parser.read(whole))

    def _new(self, value: Any) -> Iterator[Any]:
        if value is not NO_JSON and value != self._given:
            self._given = value
            yield value


def _original(message: BaseMessage) -> str:
    """Return the text as it came, where the message has it: see `RawFields`."""
    came = (message.response_metadata.get("raw") or {}).get("message") or {}
    text = came.get("content")
    return text if isinstance(text, str) else ""


def _was_cut(message: BaseMessage) -> bool:
    return bool(message.response_metadata.get("finish_reason") == "length")


def _raise_if_refused(message: BaseMessage) -> None:
    text = _refusal(message)
    if text is None:
        return
    said = f"The model refused to answer: {text}"
    # Of langchain-core since 1.7.5.
    if kind := getattr(exceptions, "ModelRefusalError", None):
        raise kind(said, raw_message=message)
    raise OutputParserException(said, llm_output=text)


def _refusal(message: BaseMessage) -> str | None:
    blocks = message.content if isinstance(message.content, list) else ()
    for block in blocks:
        if isinstance(block, dict) and block.get("type") == "refusal":
            return str(block.get("refusal") or "")
    refusal = message.additional_kwargs.get("refusal")
    return str(refusal) if refusal else None
