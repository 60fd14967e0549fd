"""Health, reset, quirks, clock, and the pace of jobs."""

from __future__ import annotations

import re
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_telnyx._version import __version__
from langchain_telnyx.emulator import Quirks, TelnyxEmulator, after_polls
from langchain_telnyx.emulator.reset_areas import AREAS, STORED
from tests.emulator.control.conftest import Control

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.conftest import Api


class TestHealth:
    def test_it_describes_the_emulator(self, control: Control) -> None:
        control.chat("Hello")
        control.emulator.say("unused")
        health = control.get("/health")
        assert (health["status"], health["version"]) == ("ok", __version__)
        assert {"chat", "s3", "conversations"} <= set(health["areas"])
        assert (health["requests"], health["unused"]) == (1, 1)
        assert (health["port"], health["data"], health["upstream"]) == (None, "memory", False)
        assert health["uptime_seconds"] >= 0
        assert health["quirks"] == {}

    def test_it_has_the_port_and_the_changed_quirks(self, tmp_path: Path) -> None:
        quirks = Quirks(reasoning_field="reasoning", file_words={"success": "done"})
        with TelnyxEmulator(quirks=quirks, data=tmp_path) as emulator:
            url = f"{emulator.storage_url}/_emulator/health"
            health = httpx.get(url).json()
            assert health["port"] == int(emulator.storage_url.rpartition(":")[2])
            assert Control(emulator).get("/health")["data"] == "disk"
        assert health["quirks"] == {
            "reasoning_field": "reasoning",
            "file_words": {"success": "done"},
        }


class TestReset:
    def test_without_areas_everything_is_as_at_the_start(self, control: Control, api: Api) -> None:
        first = control.chat("Hello").json()["id"]
        fill(control, api)
        control.post("/pace", polls=2)
        control.send("PATCH", "/quirks", json={"fenced_json": True})
        control.post("/clock", advance=1e6)
        assert control.send("POST", "/reset").json() == {"reset": list(AREAS)}
        assert stored(control) == {}
        assert control.get("/requests")["requests"] == []
        assert control.get("/script")["items"] == []
        assert control.get("/pace") == {"polls": 0, "seconds": 0}
        assert control.get("/health")["quirks"] == {}
        assert control.get("/clock")["now"] == "2026-01-01T00:00:00.000Z"
        assert control.chat("Hello").json()["id"] == first

    @pytest.mark.parametrize("area", AREAS)
    def test_an_area_is_reset_and_nothing_else(self, control: Control, api: Api, area: str) -> None:
        fill(control, api)
        before = stored(control)
        assert control.post("/reset", areas=[area]) == {"reset": [area]}
        own = set(STORED[area].tables) if area in STORED else set()
        after = stored(control)
        jobs = (before.pop("jobs"), after.pop("jobs", 0))
        assert jobs[1] <= jobs[0]
        assert after == {table: rows for table, rows in before.items() if table not in own}
        assert (control.get("/script")["items"] == []) == (area == "script")
        assert (control.get("/requests")["requests"] == []) == (area == "requests")

    def test_after_the_reset_of_an_area_the_others_work(self, control: Control, api: Api) -> None:
        fill(control, api)
        control.post("/reset", areas=["storage", "conversations"])
        assert api.data("GET", "/ai/embeddings/buckets") == {"buckets": []}
        api.put("moons", "new.txt", "Titan orbits Saturn.", "text/plain")
        assert api.embed("moons") == "success"
        assert [hit["document_chunk"] for hit in api.search("moons", "Titan")] == [
            "Titan orbits Saturn."
        ]
        assert api.data("GET", "/ai/conversations") == []
        created = control.api("POST", "/ai/conversations", json={"name": "new"})
        assert created.status_code == 200

    def test_every_table_belongs_to_an_area(self, emulator: TelnyxEmulator) -> None:
        rows = emulator.account.store.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        tables = [name for area in STORED.values() for name in area.tables]
        assert {name for (name,) in rows} == {*tables, "jobs", "openings"}
        assert len(tables) == len(set(tables))

    def test_every_kind_of_job_belongs_to_an_area(self, emulator: TelnyxEmulator) -> None:
        kinds = [kind for area in STORED.values() for kind in area.jobs]
        assert set(emulator.account.jobs.runners) == set(kinds)

    @pytest.mark.parametrize("areas", [["storag"], [], "storage", ["script", "nothing"]])
    def test_an_unknown_area_is_refused_and_nothing_is_reset(
        self, control: Control, areas: Any
    ) -> None:
        control.emulator.say("still here")
        answer = control.send("POST", "/reset", json={"areas": areas})
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"][:2] == ["body", "areas"]
        assert control.emulator.script.unused() == ["say('still here')"]
        with pytest.raises(ValueError, match="no area 'nothing': the areas are"):
            control.emulator.reset("script", "nothing")
        assert control.emulator.script.unused() == ["say('still here')"]

    def test_pace_webhooks_and_group_of_other_areas_stay(self, control: Control) -> None:
        emulator = control.emulator
        emulator.account.jobs.pace = after_polls(2)
        emulator.account.conversations.insights.default_group = "group"
        emulator.receive_webhooks("http://app.test/", lambda *_: None)
        emulator.reset("kvs", "storage")
        assert emulator.account.jobs.pace == after_polls(2)
        assert emulator.account.conversations.insights.default_group == "group"
        emulator.receive_message("+1", "+2", webhook_url="http://app.test/")
        assert emulator.next_webhook(30).delivered


