"""The one way the model declines a request that is well typed and yet cannot be served."""


class Refusal(Exception):  # noqa: N818 - the model declines; nothing broke
    """A request is declined, by default with the catch-all 400/10015 of inference.

    Args:
        detail: What is wrong with the request, for people.
        status: The HTTP status.
        code: The Telnyx error code.
    """

    def __init__(self, detail: str, *, status: int = 400, code: str = "10015") -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.code = code
