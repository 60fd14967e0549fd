"""Output parsers for a schema, for choices, and for a regular expression.

A missing, truncated or nonconforming answer raises an `OutputParserException` that quotes it; the
parsers never return `None` instead.
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
from langchain_core.runnables import RunnableConfig
from pydantic import ConfigDict

from langchain_telnyx._shared.signatures import compute_signatures
from langchain_telnyx.chat_models.repair.json_only import after_thinking
from langchain_telnyx.chat_models.structured.extraction import NO_JSON, json_in, partial_json_in
from langchain_telnyx.chat_models.structured.schemas import AnswerSchema
from langchain_telnyx.chat_models.structured.validation import MismatchError


class AnswerParser(BaseTransformOutputParser[Any]):
    """Parses complete and streamed answers; a stream yields partial output."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def parse_result(
        self,
        result: list[Generation],
        *,
        partial: bool = False,  # noqa: ARG002 - streams are read by `_transform`
    ) -> Any:
        """Parse the first generation.

        Raises:
            OutputParserException: The answer does not conform.
        """
        first = result[0]
        return self.read(
            first.message if isinstance(first, ChatGeneration) else AIMessage(first.text)
        )

    def invoke(
        self,
        input: str | BaseMessage,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ARG002 - core's
    ) -> Any:
        """Parse a message or a text; see `parse_result`."""
        # As in langchain-core, which inspects the signature of a new function at every call.
        return self._call_with_config(self._parse_input, input, config, run_type="parser")

    async def ainvoke(
        self,
        input: str | BaseMessage,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ARG002 - core's
    ) -> Any:
        """Parse a message or a text; see `parse_result`."""
        return await self._acall_with_config(self._aparse_input, input, config, run_type="parser")

    def _parse_input(self, input: str | BaseMessage) -> Any:  # noqa: A002 - core's
        return self.read(AIMessage(input) if isinstance(input, str) else input)

    async def _aparse_input(self, input: str | BaseMessage) -> Any:  # noqa: A002 - core's
        return self._parse_input(input)

    async def aparse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse the first generation; see `parse_result`."""
        return self.parse_result(result, partial=partial)

    def parse(self, text: str) -> Any:
        """Parse a text; see `parse_result`."""
        return self.read(AIMessage(text))

    def read(self, message: BaseMessage) -> Any:
        """Parse a message; see `parse_result`."""
        _raise_if_refused(message)
        return self.parse_message(message)

    @abstractmethod
    def parse_message(self, message: BaseMessage) -> Any:
        """Parse a message that is not a refusal."""

    def so_far(self, pieces: "Pieces") -> Any:  # noqa: ARG002 - for subclasses
        """Parse a partial answer; `NO_JSON` if it contains no JSON yet."""
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


compute_signatures(AnswerParser, "_parse_input", "_aparse_input")


class SchemaParser(AnswerParser):
    """Parses JSON of a schema, from the text or from the arguments of a function call."""

    schema_: AnswerSchema
    """The schema, which also converts the value."""

    function: str | None = None
    """The function whose arguments are the answer; `None` for the text."""

    def parse_message(self, message: BaseMessage) -> Any:
        """Parse the object in a message."""
        value, quoted = self._arguments(message) if self.function else (NO_JSON, "")
        if value is NO_JSON:
            cut = _was_cut(message)
            # The original text, if JSON was extracted from it: with this schema, other JSON may
            # fit.
            text = after_thinking(_original(message) or message.text)
            value = json_in(text, amid_prose=not cut, fits=self._fits)
            if isinstance(value, str) and (inner := json_in(value)) is not NO_JSON:
                value = inner  # encoded twice
            if value is NO_JSON:
                raise self._missing(message, quoted)
        return self._fitting(value)

    def so_far(self, pieces: "Pieces") -> Any:
        """Parse a partial answer."""
        value = partial_json_in(pieces.arguments if self.function else pieces.text)
        if not isinstance(value, dict | list):
            return NO_JSON
        try:
            return self.schema_.so_far(value)
        except MismatchError:  # incomplete
            return NO_JSON

    def _arguments(self, message: BaseMessage) -> tuple[Any, str]:
        """Return the arguments of the function's call, and their text."""
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
                f"The answer does not conform to {self.schema_.original_name}: {mismatch}\n"
                f"The answer: {text[:1000]}",
                llm_output=text,
            ) from mismatch.__cause__

    def _missing(self, message: BaseMessage, quoted: str) -> OutputParserException:
        text = quoted or message.text
        expected = f"a call of {self.function!r}" if self.function else "JSON"
        if _was_cut(message):
            what = (
                f"The answer was truncated before {expected} was complete (finish_reason "
                f"'length'): increase `max_tokens`, which includes reasoning, or request less"
            )
        elif quoted:
            what = f"The arguments of the call of {self.function!r} are not JSON"
        else:
            reason = message.response_metadata.get("finish_reason")
            calls = [call["name"] for call in getattr(message, "tool_calls", ())]
            instead = f"; it calls {', '.join(map(repr, calls))} instead" if calls else ""
            what = f"The answer is not {expected} (finish_reason {reason!r}){instead}"
        return OutputParserException(f"{what}. The answer: {text[:1000]!r}", llm_output=text)


