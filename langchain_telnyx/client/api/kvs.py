"""Edge key-value storage: namespaces of small values that may expire.

API page: https://developers.telnyx.com/docs/edge-compute/kv/api-reference
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from langchain_telnyx.client.call import Call, Flow, Page, Paging, Reply, path, query
from langchain_telnyx.client.decode import (
    Model,
    check_empty,
    data,
    json_object,
    read_field,
    read_rows,
)
from langchain_telnyx.client.endpoint import M, Resource, endpoint, paged
from langchain_telnyx.client.error_details import request_id
from langchain_telnyx.client.paging import numbered_pages
from langchain_telnyx.client.waiting import wait_until_done


class KVNamespace(Model):
    """A namespace of keys.

    Attributes:
        id: Its id, which all calls use.
        name: Its name.
        status: `pending`, `provision_ok` (usable), `provision_failed`, `deleting`, `delete_failed`.
        created_at: When it was created.
        updated_at: When it was last changed.
    """

    id: str
    name: str | None = None
    status: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class KVKey(Model):
    """A key, without its value.

    Attributes:
        key: Its name.
        size_bytes: The length of its value.
        updated_at: When that was written.
    """

    key: str
    size_bytes: int | None = None
    updated_at: datetime | None = None


class _ListMeta(Model):
    cursor: str | None = None
    has_more: bool | None = None


class KVs(Resource[M]):
    """`telnyx.kvs`: key-value namespaces, and the keys in them."""

    @paged
    def list(self, *, page_size: int | None = None) -> Paging[KVNamespace]:
        """List the namespaces.

        Operation: `ListKvNamespaces`.

        Args:
            page_size: Namespaces per request, 250 at most.
        """
        return numbered_pages("/storage/kvs", KVNamespace, page_size=page_size)

    @endpoint
    def create(self, name: str) -> Call[KVNamespace]:
        """Create a namespace; it is usable once its status is `provision_ok`, see `wait`.

        Operation: `CreateKvNamespace`.

        Args:
            name: Lower-case letters, digits and hyphens.

        Raises:
            ConflictError: The name is taken.
        """
        return Call("POST", "/storage/kvs", data(KVNamespace), json={"name": name})

    @endpoint
    def get(self, namespace_id: str) -> Call[KVNamespace]:
        """Fetch a namespace.

        Operation: `GetKvNamespace`.

        Args:
            namespace_id: Its id.
        """
        return _get(namespace_id)

    @endpoint
    def wait(
        self,
        namespace_id: str,
        *,
        timeout: float | None = 600.0,
        on_progress: Callable[[KVNamespace], None] | None = None,
    ) -> Flow[KVNamespace]:
        """Wait until a namespace is usable.

        Args:
            namespace_id: Its id.
            timeout: Seconds to wait at most; `None` waits for ever.
            on_progress: Called with the result of every poll.

        Raises:
            TaskError: It could not be created, or is being deleted.
            TaskTimeoutError: It was not usable in time.
        """
        return wait_until_done(
            lambda: _get(namespace_id),
            what="KV namespace",
            id=namespace_id,
            status=lambda namespace: namespace.status,
            succeeded={"provision_ok"},
            failed={"provision_failed", "deleting", "delete_failed"},
            timeout=timeout,
            on_progress=on_progress,
        )

    @endpoint
    def delete(self, namespace_id: str) -> Call[KVNamespace]:
        """Start to delete a namespace and all its keys.

        Operation: `DeleteKvNamespace`.

        Args:
            namespace_id: Its id.

        Raises:
            ConflictError: It is being deleted already.
        """
        return Call("DELETE", path("/storage/kvs/{}", namespace_id), data(KVNamespace))

    @paged
    def list_keys(
        self, namespace_id: str, *, prefix: str | None = None, page_size: int | None = None
    ) -> Paging[KVKey]:
        """List the keys of a namespace, without their values.

        Operation: `ListKvKeys`.

        Args:
            namespace_id: The namespace.
            prefix: The prefix of the keys.
            page_size: Keys per request, 1,000 at most and by default.

        Raises:
            ConflictError: The namespace is not usable yet.
        """

        def page(cursor: str | None) -> Call[Page[KVKey]]:
            fields = query(prefix=prefix, limit=page_size, cursor=cursor)
            return Call("GET", path("/storage/kvs/{}/keys", namespace_id), _keys, query=fields)

        return Paging(page)

    @endpoint
    def put_key(
        self,
        namespace_id: str,
        key: str,
        value: bytes | Path,
        *,
        ttl_secs: int | None = None,
        content_type: str | None = None,
    ) -> Call[None]:
        """Write a value.

        Operation: `PutKvKey`.

        Args:
            namespace_id: The namespace.
            key: 256 characters at most, of `a-z A-Z 0-9 - _ / = .`, not beginning with `_`.
            value: Bytes, or a file of them; 1 MiB at most.
            ttl_secs: Seconds after which it expires; default: never.
            content_type: Its media type, which is returned with it.

        Raises:
            ConflictError: The namespace is not usable yet.
        """
        return Call(
            "PUT",
            _key_path(namespace_id, key),
            check_empty,
            query=query(ttl_secs=ttl_secs),
            body=value,
            headers={"content-type": content_type or "application/octet-stream"},
        )

    @endpoint
    def get_key(self, namespace_id: str, key: str) -> Call[bytes]:
        """Read a value.

        Operation: `GetKvKey`.

        Args:
            namespace_id: The namespace.
            key: The key.

        Raises:
            NotFoundError: The key does not exist or has expired.
            ConflictError: The namespace is not usable yet.
        """
        return Call("GET", _key_path(namespace_id, key), _value, is_content=True)

    @endpoint
    def delete_key(self, namespace_id: str, key: str) -> Call[None]:
        """Delete a key; a missing key is not an error.

        Operation: `DeleteKvKey`.

        Args:
            namespace_id: The namespace.
            key: The key.

        Raises:
            ConflictError: The namespace is not usable yet.
        """
        return Call("DELETE", _key_path(namespace_id, key), check_empty)


def _get(namespace_id: str) -> Call[KVNamespace]:
    return Call("GET", path("/storage/kvs/{}", namespace_id), data(KVNamespace))


def _key_path(namespace_id: str, key: str) -> str:
    # One segment: a slash in a key is part of its name.
    return path("/storage/kvs/{}/keys/{}", namespace_id, key)


def _value(reply: Reply) -> bytes:
    if request_id(reply) is None:
        # Telnyx's responses have a request id; the page of a Wi-Fi portal, or a proxy's error, does
        # not.
        try:
            check_empty(reply)
        except ValueError as error:
            raise ValueError(f"{error} without a request id, so not a stored value") from None
    return reply.content


def _keys(reply: Reply) -> Page[KVKey]:
    body = json_object(reply)
    keys = read_rows(KVKey, body["data"], reply)
    meta = read_field(_ListMeta, body.get("meta"), reply)
    return Page(keys, meta.cursor if meta.has_more is not False else None, keys.unreadable)
