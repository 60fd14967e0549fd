"""The errors of web search. They have a form of their own: `{"error": {"message", "details"}}`."""

from typing import Any

from starlette.responses import JSONResponse

from langchain_telnyx.emulator.serving.envelopes import ApiError


class SearchError(ApiError):
    """An error of web search.

    Args:
        status: The HTTP status.
        message: What is wrong with the request.
        details: Further fields.
    """

    def __init__(self, status: int, message: str, **details: Any) -> None:
        super().__init__(status, "10015", None, message)
        self._details = details

    def response(self) -> JSONResponse:
        """Return the error as a response."""
        error: dict[str, Any] = {"message": self.detail}
        if self._details:
            error["details"] = self._details
        return JSONResponse({"error": error}, self.status, self.headers)
