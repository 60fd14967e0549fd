"""What probes send requests with: scrubbed and recorded, retried, journalled and removed."""

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import JSON, Call, Host, Reply, object_path, path
from langchain_telnyx.client.errors import APIStatusError, NotFoundError, TelnyxError
from langchain_telnyx.client.multipart import Multipart
from langchain_telnyx.doctor.live import removal
from langchain_telnyx.doctor.live.journal import Journal, Resource
from langchain_telnyx.doctor.live.recording import Recorder
from langchain_telnyx.doctor.live.scrubbing import scrubbed_call, scrubbed_reply

PREFIX = removal.PREFIX
_POLL = 1.0
_REFUSED = {"api": (429,), "storage": (429, 503)}
_MOST_ATTEMPTS = 8
_LONGEST_DELAY = 8.0
# A condition is checked this often at least, however slow the requests are.
_LEAST_CHECKS = 10


class Session:
    """Sends the requests of one run.

    Args:
        telnyx: The client.
        journal: The journal of what is created.
        recorder: Records requests and responses; `None` for no recording.
        wait_timeout: Seconds to wait at most for what must come, such as the end of a task.
        poll_interval: Seconds between two polls, and before the first retry.
        patience: Seconds to wait for what may never come, such as an embedding without a POST.
        soon: Seconds up to which a delay does not count.
    """

    def __init__(
        self,
        telnyx: Telnyx,
        journal: Journal,
        recorder: Recorder | None,
        *,
        wait_timeout: float = 300.0,
        poll_interval: float = _POLL,
        patience: float = 120.0,
        soon: float = 5.0,
    ) -> None:
        self.telnyx = telnyx
        self.patience = min(patience, wait_timeout)
        self.soon = soon
        self.attempts = 0
        """The number of requests, including retries."""
        self.refused = 0
        """How many of them were refused as too many."""
        self.rate_headers: dict[str, str] = {}
        """The latest value of each rate-limit header."""
        self._wait_timeout = wait_timeout
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
        body: bytes | Multipart | None = None,
        headers: Mapping[str, str] | None = None,
        region: str | None = None,
    ) -> Reply:
        """Send a request, and return the response of whatever status.

        It is sent again while the service refuses it as one too many.

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
        attempt = 1
        while (reply := self._send(call)).status_code in _REFUSED[host]:
            self.refused += 1
            if attempt == _MOST_ATTEMPTS:
                break
            self.pause(min(self._poll_interval * 2**attempt, _LONGEST_DELAY))
            attempt += 1
        if self._recorder is not None:
            self._recorder.record(scrubbed_call(call), scrubbed_reply(reply))
        return reply.redacted()  # evidence quotes it

    def _send(self, call: Call[Reply]) -> Reply:
        self.attempts += 1
        try:
            reply = self.telnyx.send(call)
        except APIStatusError as error:
            reply = error.response
        for name, value in reply.headers.items():
            if name.lower().startswith("x-ratelimit-"):
                self.rate_headers[name.lower()] = value
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
        name = self.journal_new("bucket")
        self.telnyx.storage.create_bucket(name)
        return name

    def journal_new(self, kind: str) -> str:
        """Return a new name of this tool's for a resource, after it is in the journal.

        Args:
            kind: The kind of the resource.
        """
        name = f"{PREFIX}{uuid.uuid4().hex[:20]}"
        self._journal.creates(Resource(kind, name))
        return name

    def put(self, bucket: str, key: str, content: bytes | str) -> Reply:
        """Store an object, and return the response."""
        body = content.encode() if isinstance(content, str) else content
        headers = {"content-type": "text/plain"}
        place = object_path(bucket, key)
        return self.request("PUT", place, host="storage", body=body, headers=headers)

    def embed(self, bucket: str, **fields: Any) -> JSON:
        """Start the embedding of a bucket, and return the task."""
        reply = self.request("POST", "/ai/embeddings", {"bucket_name": bucket, **fields})
        task: JSON = reply.json()["data"]
        return task

    def files(self, bucket: str) -> list[JSON]:
        """Return the rows of a bucket's file list; none if it is not embedded."""
        reply = self.request("GET", path("/ai/embeddings/buckets/{}", bucket))
        return [row for row in reply.json()["data"] if isinstance(row, dict)] if reply.ok else []

    def search(self, bucket: str, query: str, count: int = 3) -> Reply:
        """Search a bucket."""
        request = {"bucket_name": bucket, "query": query, "num_of_docs": count}
        return self.request("POST", "/ai/embeddings/similarity-search", request)

    def wait(self, done: Callable[[], object], seconds: float | None = None) -> float | None:
        """Wait for a condition; return the seconds it took, `None` if it does not come.

        Args:
            done: Returns whether it is there.
            seconds: How long to wait at most; default: the wait timeout.
        """
        most = self._wait_timeout if seconds is None else seconds
        begin = time.monotonic()
        checks = 0
        while not done():
            checks += 1
            if time.monotonic() - begin > most and checks >= _LEAST_CHECKS:
                return None
            time.sleep(self._poll_interval)
        return time.monotonic() - begin

    def pause(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def remove(self, resource: Resource) -> TelnyxError | None:
        """Remove a resource; return the error if it is left behind."""
        try:
            removal.remove(self.telnyx, resource)
        except NotFoundError:
            pass  # it is gone, or was never created
        except TelnyxError as error:
            return error
        self._journal.removed(resource)
        return None
