"""Plays Telnyx's side of a call to an agent, without a phone."""

import asyncio
import secrets
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Literal, TypeVar

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.conversations.messages import Message
from langchain_telnyx.emulator.calls.agents import as_application, is_agent
from langchain_telnyx.emulator.calls.asgi import lifespan
from langchain_telnyx.emulator.calls.assistant_phone import AssistantPhone
from langchain_telnyx.emulator.calls.phone import Phone
from langchain_telnyx.emulator.calls.relay_phone import RelayPhone
from langchain_telnyx.emulator.calls.result import CallResult, CallTurn
from langchain_telnyx.emulator.calls.script import Step, steps_of

T = TypeVar("T")

Door = Literal["relay", "assistant"]
_PHONES: Mapping[str, type[Phone]] = {"relay": RelayPhone, "assistant": AssistantPhone}


async def call(
    account: Account,
    app: Any,
    script: Sequence[str | Step],
    *,
    door: Door,
    caller: str,
    number: str,
    language: str,
    token: str | None,
    variables: Mapping[str, Any],
    timeout: float,  # noqa: ASYNC109 - per answer
    phone_class: Callable[..., Phone] | None = None,
) -> CallResult:
    """Call an agent, and store the conversation: see `TelnyxEmulator.call`."""
    steps = steps_of(script)
    if door not in _PHONES:
        raise ValueError(f"`door` must be one of {', '.join(_PHONES)}, not {door!r}.")
    if is_agent(app):
        token = secrets.token_urlsafe()
        app = as_application(app, token)
    metadata = {
        "telnyx_conversation_channel": "phone_call",
        "telnyx_agent_target": number,
        "telnyx_end_user_target": caller,
    }
    conversation = account.conversations.records.create("", metadata)
    result = CallResult(conversation.id)
    record = account.calls.begin(
        conversation.created_at, result, door=door, caller=caller, callee=number
    )
    phone = (phone_class or _PHONES[door])(
        result,
        caller=caller,
        number=number,
        language=language,
        prefix="" if token is None else f"/{token}",
        variables=variables,
        timeout=timeout,
    )
    try:
        async with lifespan(app):
            await phone.run(app, steps)
    except Exception as error:
        record.error = str(error) or type(error).__name__
        raise
    finally:
        account.conversations.messages.add(conversation.id, [_message(one) for one in result.turns])
        ended, _ = account.conversations.end(conversation.id)
        record.ended_at = ended.ended_at
    return result


def _message(turn: CallTurn) -> Message:
    if turn.speaker == "agent":
        return Message("assistant", turn.heard)
    return Message("user", turn.text or turn.digits)


def run_in_thread(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end in a loop of its own, also where this thread runs a loop."""
    outcome: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(asyncio.run(make()))
        except BaseException as error:  # noqa: BLE001 - raised in the calling thread
            errors.append(error)

    thread = threading.Thread(target=run, name="telnyx-emulator-call")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return outcome[0]
