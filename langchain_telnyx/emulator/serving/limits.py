"""How large a request may be."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class RequestLimits:
    """What one request may bring along; more is refused as a server of the vendor's would.

    Attributes:
        body: Bytes of a body of the API, such as a recording. Beyond: 413.
        json_body: Bytes of a body of JSON. Beyond: 413.
        json_depth: How deep JSON may nest. Beyond: 400.
        json_values: How many objects, lists and fields JSON may have. Beyond: 413.
        object: Bytes of a body of S3. Beyond: 400 `EntityTooLarge`.
        path: Bytes of a path. Beyond: 414.
        parameters: Parameters of a query. Beyond: 400.
        head_seconds: How long a connection may take to send a request's headers. Beyond: it ends.
        idle_seconds: How long a body may pause. Beyond: 408, on S3 400 `RequestTimeout`.
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
