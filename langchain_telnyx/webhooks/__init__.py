"""Webhooks: whether Telnyx sent them, and what they say of a conversation, in one form.

Needs no framework: `verify` takes the body's bytes and the headers of whichever one you have. The
vendor documents two forms in which insights arrive, and a third was seen; all come out alike.

API pages: https://developers.telnyx.com/docs/development/api-fundamentals/webhooks,
https://developers.telnyx.com/docs/inference/ai-insights/insight-groups,
https://developers.telnyx.com/api-reference/callbacks/call-conversation-insights-generated,
https://developers.telnyx.com/api-reference/callbacks/call-conversation-ended
"""

import time

from langchain_telnyx.client.webhook_errors import StaleWebhookError
from langchain_telnyx.webhooks.events import (
    ConversationEndedEvent,
    EndedMessage,
    InsightsEvent,
    WebhookEvent,
    parse,
)
from langchain_telnyx.webhooks.signatures import (
    SIGNATURE,
    TIMESTAMP,
    Headers,
    PublicKey,
    check,
    keys_of,
    signed,
)

__all__ = [
    "SIGNATURE",
    "TIMESTAMP",
    "ConversationEndedEvent",
    "EndedMessage",
    "Headers",
    "InsightsEvent",
    "PublicKey",
    "WebhookEvent",
    "parse",
    "verify",
]


def verify(
    body: bytes,
    headers: Headers,
    *,
    public_key: PublicKey | None = None,
    tolerance: float = 300.0,
    now: float | None = None,
) -> WebhookEvent:
    """Return the event in a webhook that Telnyx signed, and signed just now.

    Answer the webhook with a 200 at once and do the work afterwards: Telnyx soon sends it again,
    and may do so anyway, so know events by their `id`.

    Args:
        body: The body exactly as it came: JSON that was parsed and written again is signed no more.
        headers: The request's headers: a mapping or pairs, in text or bytes, or the environment of
            WSGI; upper and lower case are the same.
        public_key: The account's public key, in base64, as the portal shows it (Account Settings,
            Keys & Credentials, Public Key), or its 32 bytes. Several, any of which is good, while
            the account changes its key. Default: `TELNYX_PUBLIC_KEY` in the environment, several
            with commas in between.
        tolerance: Seconds for which a signature is good, before and after.
        now: The time, in seconds since 1970. Default: the machine's.

    Returns:
        An `InsightsEvent`, a `ConversationEndedEvent`, or for other events a `WebhookEvent`.

    Raises:
        UnsignedWebhookError: There is no signature, or none that is one.
        StaleWebhookError: It was signed too long ago, or in the future.
        WebhookSignatureError: It was signed by another key, or changed afterwards.
        MalformedWebhookError: It is Telnyx's, but no event: no JSON, or without an `event_type`.
            An odd part of an event is no such error: it stands in `unreadable_fields`.
        ConfigurationError: There is no key, or `public_key` is none.
        TypeError: `body` is not bytes, or `headers` are no headers.
        ImportError: The extra `webhooks` is not installed.

    Example:
        ```python
        from langchain_telnyx.webhooks import InsightsEvent, verify


        def receive(body: bytes, headers: dict[str, str]) -> None:
            event = verify(body, headers, public_key=PUBLIC_KEY)
            if isinstance(event, InsightsEvent):
                for found in event.conversation_insights:
                    print(found.insight_id, found.value)
        ```
    """
    if not isinstance(body, bytes | bytearray | memoryview):
        raise TypeError(
            f"`body` is a {type(body).__name__}: pass the bytes of the request's body as they came."
        )
    keys = keys_of(public_key)
    stamp, signatures = signed(headers)
    # The signature first: what nobody signed says nothing about its time either.
    check(keys, signatures, stamp, bytes(body))
    age = (time.time() if now is None else now) - int(stamp)
    if abs(age) > tolerance:
        raise StaleWebhookError(
            f"The webhook was signed {abs(age):.0f} s {'ago' if age > 0 else 'in the future'}, and "
            f"`tolerance` is {tolerance:g} s: it may be an old one that somebody sends again. If "
            f"it is not, set this machine's clock."
        )
    return parse(bytes(body))
