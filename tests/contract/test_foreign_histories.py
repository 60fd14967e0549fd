"""Histories of langchain-openai and langchain-anthropic are sent, block for block."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import installed
import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage, messages_from_dict

from langchain_telnyx import ChatTelnyx, check_history
from langchain_telnyx.chat_models.history_adapter.block_table import BLOCKS
from langchain_telnyx.emulator import TelnyxEmulator

WORKER = Path(__file__).with_name("history_worker.py")
PROVIDERS = {
    "anthropic": installed.LANGCHAIN_ANTHROPIC,
    "openai": installed.LANGCHAIN_OPENAI,
}


@pytest.fixture(params=PROVIDERS)
def made(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the kinds of block of a provider's SDK, and messages of its integration."""
    python = installed.python(PROVIDERS[request.param])
    printed = subprocess.check_output([str(python), str(WORKER), request.param])
    found: dict[str, Any] = json.loads(printed)
    return found


@pytest.mark.contract
@pytest.mark.timeout(600)
def test_the_table_has_every_block_of_the_providers_sdk(made: dict[str, Any]) -> None:
    assert len(made["kinds"]) > 20
    assert set(made["kinds"]) <= BLOCKS.keys()


@pytest.mark.contract
@pytest.mark.timeout(600)
def test_a_message_of_the_provider_is_sent(made: dict[str, Any]) -> None:
    for turn in messages_from_dict(made["messages"]):
        assert isinstance(turn, AIMessage)
        result = ToolMessage("12 C", tool_call_id="t1")
        history = [HumanMessage("Weather in Oslo?"), turn, result, HumanMessage("Well?")]
        with TelnyxEmulator(sockets=False) as emulator:
            emulator.say("Mild.")
            assert ChatTelnyx(**emulator.options()).invoke(history).text == "Mild."
            _, sent, *_ = json.loads(emulator.requests[-1].body)["messages"]
        assert sent["content"] == "Let me see."
        function = {"name": "weather", "arguments": '{"city": "Oslo"}'}
        assert sent["tool_calls"] == [{"id": "t1", "type": "function", "function": function}]
        report = check_history(history)
        assert {finding.kind for finding in report.findings} <= {"foreign block"}
        content = turn.content if isinstance(turn.content, list) else []
        foreign = [each for each in content if is_foreign(each)]
        assert len(report.findings) == len(foreign)


def is_foreign(block: Any) -> bool:
    return block["type"] not in {"text", "tool_use", "function_call"}
