"""The events of a response, or a whole one, as chunks of a chat completion. Pure.

Each chunk says by `part` in which part of which item of the output it stands, so that the order
of the items is kept; `block` has what a part holds beside its text, and `about` what the response
says of itself. What an event brought is not brought again by the events that repeat it, and what
no event brought is taken from the last one, which holds all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from langchain_telnyx.client.call import JSON

_STREAMED = frozenset({"message", "reasoning", "function_call"})
_ENDS = frozenset(
    f"response.{status}" for status in ("completed", "incomplete", "failed", "cancelled")
)
# How a text goes on and ends, each with where it stands in its item, and as what.
_TEXTS = {
    "response.output_text": ("content", "content", "content_index", "text"),
    "response.refusal": ("content", "refusal", "content_index", "refusal"),
    "response.reasoning_text": ("content", "reasoning_content", "content_index", "text"),
    "response.reasoning": ("content", "reasoning_content", "content_index", "text"),
    "response.reasoning_summary_text": ("summary", "reasoning_content", "summary_index", "text"),
    "response.reasoning_summary": ("summary", "reasoning_content", "summary_index", "text"),
}
_ARGUMENTS = "response.function_call_arguments"
# What a response repeats of its request, or holds in a place of its own.
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
        name: Which of its parts.
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
    """Makes chunks of a chat completion of the events of one response."""

    def __init__(self) -> None:
        self._items: dict[int, _Item] = {}
        self._by_id: dict[str, _Item] = {}
        self._current: _Item | None = None
        self._has_calls = False
        self._announced: JSON = {}

    def chunks(self, event: JSON) -> list[JSON]:
        """Return the chunks that an event means; none of one that is of another kind."""
        kind = str(event.get("type") or "")
        if kind in _ENDS:
            return self._ended(event.get("response") or {})
        stem, _, stage = kind.rpartition(".")
        if (text := _TEXTS.get(stem)) is not None:
            found = self._spoken(event, text, stage)
        elif stem == _ARGUMENTS:
            item = self._item(event, "function_call")
            if stage == "delta":
                found = self._call(item, event.get("delta"))
            else:
                found = self._filled(item, {"arguments": event.get("arguments")}, done=False)
        elif stem == "response.output_item":
            held: JSON = event.get("item") or {}
            item = self._item(event, str(held.get("type") or "message"), held.get("id"))
            if stage != "done":  # what it holds already comes again, in pieces
                held = {n: held[n] for n in ("name", "call_id", "id") if held.get(n)}
            found = self._filled(item, held, done=stage == "done")
        elif stem == "response.content_part":
            part: JSON = event.get("part") or {}
            is_thought = str(part.get("type")).startswith("reasoning")
            item = self._item(event, "reasoning" if is_thought else "message")
            found = self._part(item, event.get("content_index") or 0, part)
        else:
            found = self._begun(event.get("response"))
        return [*found]

    def _begun(self, response: Any) -> Iterator[JSON]:
        """Yield what a response says of itself before its end."""
        if not isinstance(response, dict):
            return
        fields = {name: response[name] for name in ("id", "model") if response.get(name)}
        if fields and fields != self._announced:
            self._announced = fields
            yield {**fields, "choices": []}

    def _item(self, event: JSON, kind: str, identity: str | None = None) -> _Item:
        """Return the item that an event is about; some servers leave its number or id out."""
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

    def _spoken(self, event: JSON, text: tuple[str, str, str, str], stage: str) -> Iterator[JSON]:
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
        if isinstance(text, dict):  # of servers that wrap it
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
        """Yield what of a text did not come before."""
        before = item.so_far(name)
        if isinstance(text, str) and text.startswith(before):
            logprobs = None if before else logprobs
            yield from self._text_delta(item, name, delta, text[len(before) :], logprobs)

    def _call(self, item: _Item, arguments: Any, whole: JSON | None = None) -> Iterator[JSON]:
        """Yield a piece of a call; what comes before its name waits for that."""
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

    def _filled(self, item: _Item, held: JSON, *, done: bool) -> Iterator[JSON]:
        """Yield what an item holds that did not come before."""
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
        """Yield what an item holds beside its text, once."""
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
        """Return what is left, and how the response ended."""
        chunks: list[JSON] = []
        output = _parts(response.get("output"))
        for item, held in zip(self._known(output), output, strict=True):
            chunks += self._filled(item, held, done=True)
        for item in self._items.values():
            if item.kind == "function_call" and not item.named:  # its name never came
                chunks += self._call(item, "", {})
        choice: JSON = {"index": 0, "delta": {}, "finish_reason": self._finish(response)}
        if choice["finish_reason"] == "error":
            choice["error"] = response.get("error") or {
                "message": f"The response has the status {response.get('status')!r}, and is not "
                f"whole. Ask again, without `background`."
            }
        top = {n: response[n] for n in ("id", "model", "service_tier") if response.get(n)}
        fields = {n: v for n, v in response.items() if n not in _ELSEWHERE and v is not None}
        if odd := _odd(response.get("output")):
            fields["output"] = odd
        usage = {"usage": response["usage"]} if response.get("usage") else {}
        return [*chunks, {**top, **usage, "choices": [choice], "about": fields}]

    def _known(self, output: Sequence[JSON]) -> list[_Item]:
        """Return the items that those of the whole response are, by id, place or kind."""
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
            # Servers were seen to name items anew at the end, and to leave some out.
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
        # "failed", and what runs in the background and has no answer yet.
        return "cancelled" if status == "cancelled" else "error"


def _odd(output: Any) -> Any:
    """Return what of an output is no item."""
    if isinstance(output, list):
        return [item for item in output if not isinstance(item, dict)]
    return output


def _parts(held: Any) -> list[JSON]:
    return [part for part in held if isinstance(part, dict)] if isinstance(held, list) else []
