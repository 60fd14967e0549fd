"""Tools with which an agent acts on its call over Conversation Relay.

An assistant with a custom LLM has tools of its own for this: see `AssistantToolsMiddleware`.
"""

from langchain_core.tools import BaseTool, ToolException, tool

from langchain_telnyx.serve.context import current_relay_call
from langchain_telnyx.serve.relay.call import RelayCall


@tool("telnyx_end_call")
async def end_call() -> str:
    """Hang up after saying your last words, when the conversation is complete."""
    _call().end()
    return "The call ends after your next words."


@tool("telnyx_play")
async def play(url: str) -> str:
    """Play an audio file to the caller. The address must begin with https://."""
    if not url.startswith("https://"):
        raise ToolException("The address must begin with https://.")
    await _call().play(url)
    return "The file is played."


@tool("telnyx_send_digits")
async def send_digits(digits: str) -> str:
    """Press keys of the phone's keypad: 0-9, *, #; w waits half a second."""
    try:
        await _call().send_digits(digits)
    except ValueError as error:
        raise ToolException(str(error)) from None
    return "The keys are pressed."


@tool("telnyx_set_language")
async def set_language(language: str) -> str:
    """Speak and understand another language from now on, by its code, such as es-ES."""
    await _call().set_language(language)
    return f"The call is in {language} now."


def call_tools() -> list[BaseTool]:
    """Return the tools `telnyx_end_call`, `_play`, `_send_digits` and `_set_language`."""
    tools: list[BaseTool] = [end_call, play, send_digits, set_language]
    for one in tools:
        one.handle_tool_error = True
    return tools


def _call() -> RelayCall:
    call = current_relay_call.get()
    if call is None:
        raise ToolException("No call: this conversation is not on the phone.")
    return call
