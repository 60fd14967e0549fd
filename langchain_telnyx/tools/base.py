"""What all tools are: one flow for both faces, a bounded answer, and errors a model can act on."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, ClassVar, Literal

from langchain_core.messages import ToolCall
from langchain_core.tools import BaseTool, ToolException
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from langchain_telnyx._shared.connect import Connected
from langchain_telnyx._shared.interruptible_batches import Interruptible
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import ConfigurationError, TelnyxError
from langchain_telnyx.tools.failures import explained
from langchain_telnyx.tools.quoting import Found, page

# Results whose next page may still be asked for.
_KEPT = 4


class Arguments(BaseModel):
    """What a model may give to a tool."""

    model_config = ConfigDict(extra="forbid")


Offset = Annotated[
    int,
    Field(
        ge=0,
        description="Leave it out at first. To go on with a result that was cut, give the offset "
        "that it names.",
    ),
]
"""Where in a long result to begin; the last of a tool's arguments, as it is the least."""


class TelnyxTool(Interruptible[str | dict[str, Any] | ToolCall, Any], Connected, BaseTool):
    """A tool of an agent. Its content is for the model, its artifact for the program.

    The content is bounded by `max_chars`; where it was cut, it says how to get the rest, which is
    then taken from what was found already and costs nothing. What others wrote stands between
    marks that it cannot forge. The artifact has everything, as JSON has it.

    Raises:
        ToolException: Telnyx refused or failed; with `handle_tool_error`, as it is by default, the
            message is the content, and the status `error`.
        ConfigurationError: There is no key, which no model can mend.
    """

    model_config = ConfigDict(extra="forbid")  # which langchain-core's class would undo

    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"

    handle_tool_error: bool | str | Callable[[ToolException], Any] | None = True

    max_chars: int = Field(default=8000, ge=1500)
    """Characters of the content at most."""

    _missing: ClassVar[str] = "Check the ids and names."

    _kept: dict[tuple[Telnyx, str], Found] = PrivateAttr(default_factory=dict)

    def _run(self, *given: Any, **arguments: Any) -> tuple[str, dict[str, Any]]:
        asked, found = self._recall(given, arguments)
        if found is None:
            with self._explaining():
                found = self.telnyx.send(self._find(asked))
        return self._tell(asked, found)

    async def _arun(self, *given: Any, **arguments: Any) -> tuple[str, dict[str, Any]]:
        asked, found = self._recall(given, arguments)
        if found is None:
            with self._explaining():
                found = await self.telnyx.aio.send(self._find(asked))
        return self._tell(asked, found)

    def _find(self, asked: Any) -> Flow[Found]:
        """Return the flow that does what was asked."""
        raise NotImplementedError

    def _check(self, asked: Any) -> None:
        """Refuse what may not be asked, before anything is looked up."""

    def _recall(
        self, given: Sequence[Any], arguments: dict[str, Any]
    ) -> tuple[Arguments, Found | None]:
        """Return the arguments, and what was found where this asks for the next page of it."""
        schema: Any = self.args_schema
        # A tool that is invoked with a mere string gets it as its first argument.
        first = dict(zip(schema.model_fields, given, strict=False))
        asked: Arguments = schema.model_validate({**first, **arguments})
        self._check(asked)
        return asked, self._kept.get(self._known_as(asked)) if _offset(asked) else None

    def _tell(self, asked: Arguments, found: Found) -> tuple[str, dict[str, Any]]:
        offset = _offset(asked)
        content = page(found, offset=offset, max_chars=self.max_chars, name=self.name)
        if len(found.material) > self.max_chars // 2:  # or else it was certainly told whole
            # Replaced as a whole, since other threads may be reading it.
            known_as = self._known_as(asked)
            others = [each for each in self._kept.items() if each[0] != known_as]
            self._kept = dict([*others[1 - _KEPT :], (known_as, found)])
        return content, found.artifact

    def _known_as(self, asked: Arguments) -> tuple[Telnyx, str]:
        # With the client, as a copy of the tool may have been given another key.
        plain = asked.model_dump(mode="json", exclude={"offset"})
        return self.telnyx, json.dumps(plain, sort_keys=True)

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except ConfigurationError:
            raise
        except TelnyxError as error:
            raise ToolException(explained(error, missing=self._missing)) from error

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        private = {**(state["__pydantic_private__"] or {}), "_kept": {}}
        return {**state, "__pydantic_private__": private}


def _offset(asked: Arguments) -> int:
    return getattr(asked, "offset", 0)
