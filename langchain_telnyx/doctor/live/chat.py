"""Probes of chat completions: answers, streams, structured output and images."""

import json
import re
from collections.abc import Iterator
from typing import Any

from langchain_telnyx.client.call import JSON, Reply
from langchain_telnyx.doctor.live.outcomes import Outcome, holds_if, shown, unknown
from langchain_telnyx.doctor.live.probes import Models, Probe, on_each_chat_model
from langchain_telnyx.doctor.live.session import Session

_CITY: JSON = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
_ANSWER_CAP = 500
_SHORT_CAP = 48
_STATUS_CAP = 16
# One white pixel.
_PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4////fwAJ+wP9"
    "BUNFygAAAABJRU5ErkJggg=="
)
_REASONING = ("reasoning_content", "reasoning")
_JSON_AT_END = re.compile(r"(\{[^{}]*\})\s*(?:```)?\s*\Z")


def choice_of(reply: Reply) -> JSON:
    """Return the first choice of a completion; empty if there is none."""
    try:
        choice = reply.json()["choices"][0]
    except (ValueError, LookupError, TypeError):
        return {}
    return choice if isinstance(choice, dict) else {}


def message_of(reply: Reply) -> JSON:
    """Return the message of a completion; empty if there is none."""
    message = choice_of(reply).get("message")
    return message if isinstance(message, dict) else {}


def text_of(reply: Reply) -> str:
    """Return the answer of a completion: its content, or else its reasoning, which may end in it.

    Args:
        reply: The completion.
    """
    message = message_of(reply)
    return str(message.get("content") or next(filter(None, map(message.get, _REASONING)), ""))


def _plain(session: Session, model: str) -> Iterator[Outcome]:
    reply = session.chat(model, "How much is 17 times 3? Think first.", max_tokens=_ANSWER_CAP)
    choice, message = choice_of(reply), message_of(reply)
    if not message.get("content") and choice.get("finish_reason") == "length":
        yield unknown("chat.content", "The output cap ended the reasoning.")
    else:
        content = message.get("content")
        evidence = f"{shown(reply)}, content: {str(content)[:30]!r}"
        swallowed = reply.ok and any(map(message.get, _REASONING))
        quirks = {"reasoning_swallows_answer": True} if swallowed else {}
        yield holds_if(content, "chat.content", evidence, **quirks)
    if not reply.ok:
        yield unknown("chat.usage", shown(reply))
    else:
        usage = reply.json().get("usage")
        yield holds_if(usage, "chat.usage", f"usage: {usage}", usage_absent=True)
    forms = {_reasoning_form(message)}
    for _ in range(3):
        forms.add(_reasoning_form(message_of(session.chat(model, max_tokens=_SHORT_CAP))))
    forms.discard("")
    if not forms:
        yield unknown("chat.reasoning_field", "The responses have no reasoning.")
        return
    form = "alternating" if len(forms) > 1 else next(iter(forms))
    yield holds_if(form == "reasoning_content", "chat.reasoning_field", form, reasoning_field=form)


def _reasoning_form(message: JSON) -> str:
    found = [name for name in _REASONING if message.get(name)]
    return "both" if len(found) == len(_REASONING) else "".join(found)


def _stream(session: Session, model: str) -> Iterator[Outcome]:
    reply = session.chat(model, stream=True, max_tokens=_SHORT_CAP)
    lines = reply.text.splitlines()
    data = _data(reply)
    done = bool(data) and data[-1] == "[DONE]"
    yield holds_if(done, "stream.done", f"The last event is {data[-1][:40] if data else ''!r}.")
    comments = sum(line.startswith(":") for line in lines)
    yield holds_if(not comments, "stream.comments", f"{comments} comments.", stream_comments=True)
    options = {"include_usage": True}
    requested = session.chat(model, stream=True, stream_options=options, max_tokens=_SHORT_CAP)
    whole = session.chat(model, max_tokens=_STATUS_CAP)
    if whole.ok and not whole.json().get("usage"):
        yield unknown("stream.usage", "Responses have no usage, streamed or not.")
        return
    without, with_options = _has_usage(data), _has_usage(_data(requested))
    form = "always" if without else "if_requested" if with_options else "never"
    evidence = f"{form}: without stream_options {without}, with it {with_options}."
    yield holds_if(form == "if_requested", "stream.usage", evidence, stream_usage=form)


def _data(reply: Reply) -> list[str]:
    lines = reply.text.splitlines()
    return [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]


