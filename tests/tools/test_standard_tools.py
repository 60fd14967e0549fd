"""The standard suites of langchain-tests for every tool, without overrides or expected failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from langchain_telnyx import tools

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from tests.tools.conftest import World

CONVERSATION = "a conversation's id"
SEARCH = {"query": "Which moon is Saturn's?", "limit": 2}
EXAMPLES: dict[type[BaseTool], tuple[dict[str, Any], dict[str, Any]]] = {
    tools.TelnyxListBucketsTool: ({}, {}),
    tools.TelnyxListFilesTool: ({"limit": 5}, {"bucket": "minutes"}),
    tools.TelnyxSearchTool: ({"buckets": ["minutes"]}, SEARCH),
    tools.TelnyxSummarizeTool: ({"bucket": "minutes"}, {"filename": "moons.txt"}),
    tools.TelnyxTranscribeTool: ({"bucket": "recipes"}, {"filename": "calls/call.wav"}),
    tools.TelnyxClustersTool: ({"min_cluster_size": 2}, {"bucket": "minutes"}),
    tools.TelnyxListConversationsTool: ({}, {"since": "2026-01-01", "channel": "phone_call"}),
    tools.TelnyxReadConversationTool: ({}, {"conversation_id": CONVERSATION}),
    tools.TelnyxConversationInsightsTool: ({}, {"conversation_id": CONVERSATION}),
    tools.TelnyxListInsightsTool: ({}, {}),
    tools.TelnyxCountInsightsTool: ({}, {"insight": "User Satisfaction", "by_assistant": True}),
    tools.TelnyxCreateInsightTool: ({}, {"name": "Refund", "instructions": "Is it refunded?"}),
    tools.TelnyxCreateInsightGroupTool: ({"max_chars": 2000}, {"name": "Evening"}),
    tools.TelnyxTextToSpeechTool: ({"audio_format": "wav"}, {"text": "Hello, Ann!"}),
    tools.TelnyxAssignInsightTool: (
        {},
        {"insight": "Agent Instruction Following", "group": "After a call"},
    ),
    tools.TelnyxWebSearch: (
        {"limit": 2},
        {"query": "moons", "domains": ["space.example"]},
    ),
    tools.TelnyxWebContents: ({}, {"url": "https://space.example/moons/titan"}),
    tools.TelnyxWebResearch: ({"research_effort": "lite"}, {"query": "Which moon has lakes?"}),
}


def test_every_tool_has_an_example() -> None:
    named = {name for name in tools.__all__ if name != "TelnyxToolkit"}
    assert {kind.__name__ for kind in EXAMPLES} == named


class Suite:
    """The tool that a suite tests."""

    kind: type[BaseTool]
    options: dict[str, Any]
    conversation = "3fa85f64-5717-4562-b3fc-2c963f66afa6"

    @property
    def tool_constructor(self) -> type[BaseTool]:
        return self.kind

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return {**EXAMPLES[self.kind][0], **self.options}

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {
            name: self.conversation if value == CONVERSATION else value
            for name, value in EXAMPLES[self.kind][1].items()
        }


class TestTools(Suite, ToolsUnitTests):
    @pytest.fixture(autouse=True, params=EXAMPLES, ids=lambda kind: kind.__name__)
    def _choose(self, request: pytest.FixtureRequest) -> None:
        self.kind = request.param
        self.options = {"api_key": "KEY1"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return (
            {"TELNYX_API_KEY": "KEY1", "TELNYX_BASE_URL": "http://127.0.0.1:1/v2"},
            {},
            {"telnyx_api_key": "KEY1", "telnyx_api_base": "http://127.0.0.1:1/v2"},
        )


class TestToolsAtTheEmulator(Suite, ToolsIntegrationTests):
    @pytest.fixture(autouse=True, params=EXAMPLES, ids=lambda kind: kind.__name__)
    def _choose(self, request: pytest.FixtureRequest, shared: World) -> None:
        self.kind = request.param
        # Errors are raised, so that no suite accepts one as a result.
        self.options = {**shared.emulator.options(), "handle_tool_error": False}
        self.conversation = shared.conversations["billing"]
