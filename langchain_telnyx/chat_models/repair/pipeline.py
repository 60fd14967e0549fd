"""Pipeline of the repair steps for the text and the reasoning of an answer."""

from typing import NamedTuple

from langchain_telnyx.chat_models.output.thinking import ThinkTags
from langchain_telnyx.chat_models.repair.json_only import JSONOnly
from langchain_telnyx.chat_models.repair.markup_reader import Extracted, MarkupReader, WrittenCall
from langchain_telnyx.chat_models.repair.offered_tools import OfferedTools
from langchain_telnyx.client.surrogates import Surrogates

_NOTHING: tuple[WrittenCall, ...] = ()


class PipelineOutput(NamedTuple):
    """The contents of a piece of an answer.

    Attributes:
        text: The text.
        reasoning: The reasoning.
        calls: Calls in the markup of either.
    """

    text: str
    reasoning: str
    calls: tuple[WrittenCall, ...] = _NOTHING


class Pipeline:
    """Processes the text and the reasoning of one answer, incrementally.

    Args:
        offered: The tools of the request.
        tags: Separates reasoning from the text, if `think_tags` is set.
        json_only: Extracts the JSON from the text, if the request has a schema.
        has_words: Whether the model uses Harmony.
    """

    def __init__(
        self,
        offered: OfferedTools,
        tags: ThinkTags | None,
        json_only: JSONOnly | None,
        *,
        has_words: bool = False,
    ) -> None:
        self._offered = offered
        self._tags = tags
        self._json_only = json_only
        self._text_halves, self._thought_halves = Surrogates(), Surrogates()
        self._has_words = has_words
        self._text, self._thought = self._markups()
        self._has_text = False
        self._has_calls = False
        self.original = ""

    def _markups(self) -> tuple[MarkupReader, MarkupReader]:
        """Return the markup readers of the text and of the reasoning."""
        offered, has_words = self._offered, self._has_words
        text = MarkupReader(offered, has_words=has_words)
        return text, MarkupReader(offered, is_reasoning=True, has_words=has_words)

    @property
    def is_plain(self) -> bool:
        """Whether text without a mark passes through unchanged."""
        return (
            self._tags is None
            and self._json_only is None
            and not self._text_halves.held
            and self._text.is_idle
        )

    @property
    def is_reasoning_plain(self) -> bool:
        """Whether reasoning without a mark passes through unchanged."""
        return not self._thought_halves.held and self._thought.is_idle

    @property
    def lost(self) -> list[str]:
        """Markup that is invalid, or names a tool that is not in the request."""
        return [*self._thought.lost, *self._text.lost]

    def feed(self, text: str, reasoning: str) -> PipelineOutput:
        """Return the contents of a piece of text and of reasoning."""
        if text:
            text = self._text_halves.feed(text)
        if reasoning:
            reasoning = self._thought_halves.feed(reasoning)
        return self._split_tags(text, reasoning)

    def end_part(self) -> PipelineOutput:
        """Return the buffered contents at the end of a part; markup ends with the part."""
        output = self._split_tags(self._text_halves.end(), self._thought_halves.end())
        output = _joined(output, self._combined(self._text.end(), self._thought.end()))
        text, thought = self._text, self._thought
        self._text, self._thought = self._markups()
        self._text.lost, self._thought.lost = text.lost, thought.lost
        self._thought.pending = thought.pending
        return output

    def end(self, *, has_calls: bool, was_cut: bool) -> PipelineOutput:
        """Return the buffered contents at the end of an answer.

        Args:
            has_calls: Whether the answer has tool calls outside of markup.
            was_cut: Whether the answer is truncated.
        """
        output = self._split_tags(self._text_halves.end(), self._thought_halves.end())
        if self._tags:
            inside, outside = self._tags.end()
            output = _joined(output, self._read_markup(outside, inside))
        output = _joined(output, self._combined(self._text.end(), self._thought.end()))
        output = _joined(output, self._pending(has_calls=has_calls))
        if self._json_only is None:
            return output
        text = self._json_only.end(has_calls=has_calls or self._has_calls, was_cut=was_cut)
        self.original = self._json_only.original
        return PipelineOutput(
            output.text + text, output.reasoning + self._json_only.thought, output.calls
        )

    def _split_tags(self, text: str, reasoning: str) -> PipelineOutput:
        if self._tags is not None and text:
            inside, text = self._tags.feed(text)
            reasoning += inside
        return self._read_markup(text, reasoning)

    def _read_markup(self, text: str, reasoning: str) -> PipelineOutput:
        thought = self._thought.feed(reasoning) if reasoning else None
        found = self._text.feed(text) if text else None
        return self._combined(found, thought)

    def _combined(self, found: Extracted | None, thought: Extracted | None) -> PipelineOutput:
        text, reasoning = "", thought.text + thought.thought if thought else ""
        calls: list[WrittenCall] = [*thought.calls] if thought else []
        if found is not None:
            reasoning += found.thought
            text = found.text
            calls += found.calls
        return self._output(text, reasoning, calls)

    def _output(self, text: str, reasoning: str, calls: list[WrittenCall]) -> PipelineOutput:
        """Return the output, with the JSON of the text only if the request has a schema."""
        self._has_calls = self._has_calls or bool(calls)
        if text:
            self._has_text = self._has_text or bool(text.strip())
            if self._json_only is not None:
                text = self._json_only.feed(text)
        return PipelineOutput(text, reasoning, tuple(calls))

    def _pending(self, *, has_calls: bool) -> PipelineOutput:
        """Return the calls at the end of the reasoning, if the answer has nothing else."""
        pending, self._thought.pending = self._thought.pending, []
        if not pending:
            return PipelineOutput("", "")
        if has_calls or self._has_calls or self._has_text:
            return PipelineOutput("", "".join(raw for raw, _ in pending))
        calls = [call for _, calls in pending for call in calls]
        answer = "".join(call.arguments for call in calls if call.name == self._offered.answer)
        others = [call for call in calls if call.name != self._offered.answer]
        return self._output(answer, "", others)


def _joined(one: PipelineOutput, other: PipelineOutput) -> PipelineOutput:
    return PipelineOutput(
        one.text + other.text, one.reasoning + other.reasoning, one.calls + other.calls
    )
