"""Prints the answers of a conversation while they stream."""

from contextlib import aclosing

from langchain_telnyx.cli.chat.session import Session
from langchain_telnyx.cli.console import print_json, print_status
from langchain_telnyx.cli.failures import FAILURE, SUCCESS


async def print_answer(session: Session, question: str, *, as_json: bool = False) -> int:
    """Print an answer while it streams, and return the exit status.

    Args:
        session: The conversation.
        question: The user's message.
        as_json: Whether to print each part as a line of JSON.
    """
    answer, printed = "", False
    try:
        async with aclosing(session.ask(question)) as parts:
            async for part in parts:
                if part["type"] == "answer":
                    answer = part["text"]
                if as_json:
                    print_json(part)
                elif part["type"] == "text":
                    print(part["text"], end="", flush=True)
                    printed = True
                elif part["type"] == "tool_call":
                    print_status(f"{part['name']} {part['arguments']}")
    finally:
        if printed:
            print(flush=True)
    if not answer.strip():
        print_status("The model returned no text: try another model.")
        return FAILURE
    return SUCCESS
