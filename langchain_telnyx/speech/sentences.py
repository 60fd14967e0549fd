"""Splits text that arrives in parts into sentences, each as soon as it is complete."""

from collections.abc import Iterator

import regex

from langchain_telnyx.transcripts.sentences import split_sentences

_WORD = regex.compile(r"\S+")
_LINE_END = regex.compile(r"\n\s*")
_POSSIBLE_END = regex.compile(r"[\p{Sentence_Terminal}\u2026\n]")


class Sentences:
    """The sentences of a text that arrives in parts; joined, they are the text.

    A sentence is complete when the next one has begun, or when its line has ended.

    Args:
        shortest: Sentences with fewer characters are joined with the next.
        language: The language of the text, as a code. Default: common languages.
    """

    def __init__(self, shortest: int, language: str | None = None) -> None:
        self._shortest = shortest
        self._language = language
        self._text = ""

    @property
    def rest(self) -> str:
        """The text that was not returned yet."""
        return self._text

    def feed(self, part: str) -> Iterator[str]:
        """Yield the sentences that a part of the text completes, with the space after them."""
        self._text += part
        text, start = self._text, 0
        for end in self._ends():
            if len(text[start:end].strip()) >= self._shortest and text[end:].strip():
                self._text = text[end:]
                yield text[start:end]
                start = end

    def end(self) -> Iterator[str]:
        """Yield the last sentence."""
        rest, self._text = self._text, ""
        if rest.strip():
            yield rest

    def _ends(self) -> list[int]:
        """Return the positions after the sentences and lines, but not after the last sentence."""
        if not _POSSIBLE_END.search(self._text):
            return []
        words = list(_WORD.finditer(self._text))
        sentences = split_sentences([word[0] for word in words], self._language)
        ends = {line.end() for line in _LINE_END.finditer(self._text)}
        used = [0] * len(words)  # the characters of each word that earlier sentences have
        for sentence in sentences[:-1]:
            for part in sentence:
                used[part.index] += len(part.text)
            last = sentence[-1].index
            end = words[last].start() + used[last]
            if end == words[last].end():  # the space after a word belongs to it
                end = words[last + 1].start() if last + 1 < len(words) else len(self._text)
            ends.add(end)
        return sorted(ends)
