"""The exception for a request that is well typed but cannot be served."""


class Refusal(Exception):  # noqa: N818 - a refusal is not a failure
    """The model refuses a request, by default with 400/10015, the general error of inference.

    Args:
        detail: What is wrong with the request.
        status: The HTTP status.
        code: The Telnyx error code.
    """

    def __init__(self, detail: str, *, status: int = 400, code: str = "10015") -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.code = code
