"""Base class of all tools: sync and async calls, paged results, and errors a model can act on."""

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
from langchain_telnyx.tools.failures import error_text
from langchain_telnyx.tools.quoting import ToolResult, render_page

# Number of results to cache for their next pages.
_CACHE_SIZE = 4


class Arguments(BaseModel):
    """Base class of tool arguments."""

    model_config = ConfigDict(extra="forbid")


Offset = Annotated[
    int,
    Field(
        ge=0,
        description="Leave it out in the first call. To read the rest of a result that was cut, "
        "pass the offset that it names.",
    ),
]
"""Index of the first character to return of a long result. Always the last argument of a tool."""


class TelnyxTool(Interruptible[str | dict[str, Any] | ToolCall, Any], Connected, BaseTool):
    """A tool for an agent. The content is for the model, the artifact for the program.

    The content has at most `max_chars` characters. If it is cut, its last line names the offset of
    the next page, which comes from a cache, without another request. Text that other people wrote
    is quoted between marks that it cannot contain. The artifact is the whole result in JSON types.

    Raises:
        ToolException: Telnyx refused the request, or failed. With `handle_tool_error` (default),
            its message becomes the content, and the status is `error`.
        ConfigurationError: The API key is missing. The model cannot correct that.
    """

    model_config = ConfigDict(extra="forbid")  # langchain-core's class resets it

    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"

    handle_tool_error: bool | str | Callable[[ToolException], Any] | None = True

    max_chars: int = Field(default=8000, ge=1500)
    """Maximum number of characters of the content."""

    _not_found_hint: ClassVar[str] = "Check the ids and names."

    _results: dict[tuple[Telnyx, str], ToolResult] = PrivateAttr(default_factory=dict)

    def _run(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        arguments, result = self._prepare(args, kwargs)
        if result is None:
            with self._tool_errors():
                result = self.telnyx.send(self._execute(arguments))
        return self._respond(arguments, result)

    async def _arun(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        arguments, result = self._prepare(args, kwargs)
        if result is None:
            with self._tool_errors():
                result = await self.telnyx.aio.send(self._execute(arguments))
        return self._respond(arguments, result)

    def _execute(self, arguments: Any) -> Flow[ToolResult]:
        """Return the flow that executes the tool."""
        raise NotImplementedError

    def _check(self, arguments: Any) -> None:
        """Raise a `ToolException` for arguments that are not allowed, before any request."""

    def _prepare(
        self, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> tuple[Arguments, ToolResult | None]:
        """Return the validated arguments, and the cached result if they have an offset."""
        schema: Any = self.args_schema
        # A tool that is invoked with a plain string gets it as its first argument.
        first = dict(zip(schema.model_fields, args, strict=False))
        arguments: Arguments = schema.model_validate({**first, **kwargs})
        self._check(arguments)
        cached = self._results.get(self._cache_key(arguments)) if _offset(arguments) else None
        return arguments, cached

    def _respond(self, arguments: Arguments, result: ToolResult) -> tuple[str, dict[str, Any]]:
        """Return the content and the artifact, and cache a result that has more pages."""
        offset = _offset(arguments)
        content = render_page(result, offset=offset, max_chars=self.max_chars, name=self.name)
        if len(result.quoted) > self.max_chars // 2:  # a shorter text fits on one page
            # A new dict, because other threads may be reading the old one.
            key = self._cache_key(arguments)
            others = [each for each in self._results.items() if each[0] != key]
            self._results = dict([*others[1 - _CACHE_SIZE :], (key, result)])
        return content, result.artifact

    def _cache_key(self, arguments: Arguments) -> tuple[Telnyx, str]:
        # Includes the client, because a copy of the tool may have another API key.
        plain = arguments.model_dump(mode="json", exclude={"offset"})
        return self.telnyx, json.dumps(plain, sort_keys=True)

    @contextmanager
    def _tool_errors(self) -> Iterator[None]:
        """Convert errors of the API to `ToolException`."""
        try:
            yield
        except ConfigurationError:
            raise
        except TelnyxError as error:
            raise ToolException(error_text(error, not_found=self._not_found_hint)) from error

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        private = {**(state["__pydantic_private__"] or {}), "_results": {}}
        return {**state, "__pydantic_private__": private}


def _offset(arguments: Arguments) -> int:
    return getattr(arguments, "offset", 0)
