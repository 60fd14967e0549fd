"""The errors of the S3 API: a code, a status, a message, and their XML."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

from starlette.responses import Response

STATUS: Mapping[str, int] = {
    "AccessDenied": 403,
    "AuthorizationHeaderMalformed": 400,
    "BadDigest": 400,
    "BucketAlreadyExists": 409,
    "BucketAlreadyOwnedByYou": 409,
    "BucketNotEmpty": 409,
    "EntityTooLarge": 400,
    "EntityTooSmall": 400,
    "IllegalLocationConstraintException": 400,
    "IncompleteBody": 400,
    "InternalError": 500,
    "InvalidAccessKeyId": 403,
    "InvalidArgument": 400,
    "InvalidBucketName": 400,
    "InvalidDigest": 400,
    "InvalidLocationConstraint": 400,
    "InvalidPart": 400,
    "InvalidPartOrder": 400,
    "InvalidRange": 416,
    "InvalidRequest": 400,
    "KeyTooLongError": 400,
    "MalformedXML": 400,
    "MethodNotAllowed": 405,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NoSuchUpload": 404,
    "NotImplemented": 501,
    "PermanentRedirect": 301,
    "RequestTimeout": 400,
    "ServiceUnavailable": 503,
    "SlowDown": 503,
}
_FAULTS: Mapping[int, str] = {
    400: "InvalidRequest",
    401: "AccessDenied",
    403: "AccessDenied",
    404: "NoSuchKey",
    429: "SlowDown",
    503: "ServiceUnavailable",
}


class S3Error(Exception):
    """An error response of the S3 API.

    Args:
        code: One of S3's error codes, e.g. `NoSuchKey`.
        message: The description.
        status: The HTTP status, if it is not the code's default.
        headers: Further response headers.
        fields: Further elements of the XML.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status if status is not None else STATUS[code]
        self.headers = dict(headers or {})
        self.fields = dict(fields or {})

    def response(self, resource: str) -> Response:
        """Return the error as an XML response; the server drops the body for HEAD."""
        fields = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in self.fields.items())
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{escape(self.message)}</Message>"
            f"<Resource>{escape(resource)}</Resource>{fields}</Error>"
        )
        return Response(body, self.status, self.headers, "application/xml")


def scripted(status: int) -> S3Error:
    """Return the S3 error for a scripted fault with this status."""
    return S3Error(_FAULTS.get(status, "InternalError"), "Scripted by a test.", status=status)
