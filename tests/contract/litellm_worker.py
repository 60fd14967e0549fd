"""Talk to a served agent with litellm: `python litellm_worker.py BASE_URL TOKEN` prints JSON."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

litellm: Any = import_module("litellm")  # in an environment of its own

TOOL = {
    "type": "function",
    "function": {"name": "hangup", "parameters": {"type": "object", "properties": {}}},
}


def main() -> None:
    """Request an answer, a stream, a tool call and an error."""
    base_url, token = sys.argv[1:]
    options: dict[str, Any] = {
        "model": "openai/agent",
        "api_base": base_url,
        "api_key": token,
        "num_retries": 0,
    }

    def messages(text: str) -> list[dict[str, str]]:
        return [{"role": "user", "content": text}]

    whole = litellm.completion(messages=messages("one"), **options)
    stream = litellm.completion(
        messages=messages("two"), stream=True, stream_options={"include_usage": True}, **options
    )
    chunks = list(stream)
    called = litellm.completion(messages=messages("hang up"), tools=[TOOL], **options)
    refused = ""
    try:
        litellm.completion(messages=messages("one"), **{**options, "api_key": "wrong"})
    except litellm.AuthenticationError as error:
        refused = type(error).__name__
    found = {
        "whole": whole.choices[0].message.content,
        "tokens": whole.usage.total_tokens,
        "streamed": "".join(
            chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices
        ),
        "pieces": sum(bool(chunk.choices and chunk.choices[0].delta.content) for chunk in chunks),
        "called": called.choices[0].message.tool_calls[0].function.name,
        "reason": called.choices[0].finish_reason,
        "refused": refused,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
