"""Removes what probes create: buckets, conversations and insight templates, each by its name."""

import contextlib
from collections.abc import Callable, Iterator

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import JSON, Call, Query, path
from langchain_telnyx.client.errors import NotFoundError, TelnyxError
from langchain_telnyx.doctor.live.journal import Resource

PREFIX = "lct-doctor-"
"""The beginning of the name of everything that the probes create."""
_CONVERSATIONS = "/ai/conversations"
_INSIGHTS = "/ai/conversations/insights"


def remove(telnyx: Telnyx, resource: Resource) -> None:
    """Remove a resource; one that does not exist is not an error.

    Raises:
        TelnyxError: It cannot be removed.
        ValueError: Its name is not one of this tool's.
    """
    if not resource.name.startswith(PREFIX):
        raise ValueError(f"{resource.name!r} is not a name of this tool.")
    _REMOVALS[resource.kind](telnyx, resource.name)


def find(telnyx: Telnyx) -> Iterator[Resource]:
    """Yield the resources of the account that have a name of this tool's.

    A kind that cannot be listed is left out, such as buckets at a server without a storage.
    """
    for kind, names in (
        ("bucket", _bucket_names),
        ("conversation", _conversation_names),
        ("insight", _insight_names),
    ):
        with contextlib.suppress(NotFoundError):
            yield from (Resource(kind, name) for name in names(telnyx) if name.startswith(PREFIX))


def _remove_bucket(telnyx: Telnyx, name: str) -> None:
    with contextlib.suppress(NotFoundError):  # it is not embedded
        telnyx.bucket_embeddings.disable(name)
    telnyx.storage.delete_objects(name, [each.key for each in telnyx.storage.list_objects(name)])
    telnyx.storage.delete_bucket(name)


def _remove_conversation(telnyx: Telnyx, name: str) -> None:
    for row in _conversations(telnyx, f"eq.{name}"):
        # A server that ignores the filter returns all conversations.
        if row.get("name") == name and isinstance(row.get("id"), str):
            _delete(telnyx, path(f"{_CONVERSATIONS}/{{}}", row["id"]))


def _remove_insight(telnyx: Telnyx, name: str) -> None:
    for insight in list(telnyx.insights.list()):
        if insight.name == name:
            _delete(telnyx, path(f"{_INSIGHTS}/{{}}", insight.id))


def _bucket_names(telnyx: Telnyx) -> Iterator[str]:
    return (bucket.name for bucket in telnyx.storage.list_buckets())


def _conversation_names(telnyx: Telnyx) -> Iterator[str]:
    return (str(row.get("name")) for row in _conversations(telnyx, f"like.{PREFIX}%"))


def _insight_names(telnyx: Telnyx) -> Iterator[str]:
    return (insight.name or "" for insight in telnyx.insights.list())


def _conversations(telnyx: Telnyx, name: str) -> list[JSON]:
    query: Query = (("name", name), ("limit", "100"), ("order", "created_at.desc"))
    call: Call[list[JSON]] = Call(
        "GET", _CONVERSATIONS, lambda reply: list(reply.json()["data"]), query=query
    )
    try:
        return [row for row in telnyx.send(call) if isinstance(row, dict)]
    except (ValueError, LookupError, TypeError) as error:
        raise TelnyxError(f"The list of conversations has another form: {error}") from error


def _delete(telnyx: Telnyx, address: str) -> None:
    with contextlib.suppress(NotFoundError):
        telnyx.send(Call("DELETE", address, lambda _: None))


_REMOVALS: dict[str, Callable[[Telnyx, str], None]] = {
    "bucket": _remove_bucket,
    "conversation": _remove_conversation,
    "insight": _remove_insight,
}
