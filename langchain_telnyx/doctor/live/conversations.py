"""Probes of conversations, their messages, and insight templates."""

from collections.abc import Iterator

from langchain_telnyx.client.call import JSON, path
from langchain_telnyx.doctor.live.coverage import UNOBSERVABLE
from langchain_telnyx.doctor.live.outcomes import Outcome, holds_if, shown, unknown
from langchain_telnyx.doctor.live.probes import Models, Probe
from langchain_telnyx.doctor.live.session import Session

_ROLES = ("user", "assistant")
_TURNS = (("user", "How many gulls?"), ("assistant", "Seven."), ("user", "Thanks."))


def _conversation(session: Session, models: Models) -> Iterator[Outcome]:
    del models
    name = session.journal_new("conversation")
    created = session.request(
        "POST", "/ai/conversations", {"name": name, "metadata": {"purpose": "doctor"}}
    )
    body: JSON = created.json() if created.ok else {}
    yield holds_if("id" in body, "conversations.unwrapped", f"{shown(created)} {sorted(body)}")
    identity = str(body.get("id") or (body.get("data") or {}).get("id") or "")
    if not identity:
        return  # `run` reports the rest as unknown
    read = session.request("GET", path("/ai/conversations/{}", identity))
    yield holds_if(read.ok and "data" in read.json(), "conversations.wrapped", shown(read))
    query = {"name": f"eq.{name}"}
    listed = session.request("GET", "/ai/conversations", query=query)
    ids = {str(row["id"]) for row in _data(listed.json()) if row.get("id")} if listed.ok else set()
    yield holds_if(ids == {identity}, "conversations.filter", f"{shown(listed)} {len(ids)} found.")
    address = path("/ai/conversations/{}/message", identity)
    added = [
        session.request("POST", address, {"role": role, "content": content})
        for role, content in _TURNS
    ]
    is_empty = all(reply.ok and not reply.content.strip() for reply in added)
    yield holds_if(is_empty, "messages.empty_response", f"{shown(added[0])} {added[0].text[:40]!r}")
    reply = session.request("GET", path("/ai/conversations/{}/messages", identity))
    rows = _data(reply.json()) if reply.ok else []
    turns = [row for row in rows if row.get("role") in _ROLES]
    odd = [row for row in rows if row.get("role") not in {*_ROLES, "tool"}]
    evidence = f"{shown(reply)} {sorted(turns[0]) if turns else []}"
    texts = [row.get("text") for row in turns]
    written = sorted(content for _, content in _TURNS)
    is_text = all(isinstance(text, str) for text in texts)
    yield holds_if(is_text and sorted(map(str, texts)) == written, "messages.text", evidence)
    yield holds_if(not odd, "messages.rows", f"{len(odd)} of another role.", odd_rows=True)
    insights = session.request("GET", path("/ai/conversations/{}/conversations-insights", identity))
    found = _data(insights.json()) if insights.ok else None
    yield holds_if(found == [], "conversations.insights", f"{shown(insights)} {found}")


def _insights(session: Session, models: Models) -> Iterator[Outcome]:
    del models
    opened: JSON = {"type": "object", "properties": {"count": {"type": "integer"}}}
    closed = {**opened, "additionalProperties": False}
    address = "/ai/conversations/insights"

    def create(schema: JSON) -> Iterator[Outcome]:
        fields = {"instructions": "Count the gulls.", "json_schema": schema}
        reply = session.request("POST", address, {"name": session.journal_new("insight"), **fields})
        if schema is opened:
            yield holds_if(not reply.ok, "insights.open_schema", shown(reply))
            return
        data = reply.json().get("data") if reply.ok else None
        is_wrapped = isinstance(data, dict) and "id" in data
        yield holds_if(is_wrapped, "insights.wrapped", f"{shown(reply)} {sorted(data or {})}")

    yield from create(closed)
    yield from create(opened)
    yield unknown("insights.webhook", UNOBSERVABLE["insight_webhook"])


def _data(body: JSON) -> list[JSON]:
    return [row for row in body["data"] if isinstance(row, dict)]


PROBES = [
    Probe(
        "conversations",
        {
            "conversations.unwrapped": "A created conversation is not wrapped in `data`.",
            "conversations.wrapped": "A conversation that is read is wrapped in `data`.",
            "conversations.filter": "`name=eq.…` finds one conversation.",
            "messages.empty_response": "Adding a message has an empty response.",
            "messages.text": "Messages are read as `text`.",
            "messages.rows": "Messages are of users, assistants and tools only.",
            "conversations.insights": "A conversation without an assistant has no insights.",
        },
        "1 conversation, 3 messages",
        0.0,
        _conversation,
    ),
    Probe(
        "insights",
        {
            "insights.wrapped": "A created insight is wrapped in `data`.",
            "insights.open_schema": "A schema without `additionalProperties: false` is refused.",
            "insights.webhook": "Webhooks of insights have the form `result`.",
        },
        "2 insight templates",
        0.0,
        _insights,
    ),
]
