"""Insight webhooks: a group's webhook gets all results, a template's only its own.

Two forms are documented, a third is observed in production; `Quirks.insight_webhook` selects one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.emulator.areas.conversations.service import ConversationService
from langchain_telnyx.emulator.areas.conversations.state import Conversation
from langchain_telnyx.emulator.areas.insights.groups import Group
from langchain_telnyx.emulator.areas.insights.state import FIND_INSIGHTS
from langchain_telnyx.emulator.quirks import InsightWebhook
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.runtime.jobs import Job
from langchain_telnyx.emulator.webhooks.sender import Sender

_OF_THE_CALL = (
    "call_control_id",
    "connection_id",
    "call_leg_id",
    "call_session_id",
    "client_state",
)


@dataclass(frozen=True)
class ConversationInsights:
    """The insights of a conversation.

    Attributes:
        conversation: The conversation.
        group: The applied group.
        results: Pairs of a template's id and its result.
    """

    conversation: Conversation
    group: Group
    results: Sequence[tuple[str, str]]


class InsightWebhooks:
    """Sends webhooks when insights are complete.

    Args:
        conversations: The account's conversations.
        sender: Sends the webhooks.
        clock: The source of timestamps.
        ids: The source of ids.
        form: The form of the payload.
    """

    def __init__(
        self,
        conversations: ConversationService,
        sender: Sender,
        clock: Clock,
        ids: Ids,
        form: InsightWebhook,
    ) -> None:
        self._conversations = conversations
        self._sender = sender
        self._clock = clock
        self._ids = ids
        self._form = form

    def send(self, job: Job, status: str) -> None:
        """Send the webhooks of a finished job."""
        group = self._conversations.groups.find(job.details["group"])
        conversation = self._conversations.records.find(job.subject)
        if job.kind != FIND_INSIGHTS or status != "completed" or not group or not conversation:
            return
        results = self._conversations.insights.results(job.id)
        if group.webhook:
            self._send(group.webhook, ConversationInsights(conversation, group, results))
        for template in group.insights:
            own = [pair for pair in results if pair[0] == template.id]
            if template.webhook:
                self._send(template.webhook, ConversationInsights(conversation, group, own))

    def _send(self, url: str, found: ConversationInsights) -> None:
        self._sender.send(url, json.dumps(self._payload(found), ensure_ascii=False).encode())

    def _payload(self, found: ConversationInsights) -> dict[str, Any]:
        if self._form == "flat":
            return flat_payload(found)
        if self._form == "result":
            return {
                "record_type": "event",
                "event_type": "conversation_insight_result",
                "payload": {"request_id": self._ids.uuid("request"), **_observed_payload(found)},
            }
        event = {
            "record_type": "event",
            "event_type": "call.conversation_insights.generated",
            "id": self._ids.uuid("event"),
            "occurred_at": self._clock.stamp(),
            "payload": _call_payload(found),
        }
        return {"data": event}


def flat_payload(found: ConversationInsights) -> dict[str, Any]:
    """Return the payload in the documentation of insight groups: results are objects."""
    names = {template.id: template.name for template in found.group.insights}
    return {
        "event_type": "conversation.insights.completed",
        "conversation_id": found.conversation.id,
        "insight_group_id": found.group.id,
        "insight_group_name": found.group.name,
        "insights": [
            {
                "insight_id": insight,
                "insight_name": names.get(insight, ""),
                "result": _object(result),
            }
            for insight, result in found.results
        ],
    }


def _call_payload(found: ConversationInsights) -> dict[str, Any]:
    """Return the payload in the documentation of Voice: text results, and the call's fields."""
    metadata = found.conversation.metadata
    return {
        **_picked(metadata, _OF_THE_CALL),
        "calling_party_type": "pstn",
        "insight_group_id": found.group.id,
        "results": _results(found),
    }


def _observed_payload(found: ConversationInsights) -> dict[str, Any]:
    """Return the observed payload: a status, and the metadata."""
    return {
        "conversation_id": found.conversation.id,
        "insight_group_id": found.group.id,
        "status": "completed",
        "metadata": dict(found.conversation.metadata),
        "results": _results(found),
    }


def _results(found: ConversationInsights) -> list[dict[str, str]]:
    return [{"insight_id": insight, "result": result} for insight, result in found.results]


def _picked(metadata: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: metadata[name] for name in names if name in metadata}


def _object(result: str) -> Any:
    try:
        value = json.loads(result)
    except (ValueError, RecursionError):
        return result
    return value if isinstance(value, dict) else result
