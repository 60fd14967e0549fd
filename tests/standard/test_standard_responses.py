"""The suites of langchain-tests for chat models, with the Responses API.

No test is overridden, skipped or expected to fail.
"""

from __future__ import annotations

from typing import Any

import pytest
from langchain_tests.unit_tests import ChatModelUnitTests

from tests.standard import test_standard_chat as completions
from tests.standard.test_standard_chat import Claims, vcr_config

__all__ = ["vcr_config"]

OVER_RESPONSES = {"use_responses_api": True}


class TestResponses(Claims, ChatModelUnitTests):
    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"api_key": "KEY1", **OVER_RESPONSES}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return (
            {"TELNYX_API_KEY": "KEY1", "TELNYX_BASE_URL": "http://127.0.0.1:1/v2"},
            OVER_RESPONSES,
            {
                "telnyx_api_key": "KEY1",
                "telnyx_api_base": "http://127.0.0.1:1/v2",
                **OVER_RESPONSES,
            },
        )


class TestResponsesAtTheEmulator(completions.TestChatTelnyxAtTheEmulator):
    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {**self._params, **OVER_RESPONSES}

    @pytest.fixture(autouse=True)
    def _over_responses(self, _point: None) -> None:
        self._params |= OVER_RESPONSES
