"""How many requests a second are let in, by account and by bucket."""

import threading
import time

from langchain_telnyx.emulator.quirks import Quirks


class _Bucket:
    """A token bucket: it holds the requests of one second, and fills as time goes by."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._most = max(1.0, rate)
        self._tokens = self._most
        self._at = time.monotonic()

    def has_one(self) -> bool:
        """Tell whether a request may be let in now."""
        now = time.monotonic()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return self._tokens >= 1

    def take(self) -> None:
        """Count a request that is let in."""
        self._tokens -= 1


class Rates:
    """The rates of one account; requests that are refused do not count.

    Args:
        quirks: What they are.
    """

    def __init__(self, quirks: Quirks) -> None:
        self._bucket_rate = quirks.bucket_rate
        self._lock = threading.Lock()
        self._account = None if quirks.account_rate is None else _Bucket(quirks.account_rate)
        self._buckets: dict[str, _Bucket] = {}

    def allow(self, bucket: str) -> bool:
        """Tell whether a request may be let in, and count it if so.

        Args:
            bucket: The bucket of the storage that it asks for; empty for none.
        """
        if self._account is None and (self._bucket_rate is None or not bucket):
            return True
        with self._lock:
            concerned = [] if self._account is None else [self._account]
            if self._bucket_rate is not None and bucket:
                concerned.append(self._buckets.setdefault(bucket, _Bucket(self._bucket_rate)))
            if not all(each.has_one() for each in concerned):
                return False
            for each in concerned:
                each.take()
            return True
