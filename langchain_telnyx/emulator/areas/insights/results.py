"""What a template finds in a conversation: quoted, counted or chosen, never invented.

No model is behind it. Prose comes word for word out of the conversation; a schema is filled from
what was said, and always met; the vendor's two scores are taken from the tone of the user, and from
how much of the instructions the assistant's words touch.
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
_TOUCHED = 0.34
"""The share of an instruction's words that makes it touched upon."""
_STEPS = (0.75, 0.5, 0.25)


def answer(template: Template, said: Sequence[Message], *, today: dt.date) -> str:
    """Return a template's result: prose, or JSON text where it has a schema.

    Args:
        template: What is to be found out.
        said: The conversation, in order.
        today: What "tomorrow" is counted from.

    Raises:
        Refusal: No value was found that meets the template's schema.
    """
    if template.managed and template.name == SATISFACTION:
        return _scored(_satisfaction(said))
    if template.managed and template.name == FOLLOWING:
        return _scored(_following(said))
    text = _text(said, ("user", "assistant"))
    form = template.form
    if form is not None:
        return json.dumps(fill(form, text, today=today, name=template.name), ensure_ascii=False)
    if not text.strip():
        return NOTHING
    if summary.is_requested(f"{template.name} {template.instructions}"):
        return summary.summarise(text)
    found = extract.find(template.instructions, [Passage(label="1", source="", text=text)])
    return " ".join(quote.text for quote in found.quotes) or NOTHING


def _satisfaction(said: Sequence[Message]) -> str:
    heard = _text(said, ("user",))
    return SCORES[options.choose(SCORES, heard)[0]] if heard.strip() else NOT_SCORED


def _following(said: Sequence[Message]) -> str:
    """Score by the share of the instructions that the assistant's words touch upon."""
    spoken = set(words.stems(_text(said, ("assistant",))))
    wanted = [set(words.stems(unit.text)) for unit in units.split(_text(said, _INSTRUCTING))]
    wanted = [stems for stems in wanted if stems]
    if not spoken or not wanted:
        return NOT_SCORED
    share = sum(len(stems & spoken) >= _TOUCHED * len(stems) for stems in wanted) / len(wanted)
    passed = sum(share >= step for step in _STEPS)
    return SCORES[len(_STEPS) - passed]


def _scored(score: str) -> str:
    return json.dumps({"score": score})


def _text(said: Iterable[Message], roles: Sequence[str]) -> str:
    # A blank line apart, so that a sentence without a full stop does not run into the next.
    return "\n\n".join(message.content for message in said if message.role in roles)
