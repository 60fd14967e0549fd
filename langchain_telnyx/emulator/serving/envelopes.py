"""The API's error bodies: the Telnyx envelope, FastAPI's 422, and the unknown embedded bucket.

Notes 1.3 name them shape A, B and C.
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
"""The vendor's error codes, as far as the emulator uses them."""


class ApiError(Exception):
    """A refusal in the Telnyx envelope (shape A).

    Args:
        status: The HTTP status.
        code: The five-digit Telnyx code, a string.
        title: The code's title; `None` takes it from the code table.
        detail: What went wrong, for people.
        headers: Further response headers.
        pointer: JSON pointer to the culprit, sent as `source`.
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
        """Return the refusal as a response."""
        error: dict[str, object] = {
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
        }
        if self.pointer is not None:
            error["source"] = {"pointer": self.pointer}
        return JSONResponse({"errors": [error]}, self.status, self.headers)


class BucketNotFound(Exception):  # noqa: N818 - the vendor's word, and not an error of ours
    """404 for a bucket that does not exist or is not embedded (shape C)."""

    def response(self) -> JSONResponse:
        """Return the refusal as a response."""
        error = {
            "code": "10005",
            "title": TITLES["10005"],
            "detail": "Bucket not found",
        }
        return JSONResponse({"detail": [error]}, 404)


def resource_not_found() -> ApiError:
    """Return the 404 of an unknown route, a wrong method (never 405) or an unknown id."""
    return ApiError(404, "10005", None, "The requested resource or URL could not be found.")


def too_many_requests() -> ApiError:
    """Return the 429 that the vendor documents."""
    return ApiError(429, "10011", None, "You have exceeded the maximum number of allowed requests.")


def unexpected_error() -> ApiError:
    """Return the 500 of a failure that is the emulator's own."""
    return ApiError(500, "10007", None, "An unexpected error occurred.")


def matcher_failed(error: MatcherError) -> ApiError:
    """Return the 500 of a request that a test's own matcher could not be asked about."""
    return ApiError(500, "10007", None, f"The emulator's script failed. {error}")


def install(api: FastAPI) -> None:
    """Teach `api` to answer every failure with the vendor's bodies."""

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
    async def _half_a_character(_: Request, __: UnicodeEncodeError) -> JSONResponse:
        # JSON can say half of a surrogate pair; no database can keep it.
        return ApiError(400, "10023", None, "A string holds half of a character.").response()

    @api.exception_handler(OverflowError)
    async def _too_large(_: Request, __: OverflowError) -> JSONResponse:
        return ApiError(400, "10033", None, "A number is larger than can be kept.").response()

    @api.exception_handler(Exception)
    async def _unexpected(_: Request, __: Exception) -> JSONResponse:
        return unexpected_error().response()

    @api.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        if error.status_code in {404, 405}:
            # A GET on a POST-only path was seen to answer 404, not 405.
            return resource_not_found().response()
        return ApiError(error.status_code, "10015", None, error.detail).response()
