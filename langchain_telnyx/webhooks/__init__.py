"""Webhooks: verification of signatures, and events of conversations in a common form.

`verify` needs no web framework, only the body's bytes and the headers. The vendor documents two
forms of insight events, and a third occurs in production; all are parsed to the same class.

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
    """Verify the signature and the age of a webhook, and return its event.

    Respond to the webhook with a 200 at once, and process the event afterwards. Otherwise Telnyx
    sends it again. Duplicates are always possible, so compare the `id` of events.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/insights.md#webhooks

    Args:
        body: The raw body. The signature does not match JSON that was parsed and serialized again.
        headers: The request's headers: a mapping or pairs, in text or bytes, or the environment of
            WSGI; names are case-insensitive.
        public_key: The account's public key, in base64, as the portal shows it (Account Settings,
            Keys & Credentials, Public Key), or its 32 bytes. Several keys are allowed while the
            account changes its key. Default: `TELNYX_PUBLIC_KEY` in the environment, with commas
            between several keys.
        tolerance: Maximum difference between the time of the signature and now, in seconds.
        now: The current time, in seconds since 1970. Default: the machine's time.

    Returns:
        An `InsightsEvent`, a `ConversationEndedEvent`, or for other events a `WebhookEvent`.

    Raises:
        UnsignedWebhookError: The signature or its time is missing or invalid.
        StaleWebhookError: It was signed too long ago, or in the future.
        WebhookSignatureError: It was signed with another key, or changed afterwards.
        MalformedWebhookError: It is from Telnyx, but not an event: not JSON, or without an
            `event_type`. An unreadable part of an event does not raise: see `unreadable_fields`.
        ConfigurationError: The public key is missing or invalid.
        TypeError: `body` is not bytes, or `headers` has an unsupported type.
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
            f"`body` is a {type(body).__name__}: pass the raw bytes of the request's body."
        )
    keys = keys_of(public_key)
    stamp, signatures = signed(headers)
    # The signature first: without it, the time is not trustworthy.
    check(keys, signatures, stamp, bytes(body))
    age = (time.time() if now is None else now) - int(stamp)
    if abs(age) > tolerance:
        raise StaleWebhookError(
            f"The webhook was signed {abs(age):.0f} s {'ago' if age > 0 else 'in the future'}, and "
            f"`tolerance` is {tolerance:g} s: it may be a replay. Otherwise, check the clock of "
            f"this machine."
        )
    return parse(bytes(body))
