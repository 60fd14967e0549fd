"""The metadata index: the words of the ids, file names and metadata of a bucket's documents."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from langchain_telnyx.types import ListedDocument
from langchain_telnyx.vectorstores.ranking.bm25 import prepared, rarity, terms
from langchain_telnyx.vectorstores.search_request import Match

# A word is rare if at most this share of documents and passages contain it, or this number.
_RARE_SHARE = 0.1
_RARE_COUNT = 3


@dataclass(frozen=True, slots=True)
class MetadataIndex:
    """The documents of a bucket, and the words of their ids and metadata.

    Attributes:
        documents: The documents, without their texts.
        words: The words of each.
    """

    documents: Sequence[ListedDocument]
    words: Sequence[bytes]

    @classmethod
    def of(cls, documents: Sequence[ListedDocument]) -> Self:
        """Return the index of documents."""
        return cls(documents, [prepared(_text(each.id, each.metadata)) for each in documents])

    def matching(self, queries: Iterable[str], passages: Sequence[str]) -> list[ListedDocument]:
        """Return the documents that contain rare words of the queries, most and rarest first.

        Args:
            queries: The query and its further phrasings.
            passages: The passages that were found for them: a word that is frequent there is not
                rare, as words such as "the", which most ids and metadata do not contain.
        """
        texts = [prepared(passage) for passage in passages]
        total = len(self.words) + len(texts)
        scores: dict[int, float] = {}
        for term in dict.fromkeys(term for query in queries for term in terms(query)):
            holding = [at for at, words in enumerate(self.words) if term in words]
            containing = len(holding) + sum(term in text for text in texts)
            if containing <= max(_RARE_COUNT, _RARE_SHARE * total):
                for at in holding:
                    scores[at] = scores.get(at, 0.0) + rarity(containing, total)
        return [self.documents[at] for at in sorted(scores, key=lambda at: (-scores[at], at))]


def words_of(match: Match) -> str:
    """Return the text of a passage with the id and the metadata of its document."""
    return f"{_text(match.document.id or '', match.document.metadata)} {match.hit.document_chunk}"


def _text(id: str, metadata: Mapping[str, Any]) -> str:  # noqa: A002 - LangChain's word
    return " ".join(dict.fromkeys([id, *_values(metadata)]))


def _values(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _values(each)
    elif isinstance(value, list):
        for each in value:
            yield from _values(each)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
