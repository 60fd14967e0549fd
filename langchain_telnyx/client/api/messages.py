"""Text messages: SMS and MMS.

API page: https://developers.telnyx.com/api-reference/messages/send-a-message
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from langchain_telnyx.client.call import Call, idempotency_headers, omit_none, path
from langchain_telnyx.client.decode import Model, data
from langchain_telnyx.client.endpoint import M, Resource, endpoint


class MessageAddress(Model):
    """A sender or receiver.

    Attributes:
        phone_number: Its number in E.164 form, short code or alphanumeric id.
        status: The status of the delivery to this receiver: `queued`, `sending`, `sent`,
            `delivered`, `sending_failed`, `delivery_failed`, `delivery_unconfirmed` …
        carrier: Its carrier.
        line_type: The type of its line, such as `Wireless`.
    """

    phone_number: str | None = None
    status: str | None = None
    carrier: str | None = None
    line_type: str | None = None


class MessageMedia(Model):
    """A medium of a message.

    Attributes:
        url: Its address.
        content_type: Its MIME type.
        size: Its length in bytes.
    """

    url: str | None = None
    content_type: str | None = None
    size: int | None = None


class TextMessage(Model):
    """A text message, sent or received.

    Attributes:
        id: Its id.
        direction: `outbound` or `inbound`.
        type: `SMS` or `MMS`.
        sender: The sender: `from` of the API.
        to: The receivers, each with the status of its delivery.
        text: The text.
        subject: The subject of an MMS.
        media: Its media.
        parts: The number of parts that are billed.
        encoding: The encoding, such as `GSM-7`.
        messaging_profile_id: Its messaging profile.
        errors: Why it was not delivered, as the vendor wrote it.
        received_at: When the request was received.
        sent_at: When it was sent.
        completed_at: When its delivery ended.
    """

    id: str | None = None
    direction: str | None = None
    type: str | None = None
    sender: MessageAddress | None = Field(default=None, alias="from")
    to: list[MessageAddress] = Field(default_factory=list)
    text: str | None = None
    subject: str | None = None
    media: list[MessageMedia] = Field(default_factory=list)
    parts: int | None = None
    encoding: str | None = None
    messaging_profile_id: str | None = None
    errors: list[Any] = Field(default_factory=list)
    received_at: datetime | None = None
    sent_at: datetime | None = None
    completed_at: datetime | None = None


class Messages(Resource[M]):
    """`telnyx.messages`: text messages."""

    @endpoint
    def send(
        self,
        to: str,
        text: str | None = None,
        *,
        from_: str | None = None,
        media_urls: Sequence[str] | None = None,
        messaging_profile_id: str | None = None,
        subject: str | None = None,
        type: Literal["SMS", "MMS"] | None = None,  # noqa: A002 - the API's name
        encoding: Literal["auto", "gsm7", "ucs2"] | None = None,
        send_at: datetime | str | None = None,
        auto_detect: bool | None = None,
        webhook_url: str | None = None,
        webhook_failover_url: str | None = None,
        use_profile_webhooks: bool | None = None,
        idempotency_key: str | None = None,
        extra_body: Mapping[str, Any] | None = None,
    ) -> Call[TextMessage]:
        """Send a text message.

        Endpoint: `POST /messages`.

        It is not retried after the service may have received it, so that no text is sent twice:
        the error's `maybe_done` is then true.

        Args:
            to: The receiver: a number in E.164 form, or a short code.
            text: The text; an MMS may have only media.
            from_: The sender: a number, a short code, or an alphanumeric id. Default: a number of
                the profile's pool.
            media_urls: Addresses of media, for an MMS of less than 1 MB.
            messaging_profile_id: The profile; required without a number as sender.
            subject: The subject of an MMS.
            type: Default: `MMS` with media, else `SMS`.
            encoding: `gsm7` refuses characters that it lacks. Default: the shortest encoding.
            send_at: When to send it, to the minute. Default: now.
            auto_detect: Refuse a message of unusually many parts.
            webhook_url: Receives the events of its delivery.
            webhook_failover_url: Receives them if `webhook_url` fails.
            use_profile_webhooks: Send the events to the profile's webhook, too.
            idempotency_key: Identifies the request if another process repeats it. The service
                documents the header, but not its effect on messages.
            extra_body: Newer fields of the vendor; they override the others.

        Raises:
            ValueError: It has neither a text nor media.
            BadRequestError: A field is invalid, or the receiver has opted out.
        """
        if not text and not media_urls:
            raise ValueError("A message has a `text`, or `media_urls`.")
        fields = {
            "from": from_,
            "to": to,
            "text": text,
            "media_urls": None if media_urls is None else list(media_urls),
            "messaging_profile_id": messaging_profile_id,
            "subject": subject,
            "type": type,
            "encoding": encoding,
            "send_at": send_at.isoformat() if isinstance(send_at, datetime) else send_at,
            "auto_detect": auto_detect,
            "webhook_url": webhook_url,
            "webhook_failover_url": webhook_failover_url,
            "use_profile_webhooks": use_profile_webhooks,
        }
        headers = {} if idempotency_key is None else idempotency_headers(idempotency_key)
        request = omit_none(**fields) | dict(extra_body or {})
        return Call("POST", "/messages", data(TextMessage), json=request, headers=headers)

    @endpoint
    def get(self, message_id: str) -> Call[TextMessage]:
        """Fetch a message with the status of its delivery.

        Endpoint: `GET /messages/{id}`.

        Args:
            message_id: The message. The service has messages of the last days only.

        Raises:
            NotFoundError: The message does not exist.
        """
        return Call("GET", path("/messages/{}", message_id), data(TextMessage))
