"""The state that one client learns about its hosts, for all its threads and tasks."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from langchain_telnyx.client.call import Call, Host
from langchain_telnyx.client.config import Config, storage_root
from langchain_telnyx.client.error_mapping import bucket_region
from langchain_telnyx.client.errors import APIStatusError, RateLimitError, TelnyxError
from langchain_telnyx.client.limiter import Limiter
from langchain_telnyx.client.retry_budget import RetryBudget, RetryState, retry_budget

T = TypeVar("T")

_SERVICE_UNAVAILABLE = 503


class StorageState:
    """Regions of buckets, their rate limits, and operations that a storage host does not have.

    Args:
        clock: Returns seconds.

    Attributes:
        clock: Returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._regions: dict[str, str] = {}
        self._limiters: dict[tuple[str, str], Limiter] = {}
        self._without_delete_objects: set[str] = set()
        self._retries: dict[tuple[Host, str | None], RetryBudget] = {}

    def with_known_region(self, call: Call[T]) -> Call[T]:
        """Return a call with the region of its bucket, if it is known."""
        if not self._regions or call.host != "storage":
            return call
        region = self._regions.get(bucket_of(call))
        return call if region is None else replace(call, region=region)

    def limiter(self, call: Call[Any], config: Config) -> Limiter | None:
        """Return the rate limit of a call's bucket at its host; the API's hosts have none."""
        if call.host != "storage":
            return None
        which = (storage_root(config, call.region), bucket_of(call))
        found = self._limiters.get(which)
        return self._limiters.setdefault(which, Limiter()) if found is None else found

    def retries(self, call: Call[Any], config: Config) -> RetryBudget:
        """Return the retry budget of a call's host, shared by clients with equal configurations."""
        which = (call.host, call.region)
        found = self._retries.get(which)
        if found is None:
            root = config.base_url if call.host == "api" else storage_root(config, call.region)
            parts = urlsplit(root)
            origin = f"{parts.scheme}://{parts.netloc}"
            found = self._retries[which] = retry_budget(config, origin, config.retry_budget)
        return found

    def retry_states(self) -> dict[str, RetryState]:
        """Return the retry budget of each host that was called."""
        states = [budget.state for budget in list(self._retries.values())]
        return {state.host: state for state in states}

    def note_region(self, error: TelnyxError, call: Call[Any], config: Config) -> bool:
        """Store the region of a bucket from an error; return whether the call may be sent there.

        Only the region's name is read from the response, never a URL: the key must not be sent to a
        host that a server chooses.

        Args:
            error: The error.
            call: The failed call, with its region.
            config: How to reach the storage.
        """
        if call.host != "storage" or not isinstance(error, APIStatusError):
            return False
        region = bucket_region(error.response, error.code)
        bucket = bucket_of(call)
        if region is None or not bucket:
            return False
        if storage_root(config, region) == storage_root(config, call.region):
            return False
        self._regions[bucket] = region
        # A bucket is not created in another region than requested.
        return not (call.method == "PUT" and call.path.count("/") == 1)

    def may_have_delete_objects(self, config: Config) -> bool:
        """Whether the storage may have DeleteObjects; false once it turned out not to."""
        return config.storage_url not in self._without_delete_objects

    def note_missing_delete_objects(self, config: Config) -> None:
        """Note that the storage does not have DeleteObjects."""
        self._without_delete_objects.add(config.storage_url)


def bucket_of(call: Call[Any]) -> str:
    """Return the bucket of a storage call; empty if it has none."""
    return unquote(call.path.removeprefix("/").partition("/")[0])


def is_rate_refusal(error: TelnyxError) -> bool:
    """Whether a bucket refused a request because of its rate."""
    if isinstance(error, RateLimitError):
        return error.is_retryable
    return isinstance(error, APIStatusError) and error.status_code == _SERVICE_UNAVAILABLE


def may_be_down(error: TelnyxError) -> bool:
    """Whether a refusal may mean that the server is down, rather than busy."""
    return not isinstance(error, RateLimitError) and getattr(error, "code", None) != "SlowDown"
