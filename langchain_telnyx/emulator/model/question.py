"""What a question is about: the weights of its words, and the signs of a sentence that answers it.

Names weigh most: a text without the name that a question has rarely answers it. Verbs and nouns
that fit any topic ("get", "kind", "work") weigh little, since an answer often has other words in
their place.
"""

from dataclasses import dataclass

import regex

from langchain_telnyx.emulator.model import words
from langchain_telnyx.emulator.model.question_words import (
    BASES,
    FOREIGN_STOP_WORDS,
    LIGHT_STEMS,
)
from langchain_telnyx.emulator.search import words as terms

_NAME = 2.0
_PLAIN = 1.0
_LIGHT = 0.35

_HIRAGANA = regex.compile(r"\p{Hiragana}+")
_AUXILIARIES = "am|are|can|could|did|do|does|has|have|is|may|must|shall|should|was|were|will|would"
_YES_OR_NO = regex.compile(rf"^\s*(?:{_AUXILIARIES})\b", regex.IGNORECASE)
# "Which Python version do I need?": its answer need not repeat "version".
_ANSWER_CLASS = regex.compile(
    rf"\b(?:what|which) (?:\w+ ){{0,2}}?(\w+) (?:{_AUXILIARIES})\b", regex.IGNORECASE
)
_NEGATIONS = frozenset(["not", "never", "no", "nor", "cannot", "without", "neither"])
_NEGATION_REACH = 3

