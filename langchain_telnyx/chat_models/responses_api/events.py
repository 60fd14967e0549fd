"""Conversion of a response, streamed or complete, to chunks of a chat completion, without I/O.

The `part` of a chunk identifies the part of the output item, so that the order of the items is
preserved; `block` contains anything other than text, and `about` the metadata of the response.
Events that repeat earlier content add nothing. Content without an event of its own is read from the
last event, which contains the complete response.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from langchain_telnyx.client.call import JSON

_STREAMED = frozenset({"message", "reasoning", "function_call"})
_ENDS = frozenset(
    f"response.{status}" for status in ("completed", "incomplete", "failed", "cancelled")
)
# The events of texts, each with the text's place in its item, and its kind.
_TEXTS = {
    "response.output_text": ("content", "content", "content_index", "text"),
    "response.refusal": ("content", "refusal", "content_index", "refusal"),
    "response.reasoning_text": ("content", "reasoning_content", "content_index", "text"),
    "response.reasoning": ("content", "reasoning_content", "content_index", "text"),
    "response.reasoning_summary_text": ("summary", "reasoning_content", "summary_index", "text"),
    "response.reasoning_summary": ("summary", "reasoning_content", "summary_index", "text"),
}
_ARGUMENTS = "response.function_call_arguments"
# Fields that repeat the request, or are handled separately.
_ELSEWHERE = frozenset(
    {
        "output", "output_text", "usage", "id", "model", "service_tier", "tools", "tool_choice",
        "instructions", "text",
    }
)  # fmt: skip
_OF_PARTS = frozenset({"type", "text", "refusal", "annotations", "logprobs"})
_OF_ITEMS = frozenset(
    {"type", "id", "role", "content", "summary", "status", "call_id", "name", "arguments"}
)
_REASONS = {"max_output_tokens": "length", "max_tokens": "length"}


class Part(NamedTuple):
    """A part of an item of the output.

    Attributes:
        item: The item's number.
        name: The name of the part.
        id: The item's id.
    """

    item: int
    name: str
    id: str | None


@dataclass(slots=True)
class _Item:
    number: int
    kind: str
    id: str | None = None
    texts: dict[str, list[str]] = field(default_factory=dict)
    named: bool = False
    done: bool = False

    def part(self, name: str) -> Part:
        return Part(self.number, name, self.id)

    def add(self, name: str, text: str) -> None:
        self.texts.setdefault(name, []).append(text)

    def so_far(self, name: str) -> str:
        return "".join(self.texts.get(name, ()))


class EventConverter:
    """Converts the events of one response to chunks of a chat completion."""

    def __init__(self) -> None:
        self._items: dict[int, _Item] = {}
        self._by_id: dict[str, _Item] = {}
        self._current: _Item | None = None
        self._has_calls = False
        self._announced: JSON = {}

    def chunks(self, event: JSON) -> list[JSON]:
        """Return the chunks of an event; none for other kinds of events."""
        kind = str(event.get("type") or "")
        if kind in _ENDS:
            return self._ended(event.get("response") or {})
        stem, _, stage = kind.rpartition(".")
        if (text := _TEXTS.get(stem)) is not None:
            found = self._text_event(event, text, stage)
        elif stem == _ARGUMENTS:
            item = self._item(event, "function_call")
            if stage == "delta":
                found = self._call(item, event.get("delta"))
            else:
                found = self._new_contents(item, {"arguments": event.get("arguments")}, done=False)
        elif stem == "response.output_item":
            held: JSON = event.get("item") or {}
            item = self._item(event, str(held.get("type") or "message"), held.get("id"))
            if stage != "done":  # its content is repeated in pieces
                held = {n: held[n] for n in ("name", "call_id", "id") if held.get(n)}
            found = self._new_contents(item, held, done=stage == "done")
        elif stem == "response.content_part":
            part: JSON = event.get("part") or {}
            is_thought = str(part.get("type")).startswith("reasoning")
            item = self._item(event, "reasoning" if is_thought else "message")
            found = self._part(item, event.get("content_index") or 0, part)
        else:
            found = self._metadata(event.get("response"))
        return [*found]

    def _metadata(self, response: Any) -> Iterator[JSON]:
        """Yield the metadata of a response before its end."""
        if not isinstance(response, dict):
            return
        fields = {name: response[name] for name in ("id", "model") if response.get(name)}
        if fields and fields != self._announced:
            self._announced = fields
            yield {**fields, "choices": []}

    def _item(self, event: JSON, kind: str, identity: str | None = None) -> _Item:
        """Return the item of an event; some servers omit its number or id."""
        identity = identity or event.get("item_id")
        number = event.get("output_index")
        item = self._items.get(number) if isinstance(number, int) else None
        if item is None and identity:
            item = self._by_id.get(identity)
        if item is None and number is None and not identity:
            item = self._current
        if item is None:
            taken = isinstance(number, int)
            item = _Item(number if taken else max(self._items, default=-1) + 1, kind)  # type: ignore[arg-type]  # an int where it is taken
            self._items[item.number] = item
        item.id = item.id or identity
        if identity:
            self._by_id.setdefault(identity, item)
        self._current = item
        return item

    def _text_event(
        self, event: JSON, text: tuple[str, str, str, str], stage: str
    ) -> Iterator[JSON]:
        where, delta, index, whole = text
        kind = "reasoning" if delta == "reasoning_content" else "message"
        item = self._item(event, kind)
        name = f"{where}{event.get(index) or 0}"
        if stage == "delta":
            yield from self._text_delta(
                item, name, delta, event.get("delta"), event.get("logprobs")
            )
        elif stage == "done":
            yield from self._rest(item, name, delta, event.get(whole))

    def _text_delta(
        self, item: _Item, name: str, delta: str, text: Any, logprobs: Any = None
    ) -> Iterator[JSON]:
        if isinstance(text, dict):  # some servers wrap it
            text = text.get("text")
        if not isinstance(text, str) or not text:
            return
        item.add(name, text)
        choice: JSON = {"index": 0, "delta": {delta: text}}
        if logprobs:
            choice["logprobs"] = {"content": logprobs}
        yield {"choices": [choice], "part": item.part(name)}

    def _rest(
        self, item: _Item, name: str, delta: str, text: Any, logprobs: Any = None
    ) -> Iterator[JSON]:
        """Yield the part of a text that is new."""
        before = item.so_far(name)
        if isinstance(text, str) and text.startswith(before):
            logprobs = None if before else logprobs
            yield from self._text_delta(item, name, delta, text[len(before) :], logprobs)

    def _call(self, item: _Item, arguments: Any, whole: JSON | None = None) -> Iterator[JSON]:
        """Yield a piece of a call; pieces before its name are buffered."""
        call: JSON = {"index": item.number}
        function: JSON = {}
        waited = ""
        if whole is not None and not item.named:
            item.named = self._has_calls = True
            waited = item.so_far("arguments")
            call |= {"id": whole.get("call_id") or whole.get("id"), "type": "function"}
            function["name"] = whole.get("name")
        if isinstance(arguments, str):
            item.add("arguments", arguments)
            arguments = waited + arguments
        arguments = arguments or waited
        if not item.named:
            return
        if arguments:
            function["arguments"] = arguments
        if function:
            delta = {"tool_calls": [{**call, "function": function}]}
            choice = {"index": 0, "delta": delta}
            yield {"choices": [choice], "part": item.part("call")}

    def _new_contents(self, item: _Item, held: JSON, *, done: bool) -> Iterator[JSON]:
        """Yield the contents of an item that are new."""
        if item.kind == "function_call":
            arguments, before = held.get("arguments"), item.so_far("arguments")
            if isinstance(arguments, str):
                goes_on = arguments.startswith(before)
                arguments = arguments[len(before) :] if goes_on else None
            whole = held if "name" in held or done else None
            yield from self._call(item, None if item.done else arguments, whole)
        elif item.kind in _STREAMED:
            for number, part in enumerate(_parts(held.get("content"))):
                yield from self._part(item, number, part)
            for number, part in enumerate(_parts(held.get("summary"))):
                name = f"summary{number}"
                yield from self._rest(item, name, "reasoning_content", part.get("text"))
        if done and not item.done:
            item.done = True
            yield from self._about(item, held)

    def _part(self, item: _Item, number: int, part: JSON) -> Iterator[JSON]:
        name, kind = f"content{number}", part.get("type")
        if kind == "refusal":
            yield from self._rest(item, name, "refusal", part.get("refusal"))
            return
        delta = "reasoning_content" if item.kind == "reasoning" else "content"
        yield from self._rest(item, name, delta, part.get("text"), part.get("logprobs"))

    def _about(self, item: _Item, held: JSON) -> Iterator[JSON]:
        """Yield the fields of an item other than its text, once."""
        if item.kind not in _STREAMED:
            yield {"choices": [], "block": held, "part": item.part("item")}
            return
        about = {name: held[name] for name in held.keys() - _OF_ITEMS if held[name] is not None}
        if held.get("status") not in (None, "completed", "in_progress"):
            about["status"] = held["status"]
        kind = {"message": "text", "function_call": "function_call"}.get(item.kind, "reasoning")
        first = "call" if item.kind == "function_call" else next(iter(item.texts), "content0")
        blocks = {first: about} if about else {}
        for number, part in enumerate(_parts(held.get("content"))):
            if part.get("type") == "refusal":
                continue
            more = {name: part[name] for name in part.keys() - _OF_PARTS if part[name] is not None}
            if part.get("annotations"):
                more["annotations"] = part["annotations"]
            if more:
                name = f"content{number}"
                blocks[name] = {**blocks.get(name, {}), **more}
        for name, fields in blocks.items():
            yield {"choices": [], "block": {"type": kind, **fields}, "part": item.part(name)}

    def _ended(self, response: JSON) -> list[JSON]:
        """Return the remaining chunks, and the finish reason."""
        chunks: list[JSON] = []
        output = _parts(response.get("output"))
        for item, held in zip(self._matched_items(output), output, strict=True):
            chunks += self._new_contents(item, held, done=True)
        for item in self._items.values():
            if item.kind == "function_call" and not item.named:  # without a name
                chunks += self._call(item, "", {})
        choice: JSON = {"index": 0, "delta": {}, "finish_reason": self._finish(response)}
        if choice["finish_reason"] == "error":
            choice["error"] = response.get("error") or {
                "message": f"The response is incomplete (status {response.get('status')!r}). "
                f"Send the request again without `background`."
            }
        top = {n: response[n] for n in ("id", "model", "service_tier") if response.get(n)}
        fields = {n: v for n, v in response.items() if n not in _ELSEWHERE and v is not None}
        if odd := _non_items(response.get("output")):
            fields["output"] = odd
        usage = {"usage": response["usage"]} if response.get("usage") else {}
        return [*chunks, {**top, **usage, "choices": [choice], "about": fields}]

    def _matched_items(self, output: Sequence[JSON]) -> list[_Item]:
        """Match the items of the complete response to those of the stream, by id, place or type."""
        taken: set[int] = set()
        found: dict[int, _Item] = {}

        def take(number: int, item: _Item | None) -> None:
            if item is None or item.kind != kinds[number]:
                return
            if number not in found and item.number not in taken:
                found[number] = item
                taken.add(item.number)

        kinds = [str(held.get("type") or "message") for held in output]
        for number, held in enumerate(output):
            take(number, self._by_id.get(held.get("id") or ""))
        for number in range(len(output)):
            take(number, self._items.get(number))
        for number in range(len(output)):
            # Some servers send other ids at the end, and omit some items.
            for item in [*self._items.values()]:
                take(number, item)
        for number, held in enumerate(output):
            if number not in found:
                free = number if number not in self._items else max(self._items) + 1
                found[number] = self._item({"output_index": free}, kinds[number], held.get("id"))
        return [found[number] for number in range(len(output))]

    def _finish(self, response: JSON) -> str:
        status = response.get("status") or "completed"
        if status == "completed":
            return "tool_calls" if self._has_calls else "stop"
        if status == "incomplete":
            reason = (response.get("incomplete_details") or {}).get("reason") or "length"
            return _REASONS.get(reason, str(reason))
        # "failed", or still running in the background.
        return "cancelled" if status == "cancelled" else "error"


def _non_items(output: Any) -> Any:
    """Return the elements of an output that are not items."""
    if isinstance(output, list):
        return [item for item in output if not isinstance(item, dict)]
    return output


def _parts(held: Any) -> list[JSON]:
    return [part for part in held if isinstance(part, dict)] if isinstance(held, list) else []
