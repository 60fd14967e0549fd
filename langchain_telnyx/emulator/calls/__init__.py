"""Calls to an agent without a phone: the emulator plays Telnyx and the caller."""

from langchain_telnyx.emulator.calls.result import CallError, CallResult, CallTurn
from langchain_telnyx.emulator.calls.script import HangUp, Interrupt, Press, Say, Step, Wait

__all__ = [
    "CallError",
    "CallResult",
    "CallTurn",
    "HangUp",
    "Interrupt",
    "Press",
    "Say",
    "Step",
    "Wait",
]