def _has_usage(data: list[str]) -> bool:
    for text in data:
        try:
            chunk = json.loads(text)
        except ValueError:
            continue
        if isinstance(chunk, dict) and chunk.get("usage"):
            return True
    return False


def _formats(session: Session, model: str) -> Iterator[Outcome]:
    question = "Which city is the capital of Norway? Answer as JSON with `city`."

    def of(schema: JSON, cap: int) -> Reply:
        form = {"name": "Capital", "schema": schema, "strict": True}
        response_format = {"type": "json_schema", "json_schema": form}
        return session.chat(model, question, response_format=response_format, max_tokens=cap)

    reply = of(_CITY, _ANSWER_CAP)
    yield _json_outcome(reply, "formats.json_schema", response_format_json_schema=False)
    if reply.ok:
        opened = {name: value for name, value in _CITY.items() if name != "additionalProperties"}
        loose = of(opened, _STATUS_CAP)
        evidence = shown(loose)
        yield holds_if(
            loose.ok, "formats.open_strict_schema", evidence, strict_schemas_must_be_closed=True
        )
    else:
        yield unknown("formats.open_strict_schema", "`json_schema` is refused altogether.")
    guided = session.chat(
        model, "Name a moon in a sentence.", guided_json=_CITY, max_tokens=_ANSWER_CAP
    )
    yield _json_outcome(guided, "formats.guided_json", guided_decoding=False)
    prompted = session.chat(
        model,
        f"Which city is the capital of Norway? Answer with JSON of this schema only:\n"
        f"{json.dumps(_CITY)}",
        max_tokens=_ANSWER_CAP,
    )
    text = text_of(prompted)
    if not _JSON_AT_END.search(text):
        yield unknown("formats.fences", f"{shown(prompted)} {text[-40:]!r}")
        return
    yield holds_if("```" not in text, "formats.fences", repr(text[-40:]), fenced_json=True)


def _json_outcome(reply: Reply, assumption: str, **quirks: Any) -> Outcome:
    """Return whether the answer is a JSON object."""
    text, choice = text_of(reply), choice_of(reply)
    is_json = reply.ok and _JSON_AT_END.search(text)
    if reply.ok and not is_json and choice.get("finish_reason") == "length":
        return unknown(assumption, "The output cap ended the answer.")
    return holds_if(is_json, assumption, f"{shown(reply)} {text[-40:]!r}", **quirks)


def _images(session: Session, models: Models) -> Iterator[Outcome]:
    if not models.vision:
        for form in ("object", "string"):
            yield unknown(f"images.{form}", "No model that reads images is listed.")
        return
    forms: dict[str, Any] = {"object": {"url": _PNG}, "string": _PNG}
    text = {"type": "text", "text": "Describe it in one word."}
    replies = {
        form: session.chat(
            models.vision,
            [text, {"type": "image_url", "image_url": value}],
            max_tokens=_STATUS_CAP,
        )
        for form, value in forms.items()
    }
    for form, reply in replies.items():
        other = "string" if form == "object" else "object"
        quirks = {"image_url": other} if replies[other].ok else {}
        yield holds_if(reply.ok, f"images.{form}", shown(reply), **quirks)


PROBES = [
    Probe(
        "chat.plain",
        {
            "chat.content": "An answer is in `content`, also of a model with reasoning.",
            "chat.usage": "A response has `usage`.",
            "chat.reasoning_field": "Reasoning is in `reasoning_content`.",
        },
        "4 chat completions per model",
        0.0035,
        on_each_chat_model(_plain),
    ),
    Probe(
        "chat.stream",
        {
            "stream.done": "A stream ends with [DONE].",
            "stream.comments": "A stream has no comments.",
            "stream.usage": "A stream has usage if `stream_options` requests it, and only then.",
        },
        "2 streamed chat completions and 1 whole one per model",
        0.001,
        on_each_chat_model(_stream),
    ),
    Probe(
        "chat.formats",
        {
            "formats.json_schema": "`response_format` of type `json_schema` is honoured.",
            "formats.open_strict_schema": "A strict schema may leave `additionalProperties` out.",
            "formats.guided_json": "`guided_json` is honoured.",
            "formats.fences": "JSON that only the prompt requests has no Markdown fences.",
        },
        "4 chat completions with a schema per model",
        0.0065,
        on_each_chat_model(_formats),
    ),
    Probe(
        "chat.images",
        {
            "images.object": 'An image may be `{"url": …}`.',
            "images.string": "An image may be a plain URL.",
        },
        "2 chat completions with an image",
        0.0005,
        _images,
    ),
]
