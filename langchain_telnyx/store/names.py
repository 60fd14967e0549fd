"""A store's namespace and key as the name of one key in key-value storage.

The labels of the namespace and the key, joined by slashes, so that the API's listing by prefix
finds all that is below a namespace. The API takes few characters, so others are written as in a
URL, with `=` for `%`: `("users", "+1312"), "a/b"` is `users/=2B1312/a=2Fb`. An empty label is `=`.
"""

from typing import NamedTuple
from urllib.parse import quote, unquote

from langchain_telnyx.client.errors import ValueTooLargeError

LONGEST_NAME = 256

Namespace = tuple[str, ...]


class Address(NamedTuple):
    """Where an item is.

    Attributes:
        namespace: The labels of its namespace.
        key: Its key within that.
    """

    namespace: Namespace
    key: str


def name_of(address: Address) -> str:
    """Return the name under which an item is kept.

    Raises:
        ValueTooLargeError: The name is longer than the API takes.
    """
    name = "/".join(map(_written, (*address.namespace, address.key)))
    if len(name) > LONGEST_NAME:
        raise ValueTooLargeError(
            f"The namespace and key of {address.key!r} in {address.namespace!r} need {len(name)} "
            f"characters, but key-value storage takes {LONGEST_NAME}. Letters, digits, `-`, `_` "
            f"and `.` need one, other ASCII needs three, the rest six or more: shorten the labels."
        )
    return name


def prefix_of(namespace: Namespace) -> str | None:
    """Return what the names of all items at and below a namespace begin with; `None` for all."""
    return "".join(f"{_written(label)}/" for label in namespace) or None


def address_of(name: str) -> Address | None:
    """Return the address that a name stands for; `None` for a name that is not ours."""
    *namespace, key = map(_read, name.split("/"))
    address = Address(tuple(namespace), key)
    written = "/".join(map(_written, (*namespace, key)))
    return address if written == name else None


def _written(label: str) -> str:
    if not label:
        return "="
    # A lone surrogate is no text, but a string of Python's all the same.
    quoted = quote(label, safe="", errors="surrogatepass").replace("~", "%7E")
    if not label.strip("."):
        quoted = quoted.replace(".", "%2E")  # HTTP would resolve it
    if quoted.startswith("_"):
        quoted = f"%5F{quoted[1:]}"  # reserved by the service
    return quoted.replace("%", "=")


def _read(label: str) -> str:
    if label == "=":
        return ""
    return unquote(label.replace("=", "%"), errors="surrogatepass")