class ChoiceParser(AnswerParser):
    """Parses one of the values of an `Enum` class."""

    options: type[enum.Enum]

    def parse_message(self, message: BaseMessage) -> Any:
        """Return the member with the message's value."""
        answer = message.text.strip().strip("\"'`.").casefold()
        for member in self.options:
            if str(member.value).casefold() == answer:
                return member
        values = ", ".join(repr(str(member.value)) for member in self.options)
        raise OutputParserException(
            f"The answer must be one of {values}, not {message.text[:1000]!r}. The server may not "
            f"support `guided_choice`; use `json_schema` with an enum.",
            llm_output=message.text,
        )


class PatternParser(AnswerParser):
    """Parses a text that matches a regular expression."""

    pattern: re.Pattern[str]

    def parse_message(self, message: BaseMessage) -> Any:
        """Return the text of a message."""
        text = message.text.strip()
        if self.pattern.fullmatch(text):
            return text
        raise OutputParserException(
            f"The answer does not match {self.pattern.pattern!r}: {text[:1000]!r}. The server may "
            f"not support `guided_regex`; use `json_schema` with a `pattern`.",
            llm_output=text,
        )


class Pieces:
    """Accumulates the chunks of a streamed answer.

    Args:
        parser: The parser.

    Attributes:
        text: The text so far.
        arguments: The arguments of the parser's function so far.
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
        """Add a chunk; yield the output so far, if it is new."""
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
        """Yield the output of the complete answer, if it is new."""
        if self._messages:
            first, *others = self._messages
            whole = first.__add__(others) if isinstance(first, AIMessageChunk) else first
            yield from self._new(self._parser.read(whole))

    def _new(self, value: Any) -> Iterator[Any]:
        if value is not NO_JSON and value != self._given:
            self._given = value
            yield value


def _original(message: BaseMessage) -> str:
    """Return the original text, if the message has it: see `RawFields`."""
    came = (message.response_metadata.get("raw") or {}).get("message") or {}
    text = came.get("content")
    return text if isinstance(text, str) else ""


def _was_cut(message: BaseMessage) -> bool:
    return bool(message.response_metadata.get("finish_reason") == "length")


def _raise_if_refused(message: BaseMessage) -> None:
    text = _refusal(message)
    if text is None:
        return
    reason = f"The model refused to answer: {text}"
    # Part of langchain-core since 1.7.5.
    if kind := getattr(exceptions, "ModelRefusalError", None):
        raise kind(reason, raw_message=message)
    raise OutputParserException(reason, llm_output=text)


def _refusal(message: BaseMessage) -> str | None:
    blocks = message.content if isinstance(message.content, list) else ()
    for block in blocks:
        if isinstance(block, dict) and block.get("type") == "refusal":
            return str(block.get("refusal") or "")
    refusal = message.additional_kwargs.get("refusal")
    return str(refusal) if refusal else None
