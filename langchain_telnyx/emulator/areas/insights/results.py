"""The result of a template for a conversation: quotes, counts or choices.

There is no language model. Prose consists of quotes from the conversation; a schema is filled from
its messages, and the result always matches; the vendor's two scores come from the tone of the user,
and from the share of the instructions that the assistant's words cover.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence

from langchain_telnyx.emulator.areas.conversations.messages import Message
from langchain_telnyx.emulator.areas.insights.templates import (
    FOLLOWING,
    NOT_SCORED,
    SATISFACTION,
    SCORES,
    Template,
)
from langchain_telnyx.emulator.model import extract, options, summary, units, words
from langchain_telnyx.emulator.model.context import Passage
from langchain_telnyx.emulator.model.fill import fill

NOTHING = "The conversation does not say."

_INSTRUCTING = ("system", "developer")
_COVERED = 0.34
"""The minimum share of an instruction's words for it to be covered."""
_STEPS = (0.75, 0.5, 0.25)


def answer(template: Template, messages: Sequence[Message], *, today: dt.date) -> str:
    """Return a template's result: prose, or JSON text where it has a schema.

    Args:
        template: The template.
        messages: The conversation, in order.
        today: The date that relative dates refer to.

    Raises:
        Refusal: No value in the conversation matches the template's schema.
    """
    if template.managed and template.name == SATISFACTION:
        return _scored(_satisfaction(messages))
    if template.managed and template.name == FOLLOWING:
        return _scored(_following(messages))
    text = _text(messages, ("user", "assistant"))
    form = template.form
    if form is not None:
        return json.dumps(fill(form, text, today=today, name=template.name), ensure_ascii=False)
    if not text.strip():
        return NOTHING
    if summary.is_requested(f"{template.name} {template.instructions}"):
        return summary.summarise(text)
    found = extract.find(template.instructions, [Passage(label="1", source="", text=text)])
    return " ".join(quote.text for quote in found.quotes) or NOTHING


def _satisfaction(messages: Sequence[Message]) -> str:
    text = _text(messages, ("user",))
    return SCORES[options.choose(SCORES, text)[0]] if text.strip() else NOT_SCORED


def _following(messages: Sequence[Message]) -> str:
    """Score by the share of the instructions that the assistant's words cover."""
    spoken = set(words.stems(_text(messages, ("assistant",))))
    instructions = [
        set(words.stems(unit.text)) for unit in units.split(_text(messages, _INSTRUCTING))
    ]
    instructions = [stems for stems in instructions if stems]
    if not spoken or not instructions:
        return NOT_SCORED
    share = sum(len(stems & spoken) >= _COVERED * len(stems) for stems in instructions) / len(
        instructions
    )
    passed = sum(share >= step for step in _STEPS)
    return SCORES[len(_STEPS) - passed]


def _scored(score: str) -> str:
    return json.dumps({"score": score})


def _text(messages: Iterable[Message], roles: Sequence[str]) -> str:
    # Joined by a blank line, so that a text without a full stop ends a sentence.
    return "\n\n".join(message.content for message in messages if message.role in roles)
