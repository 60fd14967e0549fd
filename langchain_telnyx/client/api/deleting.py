"""Deletes many objects: in batches of a thousand if the storage supports it, else one by one."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from functools import partial

from langchain_telnyx.client.api.s3_xml import (
    Deletions,
    check_empty_response,
    delete_document,
    deletions,
    fits_xml,
)
from langchain_telnyx.client.api.storage_results import DeletedObjects
from langchain_telnyx.client.call import Call, Flow, object_path, path
from langchain_telnyx.client.config import Config
from langchain_telnyx.client.error_mapping import error_for
from langchain_telnyx.client.errors import APIStatusError, TelnyxError
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.client.storage_state import StorageState

_MOST_KEYS = 1000

_NO_SUCH_OPERATION = {405, 501}
# Statuses that may refer to this request, or mean that the server does not have the operation.
_ONE_BY_ONE = {400, 404, 411, 415} | _NO_SUCH_OPERATION
# Errors of one key after which it is deleted with a separate request, which may be retried.
_WORTH_A_REQUEST = {
    "InternalError",
    "MethodNotAllowed",
    "NotImplemented",
    "OperationAborted",
    "ServiceUnavailable",
    "SlowDown",
}


def checked_keys(keys: Iterable[str]) -> list[str]:
    """Return keys, each once.

    Raises:
        TypeError: `keys` is a string, or one of them is not a string.
        ValueError: One of them is empty, or is not Unicode text.
    """
    if isinstance(keys, str):
        raise TypeError(f"`keys` is the string {keys[:80]!r}: pass a list of keys.")
    checked: dict[str, None] = {}
    for position, key in enumerate(keys):
        if not isinstance(key, str):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers without types
            raise TypeError(f"Key {position} is of type {type(key).__name__}: pass a string.")
        try:
            encoded = key.encode()
        except UnicodeEncodeError:
            encoded = b""
        if not encoded:
            raise ValueError(
                f"Key {position}, {key[:80]!r}, is empty or has half of a surrogate pair: an "
                f"object cannot have it."
            )
        checked[key] = None
    return list(checked)


class ObjectDeletion:
    """The deletion of many objects of one bucket.

    Args:
        bucket: The bucket.
        keys: The objects' keys, each once.
        width: Requests at a time.
        config: How to reach the storage.
        state: The state of the storage.
    """

    def __init__(
        self, bucket: str, keys: Sequence[str], width: int, config: Config, state: StorageState
    ) -> None:
        self._bucket = bucket
        self._keys = keys
        self._width = width
        self._config = config
        self._state = state
        self._deleted: set[str] = set()
        self._errors: dict[str, TelnyxError] = {}

    def run(self) -> Flow[DeletedObjects]:
        """Delete them.

        Raises:
            TelnyxError: The first request failed as a whole, so that nothing was deleted.
        """
        fit = [key for key in self._keys if fits_xml(key)]
        batches = [fit[start : start + _MOST_KEYS] for start in range(0, len(fit), _MOST_KEYS)]
        if batches:
            # The first alone: one error shows that the storage does not have the operation.
            self._note(batches[0], (yield from self._delete_together(batches[0])))
            more = batches[1:]
            responses = yield from concurrently(
                [partial(self._delete_together, batch) for batch in more], width=self._width
            )
            for batch, response in zip(more, responses, strict=True):
                if isinstance(response, TelnyxError):
                    self._errors.update(dict.fromkeys(batch, response))
                else:
                    self._note(batch, response)
        yield from self._delete_rest()
        return DeletedObjects(
            deleted=[key for key in self._keys if key in self._deleted],
            errors={key: self._errors[key] for key in self._keys if key in self._errors},
        )

    def _note(self, batch: Sequence[str], response: Deletions | None) -> None:
        """Record the results of keys; keys that are missing in the response are still to do."""
        if response is None:
            return
        for key in batch:
            error = response.errors.get(key)
            if key in response.deleted or (error is not None and error.code == "NoSuchKey"):
                self._deleted.add(key)
            elif error is not None and error.code not in _WORTH_A_REQUEST:
                # Some servers quote the API key that they receive.
                self._errors[key] = error_for(error.response.redacted())

    def _delete_rest(self) -> Flow[None]:
        """Delete the remaining keys, one by one."""
        settled = self._deleted | self._errors.keys()
        left = [key for key in self._keys if key not in settled]
        results = yield from concurrently(
            [partial(delete_call, self._bucket, key) for key in left], width=self._width
        )
        for key, result in zip(left, results, strict=True):
            if isinstance(result, TelnyxError):
                self._errors[key] = result
            else:
                self._deleted.add(key)

    def _delete_together(self, keys: Sequence[str]) -> Flow[Deletions | None]:
        """Send DeleteObjects; return `None` if the keys must be deleted one by one."""
        if not self._state.may_have_delete_objects(self._config):
            return None
        try:
            response = yield from _delete_objects_call(self._bucket, keys)
        except APIStatusError as error:
            if error.status_code not in _ONE_BY_ONE or error.code == "NoSuchBucket":
                raise
            if error.status_code in _NO_SUCH_OPERATION:
                self._state.note_missing_delete_objects(self._config)
            return None
        if response is None:
            self._state.note_missing_delete_objects(self._config)
        return response


def delete_call(bucket: str, key: str) -> Call[None]:
    """Return the call that deletes one object."""
    return Call("DELETE", object_path(bucket, key, dots=True), check_empty_response, host="storage")


def _delete_objects_call(bucket: str, keys: Sequence[str]) -> Call[Deletions | None]:
    body = delete_document(keys)
    checksum = hashlib.md5(body, usedforsecurity=False).digest()
    return Call(
        "POST",
        path("/{}", bucket),
        deletions,
        query=(("delete", ""),),
        body=body,
        headers={
            "content-type": "application/xml",
            "content-md5": base64.b64encode(checksum).decode(),
        },
        host="storage",
        repeatable=True,
    )
