"""Select one of several options for a text: by its name, by shared words, or by the tone."""

from collections.abc import Sequence

import regex

from langchain_telnyx.emulator.model import units, words
from langchain_telnyx.emulator.model.source_text import LIKELY, MADE_UP, STATED

# How favourable an option is; the one nearest to the tone of the text is selected.
_GRADES = {
    **dict.fromkeys(("excellent", "outstanding", "delighted"), 2),
    **dict.fromkeys(("positive", "good", "happy", "satisfied", "favourable", "favorable"), 1),
    **dict.fromkeys(("neutral", "fair", "mixed", "average", "okay", "ok"), 0),
    **dict.fromkeys(("negative", "bad", "poor", "unhappy", "unsatisfied", "dissatisfied"), -1),
    **dict.fromkeys(("terrible", "awful", "furious"), -2),
}
_PRAISE = words.word_set(
    """
    above amazing awesome beautiful beyond best brilliant clean delicious delighted easy enjoyed
    excellent fantastic fast favourite friendly glad good great happy helpful impressed kind like
    liked love loved lovely nice outstanding perfect pleasant pleased quick recommend resolved
    satisfied solved superb thank thanks wonderful works
    """
)
_BLAME = words.word_set(
    """
    angry annoyed annoying awful bad broken complain complaint crash crashed dirty disappointed
    disappointing dreadful expensive fail failed fails frustrated frustrating furious hate hated
    horrible late never noisy nobody overpriced poor refund rude slow terrible ugly unacceptable
    unhappy unhelpful unresolved upset useless waste worse worst wrong
    """
)
_NEGATIONS = words.word_set("not no never don didn isn wasn doesn without hardly cannot couldn")
_MAX_GRADE = 2


def choose(options: Sequence[str], text: str) -> tuple[int, int]:
    """Choose the option that fits a text best.

    Returns:
        The index of the option, and how certain the choice is.
    """
    content = _without_listing(options, text)
    named = [(_first_mention(option, content), index) for index, option in enumerate(options)]
    mentioned = [(at, -len(options[index]), index) for at, index in named if at is not None]
    if mentioned:
        return min(mentioned)[2], STATED
    stems = set(words.stems(content))
    shared = [len(stems & set(words.stems(option))) for option in options]
    if max(shared, default=0) > 0:
        return shared.index(max(shared)), LIKELY
    grades = [_grade(option) for option in options]
    if sum(grade is not None for grade in grades) > 1:
        tone = max(-_MAX_GRADE, min(_MAX_GRADE, _tone(content)))
        distances = [abs(grade - tone) if grade is not None else 99.0 for grade in grades]
        return distances.index(min(distances)), LIKELY if tone else MADE_UP
    return 0, MADE_UP


def mentioned(options: Sequence[str], text: str) -> list[int]:
    """List the indices of all options that the text names, in the order of the options."""
    return [
        index for index, option in enumerate(options) if _first_mention(option, text) is not None
    ]


def _without_listing(options: Sequence[str], text: str) -> str:
    """Drop the sentences that only enumerate the options ("positive or negative?")."""
    if len(options) < 2:  # noqa: PLR2004 - one option is not a choice
        return text
    return " ".join(
        sentence
        for sentence in units.sentences(text)
        if len(mentioned(options, sentence)) < min(len(options), 3)
    )


def _first_mention(option: str, text: str) -> int | None:
    pattern = regex.escape(option).replace("_", r"[\s_-]").replace(r"\ ", r"[\s_-]+")
    match = regex.search(rf"(?<!\w){pattern}(?!\w)", text, regex.IGNORECASE) if option else None
    return match.start() if match else None


def _grade(option: str) -> int | None:
    return next((_GRADES[word] for word in words.words(option) if word in _GRADES), None)


def _tone(text: str) -> int:
    tone = 0
    tokens = words.words(text)
    for index, word in enumerate(tokens):
        value = (word in _PRAISE) - (word in _BLAME)
        if value and _NEGATIONS.intersection(tokens[max(0, index - 3) : index]):
            value = -value
        tone += value
    return tone
