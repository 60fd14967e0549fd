"""Text messages and webhooks of an emulated account, as `TelnyxEmulator` offers them to tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp

from langchain_telnyx.emulator.areas.messages.state import SentMessage

if TYPE_CHECKING:
    from langchain_telnyx.emulator.account import Account

_PATH = "/webhooks"


@dataclass(frozen=True)
class WebhookResponse:
    """The response of an application to a webhook.

    Attributes:
        event_id: The event's id.
        status: The HTTP status.
        text: The body.
    """

    event_id: str
    status: int
    text: str


class MessagingMethods:
    """The methods of `TelnyxEmulator` for text messages and single webhooks."""

    if TYPE_CHECKING:

        @property
        def account(self) -> Account:  # noqa: D102 - of `TelnyxEmulator`
            ...

    @property
    def messages_sent(self) -> list[SentMessage]:
        """The text messages that were sent, oldest first."""
        return self.account.messages.sent()

    def receive_message(
        self,
        from_: str,
        to: str,
        text: str = "",
        *,
        webhook_url: str,
        media: Sequence[tuple[str, str]] = (),
        event_id: str | None = None,
    ) -> str:
        """Receive a text message for a number of the account: send its webhook to an address.

        The webhook is sent in the background, with three attempts; `next_webhook` returns the
        outcome. STOP and similar keywords opt the person out of messages.

        Args:
            from_: The person's number.
            to: The account's number.
            text: The text.
            webhook_url: The address; see `receive_webhooks`, too.
            media: Pairs of an address and a MIME type.
            event_id: The event's id, to deliver an event twice. Default: a new one.

        Returns:
            The event's id.
        """
        event, body = self.account.messages.received_event(from_, to, text, media, event_id)
        self.account.webhooks.send(webhook_url, body)
        return event

    async def areceive_message(
        self,
        app: ASGIApp,
        from_: str,
        to: str,
        text: str = "",
        *,
        media: Sequence[tuple[str, str]] = (),
        event_id: str | None = None,
    ) -> WebhookResponse:
        """Receive a text message: deliver its webhook to an application in this event loop.

        There is one attempt, and no start or shutdown of the application.

        Args:
            app: The ASGI application, with the route `POST /webhooks`.
            from_: The person's number.
            to: The account's number.
            text: The text.
            media: Pairs of an address and a MIME type.
            event_id: The event's id, to deliver an event twice. Default: a new one.
        """
        event, body = self.account.messages.received_event(from_, to, text, media, event_id)
        return await self._deliver(app, event, body)

    async def asend_webhook(
        self,
        app: ASGIApp,
        event_type: str,
        payload: Mapping[str, Any],
        *,
        event_id: str | None = None,
    ) -> WebhookResponse:
        """Deliver any event to an application in this event loop, once.

        Args:
            app: The ASGI application, with the route `POST /webhooks`.
            event_type: The type, such as `assistant.initialization`.
            payload: The payload.
            event_id: The event's id. Default: a new one.
        """
        event, body = self.account.messages.event(event_type, payload, event_id)
        return await self._deliver(app, event, body)

    async def _deliver(self, app: ASGIApp, event: str, body: bytes) -> WebhookResponse:
        from langchain_telnyx.emulator.calls.asgi import post  # noqa: PLC0415 - seldom used

        headers = self.account.webhooks.sign(body)
        async with post(app, _PATH, body, "application/json", headers) as answer:
            return WebhookResponse(event, answer.status, await answer.text())