class TestQuirks:
    def test_a_change_takes_effect_at_once(self, control: Control) -> None:
        def reasoning() -> set[str]:
            message = control.chat("Hello").json()["choices"][0]["message"]
            return {name for name in message if name.startswith("reasoning")}

        assert reasoning() == {"reasoning_content"}
        changed = control.send("PATCH", "/quirks", json={"reasoning_field": "reasoning"})
        assert changed.json() == asdict(Quirks(reasoning_field="reasoning"))
        assert reasoning() == {"reasoning"}
        assert control.get("/quirks") == changed.json()
        assert control.emulator.quirks == Quirks(reasoning_field="reasoning")

    def test_each_quirk_can_have_its_least_convenient_form(self, control: Control) -> None:
        worst = asdict(Quirks.pessimistic())
        for field in fields(Quirks):
            body = {field.name: worst[field.name]}
            answer = control.send("PATCH", "/quirks", json=body)
            assert answer.status_code == 200, answer.text
        assert control.emulator.quirks == Quirks.pessimistic()

    def test_stored_objects_and_jobs_stay(self, control: Control, api: Api) -> None:
        api.put("moons", "titan.txt", "Titan orbits Saturn.", "text/plain")
        assert api.embed("moons") == "success"
        changes = {"filename_form": "basename", "failure_word": "failed", "search_cap": 1}
        assert control.send("PATCH", "/quirks", json=changes).status_code == 200
        assert len(api.search("moons", "Titan", limit=1)) == 1
        body = {"bucket_name": "moons", "query": "Titan", "num_of_docs": 2}
        assert api.send("POST", "/ai/embeddings/similarity-search", json=body).status_code == 422
        api.put("broken", "broken.pdf", "no PDF", "application/pdf")
        assert api.embed("broken") == "failed"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"reasoning_feild": "x"}, "reasoning_feild"),
            ({"reasoning_field": "x"}, "reasoning_field"),
            ({"fenced_json": "true"}, "fenced_json"),
            ({"rate_limited_share": 0.9}, "rate_limited_share"),
            ({"file_words": {"done": "x"}}, "file_words"),
        ],
    )
    def test_an_invalid_change_is_refused_by_name(
        self, control: Control, changes: dict[str, Any], field: str
    ) -> None:
        answer = control.send("PATCH", "/quirks", json={"odd_rows": True, **changes})
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"][:2] == ["body", field]
        assert control.emulator.quirks == Quirks()

    def test_python_refuses_the_same(self, emulator: TelnyxEmulator) -> None:
        with pytest.raises(TypeError, match="reasoning_feild"):
            emulator.change_quirks(reasoning_feild="x")
        with pytest.raises(ValueError, match="search_cap"):
            emulator.change_quirks(search_cap=0)
        assert emulator.quirks == replace(Quirks())


