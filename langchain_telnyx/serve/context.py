"""The context of a run: who calls whom, over which channel, and with which variables.

A graph reads it as `runtime.context`, a tool of LangChain as `current_call()`, and any Runnable in
`config["configurable"]`.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_type_hints

if TYPE_CHECKING:
    from langchain_telnyx.serve.relay.call import RelayCall

Channel: TypeAlias = Literal["phone_call", "web_call", "sms_chat", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """What an agent knows about the conversation that it takes part in.

    Attributes:
        thread_id: The thread of LangGraph: one per call, or per pair of numbers for text messages.
        conversation_id: The conversation's id at Telnyx (None: Telnyx sent none).
        call_control_id: The call's id, for Telnyx's call control (None: no call).
        channel: `phone_call`, `web_call`, `sms_chat` or `unknown`.
        caller: The number of the person, in E.164 form (None: withheld or not sent).
        number: The number of the agent (None: not sent).
        caller_name: The name that the network shows for the caller.
        language: The language of the last words of the caller, such as `en`.
        instructions: The assistant's instructions, where the request has them. An agent with memory
            reads them here; every other one also receives them as a system message.
        variables: Dynamic variables of the assistant, custom parameters of the call.
        tools: The assistant's own tools, in OpenAI's form: Telnyx executes their calls.
    """

    thread_id: str
    conversation_id: str | None = None
    call_control_id: str | None = None
    channel: Channel = "unknown"
    caller: str | None = None
    number: str | None = None
    caller_name: str | None = None
    language: str | None = None
    instructions: str | None = field(default=None, repr=False)
    variables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    tools: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    def configurable(self) -> dict[str, Any]:
        """Return the entries of `config["configurable"]`: `thread_id` and what is not None."""
        numbers = {"caller": self.caller, "number": self.number}
        return self.metadata() | {name: text for name, text in numbers.items() if text is not None}

    def metadata(self) -> dict[str, Any]:
        """Return the metadata of traces: ids and the channel, but no numbers of persons."""
        names = ("thread_id", "conversation_id", "call_control_id", "channel")
        values = {name: getattr(self, name) for name in names}
        return {name: value for name, value in values.items() if value is not None}


current_context: ContextVar[CallContext | None] = ContextVar("telnyx_call_context", default=None)
current_relay_call: ContextVar["RelayCall | None"] = ContextVar("telnyx_call", default=None)


def current_call() -> CallContext:
    """Return the context of the run that executes this code, such as a tool.

    Raises:
        LookupError: The code does not run in an agent that `langchain_telnyx.serve` runs.
    """
    context = current_context.get()
    if context is None:
        raise LookupError("No call: `langchain_telnyx.serve` does not run this agent.")
    return context


def context_for(schema: type | None, context: CallContext) -> Any:
    """Return a call's context in the form of a graph's `context_schema`.

    Args:
        schema: The graph's schema; None or `CallContext` receive the context itself. Of another
            dataclass, TypedDict or pydantic model, the fields are filled that both have, and the
            fields that have the name of a variable.
        context: The context.

    Raises:
        TypeError: The schema has a required field of another name.
    """
    if schema is None or schema is CallContext:
        return context
    names = {one.name for one in fields(schema)} if is_dataclass(schema) else get_type_hints(schema)
    known = {one.name: getattr(context, one.name) for one in fields(context)}
    values = {
        name: value for name, value in {**context.variables, **known}.items() if name in names
    }
    return schema(**values)
