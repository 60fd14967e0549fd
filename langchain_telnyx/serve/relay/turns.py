"""The turns of a call, and the context that its first frame gives."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from langchain_telnyx.serve.context import CallContext
from langchain_telnyx.serve.events import Outcome
from langchain_telnyx.serve.heard import Spoken

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from langchain_telnyx.serve.relay.frames import Setup


class Turn:
    """One answer of the agent: its task, and what was sent to be spoken."""

    def __init__(self, messages: Sequence[BaseMessage], context: CallContext) -> None:
        self.messages = messages
        self.context = context
        self.outcome = Outcome()
        self.spoken: list[Spoken] = []
        self.task: asyncio.Task[None] | None = None

    def note(self, message_id: str | None, text: str) -> None:
        """Note words that are sent."""
        if self.spoken and self.spoken[-1].message_id == message_id:
            self.spoken[-1].text += text
        else:
            self.spoken.append(Spoken(message_id, text))


def context_of(setup: Setup) -> CallContext:
    """Return the context of a call from its first frame."""
    call_id = setup.session_id or setup.call_control_id or str(uuid4())
    return CallContext(
        thread_id=call_id,
        conversation_id=setup.session_id,
        call_control_id=setup.call_control_id,
        channel="phone_call",
        caller=setup.caller if setup.direction != "outbound" else setup.number,
        number=setup.number if setup.direction != "outbound" else setup.caller,
        caller_name=setup.caller_name,
        variables=setup.parameters,
    )
