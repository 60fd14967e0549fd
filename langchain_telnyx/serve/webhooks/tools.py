"""`POST /tools/{name}`: the webhook tools of an assistant, executed by LangChain tools.

The response's body is shown to the model, so what a model can correct has status 200.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, ToolException, tool
from pydantic import ValidationError
from pydantic_core import to_jsonable_python
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from langchain_telnyx.serve.admission import Admission, Busy
from langchain_telnyx.serve.bodies import TooLarge, read_body
from langchain_telnyx.serve.settings import Limits

_log = logging.getLogger("langchain_telnyx.serve")


class WebhookTools:
    """Executes tools for an assistant.

    Args:
        tools: The tools, or functions to make tools of.
        limits: The limits of a request.
        admission: Counts concurrent runs.

    Raises:
        ValueError: Two tools have the same name.
    """

    def __init__(
        self,
        tools: Sequence[BaseTool | Callable[..., Any]],
        *,
        limits: Limits,
        admission: Admission,
    ) -> None:
        self._tools: dict[str, BaseTool] = {}
        for each in tools:
            made = each if isinstance(each, BaseTool) else tool(each)
            if made.name in self._tools:
                raise ValueError(f"Two webhook tools have the name {made.name!r}.")
            self._tools[made.name] = made
        self._limits = limits
        self._admission = admission

    async def run(self, request: Request) -> Response:
        """Execute the tool of a request."""
        name = request.path_params["name"]
        found = self._tools.get(name)
        if found is None:
            return _error(f"There is no tool {name[:60]!r}.", 404)
        try:
            arguments = json.loads(await read_body(request, self._limits.body_bytes) or b"{}")
        except TooLarge as error:
            return _error(str(error), 413)
        except (ValueError, RecursionError):
            return _error("The arguments are not JSON.", 400)
        if not isinstance(arguments, dict):
            return _error("The arguments are not a JSON object.", 400)
        try:
            self._admission.enter()
        except Busy as busy:
            return _error(str(busy), busy.status)
        try:
            return await self._run(found, arguments)
        finally:
            self._admission.leave()

    async def _run(self, found: BaseTool, arguments: dict[str, Any]) -> Response:
        try:
            async with asyncio.timeout(self._limits.turn_seconds):
                result = await found.ainvoke(arguments)
        except ValidationError as error:
            return _error(f"Invalid arguments: {_problems(error)}", 200)
        except ToolException as error:
            return _error(str(error), 200)
        except TimeoutError as error:
            _log.error("The tool %s did not end in time", found.name, exc_info=error)
            return _error("The tool did not end in time.", 504)
        except Exception as error:  # noqa: BLE001 - in the log: the error may contain secrets
            _log.error("The tool %s failed", found.name, exc_info=error)
            return _error("The tool failed.", 500)
        if isinstance(result, ToolMessage):
            result = result.content
        if isinstance(result, str):
            return PlainTextResponse(result)
        return JSONResponse(to_jsonable_python(result, fallback=str, inf_nan_mode="null"))


def _problems(error: ValidationError) -> str:
    problems = [
        f"{'.'.join(str(part) for part in one['loc']) or 'arguments'}: {one['msg']}"
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return "; ".join(problems)


def _error(message: str, status: int) -> Response:
    return JSONResponse({"error": message}, status)
