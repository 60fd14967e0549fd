"""Probes of chat completions: tools, fields, roles, and the paths beside the current one."""

from collections.abc import Iterator

from langchain_telnyx.client.call import JSON
from langchain_telnyx.doctor.live.chat import choice_of, message_of
from langchain_telnyx.doctor.live.outcomes import Outcome, holds_if, shown, unknown
from langchain_telnyx.doctor.live.probes import Models, Probe, on_each_chat_model
from langchain_telnyx.doctor.live.session import Session

_BAD_REQUEST = 400
_NOT_FOUND = 404
_UNPROCESSABLE = 422
_CAP = 16
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
_QUESTION = "Call the tool for the weather of Oslo."
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


def _tools(session: Session, model: str) -> Iterator[Outcome]:
    reply = session.chat(model, _QUESTION, tools=[_TOOL])
    message = message_of(reply)
    called = message.get("tool_calls")
    # The whole message: some engines leave the markup in the reasoning.
    text = "\n".join(str(value) for name, value in message.items() if name != "tool_calls")
    markup = next((name for part, name in _MARKUP.items() if part in text), None)
    evidence = f"Markup of {markup} in the text." if markup else shown(reply)
    quirks = {"tool_markup": markup} if markup else {}
    yield holds_if(called and not markup, "tools.calls", evidence, **quirks)
    capped = session.chat(model, _QUESTION, tools=[_TOOL], max_tokens=200)
    yield holds_if(capped.ok, "tools.with_output_cap", shown(capped), tools_refuse_output_cap=True)
    untyped: JSON = {
        "type": "function",
        "function": {"name": "now", "parameters": {"properties": {}}},
    }
    refused = session.chat(model, _QUESTION, tools=[untyped])
    yield holds_if(
        refused.status_code == _BAD_REQUEST,
        "tools.parameters_type",
        shown(refused),
        tools_need_parameters_type=False,
    )
    named = {"type": "function", "function": {"name": "get_weather"}}
    chosen = session.chat(model, _QUESTION, tools=[_TOOL], tool_choice=named)
    quirks = {"named_tool_choice": "accepted"} if chosen.ok else {}
    is_refused = chosen.status_code == _UNPROCESSABLE
    yield holds_if(is_refused, "tools.named_choice", shown(chosen), **quirks)


def _fields(session: Session, model: str) -> Iterator[Outcome]:
    field = session.chat(model, lct_doctor="x", max_tokens=_CAP)
    yield holds_if(field.ok, "fields.unknown_field", shown(field))
    developer = session.chat(
        model,
        messages=[{"role": "developer", "content": "x"}, {"role": "user", "content": "Hi"}],
        max_tokens=_CAP,
    )
    quirks = {"developer_role": "accepted"} if developer.ok else {}
    refused = developer.status_code == _UNPROCESSABLE
    yield holds_if(refused, "fields.developer_role", shown(developer), **quirks)
    empty = session.chat(
        model,
        messages=[
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": ""},
            {"role": "user", "content": "Hi again"},
        ],
        max_tokens=_CAP,
    )
    yield holds_if(empty.ok, "fields.empty_turn", shown(empty), strict_histories=True)
    effort = session.chat(model, reasoning_effort="none", max_tokens=_CAP)
    yield holds_if(effort.ok, "fields.reasoning_effort", shown(effort))
    likely = session.chat(model, logprobs=True, top_logprobs=2, max_tokens=_CAP)
    quirks = {"logprobs": "null"} if likely.ok else {}
    yield holds_if(choice_of(likely).get("logprobs"), "fields.logprobs", shown(likely), **quirks)


def _refused(session: Session, models: Models) -> Iterator[Outcome]:
    absent = session.chat("lct-doctor/no-such-model", max_tokens=_CAP)
    is_missing = absent.status_code == _NOT_FOUND
    yield holds_if(is_missing, "fields.unknown_model", shown(absent))
    thinks = session.chat(models.chat[0], enable_thinking=False, max_tokens=_CAP)
    yield holds_if(thinks.ok, "fields.disable_thinking", shown(thinks))
    if not models.plain:
        yield unknown("fields.enable_thinking", "No model without reasoning is listed.")
        return
    plain = session.chat(models.plain, enable_thinking=True, max_tokens=_CAP)
    yield holds_if(
        plain.status_code == _BAD_REQUEST,
        "fields.enable_thinking",
        shown(plain),
        plain_models_refuse_enable_thinking=False,
    )


def _paths(session: Session, models: Models) -> Iterator[Outcome]:
    legacy = session.request("GET", "/ai/models")
    yield holds_if(legacy.ok, "paths.legacy_chat", shown(legacy), legacy_chat=False)
    request: JSON = {"model": models.chat[0], "input": "Hi", "max_output_tokens": 64}
    first = session.request("POST", "/ai/openai/responses", request)
    identity = first.json().get("id") if first.ok else None
    if not identity:
        yield unknown("paths.previous_response", shown(first))
        return
    follow_up = {**request, "previous_response_id": identity}
    reply = session.request("POST", "/ai/openai/responses", follow_up)
    yield holds_if(
        reply.status_code == _BAD_REQUEST,
        "paths.previous_response",
        shown(reply),
        **({"keeps_responses": True} if reply.ok else {}),
    )


PROBES = [
    Probe(
        "chat.tools",
        {
            "tools.calls": "Tool calls are in `tool_calls`.",
            "tools.with_output_cap": "Tools and `max_tokens` are accepted together.",
            "tools.parameters_type": "Parameters without `type` are refused.",
            "tools.named_choice": "A named `tool_choice` is refused with 422.",
        },
        "4 chat completions with a tool per model",
        0.0055,
        on_each_chat_model(_tools),
    ),
    Probe(
        "chat.fields",
        {
            "fields.unknown_field": "An unknown field is ignored.",
            "fields.developer_role": "The role `developer` is refused with 422.",
            "fields.empty_turn": "A turn of the assistant may be empty.",
            "fields.reasoning_effort": '`reasoning_effort="none"` is accepted.',
            "fields.logprobs": "Requested log probabilities are in the response.",
        },
        "5 chat completions per model",
        0.001,
        on_each_chat_model(_fields),
    ),
    Probe(
        "chat.models",
        {
            "fields.unknown_model": "An unknown model is 404.",
            "fields.disable_thinking": "Models with reasoning accept `enable_thinking`.",
            "fields.enable_thinking": "Models without reasoning refuse `enable_thinking`.",
        },
        "3 chat completions",
        0.0005,
        _refused,
    ),
    Probe(
        "chat.paths",
        {
            "paths.legacy_chat": "The deprecated `/ai/models` responds.",
            "paths.previous_response": "`previous_response_id` is refused with 400.",
        },
        "GET /ai/models, 2 responses",
        0.001,
        _paths,
    ),
]
