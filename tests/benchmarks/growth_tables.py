"""What `growth.py` measures, and its tables."""

from __future__ import annotations

from typing import TypedDict


class Chunks(TypedDict):
    """Seconds of CPU for a chunk of a stream of some length."""

    chunks: int
    ours: float
    floor: float


class Memory(TypedDict):
    """Bytes of Python objects of one more of each, with its connection."""

    stream: float
    client: float
    loop: float


class Documents(TypedDict):
    """Seconds of CPU for calls of a store of some size; `listed` is for each document."""

    documents: int
    added: float
    listed: float
    found: float
    filtered: float


class Growth(TypedDict):
    """One run of `growth.py`, as `--output` stores it."""

    chunks: list[Chunks]
    memory: Memory
    documents: list[Documents]


def markdown(growth: Growth) -> str:
    """Return the tables of a run."""
    chunks = [["chunks", "ChatTelnyx", "langchain-core alone", "difference"]]
    for length in growth["chunks"]:
        mine, alone = length["ours"], length["floor"]
        chunks.append([f"{length['chunks']:,}", _time(mine), _time(alone), _time(mine - alone)])
    memory = [
        ["one more", "memory"],
        ["open async stream, with its connection", _size(growth["memory"]["stream"])],
        ["client, with its connection", _size(growth["memory"]["client"])],
        ["event loop, with its connection", _size(growth["memory"]["loop"])],
    ]
    documents = [["documents", "add 100", "list all, each", "a search", "with a filter"]]
    for size in growth["documents"]:
        times = (size["added"], size["listed"], size["found"], size["filtered"])
        documents.append([f"{size['documents']:,}", *map(_time, times)])
    return "\n\n".join(map(_table, (chunks, memory, documents)))


def _table(lines: list[list[str]]) -> str:
    head, *rest = lines
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rest))


def _time(seconds: float) -> str:
    if abs(seconds) < 1e-3:
        return f"{seconds * 1e6:.3g} us"
    return f"{seconds * 1e3:.3g} ms" if abs(seconds) < 1 else f"{seconds:.3g} s"


def _size(size: float) -> str:
    return f"{size / 1024:.0f} KiB"
