"""litellm uses a served agent as any OpenAI-compatible model."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import installed
import pytest

from langchain_telnyx import ChatTelnyx
from langchain_telnyx.serve import create_app
from tests.serve.support import TOKEN, running

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

pytestmark = pytest.mark.contract


async def test_litellm_uses_a_served_agent(emulator: TelnyxEmulator) -> None:
    emulator.say("Fine.", when="one")
    emulator.say("One two three.", when="two")
    emulator.call_tool("hangup", {}, when="hang up")
    app = create_app(ChatTelnyx(**emulator.options()), token=TOKEN)
    python = await asyncio.to_thread(installed.python, installed.LITELLM)
    worker = Path(__file__).with_name("litellm_worker.py")

    def run(address: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, worker, f"http://{address}/v1", TOKEN],
            capture_output=True,
            text=True,
            env=installed.environment() | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
            timeout=100,
            check=False,
        )

    async with running(app) as address:
        done = await asyncio.to_thread(run, address)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.pop("tokens") > 0
    assert found == {
        "whole": "Fine.",
        "streamed": "One two three.",
        "pieces": 3,
        "called": "hangup",
        "reason": "tool_calls",
        "refused": "AuthenticationError",
    }
