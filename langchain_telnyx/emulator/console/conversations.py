"""What the console shows of conversations: their messages and insights."""

import json
from typing import Any

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.conversations.messages import Message

_MOST = 200
"""The number of conversations in the list."""


def conversations(account: Account, *, containing: str = "") -> list[dict[str, Any]]:
    """Return the latest conversations, latest first.

    Args:
        account: The account.
        containing: Only those with this text in their name, metadata or messages.
    """
    rows = account.store.rows(
        "SELECT id, name, metadata, created_at, last_message_at, ended_at, "
        "(SELECT count(*) FROM conversation_messages WHERE conversation_id = id) AS messages, "
        "(SELECT group_concat(DISTINCT jobs.status) FROM insight_runs JOIN jobs USING (id) "
        "WHERE conversation_id = conversations.id) AS insights "
        "FROM conversations WHERE ? = '' OR instr(lower(name || metadata), lower(?)) OR EXISTS ("
        "SELECT 1 FROM conversation_messages WHERE conversation_id = conversations.id "
        "AND instr(lower(content), lower(?))) "
        "ORDER BY last_message_at DESC, number DESC LIMIT ?",
        containing,
        containing,
        containing,
        _MOST,
    )
    return [{**row, "metadata": json.loads(row["metadata"])} for row in rows]


def conversation(account: Account, conversation_id: str) -> dict[str, Any] | None:
    """Return a conversation with its messages and insights; `None` if it does not exist."""
    found = account.conversations.records.find(conversation_id)
    if found is None:
        return None
    names = _template_names(account)
    groups = _group_names(account)
    return {
        **vars(found),
        "messages": [_message(each) for each in account.conversations.messages.spoken(found.id)],
        "insights": [
            {
                "id": run.id,
                "group": groups.get(run.insight_group_id, run.insight_group_id),
                "status": run.status,
                "created_at": run.created_at,
                "results": [
                    {"name": names.get(template, template), "result": result}
                    for template, result in run.results
                ],
            }
            # Not `insights.of`, which counts a poll and so changes the pace of a test.
            for run in account.conversations.insights.stored(found.id)
        ],
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "role": message.role,
        "content": message.content,
        "at": message.moment,
        "details": dict(message.details),
    }


def _template_names(account: Account) -> dict[str, str]:
    rows = account.store.rows("SELECT id, name FROM insight_templates")
    return {row["id"]: row["name"] for row in rows}


def _group_names(account: Account) -> dict[str, str]:
    return {
        row["id"]: row["name"] for row in account.store.rows("SELECT id, name FROM insight_groups")
    }
