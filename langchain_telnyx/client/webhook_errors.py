"""Errors of webhooks: part of the tree in `errors`."""

from langchain_telnyx.client.errors import TelnyxError


class WebhookError(TelnyxError):
    """A webhook cannot be verified. The messages quote nothing of it."""


class UnsignedWebhookError(WebhookError):
    """A webhook lacks the signature, or the time at which it was signed."""


class StaleWebhookError(WebhookError):
    """A webhook was signed too long ago, or in the future: it may be an old one, sent again."""


class WebhookSignatureError(WebhookError):
    """A webhook was signed with another key, or changed since it was signed."""


class MalformedWebhookError(WebhookError):
    """A webhook's body is not an event."""
