"""Summarise a text by its most representative sentences."""

import math
from collections import Counter

import regex

from langchain_telnyx.emulator.model import units, words

_REQUEST = regex.compile(
    r"^\s*(?:please\s+|can you\s+|could you\s+)?(?:write\s+)?(?:a\s+)?(?:very\s+)?"
    r"(?:short\s+|brief\s+|concise\s+)?summar(?:y|i[sz]e)\b[^:\n]{0,120}(?::|\n)\s*(\S.*)",
    regex.IGNORECASE | regex.DOTALL,
)
_SENTENCES = 3


def is_requested(question: str) -> bool:
    """Return whether a question asks for a summary."""
    return "summari" in question.lower() or "summary" in question.lower()


def text_to_summarise(message: str) -> str | None:
    """Return the text in a message that asks for its summary, or None."""
    match = _REQUEST.match(message)
    return match[1].strip().strip('"').strip() if match else None


def summarise(text: str, *, most: int = _SENTENCES) -> str:
    """Summarise a text by its best sentences.

    Args:
        text: Any prose; headings and code are ignored.
        most: The most sentences.
    """
    return " ".join(pick(text, most=most))


def pick(text: str, *, most: int) -> list[str]:
    """Select the most representative sentences of a text, in order.

    Args:
        text: Any prose; headings and code are ignored.
        most: The most sentences.
    """
    found = [unit.text for unit in units.split(text) if unit.kind in {"prose", "item"}]
    if len(found) <= most:
        return found or [text.strip()]
    stems = [words.stems(sentence) for sentence in found]
    weight = Counter(stem for sentence in stems for stem in set(sentence))
    scores = [
        sum(math.log1p(weight[stem]) for stem in set(sentence))
        / (6 + len(sentence))
        # The first sentence of a text usually states its topic.
        * (1.25 if index == 0 else 1.0)
        for index, sentence in enumerate(stems)
    ]
    best = sorted(range(len(found)), key=lambda index: (-scores[index], index))[:most]
    return [found[index] for index in sorted(best)]
