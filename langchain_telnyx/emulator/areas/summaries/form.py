"""The form of a summary, as a system prompt asks for it: sentences, bullet points, words."""

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
_USUAL = 3


@dataclass(frozen=True)
class Form:
    """What a summary shall look like.

    Attributes:
        parts: How many sentences or points at most.
        bullets: Whether each stands on a line of its own, after a dash.
        words: How many words at most.
    """

    parts: int = _USUAL
    bullets: bool = False
    words: int | None = None


def asked(prompt: str) -> Form:
    """Read the form that a system prompt asks for; what it asks beyond that is not understood."""
    points = _number(_POINTS, prompt)
    return Form(
        parts=points or _number(_SENTENCES, prompt) or _USUAL,
        bullets=points is not None or bool(_BULLETS.search(prompt)),
        words=_number(_WORDS, prompt),
    )


def summarise(text: str, form: Form) -> str:
    """Summarise a text in some form."""
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
    """Keep the sentences that fit; of a first one that is too long, its beginning."""
    kept: list[str] = []
    left = words
    for sentence in sentences:
        length = len(sentence.split())
        if length > left:
            break
        kept.append(sentence)
        left -= length
    return kept or [" ".join(sentences[0].split()[:words]) + "…"]