_NUMBER = (
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand"
    r"|million|twenty|thirty|forty|fifty|none|no limit|unlimited)\b"
)
_PERSON = (
    r"(?<=\S )\p{Lu}\p{Ll}+(?![\p{L}(`])|[\w.]+@[\w.]+|\b(?:he|she|they|I|we|you)\b"
    # The first word of a sentence has a capital letter in any case.
    rf"|^\W*(?!(?:{'|'.join(map(str.capitalize, sorted(words.STOP_WORDS)))})\b)\p{{Lu}}\p{{Ll}}+"
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of question, and what the sentences that answer it have.

    Attributes:
        pattern: Matches such questions; its group `implied` has words that an answer with the sign
            need not repeat.
        sign: The pattern of their answers.
        strict: Whether a sentence without the sign cannot answer.
    """

    pattern: regex.Pattern[str]
    sign: regex.Pattern[str]
    strict: bool = False


def _kind(pattern: str, sign: str, *, strict: bool = False) -> _Kind:
    flags = regex.IGNORECASE | regex.MULTILINE
    return _Kind(
        regex.compile(pattern, flags),
        # Names begin with a capital letter.
        regex.compile(sign, regex.MULTILINE if r"\p{Lu}" in sign else flags),
        strict,
    )


_KINDS = (
    _kind(
        r"\b(?:how much|what)\b.*\b(?P<implied>costs?|prices?|pay|fees?|charges?|salary|earn)\b"
        r"|\bhow (?P<implied>expensive|cheap)\b|\b(?P<implied>price) of\b",
        r"[$€£¥]\s?\d|\d\s?[$€£¥]|\d+(?:[.,]\d+)? ?(?:cents?|dollars?|euros?|pounds?|USD|EUR|GBP)\b"
        r"|\b(?:free of charge|for free|is free|are free|costs? nothing|no (?:cost|charge|fee)"
        r"|without (?:cost|charge))\b",
        strict=True,
    ),
    _kind(
        r"\b(?P<implied>(?:tele)?phone number)\b",
        r"(?<![\w.])(?:\+\d[\d ().-]{6,}\d|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})\b",
        strict=True,
    ),
    _kind(r"\be-?mail(?: address)?\b", r"[\w.+-]+@[\w.-]+"),
    _kind(
        r"\bhow (?P<implied>old)\b|\bat what (?P<implied>age)\b",
        r"\b\d{1,3}\b|\b\w+teen\b|\b(?:\w+-)*(?:twenty|thirty|forty|fifty|sixty|seventy|eighty"
        r"|ninety)(?:-\w+)*\b|\byears? old\b|\baged?\b|\bborn\b",
        strict=True,
    ),
    _kind(
        r"\bhow (?P<implied>many|much|big|large|wide|tall|high|deep|heavy|fast)\b",
        _NUMBER,
        strict=True,
    ),
    _kind(
        r"\bhow often\b",
        _NUMBER + r"|\b(?:once|twice|always|never|every|each|daily|weekly|monthly|yearly|times?)\b",
        strict=True,
    ),
    _kind(
        r"\b(?:what|which) (?:\w+ )?(?P<implied>version)\b",
        # A version, and not part of a path or a tag.
        r"(?<![\w./-])\d+\.\d+|\bversion \d+\b",
        strict=True,
    ),
    _kind(r"\bhow long\b|\b(?:number|port|version|limit|default)\b", _NUMBER),
    _kind(
        r"^\s*(?:and |but |since |until )?"
        r"(?:when|(?:what|which) (?P<implied>time|day|date|year))\b",
        _NUMBER + r"|\b(?:when|if|after|before|until|once|during|as soon as|while|on|at)\b",
        strict=True,
    ),
    _kind(
        r"\bwhy\b|\breason\b",
        r"\b(?:because|since|so that|so|therefore|reason|otherwise|due to|as)\b",
    ),
    _kind(
        r"^\s*where\b",
        r"\b(?:above|across|along|at|behind|below|beneath|beside|between|by|in|inside|into|near"
        r"|next to|on|onto|opposite|outside|over|through|to|under|with|within)\b|/\w|~",
    ),
    _kind(r"^\s*(?:to |by |from |with )?whom?\b", _PERSON, strict=True),
    _kind(
        r"\bhow (?:do|can|to|does|should|could|would|may)\b|\b(?:command|install|run)\b",
        r"`|^\s*[$>]|\b(?:use|run|call|set|pass|install)\b|(?:^|\s)--?\w",
    ),
)


_ASKS_FOR_CODE = regex.compile(
    r"\bhow (?:do|can|to|does|should|could|would|may)\b"
    r"|\b(?:call|class|code|command|example|function|import|install|method|option|run|syntax|write)\b",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question.

    Attributes:
        text: The question.
        weights: The weights of its stems, in order.
    """

    text: str
    weights: dict[str, float]

    def fit(self, sentence: str) -> float:
        """Return a factor: above 1 for signs of an answer, 0 where a required one is missing."""
        factor = 0.85 if self._is_denied(sentence) else 1.0
        for kind in _KINDS:
            if kind.pattern.search(self.text):
                if self._has(kind.sign, sentence):
                    factor *= 1.15
                elif kind.strict:
                    return 0.0
        return factor

    def _has(self, sign: regex.Pattern[str], sentence: str) -> bool:
        """Return whether a sentence has a sign that is no word of the question."""
        return any(
            not {*stems(found[0])} or not {*stems(found[0])} <= self.weights.keys()
            for found in sign.finditer(sentence)
        )

    @property
    def is_strict(self) -> bool:
        """Whether a sentence without the sign of an answer cannot answer."""
        return any(kind.strict and kind.pattern.search(self.text) for kind in _KINDS)

    @property
    def is_about_code(self) -> bool:
        """Whether code may be the answer."""
        return bool(_ASKS_FOR_CODE.search(self.text))

    def _is_denied(self, sentence: str) -> bool:
        """Return whether a sentence denies what the question takes for granted."""
        if _YES_OR_NO.search(self.text) or _NEGATIONS & set(words.words(self.text)):
            return False
        found = words.words(sentence)
        return any(
            not self.weights.keys().isdisjoint(
                stems(" ".join(found[at + 1 : at + 1 + _NEGATION_REACH]))
            )
            for at, word in enumerate(found)
            if word in _NEGATIONS
        )


def read(text: str, previous: str = "") -> Question:
    """Read a question.

    Args:
        text: The question.
        previous: An earlier question, whose topic is added with half of its weight.
    """
    weights = _weights(text)
    for stem, weight in (_weights(previous) if previous else {}).items():
        weights.setdefault(stem, weight / 2)
    return Question(text, weights)


def stems(text: str) -> list[str]:
    """Return the stems of a text's content words; irregular forms have the stem of their base."""
    return [BASES.get(stem, stem) for stem in words.stems(text)]


def _weights(text: str) -> dict[str, float]:
    text = (
        " ".join(
            token for token in terms.tokens(text) if token.casefold() not in FOREIGN_STOP_WORDS
        )
        or text
    )
    implied = _implied(text)
    topic = {BASES.get(stem, stem) for stem in words.topic(text)}
    names = _names(text)
    weights: dict[str, float] = {}
    parts = _parts_of_names(text)
    for stem in stems(text):
        if stem in parts:
            continue
        if stem in names:
            weights[stem] = _NAME
        elif stem in topic:
            is_light = stem in LIGHT_STEMS or stem in implied
            weights.setdefault(stem, _LIGHT if is_light else _PLAIN)
    if any(not _HIRAGANA.fullmatch(stem) for stem in weights):
        # Pairs of Hiragana alone are endings and particles.
        weights = {
            stem: weight for stem, weight in weights.items() if not _HIRAGANA.fullmatch(stem)
        }
    if weights and max(weights.values()) == _LIGHT:
        # A question of light words only: they are its topic.
        return dict.fromkeys(weights, _PLAIN)
    return weights


def _implied(text: str) -> set[str]:
    """Return the stems that the signs of an answer stand for, such as "cost" for a price."""
    spans = [
        match.groupdict().get("implied") or ""
        for kind in _KINDS
        if (match := kind.pattern.search(text))
    ]
    spans += [match[1] for match in _ANSWER_CLASS.finditer(text)]
    return {stem for span in spans for stem in stems(span)}


def _parts_of_names(text: str) -> set[str]:
    """Return the stems inside of names such as "WordPress": a text about words does not name it."""
    tokens = terms.tokens(text)
    inside = {
        stem
        for token in tokens
        if token.isalpha() and token[1:] != token[1:].lower()
        for stem in terms.terms_of(token)[:-1]
    }
    whole = [token for token in tokens if len(terms.terms_of(token)) == 1]
    return inside.difference(*map(stems, whole))


def _names(text: str) -> set[str]:
    """Return the stems of words that look like names: with a capital letter, a digit or a sign."""
    tokens = terms.tokens(text)
    capital = [token for token in tokens if token[0].isupper()]
    if len(capital) > len(tokens) / 2:
        capital = []  # a title, or a text in capital letters
    first = tokens[:1]
    marked = [token for token in tokens if not token.isalpha() and not token.isdigit()]
    inner = [token for token in tokens if token[1:] != token[1:].lower() and token not in capital]
    found = [token for token in capital if token not in first] + marked + inner
    return {
        stem
        for token in found
        if "'" not in token[-3:] or token in capital
        for stem in stems(token)
    }
