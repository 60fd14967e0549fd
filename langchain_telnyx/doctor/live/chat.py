"""Probes of chat completions and models."""

import json
from collections.abc import Iterator
from typing import Any

from langchain_telnyx.client.call import JSON, Reply
from langchain_telnyx.doctor.live.outcomes import Outcome, holds_if
from langchain_telnyx.doctor.live.probes import Models, Probe
from langchain_telnyx.doctor.live.session import Session

_OK = 200
_BAD_REQUEST = 400
_NOT_FOUND = 404
_UNPROCESSABLE = 422
_TOOL: JSON = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
_CITY: JSON = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
_QUESTION = "Call the tool for the weather of Oslo."
# One white pixel.
_PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4////fwAJ+wP9"
    "BUNFygAAAABJRU5ErkJggg=="
)
# By a part of a text: the engine's markup that it is of, as `Quirks.tool_markup` names it.
_MARKUP = {
    "<|tool_calls_section": "kimi",
    "]<]minimax": "minimax_3",
    "<minimax:": "minimax",
    "\uff5cDSML\uff5c": "dsml",
    "<\uff5ctool": "deepseek",
    "<|channel|>": "harmony",
    "commentary to=": "harmony_words",
    "<arg_key>": "glm",
    "<function=": "qwen",
    "<tool_call>": "hermes",
}


def _message(reply: Reply) -> JSON:
    try:
        message = reply.json()["choices"][0]["message"]
    except (ValueError, LookupError, TypeError):
        return {}
    return message if isinstance(message, dict) else {}


def _shown(reply: Reply) -> str:
    if reply.status_code == _OK:
        return "200"
    return f"{reply.status_code} {reply.text[:100]!r}"


def _is_json(text: Any) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (TypeError, ValueError):
        return False


def _plain(session: Session, models: Models) -> Iterator[Outcome]:
    reply = session.chat(models.thinking, "How much is 17 times 3? Think first.")
    message = _message(reply)
    yield holds_if(
        message.get("content"), "chat.content", _shown(reply), reasoning_swallows_answer=True
    )
    found = [name for name in ("reasoning_content", "reasoning") if message.get(name)]
    if not found:
        yield Outcome("chat.reasoning_field", "unknown", "The response has no reasoning.")
        return
    field = "both" if len(found) == 2 else found[0]  # noqa: PLR2004 - the two names
    yield holds_if(
        field == "reasoning_content", "chat.reasoning_field", field, reasoning_field=field
    )


def _stream(session: Session, models: Models) -> Iterator[Outcome]:
    reply = session.chat(models.thinking, stream=True)
    lines = reply.text.splitlines()
    data = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
    done = bool(data) and data[-1] == "[DONE]"
    yield holds_if(done, "stream.done", f"The last event is {data[-1][:40] if data else ''!r}.")
    comments = sum(line.startswith(":") for line in lines)
    yield holds_if(not comments, "stream.comments", f"{comments} comments.", stream_comments=True)
    usage = [one for one in data if _is_json(one) and json.loads(one).get("usage")]
    evidence = f"{len(usage)} chunks with usage, without stream_options."
    yield holds_if(usage, "stream.usage", evidence)


def _tools(session: Session, models: Models) -> Iterator[Outcome]:
    reply = session.chat(models.thinking, _QUESTION, tools=[_TOOL])
    message = _message(reply)
    text, called = str(message.get("content")), message.get("tool_calls")
    markup = next((name for part, name in _MARKUP.items() if part in text), None)
    evidence = f"Markup of {markup} in the text." if markup else _shown(reply)
    quirks = {"tool_markup": markup} if markup else {}
    yield holds_if(called and not markup, "tools.calls", evidence, **quirks)
    capped = session.chat(models.thinking, _QUESTION, tools=[_TOOL], max_tokens=200)
    yield holds_if(capped.ok, "tools.with_output_cap", _shown(capped), tools_refuse_output_cap=True)
    untyped: JSON = {
        "type": "function",
        "function": {"name": "now", "parameters": {"properties": {}}},
    }
    refused = session.chat(models.thinking, _QUESTION, tools=[untyped])
    yield holds_if(
        refused.status_code == _BAD_REQUEST,
        "tools.parameters_type",
        _shown(refused),
        tools_need_parameters_type=False,
    )
    named = {"type": "function", "function": {"name": "get_weather"}}
    chosen = session.chat(models.thinking, _QUESTION, tools=[_TOOL], tool_choice=named)
    yield holds_if(chosen.status_code == _UNPROCESSABLE, "tools.named_choice", _shown(chosen))


