"""Split the documents of a batch into chunks, with the place of each chunk in its document."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, cast

from langchain_telnyx.types import SplitsText
from langchain_telnyx.vectorstores.batch import Batch, Chunk, Item, raise_for_problems
from langchain_telnyx.vectorstores.entries import ChunkPlace, Chunks

TextSplitter: TypeAlias = SplitsText | Callable[[str], Iterable[str]]
"""A `TextSplitter` of LangChain, or a function that returns the chunks of a text."""


def split_function(splitter: TextSplitter) -> Callable[[str], Iterable[str]]:
    """Return the function that splits a text.

    Raises:
        TypeError: The splitter has no `split_text`, and cannot be called.
    """
    split = getattr(splitter, "split_text", splitter)
    if not callable(split):
        raise TypeError(
            f"`text_splitter` is a {type(splitter).__name__}: give a `TextSplitter` of LangChain, "
            f"or a function that takes a text and returns a list of texts."
        )
    return cast("Callable[[str], Iterable[str]]", split)


def split_batch(batch: Batch, splitter: TextSplitter) -> Batch:
    """Split the documents of a batch; a document of one chunk remains as it is.

    Args:
        batch: The validated documents.
        splitter: The splitter.

    Raises:
        InvalidDocumentsError: Documents cannot be split; all of them are listed. The error of the
            splitter for the first of them is its cause.
    """
    split = split_function(splitter)
    problems: dict[int, str] = {}
    causes: list[Exception] = []
    for item in batch.items:
        if not isinstance(item.content, bytes):
            continue
        text = item.content.decode()
        try:
            chunks = located(_texts(split(text)), text)
            item.chunks = () if [chunk.text for chunk in chunks] == [text] else tuple(chunks)
        except Exception as error:  # noqa: BLE001 - the splitter is the user's
            source = "" if item.source is None else f" (source {item.source!r})"
            named = f"{type(error).__name__}: {error}"
            problems[item.position] = (
                f"position {item.position}{source}: the text splitter failed: {named}"
            )
            causes.append(error)
    if causes:
        try:
            raise_for_problems(problems, len(batch.items))
        except ValueError as error:
            raise error from causes[0]
    return batch


def located(chunks: Iterable[str], text: str) -> list[Chunk]:
    """Return the chunks of a text with their places.

    Of several places, a chunk has the one that follows the chunk before, apart from white space; or
    else the first one that begins after that chunk begins; or else the first one.
    """
    found: list[Chunk] = []
    before = ChunkPlace(0, 0, 1)
    for chunk in chunks:
        # Equal chunks are at different places; another chunk may begin where this one does.
        is_repeated = text[before.start : before.end] == chunk
        start = text.find(chunk, before.start + is_repeated)
        following = text.find(chunk, before.end) if start >= 0 else -1
        if following > start and not text[before.end : following].strip():
            start = following
        if start < 0:
            start = text.find(chunk)
        if start < 0:
            found.append(Chunk(chunk, None))
            continue
        known = before if start >= before.start else ChunkPlace(0, 0, 1)
        line = known.line + text.count("\n", known.start, start)
        before = ChunkPlace(start, start + len(chunk), line)
        found.append(Chunk(chunk, before))
    return found


def chunks_of(item: Item) -> Chunks:
    """Return what the entry of a document has of its chunks."""
    digest = hashlib.sha256()
    for chunk in item.chunks:
        # The length, so that texts which are divided elsewhere differ.
        digest.update(b"%d\n%s" % (len(chunk.text), chunk.text.encode()))
    return Chunks(digest.hexdigest(), tuple(chunk.place for chunk in item.chunks))


def _texts(chunks: Any) -> Sequence[str]:
    """Return the chunks that are not blank, which cannot be embedded.

    Raises:
        TypeError: They are not texts.
        ValueError: There are none, or one is not Unicode.
    """
    if isinstance(chunks, str) or not isinstance(chunks, Iterable):
        raise TypeError(f"it returns a {type(chunks).__name__} instead of a list of texts")
    listed = list(chunks)
    for number, chunk in enumerate(listed, 1):
        if not isinstance(chunk, str):
            raise TypeError(f"chunk {number} is a {type(chunk).__name__} instead of a text")
        chunk.encode()
    texts = [chunk for chunk in listed if chunk.strip()]
    if not texts:
        raise ValueError("it returns no text")
    return texts
