"""Write tool calls as text, as an engine does whose parser does not support the model's markup.

Each form is that of a model's chat template.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from langchain_telnyx.emulator.model.reply import Reply, ToolUse
from langchain_telnyx.emulator.quirks import ToolMarkup


def calls_as_text(reply: Reply, form: ToolMarkup) -> Reply:
    """Return a reply with its tool calls in its text and `stop` as the finish reason.

    Args:
        reply: The reply.
        form: The markup.
    """
    if not reply.tool_calls:
        return reply
    before = f"commentary{reply.content}" if _has_text_channel(reply, form) else reply.content or ""
    text = before + _FORMS[form](reply.tool_calls)
    finish = "stop" if reply.finish_reason == "tool_calls" else reply.finish_reason
    pieces = reply.chunks if before == (reply.content or "") else (before,)
    chunks = None if reply.chunks is None else (*(pieces or ()), text[len(before) :])
    return replace(reply, content=text, tool_calls=(), finish_reason=finish, chunks=chunks)


def _has_text_channel(reply: Reply, form: ToolMarkup) -> bool:
    """Return whether the text before the calls is a message with its own channel."""
    return form == "harmony_words" and bool(reply.content)


def _kimi(calls: tuple[ToolUse, ...]) -> str:
    inner = "".join(
        f"<|tool_call_begin|>functions.{call.name}:{number}"
        f"<|tool_call_argument_begin|>{call.arguments}<|tool_call_end|>"
        for number, call in enumerate(calls)
    )
    return f"<|tool_calls_section_begin|>{inner}<|tool_calls_section_end|>"


def _hermes(calls: tuple[ToolUse, ...]) -> str:
    return "\n".join(
        f'<tool_call>\n{{"name": {json.dumps(call.name)}, "arguments": {call.arguments}}}\n'
        f"</tool_call>"
        for call in calls
    )


def _qwen(calls: tuple[ToolUse, ...]) -> str:
    return "\n".join(
        f"<tool_call>\n<function={call.name}>\n"
        + "".join(f"<parameter={key}>\n{value}\n</parameter>\n" for key, value in _pairs(call))
        + "</function>\n</tool_call>"
        for call in calls
    )


def _glm(calls: tuple[ToolUse, ...]) -> str:
    return "\n".join(
        f"<tool_call>{call.name}\n"
        + "".join(
            f"<arg_key>{key}</arg_key>\n<arg_value>{value}</arg_value>\n"
            for key, value in _pairs(call)
        )
        + "</tool_call>"
        for call in calls
    )


def _deepseek(calls: tuple[ToolUse, ...]) -> str:
    inner = "".join(
        f"<｜tool▁call▁begin｜>{call.name}<｜tool▁sep｜>{call.arguments}<｜tool▁call▁end｜>"
        for call in calls
    )
    return f"<｜tool▁calls▁begin｜>{inner}<｜tool▁calls▁end｜><｜end▁of▁sentence｜>"


def _dsml(calls: tuple[ToolUse, ...]) -> str:
    inner = "".join(
        f'<｜DSML｜invoke name="{call.name}">\n'
        + "".join(
            f'<｜DSML｜parameter name="{key}" string="{str(isinstance(value, str)).lower()}">'
            f"{_text(value)}</｜DSML｜parameter>\n"
            for key, value in _arguments(call).items()
        )
        + "</｜DSML｜invoke>\n"
        for call in calls
    )
    return f"<｜DSML｜function_calls>\n{inner}</｜DSML｜function_calls>"


def _minimax(calls: tuple[ToolUse, ...]) -> str:
    inner = "".join(
        f'<invoke name="{call.name}">\n'
        + "".join(f'<parameter name="{key}">{value}</parameter>\n' for key, value in _pairs(call))
        + "</invoke>\n"
        for call in calls
    )
    return f"<minimax:tool_call>\n{inner}</minimax:tool_call>"


def _minimax_3(calls: tuple[ToolUse, ...]) -> str:
    mark = "]<]minimax[>["
    inner = "".join(
        f'{mark}<invoke name="{call.name}">\n'
        + "".join(f"{_tag(mark, key, value)}\n" for key, value in _arguments(call).items())
        + f"{mark}</invoke>\n"
        for call in calls
    )
    return f"{mark}<tool_call>\n{inner}{mark}</tool_call>"


def _tag(mark: str, name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(_tag(mark, key, each) for key, each in value.items())
    elif isinstance(value, list):
        inner = "".join(_tag(mark, "item", each) for each in value)
    else:
        inner = _text(value)
    return f"{mark}<{name}>{inner}{mark}</{name}>"


def _harmony(calls: tuple[ToolUse, ...]) -> str:
    return "<|start|>assistant".join(
        f"<|channel|>commentary to=functions.{call.name} <|constrain|>json<|message|>"
        f"{call.arguments}<|call|>"
        for call in calls
    )


def _harmony_words(calls: tuple[ToolUse, ...]) -> str:
    return "".join(
        f"assistantcommentary to=functions.{call.name} json{call.arguments}" for call in calls
    )


def _pairs(call: ToolUse) -> list[tuple[str, str]]:
    return [(key, _text(value)) for key, value in _arguments(call).items()]


def _arguments(call: ToolUse) -> dict[str, Any]:
    """Return the arguments; arguments that are not an object cannot be written as tags."""
    try:
        found = json.loads(call.arguments)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_FORMS: dict[ToolMarkup, Callable[[tuple[ToolUse, ...]], str]] = {
    "kimi": _kimi,
    "hermes": _hermes,
    "qwen": _qwen,
    "glm": _glm,
    "deepseek": _deepseek,
    "dsml": _dsml,
    "minimax": _minimax,
    "minimax_3": _minimax_3,
    "harmony": _harmony,
    "harmony_words": _harmony_words,
}
