"""What the console shows of the phone simulator's calls."""

from typing import Any

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.calls.log import CallRecord


def calls(account: Account) -> list[dict[str, Any]]:
    """Return the calls, latest first."""
    return [_summary(record) for record in reversed(account.calls.all())]


def call(account: Account, number: int) -> dict[str, Any] | None:
    """Return a call with its turns; `None` if the log does not have it."""
    for record in account.calls.all():
        if record.number == number:
            result = record.result
            return {
                **_summary(record),
                "conversation_id": result.conversation_id,
                "turn_list": [
                    {
                        "speaker": turn.speaker,
                        "text": turn.text,
                        "heard": turn.heard,
                        "digits": turn.digits,
                        "first_token": turn.first_token,
                        "first_word": turn.first_word,
                        "barge_in": turn.barge_in,
                    }
                    for turn in list(result.turns)
                ],
                "actions": list(result.actions),
                "errors": list(result.errors),
            }
    return None


def _summary(record: CallRecord) -> dict[str, Any]:
    waits = [turn.first_token for turn in list(record.result.turns) if turn.first_token is not None]
    return {
        "number": record.number,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "door": record.door,
        "caller": record.caller,
        "callee": record.callee,
        "turns": len(record.result.turns),
        "slowest_first_token": max(waits, default=None),
        "ended_by": record.result.ended_by if record.ended_at else None,
        "error": record.error,
    }
