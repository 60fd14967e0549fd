"""Encode the namespace and key of an item as one name in key-value storage.

The name is the labels of the namespace and the key, joined by slashes, so that the API's listing by
prefix finds all items below a namespace. The API allows few characters, so others are escaped as in
a URL, with `=` for `%`: `("users", "+1312"), "a/b"` is `users/=2B1312/a=2Fb`. An empty label is
`=`.
"""

from typing import NamedTuple
from urllib.parse import quote, unquote

from langchain_telnyx.client.errors import ValueTooLargeError

LONGEST_NAME = 256

Namespace = tuple[str, ...]


class Address(NamedTuple):
    """The namespace and key of an item.

    Attributes:
        namespace: The labels of its namespace.
        key: Its key in the namespace.
    """

    namespace: Namespace
    key: str


def name_of(address: Address) -> str:
    """Return the name under which an item is stored.

    Raises:
        ValueTooLargeError: The name is longer than the API allows.
    """
    name = "/".join(map(_escaped, (*address.namespace, address.key)))
    if len(name) > LONGEST_NAME:
        raise ValueTooLargeError(
            f"The namespace and key of {address.key!r} in {address.namespace!r} need {len(name)} "
            f"characters, but key-value storage allows {LONGEST_NAME}. Letters, digits, `-`, `_` "
            f"and `.` need one, other ASCII needs three, the rest six or more: shorten the labels."
        )
    return name


def prefix_of(namespace: Namespace) -> str | None:
    """Return the prefix of the names of items at and below a namespace; `None` for all items."""
    return "".join(f"{_escaped(label)}/" for label in namespace) or None


def address_of(name: str) -> Address | None:
    """Decode a name; return `None` for a name of another program."""
    *namespace, key = map(_unescaped, name.split("/"))
    address = Address(tuple(namespace), key)
    encoded = "/".join(map(_escaped, (*namespace, key)))
    return address if encoded == name else None


def _escaped(label: str) -> str:
    if not label:
        return "="
    # A Python string may contain a lone surrogate, which UTF-8 cannot encode.
    quoted = quote(label, safe="", errors="surrogatepass").replace("~", "%7E")
    if not label.strip("."):
        quoted = quoted.replace(".", "%2E")  # HTTP would resolve it
    if quoted.startswith("_"):
        quoted = f"%5F{quoted[1:]}"  # reserved by the service
    return quoted.replace("%", "=")


def _unescaped(label: str) -> str:
    if label == "=":
        return ""
    return unquote(label.replace("=", "%"), errors="surrogatepass")
