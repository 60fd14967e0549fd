"""Print the messages of langchain-openai or langchain-anthropic for a sample answer, as JSON.

`python history_worker.py anthropic` and `python history_worker.py openai` print the kinds of block
that the provider's SDK has, and messages that the integration makes of an answer with many of them.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any, get_args

_ANTHROPIC = [
    {"type": "thinking", "thinking": "Hm.", "signature": "s"},
    {"type": "redacted_thinking", "data": "x"},
    {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "q"}},
    {
        "type": "web_search_tool_result",
        "tool_use_id": "s1",
        "content": [
            {
                "type": "web_search_result",
                "url": "https://x",
                "title": "t",
                "encrypted_content": "e",
                "page_age": None,
            }
        ],
    },
    {"type": "server_tool_use", "id": "s2", "name": "code_execution", "input": {"code": "1"}},
    {
        "type": "code_execution_tool_result",
        "tool_use_id": "s2",
        "content": {
            "type": "code_execution_result",
            "stdout": "1",
            "stderr": "",
            "return_code": 0,
            "content": [],
        },
    },
    {"type": "text", "text": "Let me see.", "citations": None},
    {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}},
]
_OPENAI = [
    {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "Hm."}]},
    {
        "type": "web_search_call",
        "id": "ws",
        "status": "completed",
        "action": {"type": "search", "query": "q"},
    },
    {
        "type": "code_interpreter_call",
        "id": "ci",
        "code": "1",
        "container_id": "c",
        "status": "completed",
        "outputs": None,
    },
    {"type": "image_generation_call", "id": "ig", "result": "aGk=", "status": "completed"},
    {
        "type": "message",
        "id": "m",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "Let me see.", "annotations": []}],
    },
    {
        "type": "function_call",
        "id": "fc",
        "call_id": "t1",
        "name": "weather",
        "arguments": '{"city": "Oslo"}',
        "status": "completed",
    },
]
_USAGE = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}


def _kinds(union: Any) -> set[str]:
    """Return the values of `type` in a union of an SDK's models or dictionaries."""
    fields = getattr(union, "model_fields", None)
    if fields is not None:
        return _literals(fields["type"].annotation) if "type" in fields else set()
    if isinstance(union, type):
        hint = union.__annotations__.get("type")
        home = vars(sys.modules[union.__module__])
        text = getattr(hint, "__forward_arg__", hint)
        # An SDK's own annotation.
        return _literals(eval(text, home) if isinstance(text, str) else text)  # noqa: S307
    return {value for each in get_args(union) for value in _kinds(each)}


def _literals(hint: Any) -> set[str]:
    arguments = get_args(hint)
    if not arguments:
        return {hint} if isinstance(hint, str) else set()
    return {value for each in arguments for value in _literals(each)}


def _anthropic() -> tuple[set[str], list[Any]]:
    types: Any = importlib.import_module("anthropic.types")
    beta: Any = importlib.import_module("anthropic.types.beta")
    unions = [types.ContentBlock, types.ContentBlockParam]
    unions += [beta.BetaContentBlock, beta.BetaContentBlockParam]
    chat: Any = importlib.import_module("langchain_anthropic")
    model = chat.ChatAnthropic(model="claude-x", api_key="k", max_tokens=9)
    answer = types.Message.model_validate(
        {
            "id": "m",
            "type": "message",
            "role": "assistant",
            "model": "claude-x",
            "stop_reason": "tool_use",
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
            "content": _ANTHROPIC,
        }
    )
    made = model._format_output(answer).generations[0].message  # noqa: SLF001 - no public way
    return {value for union in unions for value in _kinds(union)}, [made]


def _openai() -> tuple[set[str], list[Any]]:
    types: Any = importlib.import_module("openai.types.responses")
    unions = [types.ResponseInputItem, types.ResponseOutputItem, types.ResponseInputContent]
    base: Any = importlib.import_module("langchain_openai.chat_models.base")
    parsed = types.Response.model_validate(
        {
            "id": "r",
            "object": "response",
            "model": "gpt-x",
            "created_at": 1,
            "status": "completed",
            "output": _OPENAI,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {
                **_USAGE,
                "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": 0},
            },
        }
    )
    make = base._construct_lc_result_from_responses_api  # noqa: SLF001 - no public way
    made = [
        make(parsed, output_version=version).generations[0].message
        for version in ("responses/v1", "v0")
    ]
    return {value for union in unions for value in _kinds(union)}, made


if __name__ == "__main__":
    kinds, messages = {"anthropic": _anthropic, "openai": _openai}[sys.argv[1]]()
    as_dicts = importlib.import_module("langchain_core.messages").messages_to_dict
    print(json.dumps({"kinds": sorted(kinds), "messages": as_dicts(messages)}))
