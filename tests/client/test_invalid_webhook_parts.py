"""Events with invalid parts: each affects only itself, and is stored and logged by its place."""

import copy
import json
import logging
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx.webhooks import (
    ConversationEndedEvent,
    InsightsEvent,
    WebhookEvent,
    parse,
)
from tests.client.test_webhooks import ENDED, FLAT, SEEN, VOICE

FORMS: dict[str, dict[str, Any]] = {"flat": FLAT, "voice": VOICE, "seen": SEEN, "ended": ENDED}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
Place = tuple[str | int, ...]
NAMES = {
    "results": "conversation_insights",
    "insights": "conversation_insights",
    "request_id": "id",
}
CALL = ("call_control_id", "call_leg_id", "call_session_id")


def places(value: Any, place: Place = ()) -> list[Place]:
    """List the places of all values in an event, nested ones too."""
    steps: Any = ()
    if isinstance(value, dict):
        steps = value.items()
    elif isinstance(value, list):
        steps = enumerate(value)
    inside = [each for at, part in steps for each in places(part, (*place, at))]
    return [*([place] if place else []), *inside]


PLACES = [
    (form, place) for form, event in FORMS.items() for place in places(event) if place != ("data",)
]


def changed(event: Any, place: Place, value: Any) -> Any:
    made = copy.deepcopy(event)
    at = made
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    return made


def fields_of(event: WebhookEvent) -> dict[str, Any]:
    """Return the fields of an event without its raw payload."""
    return event.model_dump(exclude={"payload"})


def base(form: str) -> Place:
    """Return the place of an event's fields."""
    return {"flat": (), "seen": ("payload",)}.get(form, ("data", "payload"))


def read(event: object) -> WebhookEvent:
    return parse(json.dumps(event))


@settings(deadline=None)
@given(st.sampled_from(PLACES), JSON)
def test_an_invalid_value_in_any_field_does_not_affect_the_rest(
    at: tuple[str, Place], value: Any
) -> None:
    form, place = at
    whole = read(FORMS[form])
    event = read(changed(FORMS[form], place, value))
    if place[-1] == "event_type":
        assert event.payload == whole.payload
    elif place[-1] == "payload":
        assert event.event_type == whole.event_type
    else:
        good, got = fields_of(whole), fields_of(event)
        inside = place[len(base(form)) :] if place[: len(base(form))] == base(form) else place[-1:]
        field = NAMES.get(str(inside[0]), str(inside[0]))
        others = good.keys() - {field, *(CALL if field == "metadata" else ())}
        assert {name: got[name] for name in others} == {name: good[name] for name in others}
        if field in {"conversation_insights", "messages"} and len(inside) > 1:
            beside = [item for number, item in enumerate(good[field]) if number != inside[1]]
            assert [item for item in got[field] if item in beside] == beside


@settings(deadline=None)
@given(st.sampled_from([at for at in PLACES if "messages" in at[1] and len(at[1]) == 5]), JSON)
def test_an_invalid_field_of_a_message_does_not_affect_the_others(
    at: tuple[str, Place], value: Any
) -> None:
    form, place = at
    whole, event = read(FORMS[form]), read(changed(FORMS[form], place, value))
    assert isinstance(whole, ConversationEndedEvent)
    assert isinstance(event, ConversationEndedEvent)
    index, field = int(place[3]), str(place[4])
    ours = {field, "content_parts"}
    assert event.messages[index].model_dump(exclude=ours) == whole.messages[index].model_dump(
        exclude=ours
    )


@pytest.mark.parametrize(
    "result", [None, 4, 1.5, True, ["refund", None], [], "", {"a": None}, "4", "[1]"]
)
@pytest.mark.parametrize("form", ["flat", "voice", "seen"])
def test_results_of_every_kind_are_results(form: str, result: Any) -> None:
    name = "insights" if form == "flat" else "results"
    event = read(changed(FORMS[form], (*base(form), name, 0, "result"), result))
    assert isinstance(event, InsightsEvent)
    first, second = event.conversation_insights
    assert (first.insight_id, first.value) == ("i-1", result)
    assert (second.insight_id, second.value) == ("i-2", "All went well.")
    assert event.unreadable_fields == {}


@pytest.mark.parametrize("odd", [None, 5, "x", [], {"result": "of whom?"}, {"insight_id": 5}])
def test_a_null_result_is_returned_with_the_others(
    odd: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    event = read(changed(VOICE, ("data", "payload", "results", 0), odd))
    assert isinstance(event, InsightsEvent)
    assert [found.insight_id for found in event.conversation_insights] == ["i-2"]
    assert event.unreadable_fields == {"conversation_insights.0": odd}
    assert "conversation_insights.0 (" in caplog.text
    assert "of whom?" not in caplog.text


@pytest.mark.parametrize(
    ("status", "settled"),
    [("pending", False), ("in_progress", False), ("completed", True), ("failed", True)],
)
def test_pending_insights_are_not_results(status: str, *, settled: bool) -> None:
    payload = {**SEEN["payload"], "status": status, "results": None}  # type: ignore[dict-item]  # a dict
    event = read({**SEEN, "payload": payload})
    assert isinstance(event, InsightsEvent)
    assert (event.status, event.settled, event.conversation_insights) == (status, settled, [])
    assert event.unreadable_fields == {}
    flat = read(FLAT)
    assert isinstance(flat, InsightsEvent)
    assert (flat.status, flat.settled) == (None, True)


def test_an_event_has_its_own_id_and_status() -> None:
    payload = {**SEEN["payload"], "metadata": {"status": "vip", "conversation_id": "other"}}  # type: ignore[dict-item]  # a dict
    event = read({"data": {**SEEN, "id": "e-9", "payload": payload}})
    assert isinstance(event, InsightsEvent)
    assert (event.id, event.status, event.conversation_id) == ("e-9", "completed", "c-1")


def test_an_invalid_part_of_a_message_affects_only_itself() -> None:
    messages = [
        {"role": "user", "content": "Hello.", "timestamp": ""},
        {"role": None, "content": "Hi.", "timestamp": "2026-02-19T17:02:48Z"},
        {"role": "user", "content": [{"type": "text", "text": "Look:"}, {"image_url": "u"}, "so"]},
        {"role": "user", "content": 5},
        "Hello?",
        {
            "role": "assistant",
            "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}, 7],
        },
    ]
    event = read(changed(ENDED, ("data", "payload", "messages"), messages))
    assert isinstance(event, ConversationEndedEvent)
    first, second, third, fourth, last = event.messages
    assert (first.content, first.timestamp) == ("Hello.", None)
    assert (second.role, second.content) == (None, "Hi.")
    assert (third.content, third.content_parts) == ("Look:\nso", messages[2]["content"])  # type: ignore[index]  # a dict
    assert (fourth.content, last.content) == (None, None)
    [call] = last.tool_calls or []
    assert call.function is not None
    assert json.loads(call.function.arguments) == {"a": 1}
    assert event.unreadable_fields == {
        "messages.0.timestamp": "",
        "messages.3.content": 5,
        "messages.4": "Hello?",
        "messages.5.tool_calls.1": 7,
    }


def test_an_event_with_an_unknown_name_has_its_payload() -> None:
    payload = {"conversation_id": "c-1"}
    event = read({"data": {"event_type": 5, "id": "e-1", "payload": payload}})
    assert (event.event_type, event.id, event.payload) == ("", "e-1", payload)
    assert event.unreadable_fields == {"event_type": 5}
    inside = read({"event_type": "e", "data": {"of": "the event"}})
    assert (inside.event_type, inside.payload) == ("e", {"data": {"of": "the event"}})
