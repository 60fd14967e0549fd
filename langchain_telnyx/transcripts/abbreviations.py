"""Abbreviations with a full stop, by language, from abbreviations.toml."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_CLASSES = ("name", "number", "inside", "last", "sticky")
# Languages whose words are used for an unknown language, in addition to English.
_COMMON = ("de", "fr", "es", "it", "pt", "nl", "ru", "uk", "el", "ar", "he", "hi", "mr", "bn", "th")
_SIMILAR = {
    "no": ("da",), "ca": ("es", "fr"), "gl": ("es", "pt"), "sk": ("cs",), "be": ("ru",),
    "bg": ("ru",), "ms": ("id",), "ne": ("hi",), "ur": ("ar",), "ps": ("ar",), "et": ("fi",),
    "af": ("nl",), "sr": ("cs",), "hr": ("cs",), "sl": ("cs",), "bs": ("cs",), "mk": ("ru",),
}  # fmt: skip
_PRONOUNS = 8


@dataclass(frozen=True)
class Abbreviations:
    """The abbreviations of a language, without the last full stop.

    Attributes:
        name: A name follows; the sentence continues.
        number: The sentence continues before a number.
        inside: The sentence continues.
        last: The sentence may end.
        sticky: The sentence ends only before a word of `starters`.
        starters: Words that begin sentences.
    """

    name: frozenset[str]
    number: frozenset[str]
    inside: frozenset[str]
    last: frozenset[str]
    sticky: frozenset[str]
    starters: frozenset[str]

    def is_name(self, word: str, *, capital: bool) -> bool:
        """Return whether a name follows a word; `capital` if the word is capitalized."""
        lower = word.casefold()
        return lower in self.name or (capital and lower.capitalize() in self.name)


@cache
def abbreviations(code: str | None) -> Abbreviations:
    """Return the abbreviations of a language.

    Args:
        code: Its code. `None`, or a language that is not listed, uses English with the words
            of the common languages, single Latin letters left out.
    """
    if code is None or (code not in _listed() and code not in _SIMILAR):
        return _unknown()
    chosen = (code, *_SIMILAR.get(code, ()))
    return Abbreviations(
        **{name: _words(chosen, name) for name in _CLASSES},
        starters=_words(chosen, "starters") or _words(_listed(), "starters"),
    )


@cache
def common(name: str) -> frozenset[str]:
    """Return a list of words for all languages.

    Args:
        name: Its name in the file; or `pronouns`, the most certain first words of sentences.
    """
    if name == "pronouns":
        started = (words.get("starters", "").split() for words in _listed().values())
        return frozenset(word for words in started for word in words[:_PRONOUNS])
    return _words(("common",), name)


def _unknown() -> Abbreviations:
    english = frozenset[str]().union(*(_words(("en",), name) for name in _CLASSES))
    classes: dict[str, frozenset[str]] = {}
    for name in _CLASSES:
        others = {
            word
            for word in _words(_COMMON, name)
            if (len(word) > 1 or not word.isascii()) and word not in english
        }
        classes[name] = _words(("en",), name) | others
    return Abbreviations(**classes, starters=_words(_listed(), "starters"))


@cache
def _listed() -> dict[str, dict[str, str]]:
    file = files("langchain_telnyx.transcripts") / "abbreviations.toml"
    return tomllib.loads(file.read_text("utf-8"))


def _words(languages: Iterable[str], name: str) -> frozenset[str]:
    return frozenset(
        word for each in languages for word in _listed().get(each, {}).get(name, "").split()
    )
