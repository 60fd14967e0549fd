"""What a model says and thinks: text and reasoning in, and both out without what is neither."""

from typing import NamedTuple

from langchain_telnyx._chat.repair.alone import Alone
from langchain_telnyx._chat.repair.halves import Halves
from langchain_telnyx._chat.repair.markup import Heard, Markup, Written
from langchain_telnyx._chat.repair.names import Offered
from langchain_telnyx._chat.thinking import ThinkTags

_NOTHING: tuple[Written, ...] = ()


class Said(NamedTuple):
    """What a piece of an answer says.

    Attributes:
        text: The text.
        reasoning: The reasoning.
        calls: Calls that stood in one of them.
    """

    text: str
    reasoning: str
    calls: tuple[Written, ...] = _NOTHING


class Speech:
    """Text and reasoning of one answer, over any cut into pieces.

    Args:
        offered: The tools that may be called.
        tags: What tells reasoning in the text apart, if that was asked for.
        alone: What takes the JSON out of the text, where JSON was asked for.
    """

    def __init__(self, offered: Offered, tags: ThinkTags | None, alone: Alone | None) -> None:
        self._offered = offered
        self._tags = tags
        self._alone = alone
        self._text_halves, self._thought_halves = Halves(), Halves()
        self._text, self._thought = Markup(offered), Markup(offered, is_reasoning=True)
        self._spoke = False
        self._called = False
        self.original = ""

    @property
    def is_plain(self) -> bool:
        """Whether text without a mark goes through as it is."""
        return (
            self._tags is None
            and self._alone is None
            and not self._text_halves.held
            and self._text.is_idle
        )

    @property
    def thinks_plainly(self) -> bool:
        """Whether reasoning without a mark goes through as it is."""
        return not self._thought_halves.held and self._thought.is_idle

    @property
    def lost(self) -> list[str]:
        """Markup that could not be read, or of tools that were not offered."""
        return [*self._thought.lost, *self._text.lost]

    def feed(self, text: str, reasoning: str) -> Said:
        """Return what a piece of each brings."""
        if text:
            text = self._text_halves.feed(text)
        if reasoning:
            reasoning = self._thought_halves.feed(reasoning)
        return self._heard(text, reasoning)

    def end(self, *, has_calls: bool, was_cut: bool) -> Said:
        """Return what was held back.

        Args:
            has_calls: Whether the answer has calls of its own.
            was_cut: Whether the answer was cut.
        """
        said = self._heard(self._text_halves.end(), self._thought_halves.end())
        if self._tags:
            inside, outside = self._tags.end()
            said = _joined(said, self._marked(outside, inside))
        said = _joined(said, self._taken(self._text.end(), self._thought.end()))
        said = _joined(said, self._pending(has_calls=has_calls))
        if self._alone is None:
            return said
        text = self._alone.end(has_calls=has_calls or self._called, was_cut=was_cut)
        self.original = self._alone.original
        return Said(said.text + text, said.reasoning + self._alone.thought, said.calls)

    def _heard(self, text: str, reasoning: str) -> Said:
        if self._tags is not None and text:
            inside, text = self._tags.feed(text)
            reasoning += inside
        return self._marked(text, reasoning)

    def _marked(self, text: str, reasoning: str) -> Said:
        thought = self._thought.feed(reasoning) if reasoning else None
        heard = self._text.feed(text) if text else None
        return self._taken(heard, thought)

    def _taken(self, heard: Heard | None, thought: Heard | None) -> Said:
        text, reasoning = "", thought.text + thought.thought if thought else ""
        calls: list[Written] = [*thought.calls] if thought else []
        if heard is not None:
            reasoning += heard.thought
            text = heard.text
            calls += heard.calls
        return self._answered(text, reasoning, calls)

    def _answered(self, text: str, reasoning: str, calls: list[Written]) -> Said:
        """Return what was heard, of the text the part that was asked for."""
        self._called = self._called or bool(calls)
        if text:
            self._spoke = self._spoke or bool(text.strip())
            if self._alone is not None:
                text = self._alone.feed(text)
        return Said(text, reasoning, tuple(calls))

    def _pending(self, *, has_calls: bool) -> Said:
        """Return the calls at the end of the reasoning, where they are all that the answer has."""
        pending, self._thought.pending = self._thought.pending, []
        if not pending:
            return Said("", "")
        if has_calls or self._called or self._spoke:
            return Said("", "".join(raw for raw, _ in pending))
        calls = [call for _, calls in pending for call in calls]
        answer = "".join(call.arguments for call in calls if call.name == self._offered.answer)
        others = [call for call in calls if call.name != self._offered.answer]
        return self._answered(answer, "", others)


def _joined(one: Said, other: Said) -> Said:
    return Said(one.text + other.text, one.reasoning + other.reasoning, one.calls + other.calls)
