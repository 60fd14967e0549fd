"""Rules for connection options of langchain-openai's classes."""

from langchain_telnyx._shared.migration.rules import (
    Accepted,
    OldNames,
    Refused,
    Renamed,
    blocking,
    own_key,
    seconds,
    telnyx_client,
)

_ORGANIZATION = Refused("Leave it out: Telnyx knows the organization by the key.")
_ONE_CLIENT = Refused(
    "A `Telnyx` blocks and awaits: pass one as `client`, or clients of httpx as `http_client` and "
    "`http_async_client`."
)

CONNECTIONS: OldNames = {
    "api_key": Accepted("A key, or a function that returns it; no `async` function.", blocking),
    "telnyx_api_key": Accepted("", blocking),
    "openai_api_key": Renamed(
        "api_key",
        own_key,
        "telnyx_api_key",
        "A Telnyx key: one that begins with `sk-` is refused, and never sent.",
    ),
    "openai_api_base": Renamed("base_url", None, "telnyx_api_base"),
    "openai_organization": _ORGANIZATION,
    "organization": _ORGANIZATION,
    "openai_proxy": Renamed("proxy"),
    "timeout": Accepted("Seconds; no tuple, and no `httpx.Timeout`.", seconds),
    "request_timeout": Accepted("", seconds),
    "client": Accepted("A `Telnyx`; no client of the openai package.", telnyx_client),
    "async_client": _ONE_CLIENT,
    "root_client": _ONE_CLIENT,
    "root_async_client": _ONE_CLIENT,
}
"""Rules for both classes."""