def _formats(session: Session, models: Models) -> Iterator[Outcome]:
    question = "Which city is the capital of Norway? Answer as JSON with `city`."

    def of(schema: JSON, *, strict: bool) -> Reply:
        form = {"name": "Capital", "schema": schema, "strict": strict}
        response_format = {"type": "json_schema", "json_schema": form}
        return session.chat(models.thinking, question, response_format=response_format)

    reply = of(_CITY, strict=True)
    yield _json_outcome(reply, "formats.json_schema", response_format_json_schema=False)
    opened = {name: value for name, value in _CITY.items() if name != "additionalProperties"}
    loose = of(opened, strict=True)
    yield holds_if(
        loose.ok or not reply.ok,
        "formats.open_strict_schema",
        _shown(loose),
        strict_schemas_must_be_closed=True,
    )
    guided = session.chat(models.thinking, "Name a moon in a sentence.", guided_json=_CITY)
    yield _json_outcome(guided, "formats.guided_json", guided_decoding=False)


def _json_outcome(reply: Reply, assumption: str, **quirks: Any) -> Outcome:
    """Return whether the answer is a JSON object."""
    content = _message(reply).get("content")
    if reply.ok and content is None:
        return Outcome(assumption, "unknown", "The answer has no content.")
    return holds_if(
        _is_json(content), assumption, f"{_shown(reply)} {str(content)[:40]!r}", **quirks
    )


def _fields(session: Session, models: Models) -> Iterator[Outcome]:
    unknown = session.chat(models.thinking, lct_doctor="x")
    yield holds_if(unknown.ok, "fields.unknown_field", _shown(unknown))
    absent = session.chat("lct-doctor/no-such-model")
    yield holds_if(absent.status_code == _NOT_FOUND, "fields.unknown_model", _shown(absent))
    developer = session.chat(
        models.thinking,
        messages=[{"role": "developer", "content": "x"}, {"role": "user", "content": "Hi"}],
    )
    yield holds_if(
        developer.status_code == _UNPROCESSABLE, "fields.developer_role", _shown(developer)
    )
    empty = session.chat(
        models.thinking,
        messages=[
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": ""},
            {"role": "user", "content": "Hi again"},
        ],
    )
    yield holds_if(empty.ok, "fields.empty_turn", _shown(empty), strict_histories=True)
    effort = session.chat(models.thinking, reasoning_effort="none")
    yield holds_if(effort.ok, "fields.reasoning_effort", _shown(effort))
    if not models.plain:
        yield Outcome("fields.enable_thinking", "unknown", "No model without thinking is listed.")
        return
    thinking = session.chat(models.plain, enable_thinking=True)
    yield holds_if(
        thinking.status_code == _BAD_REQUEST,
        "fields.enable_thinking",
        _shown(thinking),
        plain_models_refuse_enable_thinking=False,
    )


def _images(session: Session, models: Models) -> Iterator[Outcome]:
    if not models.vision:
        for form in ("object", "string"):
            yield Outcome(f"images.{form}", "unknown", "No model that reads images is listed.")
        return
    forms: dict[str, Any] = {"object": {"url": _PNG}, "string": _PNG}
    text = {"type": "text", "text": "Describe it in one word."}
    replies = {
        form: session.chat(models.vision, [text, {"type": "image_url", "image_url": value}])
        for form, value in forms.items()
    }
    for form, reply in replies.items():
        other = "string" if form == "object" else "object"
        yield holds_if(reply.ok, f"images.{form}", _shown(reply), image_url=other)


