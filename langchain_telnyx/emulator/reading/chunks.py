"""A long text cut into overlapping chunks at natural places, each under its heading path.

Sizes count characters: the real unit is not documented, and the default of 1,024 tokens would not
fit the 512-token models that the service embeds with.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from langchain_telnyx.emulator.reading.text import ExtractedText

# From the best place to cut to the worst; each match ends where the next chunk may begin.
_BOUNDARIES = (
    re.compile(r"\n[ \t]*\n+"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?:;\u3002\uff01\uff1f])[\"')\]]*\s+|(?<=[\u3002\uff01\uff1f])"),
    re.compile(r"\s+"),
)
_PATH_SHARE = 0.25
"""The most that the heading path may take of a chunk."""


def cut(reading: ExtractedText, *, size: int, overlap: int) -> list[str]:
    """Return the chunks of a text, in order.

    A text that fits into one chunk is that chunk, word for word. Each chunk of a longer one begins
    with the headings it stands under, `Guide > Install`, then a blank line.

    Args:
        reading: The text and its headings.
        size: The most characters of a chunk.
        overlap: How many characters a chunk may repeat of the one before.
    """
    if not reading.text.strip():
        return []
    if len(reading.text) <= size:
        return [reading.text]
    return list(_long(reading, size, overlap))


def _long(reading: ExtractedText, size: int, overlap: int) -> Iterator[str]:
    text = reading.text
    starts = [heading.start for heading in reading.headings]
    begin = len(text) - len(text.lstrip("\n"))
    while begin < len(text):
        path = _path(reading, starts, begin)
        prefix = f"{path}\n\n" if path and len(path) + 2 <= size * _PATH_SHARE else ""
        end = _end(text, starts, begin, size - len(prefix))
        body = text[begin:end].strip("\n").rstrip()
        if body.strip():
            yield prefix + body
        if end == len(text):
            return
        begin = _restart(text, begin, end, overlap)


def _end(text: str, starts: list[int], begin: int, room: int) -> int:
    """Return where a chunk that begins at `begin` ends: the last good place in its second half."""
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
            if not _is_behind_heading(text, starts, begin, place):
                return place
    return limit


def _is_behind_heading(text: str, starts: list[int], begin: int, end: int) -> bool:
    """Tell whether a chunk that ends at `end` would end in a heading, away from its text."""
    last_line = begin + text[begin:end].rstrip().rfind("\n") + 1
    return begin < last_line and last_line in starts


def _restart(text: str, begin: int, end: int, overlap: int) -> int:
    """Return where the next chunk begins: at a good place within the overlap, and further on."""
    earliest = max(begin + 1, end - overlap)
    for boundary in _BOUNDARIES:
        found = boundary.search(text, earliest, end)
        if found and begin < found.end() < end:
            return found.end()
    return end


def _path(reading: ExtractedText, starts: list[int], at: int) -> str:
    """Return the headings above `at`, outermost first, without one that begins just there."""
    above: list[tuple[int, str]] = []
    for heading in reading.headings[: bisect_right(starts, at)]:
        if heading.start == at:
            above = [(level, title) for level, title in above if level < heading.level]
            break
        above = [(level, title) for level, title in above if level < heading.level]
        above.append((heading.level, heading.title))
    return " > ".join(title for _, title in above)
