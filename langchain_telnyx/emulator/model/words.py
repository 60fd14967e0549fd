"""Words and stems of a text, and the words that name the topic of a question."""

import regex

from langchain_telnyx.emulator.search import words as terms

_PARTS = regex.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")


def word_list(text: str) -> list[str]:
    """Return the words of a string as a list."""
    return text.split()


def word_set(text: str) -> frozenset[str]:
    """Return the words of a string as a set."""
    return frozenset(word_list(text))


# Common words, greetings and polite phrases.
STOP_WORDS = terms.STOP_WORDS | word_set(
    "please thanks thank hi hello hey let like me now again down ll ve re d m s t don doing"
)

# Words of a question that do not name its topic.
QUESTION_WORDS = word_set(
    """
    answer ask briefly describe detail detailed example examples explain find give happen happens
    know list look many mean means much one possible question show summarise summarize tell
    thing things think understand use used using want way work works
    """
)

# Words of a question with "where" that its answer rarely repeats.
PLACE_WORDS = word_set(
    """
    find found hid hide kept keep leave left located lie place placed put save saved store stored
    """
)


def words(text: str) -> list[str]:
    """Split text into lower-case words; `camelCase` and `snake_case` are split as well."""
    return [
        part.lower()
        for token in terms.tokens(text)
        for part in _PARTS.findall(token.partition("'")[0].partition("\u2019")[0])
    ]


def stem(word: str) -> str:
    """Return the stem of a word."""
    return next(iter(terms.terms_of(word)), word)


def stems(text: str) -> list[str]:
    """List the stems of the content words of a text, in order."""
    return [term for term in terms.terms(text) if term not in STOP_WORDS]


def topic(question: str) -> list[str]:
    """List the distinct stems of a question's topic, in order.

    Words such as "explain" and "example" are used only if there are no others; so are words such as
    "put" in a question with "where".
    """
    tokens = terms.tokens(question)
    content = [token for token in tokens if token.lower() not in STOP_WORDS]
    is_where = bool(tokens) and tokens[0].lower() == "where"
    ignored = QUESTION_WORDS | PLACE_WORDS if is_where else QUESTION_WORDS
    named = [token for token in content if token.lower() not in ignored]
    return list(dict.fromkeys(stem for token in named or content for stem in stems(token)))
