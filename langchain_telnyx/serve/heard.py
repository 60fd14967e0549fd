"""What the caller heard of an interrupted answer.

Telnyx sends the words that were spoken until the interruption, as its voice read them: punctuation,
case and spaces may differ from what the agent wrote.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Spoken:
    """The words of one message that were sent to Telnyx.

    Attributes:
        message_id: The message's id (None: a filler, which belongs to no message).
        text: The words.
    """

    message_id: str | None
    text: str


def cut(spoken: Sequence[Spoken], heard: str) -> list[Spoken]:
    """Return what the caller heard of each message, in order; unheard messages are empty.

    Where the heard words are a beginning of the spoken ones, apart from punctuation, case and
    spaces, the text is cut behind them. Otherwise, such as for a number that the voice reads as
    words, it is cut after as many words.

    Args:
        spoken: The words that were sent.
        heard: The words that were heard.
    """
    letters = _letters(heard)
    whole = "".join(_letters(one.text) for one in spoken)
    if whole.startswith(letters):
        return _cut_by_letters(spoken, len(letters))
    return _cut_by_words(spoken, len(heard.split()))


def _cut_by_letters(spoken: Sequence[Spoken], left: int) -> list[Spoken]:
    cuts = []
    for one in spoken:
        end = 0
        if left:
            for position, character in enumerate(one.text):
                count = len(_letters(character))
                if count > left:
                    break
                left -= count
                # The marks that follow the last letter belong to it, spaces do not.
                if count or not character.isspace():
                    end = position + 1
        cuts.append(Spoken(one.message_id, one.text[:end]))
    return cuts


def _cut_by_words(spoken: Sequence[Spoken], left: int) -> list[Spoken]:
    cuts = []
    for one in spoken:
        words = one.text.split()
        cuts.append(
            Spoken(one.message_id, one.text if left >= len(words) else " ".join(words[:left]))
        )
        left = max(0, left - len(words))
    return cuts


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
