"""The form of a summary, from a system prompt: number of sentences, bullet points or words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_telnyx.emulator.model import summary

_NUMBERS = {
    "single": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
_COUNT = rf"\b(\d{{1,4}}|{'|'.join(_NUMBERS)})[\s-]+(?:[a-z]+[\s-]+){{0,2}}?"
_SENTENCES = re.compile(_COUNT + r"sentences?\b", re.IGNORECASE)
_POINTS = re.compile(_COUNT + r"(?:bullets?|points?|items?)\b", re.IGNORECASE)
_WORDS = re.compile(_COUNT + r"words?\b", re.IGNORECASE)
_BULLETS = re.compile(r"\bbullet|\bas a list\b|\blist of\b", re.IGNORECASE)
_DEFAULT_PARTS = 3


@dataclass(frozen=True)
class Form:
    """The form of a summary.

    Attributes:
        parts: The maximum number of sentences or bullet points.
        bullets: Whether each sentence is a bullet point on its own line.
        words: The maximum number of words.
    """

    parts: int = _DEFAULT_PARTS
    bullets: bool = False
    words: int | None = None


def read(prompt: str) -> Form:
    """Parse the form in a system prompt; other instructions are ignored."""
    points = _number(_POINTS, prompt)
    return Form(
        parts=points or _number(_SENTENCES, prompt) or _DEFAULT_PARTS,
        bullets=points is not None or bool(_BULLETS.search(prompt)),
        words=_number(_WORDS, prompt),
    )


def summarise(text: str, form: Form) -> str:
    """Summarise a text in a given form."""
    sentences = summary.pick(text, most=form.parts)
    if form.words is not None:
        sentences = _within(sentences, form.words)
    if form.bullets:
        return "\n".join(f"- {sentence}" for sentence in sentences)
    return " ".join(sentences)


def _number(pattern: re.Pattern[str], prompt: str) -> int | None:
    found = pattern.search(prompt)
    if found is None:
        return None
    return _NUMBERS.get(found[1].lower()) or int(found[1]) or None


def _within(sentences: Sequence[str], words: int) -> list[str]:
    """Return the sentences that fit; a first sentence that is too long is truncated."""
    fitting: list[str] = []
    left = words
    for sentence in sentences:
        length = len(sentence.split())
        if length > left:
            break
        fitting.append(sentence)
        left -= length
    return fitting or [" ".join(sentences[0].split()[:words]) + "…"]
