"""Text and reasoning of an answer in, and both out without what is neither."""

from typing import NamedTuple

from langchain_telnyx.chat_models.output.thinking import ThinkTags
from langchain_telnyx.chat_models.repair.json_only import JSONOnly
from langchain_telnyx.chat_models.repair.markup_reader import Extracted, MarkupReader, WrittenCall
from langchain_telnyx.chat_models.repair.offered_tools import OfferedTools
from langchain_telnyx.client.surrogates import Surrogates

_NOTHING: tuple[WrittenCall, ...] = ()


class PipelineOutput(NamedTuple):
    """What a piece of an answer brings.

    Attributes:
        text: The text.
        reasoning: The reasoning.
        calls: Calls that stood in one of them.
    """

    text: str
    reasoning: str
    calls: tuple[WrittenCall, ...] = _NOTHING


class Pipeline:
    """Text and reasoning of one answer, over any cut into pieces.

    Args:
        offered: The tools that may be called.
        tags: What divides reasoning off the text, if that is set.
        json_only: What takes the JSON out of the text, where the request has a schema.
        has_words: Whether the model is one that speaks Harmony.
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
        self._spoke = False
        self._called = False
        self.original = ""

    def _markups(self) -> tuple[MarkupReader, MarkupReader]:
        """Return what reads the markup of the text, and of the reasoning, of one part."""
        offered, has_words = self._offered, self._has_words
        text = MarkupReader(offered, has_words=has_words)
        return text, MarkupReader(offered, is_reasoning=True, has_words=has_words)

    @property
    def is_plain(self) -> bool:
        """Whether text without a mark goes through as it is."""
        return (
            self._tags is None
            and self._json_only is None
            and not self._text_halves.held
            and self._text.is_idle
        )

    @property
    def is_reasoning_plain(self) -> bool:
        """Whether reasoning without a mark goes through as it is."""
        return not self._thought_halves.held and self._thought.is_idle

    @property
    def lost(self) -> list[str]:
        """Markup that could not be read, or of tools that were not offered."""
        return [*self._thought.lost, *self._text.lost]

    def feed(self, text: str, reasoning: str) -> PipelineOutput:
        """Return what a piece of each brings."""
        if text:
            text = self._text_halves.feed(text)
        if reasoning:
            reasoning = self._thought_halves.feed(reasoning)
        return self._heard(text, reasoning)

    def turn(self) -> PipelineOutput:
        """Return what was held back, as one part of an answer ends: markup ends with it."""
        output = self._heard(self._text_halves.end(), self._thought_halves.end())
        output = _joined(output, self._taken(self._text.end(), self._thought.end()))
        text, thought = self._text, self._thought
        self._text, self._thought = self._markups()
        self._text.lost, self._thought.lost = text.lost, thought.lost
        self._thought.pending = thought.pending
        return output

    def end(self, *, has_calls: bool, was_cut: bool) -> PipelineOutput:
        """Return what was held back.

        Args:
            has_calls: Whether the answer has calls of its own.
            was_cut: Whether the answer was cut.
        """
        output = self._heard(self._text_halves.end(), self._thought_halves.end())
        if self._tags:
            inside, outside = self._tags.end()
            output = _joined(output, self._marked(outside, inside))
        output = _joined(output, self._taken(self._text.end(), self._thought.end()))
        output = _joined(output, self._pending(has_calls=has_calls))
        if self._json_only is None:
            return output
        text = self._json_only.end(has_calls=has_calls or self._called, was_cut=was_cut)
        self.original = self._json_only.original
        return PipelineOutput(
            output.text + text, output.reasoning + self._json_only.thought, output.calls
        )

    def _heard(self, text: str, reasoning: str) -> PipelineOutput:
        if self._tags is not None and text:
            inside, text = self._tags.feed(text)
            reasoning += inside
        return self._marked(text, reasoning)

    def _marked(self, text: str, reasoning: str) -> PipelineOutput:
        thought = self._thought.feed(reasoning) if reasoning else None
        found = self._text.feed(text) if text else None
        return self._taken(found, thought)

    def _taken(self, found: Extracted | None, thought: Extracted | None) -> PipelineOutput:
        text, reasoning = "", thought.text + thought.thought if thought else ""
        calls: list[WrittenCall] = [*thought.calls] if thought else []
        if found is not None:
            reasoning += found.thought
            text = found.text
            calls += found.calls
        return self._answered(text, reasoning, calls)

    def _answered(self, text: str, reasoning: str, calls: list[WrittenCall]) -> PipelineOutput:
        """Return what was found; of the text the JSON json_only, where the request has a schema."""
        self._called = self._called or bool(calls)
        if text:
            self._spoke = self._spoke or bool(text.strip())
            if self._json_only is not None:
                text = self._json_only.feed(text)
        return PipelineOutput(text, reasoning, tuple(calls))

    def _pending(self, *, has_calls: bool) -> PipelineOutput:
        """Return the calls at the end of the reasoning, where they are all that the answer has."""
        pending, self._thought.pending = self._thought.pending, []
        if not pending:
            return PipelineOutput("", "")
        if has_calls or self._called or self._spoke:
            return PipelineOutput("", "".join(raw for raw, _ in pending))
        calls = [call for _, calls in pending for call in calls]
        answer = "".join(call.arguments for call in calls if call.name == self._offered.answer)
        others = [call for call in calls if call.name != self._offered.answer]
        return self._answered(answer, "", others)


def _joined(one: PipelineOutput, other: PipelineOutput) -> PipelineOutput:
    return PipelineOutput(
        one.text + other.text, one.reasoning + other.reasoning, one.calls + other.calls
    )
