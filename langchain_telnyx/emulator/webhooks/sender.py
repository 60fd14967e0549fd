"""Sending webhooks: a thread of its own, three attempts each, to where the emulator may go.

The vendor's documents have three attempts, two seconds for an answer, and any 2xx for success.
They do not say how long it waits in between; here that is short.
"""

import logging
import threading
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from urllib.error import HTTPError

from langchain_telnyx.emulator.reading.fetching import opener
from langchain_telnyx.emulator.webhooks.signing import Signer

logger = logging.getLogger(__name__)

Receiver = Callable[[bytes, Mapping[str, str]], int | None]
"""Takes a body and headers; returns an HTTP status, `None` for 200."""

_ATTEMPTS = 3
_PATIENCE = 2.0
_PAUSES = (0.1, 0.4)
_REMEMBERED = 1000
_OUT_OF_REACH = (
    "not sent: the emulator posts to loopback addresses, to receivers that were registered, and to "
    "hosts named by `webhook_hosts`"
)


@dataclass
class Delivery:
    """A webhook, and how its delivery went.

    Attributes:
        url: Where it went, or would have gone.
        body: What was sent.
        headers: The headers of the last attempt.
        answers: What came of each attempt: a status, or why there is none.
    """

    url: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    answers: list[int | str] = field(default_factory=list)

    @property
    def delivered(self) -> bool:
        """Whether it was taken."""
        return bool(self.answers) and _is_success(self.answers[-1])


class Sender:
    """Sends webhooks one after the other, in the background.

    Args:
        signer: Signs them.
        allowed: Tells whether the emulator may post to an address.
    """

    def __init__(self, signer: Signer, allowed: Callable[[str], bool]) -> None:
        self._signer = signer
        self._allowed = allowed
        self._receivers: dict[str, Receiver] = {}
        self._waiting = deque[Delivery]()
        self._done = deque[Delivery](maxlen=_REMEMBERED)
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def public_key(self) -> str:
        """The key to verify them by."""
        return self._signer.public_key

    def register(self, url: str, receiver: Receiver) -> None:
        """Have a function of this process receive what goes to an address."""
        self._receivers[url] = receiver

    def send(self, url: str, body: bytes) -> None:
        """Have a webhook sent."""
        with self._changed:
            self._waiting.append(Delivery(url, body))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="telnyx-emulator-webhooks", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def next(self, timeout: float) -> Delivery:
        """Return the next webhook that was delivered or given up, and has not been asked for yet.

        Raises:
            TimeoutError: There was none in time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._done, timeout):
                raise TimeoutError(f"No webhook was sent within {timeout:g} s.")
            return self._done.popleft()

    def close(self) -> None:
        """Stop, after the attempt under way; what is left is not sent."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(2 * _PATIENCE)  # a receiver of somebody else's may never return

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopped.is_set())
                if self._stopped.is_set():
                    return
                delivery = self._waiting.popleft()
            self._deliver(delivery)
            logger.info("Webhook to %s: %s", delivery.url, delivery.answers)
            with self._changed:
                self._done.append(delivery)
                self._changed.notify_all()

    def _deliver(self, delivery: Delivery) -> None:
        post = self._way_to(delivery.url)
        delivery.headers = self._signer.headers(delivery.body)
        if post is None:
            delivery.answers.append(_OUT_OF_REACH)
            return
        for attempt in range(_ATTEMPTS):
            if attempt:
                if self._stopped.wait(_PAUSES[attempt - 1]):
                    return
                # The signature of each attempt is new, as an old one would be taken for a replay.
                delivery.headers = self._signer.headers(delivery.body)
            delivery.answers.append(post(delivery))
            if delivery.delivered:
                return

    def _way_to(self, url: str) -> Callable[[Delivery], int | str] | None:
        receiver = self._receivers.get(url)
        if receiver is not None:
            return lambda delivery: _hand_over(receiver, delivery)
        return _post if self._allowed(url) else None


def _hand_over(receiver: Receiver, delivery: Delivery) -> int | str:
    try:
        status = receiver(delivery.body, {"content-type": "application/json", **delivery.headers})
    except Exception as error:
        logger.exception("The receiver of %s failed", delivery.url)
        return f"{type(error).__name__}: {error}"
    return 200 if status is None else status


def _post(delivery: Delivery) -> int | str:
    headers = {"content-type": "application/json", **delivery.headers}
    try:
        request = urllib.request.Request(  # noqa: S310 - HTTP only, which `allowed` sees to
            delivery.url, data=delivery.body, headers=headers, method="POST"
        )
        # A redirect is no success, and could lead elsewhere.
        with opener(lambda _: False).open(request, timeout=_PATIENCE) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code
    except (OSError, HTTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    except Exception as error:
        # Such as a test suite's, that forbids the connection; the next webhook must be sent still.
        logger.exception("Posting to %s failed", delivery.url)
        return f"{type(error).__name__}: {error}"


def _is_success(answer: int | str) -> bool:
    return isinstance(answer, int) and 200 <= answer < 300  # noqa: PLR2004 - the statuses that mean success
