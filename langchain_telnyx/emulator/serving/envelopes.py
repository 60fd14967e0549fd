"""The API's error bodies: the Telnyx envelope, FastAPI's 422, and the unknown embedded bucket.

They are called shape A, B and C below.
"""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from langchain_telnyx.emulator.serving.script_matching import MatcherError

TITLES: Mapping[str, str] = {
    "10004": "Missing required parameter",
    "10005": "Resource not found",
    "10006": "Invalid ID",
    "10007": "Unexpected error",
    "10009": "Authentication failed",
    "10010": "Authorization failed",
    "10011": "Too many requests",
    "10012": "Duplicate resource",
    "10015": "Bad Request",
    "10023": "Invalid JSON",
    "10026": "Wrong parameter type",
    "10027": "Unprocessable Entity",
    "10032": "Invalid enumerated value",
    "10033": "Value outside range",
    "10036": "Resource still processing",
    "10037": "Service unavailable",
}
"""The vendor's error codes that the emulator uses."""


class ApiError(Exception):
    """An error in the Telnyx envelope (shape A).

    Args:
        status: The HTTP status.
        code: The five-digit Telnyx code, a string.
        title: The code's title; `None` takes it from `TITLES`.
        detail: What is wrong with the request.
        headers: Further response headers.
        pointer: JSON pointer to the invalid field, sent as `source`.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str | None,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        pointer: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.title = title if title is not None else TITLES.get(code, "Error")
        self.detail = detail
        self.headers = dict(headers or {})
        self.pointer = pointer

    def response(self) -> JSONResponse:
        """Return the error as a response."""
        error: dict[str, object] = {
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
        }
        if self.pointer is not None:
            error["source"] = {"pointer": self.pointer}
        return JSONResponse({"errors": [error]}, self.status, self.headers)


class BucketNotFound(Exception):  # noqa: N818 - the vendor's term
    """404 for a bucket that does not exist or is not embedded (shape C)."""

    def response(self) -> JSONResponse:
        """Return the error as a response."""
        error = {
            "code": "10005",
            "title": TITLES["10005"],
            "detail": "Bucket not found",
        }
        return JSONResponse({"detail": [error]}, 404)


def resource_not_found() -> ApiError:
    """Return the 404 of an unknown route, a wrong method (never 405) or an unknown id."""
    return ApiError(404, "10005", None, "The requested resource or URL could not be found.")


def too_many_requests(headers: Mapping[str, str] | None = None) -> ApiError:
    """Return the 429 that the vendor documents.

    Args:
        headers: Rate limit headers.
    """
    detail = "You have exceeded the maximum number of allowed requests."
    return ApiError(429, "10011", None, detail, headers=headers)


def unexpected_error() -> ApiError:
    """Return the 500 of an internal error of the emulator."""
    return ApiError(500, "10007", None, "An unexpected error occurred.")


def matcher_failed(error: MatcherError) -> ApiError:
    """Return the 500 of a request for which a test's matcher raised."""
    return ApiError(500, "10007", None, f"The emulator's script failed. {error}")


def install(api: FastAPI) -> None:
    """Register exception handlers that return the vendor's error bodies."""

    @api.exception_handler(ApiError)
    async def _api_error(_: Request, error: ApiError) -> JSONResponse:
        return error.response()

    @api.exception_handler(BucketNotFound)
    async def _bucket_not_found(_: Request, error: BucketNotFound) -> JSONResponse:
        return error.response()

    @api.exception_handler(MatcherError)
    async def _matcher_failed(_: Request, error: MatcherError) -> JSONResponse:
        return matcher_failed(error).response()

    @api.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        detail = [{key: item[key] for key in ("loc", "msg", "type")} for item in error.errors()]
        return JSONResponse({"detail": detail}, 422)

    @api.exception_handler(UnicodeEncodeError)
    async def _lone_surrogate(_: Request, __: UnicodeEncodeError) -> JSONResponse:
        # JSON can contain half of a surrogate pair, which no database can store.
        return ApiError(
            400, "10023", None, "A string contains half of a surrogate pair."
        ).response()

    @api.exception_handler(OverflowError)
    async def _too_large(_: Request, __: OverflowError) -> JSONResponse:
        return ApiError(400, "10033", None, "A number is too large to be stored.").response()

    @api.exception_handler(Exception)
    async def _unexpected(_: Request, __: Exception) -> JSONResponse:
        return unexpected_error().response()

    @api.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        if error.status_code in {404, 405}:
            # The observed response to a GET on a POST-only path is 404, not 405.
            return resource_not_found().response()
        return ApiError(error.status_code, "10015", None, error.detail).response()
