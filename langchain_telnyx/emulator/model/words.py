"""The words of a text that name its topic: what a question asks about, what a tool is for."""

import regex

from langchain_telnyx.emulator.search import words as terms

_PARTS = regex.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")


def word_list(text: str) -> list[str]:
    """Read a list of words that is written as plain text."""
    return text.split()


def word_set(text: str) -> frozenset[str]:
    """Read a set of words that is written as plain text."""
    return frozenset(word_list(text))


# Besides the words that every text has: greetings and courtesies.
STOP_WORDS = terms.STOP_WORDS | word_set(
    "please thanks thank hi hello hey let like me now again down ll ve re d m s t don doing"
)

# Words of a question that ask, rather than name what is asked about.
ASKING_WORDS = word_set(
    """
    answer ask briefly describe detail detailed example examples explain find give happen happens
    know list look many mean means much need one possible question show summarise summarize tell
    thing things think understand use used using want way work works
    """
)

# Words of a question that begins with "where": the answer names a place, and rarely repeats them.
PLACING_WORDS = word_set(
    """
    find found hid hide kept keep leave left located lie place placed put save saved store stored
    """
)


def words(text: str) -> list[str]:
    """Split text into lower-case words; `camelCase` and `snake_case` come apart."""
    return [
        part.lower()
        for token in terms.tokens(text)
        for part in _PARTS.findall(token.partition("'")[0].partition("\u2019")[0])
    ]


def stem(word: str) -> str:
    """Reduce a word to its stem; the inflections of a word share it."""
    return next(iter(terms.terms_of(word)), word)


def stems(text: str) -> list[str]:
    """List the stems of the content words of a text, in order."""
    return [term for term in terms.terms(text) if term not in STOP_WORDS]


def topic(question: str) -> list[str]:
    """List the distinct stems that a question is about, in order.

    Words such as "explain" and "example" only count when nothing else is left, and so do words
    such as "put" where the question is "where".
    """
    tokens = terms.tokens(question)
    content = [token for token in tokens if token.lower() not in STOP_WORDS]
    is_where = bool(tokens) and tokens[0].lower() == "where"
    unnamed = ASKING_WORDS | PLACING_WORDS if is_where else ASKING_WORDS
    named = [token for token in content if token.lower() not in unnamed]
    return list(dict.fromkeys(stem for token in named or content for stem in stems(token)))
