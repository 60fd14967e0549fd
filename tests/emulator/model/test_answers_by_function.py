"""A function that the request prescribes is filled like a response format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx import Telnyx

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

SCHEMA = {
    "type": "object",
    "properties": {"attends": {"enum": ["yes", "no"]}, "guests": {"type": "integer"}},
    "required": ["attends", "guests"],
}
PROMPT = (
    "<document>\nYes, we still attend, 4 guests. Thanks, that was helpful!\n</document>\n\n"
    "Does the caller attend?"
)


@pytest.mark.parametrize("prompt", [PROMPT, PROMPT.replace("4 guests", "7 guests")])
def test_both_have_the_same_values(emulator: TelnyxEmulator, prompt: str) -> None:
    client = Telnyx(**emulator.options())
    messages = [{"role": "user", "content": prompt}]
    function = {"name": "RSVP", "parameters": SCHEMA}

    def answered(**options: Any) -> Any:
        body = client.chat.create(messages, model="moonshotai/Kimi-K2.6", **options)
        return body["choices"][0]["message"]

    by_format = answered(
        response_format={"type": "json_schema", "json_schema": {"name": "RSVP", "schema": SCHEMA}}
    )
    by_function = answered(
        tools=[{"type": "function", "function": function}], tool_choice="required"
    )
    [call] = by_function["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == json.loads(by_format["content"])
