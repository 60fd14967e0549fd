"""The account's webhook key: Ed25519 over the time and the body, as the vendor signs."""

import base64
import hashlib
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TIMESTAMP = "telnyx-timestamp"
SIGNATURE = "telnyx-signature-ed25519"


class Signer:
    """Signs webhooks.

    Args:
        seed: The same seed gives the same key.
        now: Returns seconds since 1970. The default is the machine's clock even for an account with
            a fake one, as receivers compare the time with their own clock.
    """

    def __init__(self, seed: str, now: Callable[[], float] = time.time) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())
        self._now = now

    @property
    def public_key(self) -> str:
        """The public key in the format of the vendor's portal: 32 bytes in base64."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def headers(self, body: bytes) -> dict[str, str]:
        """Return the headers with which a receiver verifies a body and its time."""
        stamp = str(int(self._now()))
        signature = self._key.sign(stamp.encode() + b"|" + body)
        return {TIMESTAMP: stamp, SIGNATURE: base64.b64encode(signature).decode()}
