"""The XML documents of S3, with checks: the body may also be a proxy's page or an error."""

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.error_mapping import error_for
from langchain_telnyx.client.errors import APIStatusError

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

# Characters that XML 1.0 cannot have, not even as a reference.
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Characters that a parser changes, markup, and control characters.
_AS_REFERENCE = re.compile(r"[\t\n\r&<>\x7f-\x9f\u2028]")
_HTML = re.compile(rb"\s*<(?:!doctype html|html)", re.IGNORECASE)
# The statuses of errors that S3 may return with status 200, once a response has begun.
_STATUS_OF_CODES = {
    "AccessDenied": 403,
    "ExpiredToken": 403,
    "InternalError": 500,
    "InvalidAccessKeyId": 403,
    "MethodNotAllowed": 405,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NotImplemented": 501,
    "OperationAborted": 409,
    "RequestTimeout": 408,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "SlowDown": 503,
    "TooManyRequests": 429,
    "UserSuspended": 403,
}


def document(reply: Reply, name: str) -> ET.Element:
    """Return the root element of an XML response.

    Args:
        reply: The response, of status 200.
        name: The name of the element.

    Raises:
        APIStatusError: It is an `<Error>`; the status follows from its code.
        ValueError: It is something else, such as a proxy's page.
    """
    try:
        root = ET.fromstring(reply.content)  # noqa: S314 - expat itself bounds entity expansion
    except ET.ParseError as error:
        raise ValueError("the body is not XML") from error
    found = local_name(root)
    if found == "Error":
        raise refusal(reply, root)
    if found != name:
        raise ValueError(f"the body is not {name}, but {found[:40]!r}")
    return root


def refusal(reply: Reply, error: ET.Element) -> APIStatusError:
    """Return the error for an `<Error>` element in a response of status 200."""
    code = (_child(error, "Code") or "").strip()
    root = ET.Element("Error")
    for child in error:
        root.append(child)
    status = _STATUS_OF_CODES.get(code, 400)
    # Callers use the code.
    return error_for(replace(reply, status_code=status, content=ET.tostring(root)))


def check_empty_response(reply: Reply) -> None:
    """Check that a response whose body is not used comes from the storage.

    Raises:
        APIStatusError: It is an `<Error>`.
        ValueError: It is an HTML page, or JSON, which the storage does not return.
    """
    if _HTML.match(reply.content):
        raise ValueError("the body is an HTML page")
    if reply.content and "json" in reply.headers.get("content-type", ""):
        raise ValueError("the body is JSON")
    if reply.content.lstrip().startswith(b"<"):
        try:
            root = ET.fromstring(reply.content)  # noqa: S314 - expat itself bounds entity expansion
        except ET.ParseError:
            return
        if local_name(root) == "Error":
            raise refusal(reply, root)


def rows(root: ET.Element, name: str) -> Iterator[dict[str, str]]:
    """Yield the elements of a name, each as a dict of its children's texts."""
    for element in root.iter():
        if local_name(element) == name:
            yield {local_name(child): child.text or "" for child in element}


def local_name(element: ET.Element) -> str:
    """Return an element's name; servers send it with and without the namespace."""
    return element.tag.rpartition("}")[2]


def next_token(root: ET.Element) -> str | None:
    """Return the token of the next page of a listing; `None` on the last.

    Raises:
        ValueError: The listing is truncated, and has no token.
    """
    truncated = root.findtext("{*}IsTruncated")
    token = root.findtext("{*}NextContinuationToken")
    if truncated is not None and truncated.strip().lower() != "true":
        return None
    if truncated is not None and not token:
        raise ValueError("the listing is truncated, and has no NextContinuationToken")
    return token or None


def unquoted(text: str, root: ET.Element) -> str:
    """Return a key of a listing, decoded.

    Percent-encoding is requested, because XML 1.0 cannot have every character of a key; servers may
    ignore that.
    """
    return unquote_plus(text) if root.findtext("{*}EncodingType") == "url" else text


def warn_invalid_row(what: str, row: dict[str, str]) -> None:
    """Warn of an invalid row."""
    shown = {name: value[:80] for name, value in list(row.items())[:8]}
    warnings.warn(f"{what}: {shown}", UserWarning, stacklevel=2)


def fits_xml(key: str) -> bool:
    """Whether an XML document can have a key, and so DeleteObjects."""
    return _NOT_IN_XML.search(key) is None


def delete_document(keys: Sequence[str]) -> bytes:
    """Return the body of DeleteObjects.

    Args:
        keys: Keys that fit XML.
    """
    objects = "".join(f"<Object><Key>{_escaped(key)}</Key></Object>" for key in keys)
    return f'<Delete xmlns="{NAMESPACE}">{objects}<Quiet>false</Quiet></Delete>'.encode()


@dataclass(frozen=True, slots=True)
class Deletions:
    """The content of a response to DeleteObjects.

    Attributes:
        deleted: Deleted keys.
        errors: Key to error.
    """

    deleted: set[str] = field(default_factory=set)
    errors: dict[str, APIStatusError] = field(default_factory=dict)


def deletions(reply: Reply) -> Deletions | None:
    """Read the response to DeleteObjects; `None` if the server does not have the operation.

    Raises:
        APIStatusError: It is an `<Error>`.
    """
    try:
        root = document(reply, "DeleteResult")
    except ValueError:
        return None
    found = Deletions()
    for element in root:
        key = _child(element, "Key")
        if key is None:
            continue
        if local_name(element) == "Deleted":
            found.deleted.add(key)
        elif local_name(element) == "Error":
            found.errors[key] = refusal(reply, element)
    return found


def _child(element: ET.Element, name: str) -> str | None:
    return next((each.text or "" for each in element if local_name(each) == name), None)


def _escaped(text: str) -> str:
    return _AS_REFERENCE.sub(lambda match: f"&#{ord(match[0])};", text)
