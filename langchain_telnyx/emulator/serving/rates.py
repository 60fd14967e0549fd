"""Rate limits by account and by bucket."""

import threading
import time
from collections import Counter
from random import Random

from langchain_telnyx.emulator.quirks import Quirks


class _Bucket:
    """A token bucket with the tokens of one second."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._capacity = max(1.0, rate)
        self._tokens = self._capacity
        self._updated_at = time.monotonic()

    def has_token(self) -> bool:
        """Return whether a request is allowed now."""
        now = time.monotonic()
        self._tokens = min(self._capacity, self._tokens + (now - self._updated_at) * self._rate)
        self._updated_at = now
        return self._tokens >= 1

    def take(self) -> None:
        """Use one token."""
        self._tokens -= 1


class _Share:
    """Refuses a share of requests: by method, path and their number, and never two in a row."""

    def __init__(self, share: float, seed: int) -> None:
        # After each refusal one request is allowed, so that more of the others are refused.
        self._chance = share / (1 - share)
        self._seed = seed
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._refused: set[tuple[str, str]] = set()

    def allow(self, method: str, path: str) -> bool:
        """Return whether a request is allowed."""
        if not self._chance:
            return True
        address = (method, path)
        with self._lock:
            self._counts[address] += 1
            if address in self._refused:
                self._refused.remove(address)
                return True
            random = Random(f"{self._seed} {method} {path} {self._counts[address]}")  # noqa: S311 - no secret
            if random.random() >= self._chance:
                return True
            self._refused.add(address)
            return False


class Rates:
    """The rate limits of one account; refused requests do not count.

    Args:
        quirks: The limits, and the share of requests that are refused in any case.
        seed: The same seed refuses the same requests.
    """

    def __init__(self, quirks: Quirks, seed: int) -> None:
        self._share = _Share(quirks.rate_limited_share, seed)
        self._bucket_rate = quirks.bucket_rate
        self._lock = threading.Lock()
        self._account = None if quirks.account_rate is None else _Bucket(quirks.account_rate)
        self._buckets: dict[str, _Bucket] = {}

    def allow(self, bucket: str, method: str, path: str) -> bool:
        """Return whether a request is allowed, and count it if so.

        Args:
            bucket: The bucket of a storage request; empty for others.
            method: The method of the request.
            path: Its path.
        """
        if not self._share.allow(method, path):
            return False
        if self._account is None and (self._bucket_rate is None or not bucket):
            return True
        with self._lock:
            limits = [] if self._account is None else [self._account]
            if self._bucket_rate is not None and bucket:
                limits.append(self._buckets.setdefault(bucket, _Bucket(self._bucket_rate)))
            if not all(limit.has_token() for limit in limits):
                return False
            for limit in limits:
                limit.take()
            return True
