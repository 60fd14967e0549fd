"""The recorder of `doctor --live`: what a cassette has, and what is removed from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.client.call import Call, Reply
from langchain_telnyx.client.multipart import FilePart, Multipart
from langchain_telnyx.doctor.live.recording import Recorder

if TYPE_CHECKING:
    from pathlib import Path

JSON = {"content-type": "application/json"}
SSE = {"content-type": "text/event-stream; charset=utf-8"}
ID = "5c3f9a10-1111-4222-8333-944455556666"


def call(method: str = "POST", path: str = "/ai/x", **fields: Any) -> Call[Any]:
    return Call(method, path, lambda reply: reply, **fields)


def reply(body: Any, headers: dict[str, str] | None = None, status: int = 200) -> Reply:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Reply(status, JSON if headers is None else headers, content)


def recorded(
    file: Path, sent: Call[Any], received: Reply, base_url: str = "https://api.telnyx.com/v2"
) -> dict[str, Any]:
    recorder = Recorder(file, base_url)
    recorder.assumptions = ["tools.calls"]
    recorder.record(sent, received)
    found: dict[str, Any] = json.loads(file.read_text("utf-8").splitlines()[-1])
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cassette.jsonl"


def test_an_exchange_has_its_source_its_date_and_its_assumptions(file: Path) -> None:
    found = recorded(file, call(json={"a": 1}), reply({"b": None}))
    assert found["assumptions"] == ["tools.calls"]
    provenance = found["provenance"]
    assert (provenance["source"], provenance["where"]) == ("live", "api.telnyx.com")
    assert len(provenance["date"]) == len("2026-11-28")
    sent = {"method": "POST", "host": "api", "path": "/ai/x", "json": {"a": 1}}
    assert found["request"] == sent
    assert found["response"] == {"status": 200, "headers": JSON, "body": {"b": None}}


@pytest.mark.parametrize(
    ("base_url", "source"),
    [
        ("https://api.telnyx.com/v2", "live"),
        ("https://api.telnyx.com.au/v2", "live"),
        ("http://127.0.0.1:8000/v2", "other"),
        ("https://api.eviltelnyx.com/v2", "other"),
        ("https://telnyx.com.example.org/v2", "other"),
    ],
)
def test_only_responses_of_telnyx_are_live(file: Path, base_url: str, source: str) -> None:
    found = recorded(file, call(), reply({}), base_url)
    assert found["provenance"]["source"] == source


def test_ids_addresses_and_numbers_are_replaced(file: Path) -> None:
    text = f"{ID} ann@example.org +4721123456"
    body = {"user_id": "u-1", "owner": "Ann", "rows": [{"text": text, "n": 4721123456}]}
    found = recorded(file, call(path=f"/ai/{ID}", json={"text": text}), reply(body))
    text = json.dumps(found)
    for secret in (ID, "ann@", "+47", "u-1", "Ann"):
        assert secret not in text
    assert found["response"]["body"]["rows"][0]["n"] == 4721123456


def test_times_are_not_taken_for_numbers(file: Path) -> None:
    body = {"created_at": "2026-11-28T10:00:00+00:00"}
    assert recorded(file, call(), reply(body))["response"]["body"] == body


def test_what_is_cut_is_written_down_with_its_length(file: Path) -> None:
    body = {"data": [{"a/b": [0.5] * 1024}], "text": "x" * 5000}
    found = recorded(file, call(json={"input": ["gull"] * 9}), reply(body))
    assert found["cut"] == {
        "/request/json/input": 9,
        "/response/body/data/0/a~1b": 1024,
        "/response/body/text": 5000,
    }
    assert found["response"]["body"]["data"] == [{"a/b": [0.5] * 5}]
    assert "cut" not in recorded(file, call(json={"input": ["gull"]}), reply({}))


def test_a_stream_has_its_events_and_its_end(file: Path) -> None:
    events = [f"data: {json.dumps({'id': ID, 'n': n})}\n\n" for n in range(200)]
    text = f": hello\n\n{''.join(events)}data: [DONE]\n\n"
    found = recorded(file, call(), reply(text, SSE))
    body: str = found["response"]["body"]
    assert body.startswith(": hello\n\ndata: {")
    assert body.endswith('"n": 199}\n\ndata: [DONE]\n\n')
    assert ID not in body
    assert body.count("data: {") < 60
    assert found["cut"] == {"/response/body": 203}


def test_a_short_stream_is_unchanged(file: Path) -> None:
    text = 'event: delta\ndata: {"a": "ü"}\n\ndata: {"a"\n\ndata: [DONE]\n\n'
    assert recorded(file, call(), reply(text, SSE))["response"]["body"] == text


def test_of_files_the_name_and_the_size_are_recorded(file: Path) -> None:
    form = Multipart([("model", "m")], [FilePart("file", "a.wav", b"secret")])
    found = recorded(file, call(body=form), reply({}))
    assert found["request"]["form"] == [["model", "m"]]
    assert found["request"]["files"] == [["file", "a.wav"]]
    upload = call("PUT", "/b/k", body=b"secret", host="storage", headers={"Content-Type": "a/b"})
    found = recorded(file, upload, reply("", {}))
    assert found["request"]["bytes"] == 6
    assert found["request"]["headers"] == {"content-type": "a/b"}
    assert "secret" not in file.read_text("utf-8")


def test_region_and_query_are_recorded(file: Path) -> None:
    sent = call("HEAD", "/b", host="storage", region="eu-central-1", query=(("a", "1"), ("a", "2")))
    found = recorded(file, sent, reply("", {"x-amz-bucket-region": "us-east-1", "via": "x"}, 301))
    assert found["request"]["region"] == "eu-central-1"
    assert found["request"]["query"] == [["a", "1"], ["a", "2"]]
    assert found["response"]["headers"] == {"x-amz-bucket-region": "us-east-1"}


def test_without_a_file_exchanges_are_counted_only() -> None:
    recorder = Recorder()
    recorder.record(call(), reply({}))
    assert recorder.count == 1