def _paths(session: Session, models: Models) -> Iterator[Outcome]:
    legacy = session.request("GET", "/ai/models")
    yield holds_if(legacy.ok, "paths.legacy_chat", _shown(legacy), legacy_chat=False)
    request: JSON = {"model": models.thinking, "input": "Hi"}
    first = session.request("POST", "/ai/openai/responses", request)
    if not first.ok or not (identity := first.json().get("id")):
        yield Outcome("paths.previous_response", "unknown", _shown(first))
    else:
        follow_up = {**request, "previous_response_id": identity}
        reply = session.request("POST", "/ai/openai/responses", follow_up)
        yield holds_if(
            reply.status_code == _BAD_REQUEST,
            "paths.previous_response",
            _shown(reply),
            keeps_responses=True,
        )
    models_page = session.request("GET", "/ai/openai/models")
    reset = models_page.headers.get("x-ratelimit-reset", "")
    if not reset.replace(".", "").isdigit():
        yield Outcome("paths.rate_limit_reset", "unknown", "There is no x-ratelimit-reset header.")
        return
    is_epoch = float(reset) > 1e9  # noqa: PLR2004 - the year 2001
    yield holds_if(not is_epoch, "paths.rate_limit_reset", reset, rate_limit_reset="epoch")


PROBES = [
    Probe(
        "chat.plain",
        {
            "chat.content": "An answer is in `content`, also of a model that thinks.",
            "chat.reasoning_field": "Reasoning is in `reasoning_content`.",
        },
        "1 chat completion",
        0.002,
        _plain,
    ),
    Probe(
        "chat.stream",
        {
            "stream.done": "A stream ends with [DONE].",
            "stream.comments": "A stream has no comments.",
            "stream.usage": "A stream has usage without `stream_options`.",
        },
        "1 streamed chat completion",
        0.001,
        _stream,
    ),
    Probe(
        "chat.tools",
        {
            "tools.calls": "Tool calls are in `tool_calls`.",
            "tools.with_output_cap": "Tools and `max_tokens` are accepted together.",
            "tools.parameters_type": "Parameters without `type` are refused.",
            "tools.named_choice": "A named `tool_choice` is refused with 422.",
        },
        "4 chat completions with a tool",
        0.004,
        _tools,
    ),
    Probe(
        "chat.formats",
        {
            "formats.json_schema": "`response_format` of type `json_schema` is honoured.",
            "formats.open_strict_schema": "A strict schema may leave `additionalProperties` out.",
            "formats.guided_json": "`guided_json` is honoured.",
        },
        "3 chat completions with a schema",
        0.003,
        _formats,
    ),
    Probe(
        "chat.fields",
        {
            "fields.unknown_field": "An unknown field is ignored.",
            "fields.unknown_model": "An unknown model is 404.",
            "fields.developer_role": "The role `developer` is refused with 422.",
            "fields.empty_turn": "A turn of the assistant may be empty.",
            "fields.reasoning_effort": '`reasoning_effort="none"` is accepted.',
            "fields.enable_thinking": "Models that do not think refuse `enable_thinking`.",
        },
        "6 chat completions",
        0.003,
        _fields,
    ),
    Probe(
        "chat.images",
        {
            "images.object": 'An image may be `{"url": …}`.',
            "images.string": "An image may be a plain URL.",
        },
        "2 chat completions with an image",
        0.003,
        _images,
    ),
    Probe(
        "chat.paths",
        {
            "paths.legacy_chat": "The deprecated `/ai/models` answers.",
            "paths.previous_response": "`previous_response_id` is refused with 400.",
            "paths.rate_limit_reset": "`x-ratelimit-reset` counts seconds.",
        },
        "GET /ai/models, GET /ai/openai/models, 2 responses",
        0.001,
        _paths,
    ),
]
