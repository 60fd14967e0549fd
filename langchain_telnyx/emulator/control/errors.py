"""The errors of the control plane: JSON with `detail`."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from langchain_telnyx.emulator.control import redaction

_QUOTED = re.compile(r"`(\w+)`")


class Refusal(BaseModel):
    """Why a request is refused."""

    detail: str = Field(examples=["The control plane refuses requests of other origins."])


class InvalidField(BaseModel):
    """A field that is missing, unknown or invalid."""

    loc: list[str | int] = Field(
        description="`body`, `query` or `path`, and the field's name", examples=[["body", "status"]]
    )
    msg: str = Field(examples=["Field required"])
    type: str = Field(examples=["missing"])


class InvalidFields(BaseModel):
    """Which fields of a request are invalid."""

    detail: list[InvalidField]


RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"model": Refusal, "description": "The body cannot be read."},
    401: {"model": Refusal, "description": "Another machine needs the account's API key."},
    403: {"model": Refusal, "description": "A page of another origin sent the request."},
    413: {"model": Refusal, "description": "The body is too large."},
    415: {"model": Refusal, "description": "The body is not JSON."},
    421: {"model": Refusal, "description": "The emulator does not accept this `Host`."},
    422: {"model": InvalidFields, "description": "A field is missing, unknown or invalid."},
}
"""The error responses of every operation, for the OpenAPI document."""


class InvalidFieldError(Exception):
    """A field of a request has a value that the emulator does not accept.

    Args:
        message: What is wrong.
        location: Where the field is, such as `("body", "chunks")`.
    """

    def __init__(self, message: str, location: Sequence[str | int]) -> None:
        super().__init__(message)
        self.location = list(location)

    @classmethod
    def of(cls, error: Exception, fields: Iterable[str]) -> "InvalidFieldError":
        """Return the error of a method; its message names a field in backticks."""
        message = str(error)
        known = set(fields)
        named = next((name for name in _QUOTED.findall(message) if name in known), None)
        return cls(message, ["body"] if named is None else ["body", named])


def refusal(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error response."""
    return JSONResponse({"detail": detail}, status, dict(headers or {}))


def from_envelope(response: Response) -> JSONResponse:
    """Return an error of the API's guards in the form of the control plane."""
    [error] = json.loads(bytes(response.body))["errors"]
    return refusal(response.status_code, error["detail"])


def install(app: FastAPI) -> None:
    """Register exception handlers."""

    @app.exception_handler(InvalidFieldError)
    async def _invalid_field(request: Request, error: InvalidFieldError) -> JSONResponse:
        item = {"loc": error.location, "msg": str(error), "type": "value_error"}
        return JSONResponse({"detail": _without_keys([item], request)}, 422)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        detail = [
            {"loc": list(item["loc"]), "msg": item["msg"], "type": item["type"]}
            for item in error.errors()
        ]
        return JSONResponse({"detail": _without_keys(detail, request)}, 422)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 404 and error.detail == "Not Found":  # noqa: PLR2004 - HTTP's
            return refusal(404, _without_keys(_unknown(app, request), request))
        if error.status_code == 405:  # noqa: PLR2004 - HTTP's
            allowed = ", ".join(_methods(app, request.url.path))
            return refusal(405, f"The methods of this path are {allowed}.", {"allow": allowed})
        return refusal(error.status_code, error.detail, error.headers)

    @app.exception_handler(Exception)
    async def _unexpected(_: Request, __: Exception) -> JSONResponse:
        return refusal(500, "An unexpected error occurred; the log of the emulator has it.")


def _without_keys(detail: Any, request: Request) -> Any:
    """Return a detail that may quote what the caller sent."""
    settings = request.scope["account"].settings
    redact = redaction.redactor([settings.api_key, settings.upstream_api_key])
    return redaction.value(detail, "", redact)


def _unknown(app: FastAPI, request: Request) -> str:
    path = request.url.path
    detail = f"The control plane has no {path!r}: see /_emulator/openapi.json."
    for near in difflib.get_close_matches(path, app.openapi()["paths"], n=1, cutoff=0.8):
        detail += f" Did you mean {near!r}?"
    return detail


def _methods(app: FastAPI, path: str) -> list[str]:
    """Return the methods of a path; Starlette's own `Allow` has those of its first route only."""
    return [
        method.upper()
        for template, operations in app.openapi()["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
        for method in operations
    ]
