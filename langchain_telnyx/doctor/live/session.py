"""What probes send requests with: recorded, journalled, and removed at the end."""

import contextlib
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import JSON, Call, Host, Reply, object_path, path
from langchain_telnyx.client.errors import APIStatusError, NotFoundError, TelnyxError
from langchain_telnyx.doctor.live.journal import Journal, Resource
from langchain_telnyx.doctor.live.recording import Recorder

PREFIX = "lct-doctor-"
_POLL = 1.0


class Session:
    """Sends the requests of one run.

    Args:
        telnyx: The client.
        journal: The journal of what is created.
        recorder: Records requests and responses.
        wait_timeout: Seconds to wait for embeddings at most.
        poll_interval: Seconds between two polls.
    """

    def __init__(
        self,
        telnyx: Telnyx,
        journal: Journal,
        recorder: Recorder,
        *,
        wait_timeout: float = 300.0,
        poll_interval: float = _POLL,
    ) -> None:
        self.telnyx = telnyx
        self.wait_timeout = wait_timeout
        self._journal = journal
        self._recorder = recorder
        self._poll_interval = poll_interval

    def request(
        self,
        method: str,
        path: str,
        json: JSON | None = None,
        *,
        query: Mapping[str, str] | None = None,
        host: Host = "api",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        region: str | None = None,
    ) -> Reply:
        """Send one request, without a retry, and return the response of whatever status.

        Raises:
            TelnyxError: There is no response.
        """
        call: Call[Reply] = Call(
            method,
            path,
            lambda reply: reply,
            query=tuple((query or {}).items()),
            json=json,
            body=body,
            headers=headers or {},
            host=host,
            region=region,
            max_retries=0,
        )
        try:
            reply = self.telnyx.send(call)
        except APIStatusError as error:
            reply = error.response
        self._recorder.record(call, reply)
        return reply

    def chat(self, model: str, content: Any = "Answer with one word: yes.", **fields: Any) -> Reply:
        """Send a chat completion of one user's turn, or of `messages`."""
        messages = fields.pop("messages", [{"role": "user", "content": content}])
        request = {"model": model, "messages": messages, **fields}
        return self.request("POST", "/ai/openai/chat/completions", request)

    def create_bucket(self) -> str:
        """Create a bucket with a name of this tool's, and return the name.

        Raises:
            TelnyxError: It cannot be created.
        """
        name = f"{PREFIX}{uuid.uuid4().hex[:20]}"
        self._journal.creates(Resource("bucket", name))
        self.telnyx.storage.create_bucket(name)
        return name

    def put(self, bucket: str, key: str, content: bytes | str) -> Reply:
        """Store an object, and return the response."""
        body = content.encode() if isinstance(content, str) else content
        headers = {"content-type": "text/plain"}
        place = object_path(bucket, key)
        return self.request("PUT", place, host="storage", body=body, headers=headers)

    def embed(self, bucket: str) -> str:
        """Start the embedding of a bucket, and return the task's id."""
        reply = self.request("POST", "/ai/embeddings", {"bucket_name": bucket})
        return str(reply.json()["data"]["task_id"])

    def files(self, bucket: str) -> list[JSON]:
        """Return the rows of a bucket's file list; none where it is not embedded."""
        reply = self.request("GET", path("/ai/embeddings/buckets/{}", bucket))
        return list(reply.json()["data"]) if reply.ok else []

    def search(self, bucket: str, query: str, count: int = 3) -> Reply:
        """Search a bucket."""
        request = {"bucket_name": bucket, "query": query, "num_of_docs": count}
        return self.request("POST", "/ai/embeddings/similarity-search", request)

    def wait(self, done: Callable[[], object], seconds: float | None = None) -> float | None:
        """Wait for a condition; return the seconds it took, `None` where it does not come.

        Args:
            done: Returns whether it is there.
            seconds: How long to wait at most, within `wait_timeout`.
        """
        most = self.wait_timeout if seconds is None else min(seconds, self.wait_timeout)
        begin = time.monotonic()
        while not done():
            if time.monotonic() - begin > most:
                return None
            time.sleep(self._poll_interval)
        return time.monotonic() - begin

    def remove(self, resource: Resource) -> TelnyxError | None:
        """Remove a resource; return the error where it is left behind."""
        try:
            _REMOVALS[resource.kind](self.telnyx, resource.name)
        except NotFoundError:
            pass  # it is gone, or was never created
        except TelnyxError as error:
            return error
        self._journal.removed(resource)
        return None


def _remove_bucket(telnyx: Telnyx, name: str) -> None:
    if not name.startswith(PREFIX):
        raise ValueError(f"{name!r} is not a bucket of this tool.")
    with contextlib.suppress(NotFoundError):  # it is not embedded
        telnyx.bucket_embeddings.disable(name)
    telnyx.storage.delete_objects(name, [each.key for each in telnyx.storage.list_objects(name)])
    telnyx.storage.delete_bucket(name)


_REMOVALS: dict[str, Callable[[Telnyx, str], None]] = {"bucket": _remove_bucket}
