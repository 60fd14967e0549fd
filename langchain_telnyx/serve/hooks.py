"""Functions of the user's that run when a call begins and ends.

```python
from langchain_telnyx.serve import on_call_started, on_call_ended


@on_call_started
async def look_up(call):
    return {"customer": await crm.find(call.caller)}


@on_call_ended
def store(call, messages, reason): ...
```
"""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from langchain_core.messages import BaseMessage

from langchain_telnyx.serve.context import CallContext

_log = logging.getLogger("langchain_telnyx.serve")


@dataclass(kw_only=True)
class Initialization:
    """How a call of an assistant begins: the response to `assistant.initialization`.

    Attributes:
        variables: Dynamic variables, for the assistant's instructions and tools.
        memory: Which earlier conversations the assistant remembers: `conversation_query` and
            `insight_query`.
        conversation: Fields of the conversation, such as `metadata`.
    """

    variables: Mapping[str, Any] = field(default_factory=dict)
    memory: Mapping[str, Any] | None = None
    conversation: Mapping[str, Any] | None = None


Variables: TypeAlias = Mapping[str, Any] | Initialization | None
StartedHook: TypeAlias = Callable[[CallContext], Variables | Awaitable[Variables]]
EndedHook: TypeAlias = Callable[[CallContext, Sequence[BaseMessage], str], Any]
F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Hooks:
    """Functions that run with every call.

    Attributes:
        started: Called with the context when a call begins: they return variables, which join the
            context's `variables`, or an `Initialization`. Functions that are not `async` run in a
            thread.
        ended: Called with the context, the messages, and the reason when a call has ended.
    """

    started: list[StartedHook] = field(default_factory=list)
    ended: list[EndedHook] = field(default_factory=list)

    async def run_started(self, context: CallContext) -> dict[str, Any]:
        """Run the functions of a call's beginning; a failing one is logged."""
        found = Initialization()
        await self.run_initialization(context, found)
        return dict(found.variables)

    async def run_initialization(self, context: CallContext, found: Initialization) -> None:
        """Run the functions of a call's beginning, and add what each returns to `found`."""
        for hook in self.started:
            try:
                _add(found, await _call(hook, context))
            except Exception as error:  # noqa: BLE001 - a hook does not cost the call
                _log_failure(hook, context, error)

    async def run_ended(
        self, context: CallContext, messages: Sequence[BaseMessage], reason: str
    ) -> None:
        """Run the functions of a call's end; a failing one is logged."""
        for hook in self.ended:
            try:
                await _call(hook, context, messages, reason)
            except Exception as error:  # noqa: BLE001 - the next hook runs
                _log_failure(hook, context, error)


default_hooks = Hooks()
"""The hooks of the decorators."""


def on_call_started(hook: F) -> F:
    """Run a function when a call begins: see `Hooks.started`."""
    default_hooks.started.append(hook)
    return hook


def on_call_ended(hook: F) -> F:
    """Run a function when a call has ended: see `Hooks.ended`."""
    default_hooks.ended.append(hook)
    return hook


async def _call(hook: Callable[..., Any], *args: Any) -> Any:
    if inspect.iscoroutinefunction(hook):
        return await hook(*args)
    # In a thread: other calls go on while it waits, such as for a database.
    value = await asyncio.to_thread(hook, *args)
    return await value if inspect.isawaitable(value) else value


def _add(found: Initialization, value: Variables) -> None:
    if value is None:
        return
    if isinstance(value, Mapping):
        value = Initialization(variables=value)
    if not isinstance(value, Initialization):
        raise TypeError(
            f"A hook returns variables, an Initialization or None, not {type(value).__name__}."
        )
    found.variables = {**found.variables, **value.variables}
    found.memory = found.memory if value.memory is None else value.memory
    if value.conversation is not None:
        found.conversation = {**(found.conversation or {}), **value.conversation}


def _log_failure(hook: Callable[..., Any], context: CallContext, error: Exception) -> None:
    name = getattr(hook, "__name__", type(hook).__name__)
    _log.error("call %s: the hook %s failed", context.thread_id, name, exc_info=error)
