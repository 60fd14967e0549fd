"""Send webhooks to allowed addresses, in a thread, with three attempts each.

As documented by the vendor: three attempts, a timeout of two seconds, and success with any 2xx. The
pauses between attempts are not documented; here they are short.
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
_TIMEOUT = 2.0
_PAUSES = (0.1, 0.4)
_MAX_FINISHED = 1000
_NOT_ALLOWED = (
    "not sent: the emulator posts to loopback addresses, registered receivers, and the hosts of "
    "`webhook_hosts`"
)


@dataclass
class Delivery:
    """A webhook and the results of its delivery.

    Attributes:
        url: Its address.
        body: Its body.
        headers: The headers of the last attempt.
        answers: The result of each attempt: an HTTP status, or the error.
    """

    url: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    answers: list[int | str] = field(default_factory=list)

    @property
    def delivered(self) -> bool:
        """Whether the last attempt succeeded."""
        return bool(self.answers) and _is_success(self.answers[-1])


class Sender:
    """Sends webhooks one after the other, in the background.

    Args:
        signer: Signs the webhooks.
        allowed: Returns whether the emulator may post to an address.
    """

    def __init__(self, signer: Signer, allowed: Callable[[str], bool]) -> None:
        self._signer = signer
        self._allowed = allowed
        self._receivers: dict[str, Receiver] = {}
        self._waiting = deque[Delivery]()
        self._finished = deque[Delivery](maxlen=_MAX_FINISHED)
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def public_key(self) -> str:
        """The public key that verifies the signatures."""
        return self._signer.public_key

    def sign(self, body: bytes) -> dict[str, str]:
        """Return the headers of a signature."""
        return self._signer.headers(body)

    def register(self, url: str, receiver: Receiver) -> None:
        """Deliver the webhooks for an address to a function of this process."""
        self._receivers[url] = receiver

    def send(self, url: str, body: bytes) -> None:
        """Queue a webhook."""
        with self._changed:
            self._waiting.append(Delivery(url, body))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="telnyx-emulator-webhooks", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def next(self, timeout: float) -> Delivery:
        """Return the next webhook that was delivered or failed, and was not returned before.

        Raises:
            TimeoutError: No webhook was sent in time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._finished, timeout):
                raise TimeoutError(f"No webhook was sent within {timeout:g} s.")
            return self._finished.popleft()

    def close(self) -> None:
        """Stop after the current attempt; waiting webhooks are not sent."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(2 * _TIMEOUT)  # a receiver may never return

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
                self._finished.append(delivery)
                self._changed.notify_all()

    def _deliver(self, delivery: Delivery) -> None:
        post = self._transport(delivery.url)
        delivery.headers = self._signer.headers(delivery.body)
        if post is None:
            delivery.answers.append(_NOT_ALLOWED)
            return
        for attempt in range(_ATTEMPTS):
            if attempt:
                if self._stopped.wait(_PAUSES[attempt - 1]):
                    return
                # Each attempt has a new signature, as a receiver may refuse an old one as a replay.
                delivery.headers = self._signer.headers(delivery.body)
            delivery.answers.append(post(delivery))
            if delivery.delivered:
                return

    def _transport(self, url: str) -> Callable[[Delivery], int | str] | None:
        receiver = self._receivers.get(url)
        if receiver is not None:
            return lambda delivery: _call_receiver(receiver, delivery)
        return _post if self._allowed(url) else None


def _call_receiver(receiver: Receiver, delivery: Delivery) -> int | str:
    try:
        status = receiver(delivery.body, {"content-type": "application/json", **delivery.headers})
    except Exception as error:
        logger.exception("The receiver of %s failed", delivery.url)
        return f"{type(error).__name__}: {error}"
    return 200 if status is None else status


def _post(delivery: Delivery) -> int | str:
    headers = {"content-type": "application/json", **delivery.headers}
    try:
        request = urllib.request.Request(  # noqa: S310 - `allowed` accepts only HTTP
            delivery.url, data=delivery.body, headers=headers, method="POST"
        )
        # A redirect is not a success, and its target may not be allowed.
        with opener(lambda _: False).open(request, timeout=_TIMEOUT) as response:
            return int(response.status)
    except HTTPError as error:
        with error:
            return error.code
    except (OSError, HTTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    except Exception as error:
        # Such as an error of a test suite that forbids connections; later webhooks must still be
        # sent.
        logger.exception("Posting to %s failed", delivery.url)
        return f"{type(error).__name__}: {error}"


def _is_success(result: int | str) -> bool:
    return isinstance(result, int) and 200 <= result < 300  # noqa: PLR2004 - the statuses of success
