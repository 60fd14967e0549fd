"""The state of a rate limiter in Redis, for the processes of several machines."""

import json
from typing import Any

from langchain_telnyx.rate_limiters.ledger import Ledger

# A key of Redis that nobody uses for this long is deleted.
_EXPIRES_SECONDS = 3600


class RedisRateLimitState:
    """The state in one key of Redis, shared by all processes that reach it.

    It has counts only: no API key, no text. The clock is that of Redis. Each command is an
    optimistic transaction: a process that ends in the middle of one leaves nothing behind.

    Args:
        client: A sync client of the library `redis`, such as `redis.Redis.from_url(…)`; never
            closed here.
        key: The key of Redis. Limiters with the same key share the limits.
    """

    is_local = False

    def __init__(self, client: Any, key: str = "langchain-telnyx:rate-limits") -> None:
        self._client = client
        self._key = key

    def apply(self, command: str, arguments: dict[str, Any], /) -> Any:
        """Run a method of the ledger in Redis.

        Args:
            command: The name of the method.
            arguments: Its keyword arguments but `now`.
        """

        def run(pipe: Any) -> Any:
            stored = pipe.get(self._key)
            seconds, microseconds = pipe.time()
            ledger = Ledger() if stored is None else Ledger.of_json(json.loads(stored))
            result = getattr(ledger, command)(seconds + microseconds / 1e6, **arguments)
            pipe.multi()
            pipe.set(self._key, json.dumps(ledger.to_json()), ex=_EXPIRES_SECONDS)
            return result

        return self._client.transaction(run, self._key, value_from_callable=True)

    def __repr__(self) -> str:
        # Not the client: its URL may have a password.
        return f"{type(self).__name__}(key={self._key!r})"
