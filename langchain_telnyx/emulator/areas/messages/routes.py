"""Sends text messages, and returns those that were sent."""

import re
from typing import Any, Literal

from fastapi import APIRouter

from langchain_telnyx.emulator.areas.messages.state import BlockedError, SentMessage
from langchain_telnyx.emulator.serving.checks import checked_id
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError, resource_not_found
from langchain_telnyx.emulator.serving.json_body import JsonObject

router = APIRouter(prefix="/messages")

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}")
_SENDER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}|[A-Za-z0-9 ]{1,11}")
_PART, _LONG_PART = {"GSM-7": 160, "UCS-2": 70}, {"GSM-7": 153, "UCS-2": 67}
_MOST_PARTS = 10
_TEXTS = ("text", "subject", "messaging_profile_id", "webhook_url", "webhook_failover_url")


@router.post("")
def send_message(body: JsonObject, account: CurrentAccount) -> dict[str, Any]:
    """Send a message."""
    _check(body)
    try:
        sent = account.messages.send(body)
    except BlockedError:
        detail = (
            f"Messages cannot be sent from '{body['from']}' to '{body['to']}' due to an existing "
            f"block rule."
        )
        raise ApiError(400, "40300", "Blocked due to STOP message", detail) from None
    return {"data": _shown(sent, account.organization_id, "queued")}


@router.get("/{id}")
def get_message(id: str, account: CurrentAccount) -> dict[str, Any]:  # noqa: A002 - the API's name
    """Return a message that was sent."""
    found = account.messages.find(checked_id(id, status=400))
    if found is None:
        raise resource_not_found()
    return {"data": _shown(found, account.organization_id, "sent")}


def _check(body: dict[str, Any]) -> None:
    """Refuse an invalid request.

    Raises:
        ApiError: A field is missing or invalid.
    """
    if body.get("to") is None:
        raise ApiError(
            422, "10004", None, "The 'to' parameter is required and cannot be blank.", pointer="/to"
        )
    if not isinstance(body["to"], str) or not _NUMBER.fullmatch(body["to"]):
        detail = "The 'to' address should be in E.164 format."
        raise ApiError(400, "40310", "Invalid 'to' address", detail, pointer="/to")
    sender = body.get("from")
    if sender is None and body.get("messaging_profile_id") is None:
        detail = "Either 'from' or 'messaging_profile_id' is required."
        raise ApiError(422, "10004", None, detail, pointer="/from")
    if sender is not None and not (isinstance(sender, str) and _SENDER.fullmatch(sender)):
        detail = "The 'from' address should be a number of the account."
        raise ApiError(400, "40305", "Invalid 'from' address", detail, pointer="/from")
    for name in _TEXTS:
        if body.get(name) is not None and not isinstance(body[name], str):
            raise ApiError(422, "10026", None, f"'{name}' must be a string.", pointer=f"/{name}")
    media = body.get("media_urls")
    if media is not None and not (
        isinstance(media, list) and all(isinstance(url, str) for url in media)
    ):
        detail = "'media_urls' must be a list of URLs."
        raise ApiError(422, "10026", None, detail, pointer="/media_urls")
    text = body.get("text")
    if not text and not media:
        detail = "The message has neither text nor media."
        raise ApiError(400, "40316", "No content provided", detail)
    if not media and _parts(text or "") > _MOST_PARTS:
        detail = f"The message has more than {_MOST_PARTS} parts."
        raise ApiError(400, "40302", "Message too large", detail)


def _encoding(text: str) -> Literal["GSM-7", "UCS-2"]:
    return "GSM-7" if text.isascii() else "UCS-2"


def _parts(text: str) -> int:
    encoding = _encoding(text)
    length = len(text.encode("utf-16-le")) // 2 if encoding == "UCS-2" else len(text)
    return 1 if length <= _PART[encoding] else -(-length // _LONG_PART[encoding])


def _shown(message: SentMessage, organization_id: str, status: str) -> dict[str, Any]:
    fields = message.fields
    is_sent = status == "sent"
    return {
        "record_type": "message",
        "direction": "outbound",
        "id": message.id,
        "type": fields.get("type") or ("MMS" if message.media_urls else "SMS"),
        "messaging_profile_id": fields.get("messaging_profile_id"),
        "organization_id": organization_id,
        "from": {"phone_number": message.sender, "carrier": "Telnyx", "line_type": "VoIP"},
        "to": [
            {
                "phone_number": message.receiver,
                "status": status,
                "carrier": "",
                "line_type": "Wireless",
            }
        ],
        "cc": [],
        "text": message.text,
        "subject": fields.get("subject"),
        "media": [
            {"url": url, "content_type": None, "size": None, "sha256": None}
            for url in message.media_urls
        ],
        "webhook_url": fields.get("webhook_url") or "",
        "webhook_failover_url": fields.get("webhook_failover_url") or "",
        "encoding": _encoding(message.text),
        "parts": _parts(message.text),
        "tags": [],
        "cost": None,
        "received_at": message.sent_at,
        "sent_at": message.sent_at if is_sent else None,
        "completed_at": None,
        "valid_until": None,
        "errors": [],
    }
