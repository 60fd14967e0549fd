"""Limits of the size of a request."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class RequestLimits:
    """The limits of one request; a larger one is refused as by the vendor's servers.

    Attributes:
        body: The most bytes of a body on the API, such as a recording. Beyond: 413.
        json_body: The most bytes of a JSON body. Beyond: 413.
        json_depth: The greatest depth of JSON. Beyond: 400.
        json_values: The most objects, lists and fields of JSON. Beyond: 413.
        object: The most bytes of a body on S3. Beyond: 400 `EntityTooLarge`.
        path: The most bytes of a path. Beyond: 414.
        parameters: The most query parameters. Beyond: 400.
        head_seconds: Seconds in which a connection must send a request's headers. Beyond: it is
            closed.
        idle_seconds: Seconds for which a body may pause. Beyond: 408, on S3 400 `RequestTimeout`.
    """

    body: int = 128 * _MIB
    json_body: int = 64 * _MIB
    json_depth: int = 100
    json_values: int = 2_000_000
    object: int = 5 * 1024 * _MIB
    path: int = 16 * 1024
    parameters: int = 1000
    head_seconds: float = 30.0
    idle_seconds: float = 60.0
