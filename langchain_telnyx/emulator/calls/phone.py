"""A caller's phone, and Telnyx's part of the call."""

from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp

from langchain_telnyx.emulator.calls.result import CallResult
from langchain_telnyx.emulator.calls.script import Step


class Phone:
    """One call to an application.

    Args:
        result: Receives what happens.
        caller: The caller's number.
        number: The agent's number.
        language: The caller's language.
        prefix: What precedes the application's paths, such as `/TOKEN`.
        variables: The assistant's dynamic variables, or the custom parameters of the call.
        timeout: The most seconds to wait for an answer.
    """

    def __init__(
        self,
        result: CallResult,
        *,
        caller: str,
        number: str,
        language: str,
        prefix: str,
        variables: Mapping[str, Any],
        timeout: float,
    ) -> None:
        self.result = result
        self.caller = caller
        self.number = number
        self.language = language
        self.prefix = prefix
        self.variables = variables
        self.timeout = timeout

    async def run(self, app: ASGIApp, steps: list[Step]) -> None:
        """Call, follow the script, and hang up."""
        raise NotImplementedError
