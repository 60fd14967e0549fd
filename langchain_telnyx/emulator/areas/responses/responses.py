"""A response on the wire: whole, or as the events of a stream."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.emulator.areas.responses.request import ResponseRequest
from langchain_telnyx.emulator.model import tokens
from langchain_telnyx.emulator.model.reply import Reply
from langchain_telnyx.emulator.model.usage import Usage

JSON = dict[str, Any]
_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}
_WHOLE = {"stop", "tool_calls", "function_call"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A request and its answer.

    Attributes:
        id: The response's id; its items' ids derive from it.
        created: The time of the response, in seconds since the epoch.
        request: The request.
        model: The model that answered.
        reply: The model's answer; its tool calls have ids.
        usage: The token usage.
    """

    id: str
    created: int
    request: ResponseRequest
    model: str
    reply: Reply
    usage: Usage

    def body(self) -> JSON:
        """Return the whole response."""
        finish = self.reply.finish_reason
        reason = _INCOMPLETE.get(finish)
        whole = finish in _WHOLE
        why = f"The engine ended the answer before it was complete ({finish})."
        return {
            **self._initial(),
            "status": "incomplete" if reason else "completed" if whole else "failed",
            "error": None if reason or whole else {"code": "server_error", "message": why},
            "incomplete_details": {"reason": reason} if reason else None,
            "output": self._items(),
            "usage": {
                "input_tokens": self.usage.prompt,
                "input_tokens_details": {
                    "cached_tokens": self.usage.cached,
                    "cache_write_tokens": 0,
                },
                "output_tokens": self.usage.completion,
                "output_tokens_details": {"reasoning_tokens": self.usage.reasoning},
                "total_tokens": self.usage.prompt + self.usage.completion,
            },
        }

    def events(self) -> Iterator[JSON]:
        """Yield the response as the numbered events of a stream."""
        for number, (kind, event) in enumerate(self._events()):
            yield {"type": f"response.{kind}", "sequence_number": number, **event}

    def _events(self) -> Iterator[tuple[str, JSON]]:
        yield "created", {"response": self._initial()}
        yield "in_progress", {"response": self._initial()}
        for index, item in enumerate(self._items()):
            yield "output_item.added", {"output_index": index, "item": _empty(item)}
            at = {"output_index": index, "item_id": item["id"]}
            for kind, event in self._growth(item):
                yield kind, {**at, **event}
            yield "output_item.done", {"output_index": index, "item": item}
        whole = self.body()
        yield whole["status"], {"response": whole}

    def _growth(self, item: JSON) -> Iterator[tuple[str, JSON]]:
        """Yield the events that fill an item."""
        if item["type"] == "function_call":
            arguments = item["arguments"]
            for piece in tokens.deltas(arguments):
                yield "function_call_arguments.delta", {"delta": piece}
            yield (
                "function_call_arguments.done",
                {"name": item["name"], "arguments": arguments},
            )
            return
        [part] = item["content"]
        kind, at = part["type"], {"content_index": 0}
        pieces, also = tokens.deltas(part["text"]), JSON()
        if kind == "output_text":
            pieces, also = list(self.reply.pieces), {"logprobs": []}
        yield "content_part.added", {**at, "part": {**part, "text": ""}}
        for piece in pieces:
            yield f"{kind}.delta", {**at, "delta": piece, **also}
        yield f"{kind}.done", {**at, "text": part["text"], **also}
        yield "content_part.done", {**at, "part": part}

    def _items(self) -> list[JSON]:
        reply, status = self.reply, "completed"
        if reply.finish_reason not in _WHOLE:
            status = "incomplete"
        items: list[JSON] = []
        if reply.reasoning is not None:
            thought = {"type": "reasoning_text", "text": reply.reasoning}
            items.append({"type": "reasoning", "summary": [], "content": [thought]})
        if reply.content is not None:
            text = {"type": "output_text", "text": reply.content, "annotations": []}
            items.append({"type": "message", "role": "assistant", "content": [text]})
        items += [
            {
                "type": "function_call",
                "call_id": call.id,
                "name": call.name,
                "arguments": call.arguments,
            }
            for call in reply.tool_calls
        ]
        prefixes = {"reasoning": "rs", "message": "msg", "function_call": "fc"}
        unique = self.id.partition("_")[2]
        return [
            {"id": f"{prefixes[item['type']]}_{unique}_{number}", "status": status, **item}
            for number, item in zip(itertools.count(), items, strict=False)
        ]

    def _initial(self) -> JSON:
        request = self.request
        echoed = request.model_dump(
            include={"text", "tools", "tool_choice"}, by_alias=True, exclude_none=True
        )
        effort = request.reasoning.effort if request.reasoning else None
        fields: JSON = {
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "status": "in_progress",
            "error": None,
            "incomplete_details": None,
            "instructions": request.instructions,
            "max_output_tokens": request.max_output_tokens,
            "metadata": {},
            "model": self.model,
            "output": [],
            "parallel_tool_calls": request.parallel_tool_calls is not False,
            "previous_response_id": request.previous_response_id,
            "reasoning": {"effort": effort, "summary": None},
            "temperature": request.temperature,
            "text": {"format": {"type": "text"}},
            "tool_choice": "auto",
            "tools": [],
            "top_p": request.top_p,
            "truncation": "disabled",
            "usage": None,
            **echoed,
        }
        if request.conversation_id is not None:
            fields["conversation"] = {"id": request.conversation_id}
        return fields


def _empty(item: JSON) -> JSON:
    """Return an item before it is filled."""
    hollow: JSON = {"arguments": ""} if item["type"] == "function_call" else {"content": []}
    return {**item, "status": "in_progress", **hollow}
