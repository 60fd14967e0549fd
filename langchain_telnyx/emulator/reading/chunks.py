"""Split a text into overlapping chunks at natural boundaries, each with its heading path.

Sizes are in characters: the real unit is not documented, and the default of 1,024 tokens does not
fit into the 512 tokens of the service's embedding models.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from langchain_telnyx.emulator.reading.text import ExtractedText

# From the best boundary to the worst; the next chunk begins at the end of a match.
_BOUNDARIES = (
    re.compile(r"\n[ \t]*\n+"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?:;\u3002\uff01\uff1f])[\"')\]]*\s+|(?<=[\u3002\uff01\uff1f])"),
    re.compile(r"\s+"),
)
_PATH_SHARE = 0.25
"""The largest share of a chunk for the heading path."""


def cut(extracted: ExtractedText, *, size: int, overlap: int) -> list[str]:
    """Return the chunks of a text, in order.

    A text that fits into one chunk is returned unchanged. Each chunk of a longer one begins with
    its heading path, such as `Guide > Install`, and a blank line.

    Args:
        extracted: The text and its headings.
        size: The most characters of a chunk.
        overlap: The most characters that a chunk repeats of the one before.
    """
    if not extracted.text.strip():
        return []
    if len(extracted.text) <= size:
        return [extracted.text]
    return list(_long(extracted, size, overlap))


def _long(extracted: ExtractedText, size: int, overlap: int) -> Iterator[str]:
    text = extracted.text
    starts = [heading.start for heading in extracted.headings]
    begin = len(text) - len(text.lstrip("\n"))
    while begin < len(text):
        path = _path(extracted, starts, begin)
        prefix = f"{path}\n\n" if path and len(path) + 2 <= size * _PATH_SHARE else ""
        end = _end(text, starts, begin, size - len(prefix))
        body = text[begin:end].strip("\n").rstrip()
        if body.strip():
            yield prefix + body
        if end == len(text):
            return
        begin = _restart(text, begin, end, overlap)


def _end(text: str, starts: list[int], begin: int, room: int) -> int:
    """Return the end of a chunk that begins at `begin`: the best boundary in its second half."""
    limit = begin + room
    if limit >= len(text):
        return len(text)
    earliest = begin + room // 2
    places = [starts[bisect_right(starts, earliest) : bisect_right(starts, limit)]]
    places += [
        [found.end() for found in boundary.finditer(text, earliest, limit)]
        for boundary in _BOUNDARIES
    ]
    for kind in places:
        for place in reversed(kind):
            if not _ends_in_heading(text, starts, begin, place):
                return place
    return limit


def _ends_in_heading(text: str, starts: list[int], begin: int, end: int) -> bool:
    """Return whether a chunk that ends at `end` ends with a heading without its text."""
    last_line = begin + text[begin:end].rstrip().rfind("\n") + 1
    return begin < last_line and last_line in starts


def _restart(text: str, begin: int, end: int, overlap: int) -> int:
    """Return the beginning of the next chunk: a boundary within the overlap, or `end`."""
    earliest = max(begin + 1, end - overlap)
    for boundary in _BOUNDARIES:
        found = boundary.search(text, earliest, end)
        if found and begin < found.end() < end:
            return found.end()
    return end


def _path(extracted: ExtractedText, starts: list[int], at: int) -> str:
    """Return the headings above `at`, outermost first, without one that begins at `at`."""
    above: list[tuple[int, str]] = []
    for heading in extracted.headings[: bisect_right(starts, at)]:
        if heading.start == at:
            above = [(level, title) for level, title in above if level < heading.level]
            break
        above = [(level, title) for level, title in above if level < heading.level]
        above.append((heading.level, heading.title))
    return " > ".join(title for _, title in above)
