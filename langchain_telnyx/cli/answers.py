"""The answers of `ask`: streams the answer to one question, with sources and cost."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from langchain_core.callbacks import UsageMetadataCallbackHandler
from langchain_core.documents import Document

from langchain_telnyx.chat_models import ChatTelnyx
from langchain_telnyx.chat_models.callbacks import TelnyxCostCallback
from langchain_telnyx.cli.chain import answer_chain, document_source
from langchain_telnyx.cli.documents import source_name
from langchain_telnyx.client import Telnyx
from langchain_telnyx.retrievers import TelnyxRetriever

# A metadata key that no document has.
_HIT_KEY = "langchain-telnyx ask"
_CITATION = re.compile(r"\[(\d+(?:\s*,\s*\d+)*)\]")
# The last line of the emulator's model, which repeats the list below the answer.
_OWN_LIST = "\n\nSources: "


@dataclass(frozen=True, slots=True)
class Source:
    """A file that passages were found in.

    Attributes:
        file: Its name.
        numbers: The numbers of its passages, as the answer cites them.
        places: Their places, such as `lines 3-9`, without repeats.
        score: The best score of them.
        cited: Whether the answer cites one of them.
    """

    file: str
    numbers: tuple[int, ...]
    places: tuple[str, ...]
    score: float
    cited: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer.

    Attributes:
        question: The question.
        answer: The text; empty if the model returned none.
        passages: The number of passages found.
        sources: The files of the passages, each once, best first.
        tokens: The input and output tokens of the chat model; `None` if it did not report them.
        cost: The cost of the chat model in USD; `None` if its price is unknown.
        seconds: The seconds until the passages, the first token, and the whole answer.
    """

    question: str
    answer: str
    passages: int
    sources: tuple[Source, ...]
    tokens: dict[str, int] | None = None
    cost: Decimal | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the answer for `--json`."""
        cost = None if self.cost is None else format(self.cost.normalize(), "f")
        seconds = {name: round(value, 3) for name, value in self.seconds.items()}
        return {**asdict(self), "cost": cost, "seconds": seconds}


async def answer(
    question: str,
    *,
    telnyx: Telnyx,
    bucket: str,
    model: str,
    k: int,
    emulated: bool,
    place: Callable[[str, str], str | None],
    write: Callable[[str], None],
) -> Answer:
    """Answer a question from a bucket.

    Args:
        question: The question.
        telnyx: The client.
        bucket: The bucket.
        model: The chat model.
        k: The number of passages.
        emulated: Whether the answer costs nothing.
        place: Returns the place of a passage by its key and text.
        write: Called with each piece of the answer.
    """
    chain = answer_chain(
        TelnyxRetriever(
            bucket=bucket, k=k, rerank="bm25", hit_metadata_key=_HIT_KEY, client=telnyx
        ),
        ChatTelnyx(model=model, client=telnyx),
    )
    usage, costs = UsageMetadataCallbackHandler(), TelnyxCostCallback()
    began = time.perf_counter()
    seconds: dict[str, float] = {}
    documents: list[Document] = []
    text = _Text(write)
    async for part in chain.astream(question, {"callbacks": [usage, costs]}):
        for name in ("documents", "answer"):
            if name in part:
                seconds.setdefault(name, time.perf_counter() - began)
        documents += part.get("documents", [])
        text.add(part.get("answer", ""))
    text.end()
    seconds["total"] = time.perf_counter() - began
    counts = usage.usage_metadata.values()
    return Answer(
        question,
        text.text,
        len(documents),
        _sources(documents, text.text, place),
        {
            "input": sum(each["input_tokens"] for each in counts),
            "output": sum(each["output_tokens"] for each in counts),
        }
        if counts
        else None,
        Decimal(0) if emulated else (None if costs.unpriced else costs.total),
        seconds,
    )


class _Text:
    """The text of an answer, passed on without the model's own list of sources."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._written = 0
        self._all = ""

    @property
    def text(self) -> str:
        return self._all.partition(_OWN_LIST)[0].strip()

    def add(self, piece: str) -> None:
        self._all += piece
        shown = self._all.partition(_OWN_LIST)[0]
        if len(shown) == len(self._all):
            # The end may be the beginning of the list.
            held = next(n for n in range(len(_OWN_LIST), -1, -1) if shown.endswith(_OWN_LIST[:n]))
            shown = shown[: len(shown) - held]
        self._pass_on(shown)

    def end(self) -> None:
        self._pass_on(self._all.partition(_OWN_LIST)[0].rstrip())

    def _pass_on(self, shown: str) -> None:
        if len(shown) > self._written:
            self._write(shown[self._written :])
            self._written = len(shown)


def _sources(
    documents: Sequence[Document], text: str, place: Callable[[str, str], str | None]
) -> tuple[Source, ...]:
    cited = {int(each) for group in _CITATION.findall(text) for each in group.split(",")}
    by_key: dict[str, list[int]] = {}
    for number, document in enumerate(documents, 1):
        by_key.setdefault(document_source(document), []).append(number)
    found = []
    for key, numbers in by_key.items():
        # Of a file that is cited, the places are those of the cited passages.
        relevant = [number for number in numbers if number in cited] or numbers
        places = (place(key, documents[number - 1].page_content) for number in relevant)
        found.append(
            Source(
                source_name(key),
                tuple(relevant),
                tuple(dict.fromkeys(filter(None, places))),
                max(documents[number - 1].metadata[_HIT_KEY]["score"] for number in numbers),
                not cited.isdisjoint(numbers),
            )
        )
    return tuple(found)


def source_lines(answer: Answer) -> list[str]:
    """Return the lines about an answer's sources: those it cites, or if there are none, all."""
    cited = [source for source in answer.sources if source.cited]
    lines = ["Sources" if cited else "Passages found, none of them cited"]
    for source in cited or answer.sources:
        numbers = ", ".join(map(str, source.numbers))
        place = f"  {_joined(source.places)}" if source.places else ""
        lines.append(f"  [{numbers}] {source.file}  {source.score:.3f}{place}")
    return lines


def _joined(places: Sequence[str]) -> str:
    """Join places; `lines` is written once."""
    numbers = [re.fullmatch(r"lines? ([\d-]+)", place) for place in places]
    if len(places) > 1 and all(numbers):
        return f"lines {', '.join(found[1] for found in numbers if found)}"
    return ", ".join(places)
