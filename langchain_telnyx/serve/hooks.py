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

import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from langchain_core.messages import BaseMessage

from langchain_telnyx.serve.context import CallContext

_log = logging.getLogger("langchain_telnyx.serve")

Variables: TypeAlias = Mapping[str, Any] | None
StartedHook: TypeAlias = Callable[[CallContext], Variables | Awaitable[Variables]]
EndedHook: TypeAlias = Callable[[CallContext, Sequence[BaseMessage], str], Any]
F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Hooks:
    """Functions that run with every call.

    Attributes:
        started: Called with the context when a call begins. What they return joins the context's
            `variables`.
        ended: Called with the context, the messages, and the reason when a call has ended.
    """

    started: list[StartedHook] = field(default_factory=list)
    ended: list[EndedHook] = field(default_factory=list)

    async def run_started(self, context: CallContext) -> dict[str, Any]:
        """Run the functions of a call's beginning; a failing one is logged."""
        variables: dict[str, Any] = {}
        for hook in self.started:
            try:
                variables |= await _resolve(hook(context)) or {}
            except Exception as error:  # noqa: BLE001 - a hook does not cost the call
                _log_failure(hook, context, error)
        return variables

    async def run_ended(
        self, context: CallContext, messages: Sequence[BaseMessage], reason: str
    ) -> None:
        """Run the functions of a call's end; a failing one is logged."""
        for hook in self.ended:
            try:
                await _resolve(hook(context, messages, reason))
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


async def _resolve(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def _log_failure(hook: Callable[..., Any], context: CallContext, error: Exception) -> None:
    name = getattr(hook, "__name__", type(hook).__name__)
    _log.error("call %s: the hook %s failed", context.thread_id, name, exc_info=error)
