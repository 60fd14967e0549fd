"""The texts of the model's answers.

They state that it is the offline extractive model of the Telnyx emulator, not a language model.
"""

from collections.abc import Collection, Sequence

from langchain_telnyx.emulator.model.context import Passage
from langchain_telnyx.emulator.model.extract import Findings, Quote
from langchain_telnyx.emulator.model.question import stems
from langchain_telnyx.emulator.search import words as terms

SELF = "I am the offline extractive model of the Telnyx emulator, not a language model"
_MAX_ECHO = 160


def cited(quotes: Sequence[Quote], passages: Sequence[Passage]) -> str:
    """Write quotations with the labels of their passages, and the sources in the last line."""
    lines: list[str] = []
    running = False
    for quote in quotes:
        mark = f"[{passages[quote.passage].label}]"
        if quote.kind == "code":
            lines += [quote.text, mark]
        elif quote.kind == "prose":
            text = f"{quote.text} {mark}"
            if running:
                lines[-1] += f" {text}"
            else:
                lines.append(text)
        else:
            lines.append(f"{quote.text} {mark}")
        running = quote.kind == "prose"
    used = dict.fromkeys(quote.passage for quote in quotes)
    return "\n".join([*lines, "", sources([passages[at] for at in used])])


def sources(passages: Sequence[Passage]) -> str:
    """Write the last line of an answer, which lists its sources."""
    return f"Sources: {', '.join(_source(passage) for passage in passages)}"


def recalled(quotes: Sequence[Quote]) -> str:
    """Write quotations from the user's earlier messages."""
    return "Earlier in this conversation you said: " + " ".join(quote.text for quote in quotes)


def not_found(question: str, findings: Findings, passages: Sequence[Passage]) -> str:
    """Write that the context does not answer the question, and which of its words it lacks."""
    one = len(passages) == 1
    given = "passage does" if one else f"{len(passages)} passages do"
    text = f"The given {given} not answer {_echo(question)}."
    if lacking := missing_words(question, findings.missing):
        named = ", ".join(f"“{word}”" for word in lacking)
        text += f" {'It does' if one else 'They do'} not mention {named}."
    return f"{text} {SELF}: I only quote what the context says."


def missing_words(question: str, missing: Collection[str]) -> list[str]:
    """Return the words of a question, as it has them, whose stems are missing."""
    found = [token for token in terms.tokens(question) if not {*stems(token)}.isdisjoint(missing)]
    return list(dict.fromkeys(found))


def without_context(text: str, *, media: bool) -> str:
    """Write an answer without any context: what the model is, and the user's message."""
    seen = " I cannot see images or hear recordings." if media else ""
    echo = f" You said {_echo(text)}." if text.strip() else ""
    return (
        f"{SELF}.{echo}{seen} Give me passages and I will quote the answer from them; "
        "give me tools and I will call them."
    )


def _source(passage: Passage) -> str:
    return f"[{passage.label}] {passage.source}".rstrip()


def _echo(text: str) -> str:
    bare = " ".join(text.split())
    return f"“{bare}”" if len(bare) <= _MAX_ECHO else f"“{bare[:_MAX_ECHO].rstrip()}…”"