class TestClock:
    def test_the_fake_clock_is_read_without_an_effect(self, control: Control) -> None:
        for _ in range(2):
            assert control.get("/clock") == {"now": "2026-01-01T00:00:00.000Z", "kind": "fake"}

    def test_a_value_expires(self, control: Control) -> None:
        control.post("/clock", set="2030-05-01T12:00:00+02:00")
        assert control.get("/clock")["now"] == "2030-05-01T10:00:00.000Z"
        assert control.post("/clock", advance=90.5)["now"] == "2030-05-01T10:01:30.500Z"
        assert control.emulator.account.clock.read() == datetime(
            2030, 5, 1, 10, 1, 30, 500_000, tzinfo=UTC
        )

    def test_the_clock_of_the_machine_can_be_ahead(self) -> None:
        with TelnyxEmulator(sockets=False, real_clock=True) as emulator:
            control = Control(emulator)
            assert control.get("/clock")["kind"] == "real"
            control.post("/clock", set="2040-01-01T00:00:00Z")
            created = control.api("POST", "/ai/conversations", json={}).json()["created_at"]
            assert re.match(r"2040-01-01T", created)
            emulator.advance_clock(366 * 86_400)
            assert control.get("/clock")["now"].startswith("2041-01-01T")
            emulator.reset("clock")
            assert control.get("/clock")["now"] < "2040"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, None),
            ({"advance": 1, "set": "2030-01-01T00:00:00Z"}, None),
            ({"advance": 1e300}, "advance"),
            ({"advance": "1"}, "advance"),
            ({"set": "2030-01-01T00:00:00"}, "set"),
            ({"set": "tomorrow"}, "set"),
            ({"set": 1_900_000_000}, "set"),
            ({"forward": 1}, "forward"),
        ],
    )
    def test_an_impossible_time_is_refused(
        self, control: Control, body: dict[str, Any], field: str | None
    ) -> None:
        answer = control.send("POST", "/clock", json=body)
        assert answer.status_code == 422
        expected = ["body"] if field is None else ["body", field]
        assert answer.json()["detail"][0]["loc"] == expected
        assert control.get("/clock")["now"] == "2026-01-01T00:00:00.000Z"


def test_the_pace_lets_polls_observe_each_state(control: Control, api: Api) -> None:
    assert control.post("/pace", polls=1) == {"polls": 1, "seconds": 0}
    assert control.emulator.account.jobs.pace == after_polls(1)
    api.put("moons", "titan.txt", "Titan orbits Saturn.", "text/plain")
    task = api.data("POST", "/ai/embeddings", json={"bucket_name": "moons"})["task_id"]
    states = [api.data("GET", f"/ai/embeddings/{task}")["status"] for _ in range(3)]
    assert states == ["queued", "processing", "success"]
    assert control.post("/pace") == {"polls": 0, "seconds": 0}
    assert control.send("POST", "/pace", json={"polls": -1}).status_code == 422


def fill(control: Control, api: Api) -> None:
    """Create something in most areas."""
    control.emulator.say("unused")
    api.put("moons", "titan.txt", "Titan orbits Saturn.", "text/plain")
    assert api.embed("moons") == "success"
    control.api("POST", "/ai/conversations", json={"name": "call"})
    control.api("POST", "/messages", json={"from": "+1", "to": "+2", "text": "Hello"})
    control.post("/add-phone-number", phone_number="+13125550100")
    control.post("/add-web-page", url="https://a.example/", title="A", text="A page.")
    control.post("/add-recording-transcription", text="Hello.")
    control.post("/transcript", recording="call.wav", content="Hello.")
    secret = {"identifier": "key", "type": "bearer", "token": "s3cret"}
    control.api("POST", "/integration_secrets", json=secret)
    assert {"buckets", "chunks", "conversations", "transcripts"} <= stored(control).keys()


def stored(control: Control) -> dict[str, int]:
    """Return how many rows the tables have, without empty ones."""
    store = control.emulator.account.store
    tables = store.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
    counts = {name: len(store.rows(f'SELECT 1 FROM "{name}"')) for (name,) in tables}  # noqa: S608
    # Counters, and the templates that each account has.
    ignored = {"openings", "sqlite_sequence", "bucket_operations", "insight_templates"}
    return {name: count for name, count in counts.items() if count and name not in ignored}
