"""What was learnt of a server's models, remembered for the life of the process."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Literal, TypeAlias

Where: TypeAlias = tuple[str, str]
Dialect: TypeAlias = Literal["json_schema", "guided_json", "function_calling", "json_object"]
"""How a request asks for an answer that fits a JSON schema."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What is known of one model at one base URL.

    Attributes:
        refuses_cap_with_tools: Whether an output cap and function tools exclude each other.
        refuses_stream_options: Whether `stream_options` is refused.
        dialect: How to ask for an answer that fits a JSON schema.
        proven: The dialect in which such an answer has come.
        refuses_empty_turns: Whether an assistant's turn without text and calls is refused.
        wants_reasoning: Whether turns that call tools are refused without their reasoning.
        gives_base64: Whether vectors come as base64 when asked for so; `None` until it is known.
    """

    refuses_cap_with_tools: bool = False
    refuses_stream_options: bool = False
    dialect: Dialect = "json_schema"
    proven: Dialect | None = None
    refuses_empty_turns: bool = False
    wants_reasoning: bool = False
    gives_base64: bool | None = None


NOTHING_KNOWN = Capabilities()


class CapabilityCache:
    """What was learnt of every model, by base URL and name; safe to use from many threads.

    Args:
        size: How many models to remember; the one learnt of longest ago is forgotten first.
    """

    def __init__(self, size: int = 1024) -> None:
        self._size = size
        self._known: OrderedDict[Where, Capabilities] = OrderedDict()
        self._lock = Lock()

    def of(self, where: Where) -> Capabilities:
        """Return what is known of a model."""
        return self._known.get(where, NOTHING_KNOWN)

    def learn(self, where: Where, **found: Any) -> None:
        """Remember what was found out about a model, beside what is known already."""
        with self._lock:
            self._known[where] = replace(self.of(where), **found)
            self._known.move_to_end(where)
            while len(self._known) > self._size:
                self._known.popitem(last=False)

    def forget(self, base_url: str | None = None) -> None:
        """Forget the models of one base URL, or all."""
        with self._lock:
            for where in [*self._known]:
                if base_url in {None, where[0]}:
                    del self._known[where]


MEMORY = CapabilityCache()
