"""Insights: templates, groups, their results when a conversation ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import TelnyxEmulator, after_polls

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.conftest import Api

NOWHERE = "00000000-0000-4000-8000-000000000000"
CALL = [
    ("system", "Greet the caller. Confirm the date of the booking."),
    ("assistant", "Hello, this is Nyx. How can I help?"),
    ("user", "I want to confirm my booking for 4 guests on May 3. Yes, I still attend."),
    ("assistant", "I confirm the date of your booking: May 3, and greet you, caller."),
    ("user", "Thanks, that was quick and helpful!"),
]
ATTENDING = {
    "type": "object",
    "properties": {
        "still_attending": {"type": "string", "enum": ["yes", "no", "unknown"]},
        "guests": {"type": "integer"},
    },
    "required": ["still_attending", "guests"],
    "additionalProperties": False,
}
IMPOSSIBLE = {
    "type": "object",
    "properties": {"a": {"type": "integer", "minimum": 2, "maximum": 1}},
    "required": ["a"],
    "additionalProperties": False,
}


def begin(api: Api, messages: list[tuple[str, str]], **metadata: str) -> str:
    made = api.send("POST", "/ai/conversations", json={"metadata": metadata}).json()
    for role, content in messages:
        where = f"/ai/conversations/{made['id']}/message"
        assert api.send("POST", where, json={"role": role, "content": content}).is_success
    conversation_id: str = made["id"]
    return conversation_id


def template(api: Api, name: str, instructions: str = "", **fields: Any) -> str:
    body = {"name": name, "instructions": instructions, **fields}
    made: str = api.data("POST", "/ai/conversations/insights", json=body)["id"]
    return made


def managed(api: Api, name: str) -> str:
    listed = api.data("GET", "/ai/conversations/insights")
    [found] = [row["id"] for row in listed if row["name"] == name]
    return str(found)


def group(api: Api, *insights: str) -> str:
    made = api.data("POST", "/ai/conversations/insight-groups", json={"name": "group"})["id"]
    for insight in insights:
        where = f"/ai/conversations/insight-groups/{made}/insights/{insight}/assign"
        assert api.send("POST", where).content == b""
    return str(made)


def end(api: Api, conversation: str, **body: str) -> Any:
    return api.data("POST", f"/emulator/conversations/{conversation}/end", json=body)


def found(api: Api, conversation: str) -> list[Any]:
    """Wait for the insights of a conversation."""

    def settled() -> list[Any] | None:
        runs = api.data("GET", f"/ai/conversations/{conversation}/conversations-insights")
        statuses = {run["status"] for run in runs}
        return runs if runs and not statuses & {"pending", "in_progress"} else None

    return api.eventually(settled)


def results(api: Api, conversation: str) -> list[str]:
    [run] = found(api, conversation)
    return [result["result"] for result in run["conversation_insights"]]


def test_every_account_has_the_templates_of_telnyx(api: Api) -> None:
    listed = api.data("GET", "/ai/conversations/insights")
    assert [(row["name"], row["insight_type"]) for row in listed] == [
        ("User Satisfaction", "default"),
        ("Agent Instruction Following", "default"),
    ]
    for method, body in (("PUT", {"name": "mine"}), ("DELETE", None)):
        answer = api.send(method, f"/ai/conversations/insights/{listed[0]['id']}", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "10010")


def test_a_template_is_created_changed_and_deleted(api: Api) -> None:
    made = api.data(
        "POST",
        "/ai/conversations/insights",
        json={"name": "RSVP", "instructions": "Do they attend?", "json_schema": ATTENDING},
    )
    path = f"/ai/conversations/insights/{made['id']}"
    assert made == {
        "id": made["id"],
        "name": "RSVP",
        "instructions": "Do they attend?",
        "json_schema": ATTENDING,
        "insight_type": "custom",
        "webhook": "",
        "created_at": "2026-01-01T00:00:00.000Z",
    }
    changed = api.data("PUT", path, json={"webhook": "https://example.com/hook"})
    assert changed == {**made, "webhook": "https://example.com/hook"}
    assert api.data("GET", path) == changed
    assert api.send("DELETE", path).content == b""
    assert api.send("GET", path).status_code == 404


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"type": "string"}}},
        {"type": "object", "additionalProperties": True},
        {"type": "objekt", "additionalProperties": False},
        "no JSON",
        "[]",
    ],
)
def test_an_open_or_invalid_schema_is_refused(api: Api, schema: Any) -> None:
    mine = template(api, "mine")
    for method, path, body in (
        ("POST", "", {"name": "x", "instructions": "y", "json_schema": schema}),
        ("PUT", f"/{mine}", {"json_schema": schema}),
    ):
        answer = api.send(method, f"/ai/conversations/insights{path}", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "10015")


def test_a_schema_may_come_as_text_and_stays_text(api: Api) -> None:
    made = template(api, "mine", json_schema=json.dumps(ATTENDING))
    shown = api.data("GET", f"/ai/conversations/insights/{made}")
    assert shown["json_schema"] == json.dumps(ATTENDING)


def test_a_group_lists_its_templates_in_the_order_assigned(api: Api) -> None:
    first, second = template(api, "first"), template(api, "second")
    made = group(api, second, first, second)
    path = f"/ai/conversations/insight-groups/{made}"
    shown = api.data("GET", path)
    assert [row["name"] for row in shown["insights"]] == ["second", "first"]
    assert api.data("GET", "/ai/conversations/insight-groups") == [shown]
    changed = api.data("PUT", path, json={"description": "For calls."})
    assert changed == {**shown, "description": "For calls."}
    assert api.send("DELETE", f"{path}/insights/{second}/unassign").content == b""
    assert api.send("DELETE", f"{path}/insights/{second}/unassign").status_code == 404
    assert api.send("DELETE", f"/ai/conversations/insights/{first}").status_code == 200
    assert api.data("GET", path)["insights"] == []
    assert api.send("DELETE", path).content == b""
    assert api.send("GET", path).status_code == 404


def test_listings_of_templates_and_groups_have_pages(api: Api) -> None:
    for number in range(3):
        template(api, f"mine {number}")
        group(api)
    page = {"page[size]": "2", "page[number]": "2"}
    for kind, total, rows in (("insights", 5, 2), ("insight-groups", 3, 1)):
        answer = api.send("GET", f"/ai/conversations/{kind}", params=page).json()
        assert len(answer["data"]) == rows
        assert answer["meta"] == {
            "total_pages": (total + 1) // 2,
            "total_results": total,
            "page_number": 2,
            "page_size": 2,
        }
        empty = api.send("GET", f"/ai/conversations/{kind}", params={"page[size]": "0"}).json()
        assert (empty["data"], empty["meta"]["total_results"]) == ([], total)
        for size in ("100", "-1", "many"):
            refused = api.send("GET", f"/ai/conversations/{kind}", params={"page[size]": size})
            assert refused.status_code == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "insights/{nowhere}"),
        ("PUT", "insights/{nowhere}"),
        ("DELETE", "insights/{nowhere}"),
        ("GET", "insight-groups/{nowhere}"),
        ("PUT", "insight-groups/{nowhere}"),
        ("DELETE", "insight-groups/{nowhere}"),
        ("POST", "insight-groups/{group}/insights/{nowhere}/assign"),
        ("POST", "insight-groups/{nowhere}/insights/{insight}/assign"),
        ("DELETE", "insight-groups/{nowhere}/insights/{insight}/unassign"),
    ],
)
def test_an_unknown_template_or_group_is_not_found(api: Api, method: str, path: str) -> None:
    where = path.format(nowhere=NOWHERE, group=group(api), insight=template(api, "mine"))
    answer = api.send(method, f"/ai/conversations/{where}", json={})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "10005")


def test_insights_are_found_when_a_conversation_ends(api: Api) -> None:
    mine = group(
        api,
        template(api, "RSVP", "Do they attend?", json_schema=ATTENDING),
        template(api, "Summary", "Summarise the call."),
        template(api, "Date", "What is the date of the booking?"),
        template(api, "Weather", "What was said about rain?"),
        managed(api, "User Satisfaction"),
        managed(api, "Agent Instruction Following"),
    )
    call = begin(api, CALL)
    assert api.data("GET", f"/ai/conversations/{call}/conversations-insights") == []
    ended = end(api, call, insight_group_id=mine)
    assert ended["ended_at"] is not None
    [run] = found(api, call)
    assert (run["id"], run["status"]) == (ended["insights"]["id"], "completed")
    assert run["insight_group_id"] == mine
    rsvp, summary, date, weather, satisfied, followed = results(api, call)
    assert json.loads(rsvp) == {"still_attending": "yes", "guests": 4}
    assert summary in " ".join(content for _, content in CALL)
    assert date == "I confirm the date of your booking: May 3, and greet you, caller."
    assert weather == "The conversation does not say."
    assert json.loads(satisfied) == {"score": "Excellent"}
    assert json.loads(followed) == {"score": "Excellent"}


@pytest.mark.parametrize(
    ("messages", "score"),
    [
        ([], "N/A"),
        ([("user", "Okay.")], "Fair"),
        ([("user", "Thanks!")], "Good"),
        ([("user", "This is terrible, slow and useless. I want a refund.")], "Poor"),
    ],
)
def test_satisfaction_follows_the_tone_of_the_user(
    api: Api, messages: list[tuple[str, str]], score: str
) -> None:
    call = begin(api, [("assistant", "Great, wonderful, excellent to meet you!"), *messages])
    end(api, call, insight_group_id=group(api, managed(api, "User Satisfaction")))
    assert results(api, call) == [json.dumps({"score": score})]


def test_an_assistant_without_instructions_is_not_scored(api: Api) -> None:
    call = begin(api, CALL[1:])
    end(api, call, insight_group_id=group(api, managed(api, "Agent Instruction Following")))
    assert results(api, call) == ['{"score": "N/A"}']


def test_every_state_of_insights_can_be_seen(api: Api) -> None:
    api.emulator.account.jobs.pace = after_polls(1)
    call = begin(api, CALL)
    mine = group(api, template(api, "Summary", "Summarise the call."))
    assert end(api, call, insight_group_id=mine)["insights"]["status"] == "pending"
    path = f"/ai/conversations/{call}/conversations-insights"
    seen = [api.data("GET", path)[0] for _ in range(3)]
    assert [run["status"] for run in seen] == ["pending", "in_progress", "completed"]
    assert [len(run["conversation_insights"]) for run in seen] == [0, 0, 1]


def test_insights_fail_when_a_schema_cannot_be_met_and_the_others_stay(api: Api) -> None:
    call = begin(api, CALL)
    good = template(api, "Summary", "Summarise the call.")
    end(
        api,
        call,
        insight_group_id=group(api, template(api, "No", json_schema=IMPOSSIBLE), good),
    )
    [run] = found(api, call)
    assert run["status"] == "failed"
    assert [result["insight_id"] for result in run["conversation_insights"]] == [good]


def test_the_group_comes_from_the_request_the_metadata_or_the_account(api: Api) -> None:
    requested, named, usual = group(api), group(api), group(api)
    call = begin(api, CALL, insight_group_id=named)
    other = begin(api, CALL)
    assert end(api, other)["insights"] is None
    api.emulator.account.conversations.insights.default_group = usual
    assert end(api, call, insight_group_id=requested)["insights"]["insight_group_id"] == requested
    assert end(api, call)["insights"]["insight_group_id"] == named
    api.emulator.end_conversation(other)
    assert [run["insight_group_id"] for run in found(api, call)] == [requested, named]
    assert [run["insight_group_id"] for run in found(api, other)] == [usual]


def test_an_unknown_conversation_or_group_cannot_end(api: Api) -> None:
    call = begin(api, CALL)
    for path, body in ((NOWHERE, {}), (call, {"insight_group_id": NOWHERE})):
        answer = api.send("POST", f"/emulator/conversations/{path}/end", json=body)
        assert answer.status_code == 404
    with pytest.raises(LookupError, match="no insight group"):
        api.emulator.end_conversation(call, NOWHERE)


def test_insights_of_deleted_resources_are_dropped(api: Api) -> None:
    api.emulator.account.jobs.pace = after_polls(1)
    gone, lost = begin(api, CALL), begin(api, CALL)
    mine, other = group(api), group(api)
    end(api, gone, insight_group_id=mine)
    end(api, lost, insight_group_id=other)
    assert api.send("DELETE", f"/ai/conversations/{gone}").is_success
    assert api.send("DELETE", f"/ai/conversations/insight-groups/{other}").is_success
    assert [run["status"] for run in found(api, lost)] == ["failed"]
    assert api.send("GET", f"/ai/conversations/{gone}/conversations-insights").status_code == 404


def test_interrupted_insights_complete_after_a_restart(
    tmp_path: Path,
) -> None:
    with TelnyxEmulator(sockets=False, data=tmp_path) as emulator:
        conversations = emulator.account.conversations
        emulator.account.jobs.pace = after_polls(1)
        call = conversations.records.create("", {}).id
        emulator.end_conversation(call, conversations.groups.create(name="group").id)
        assert [run.status for run in conversations.insights.of(call)] == ["pending"]
    with TelnyxEmulator(sockets=False, data=tmp_path) as emulator:
        emulator.account.jobs.pace = after_polls(1)
        insights = emulator.account.conversations.insights
        statuses = [insights.of(call)[0].status for _ in range(3)]
        assert statuses[-1] == "completed"
