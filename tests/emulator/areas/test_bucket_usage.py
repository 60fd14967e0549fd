"""The usage report counts the S3 requests served, and survives a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_telnyx.emulator import TelnyxEmulator
from tests.emulator.conftest import Api

if TYPE_CHECKING:
    from pathlib import Path

PERIOD = {
    "filter[start_time]": "2026-01-01T00:00:00.000Z",
    "filter[end_time]": "2026-01-01T23:59:59.999Z",
}


def usage(api: Api, **period: str) -> list[Any]:
    found: list[Any] = api.data("GET", "/storage/buckets/bucket/usage/api", params=PERIOD | period)
    return found


def test_usage_is_reported_by_the_hour(emulator: TelnyxEmulator, api: Api) -> None:
    api.put("bucket", "a.txt", b"12345")
    clock: Any = emulator.account.clock
    clock.advance(3600)
    api.put("bucket", "b.txt", b"123")
    first, second = usage(api)
    assert first == {
        "timestamp": "2026-01-01T00:00:00Z",
        "categories": [
            {
                "category": "put_obj",
                "ops": 1,
                "successful_ops": 1,
                "bytes_sent": 0,
                "bytes_received": 5,
            }
        ],
        "total": {"ops": 1, "successful_ops": 1, "bytes_sent": 0, "bytes_received": 5},
    }
    assert (second["timestamp"], second["total"]["bytes_received"]) == ("2026-01-01T01:00:00Z", 3)


def test_an_hour_counts_when_the_period_touches_it(api: Api) -> None:
    api.put("bucket", "a.txt", b"12345")
    inside = {"filter[start_time]": "2026-01-01T00:59:59Z"}
    behind = {"filter[start_time]": "2026-01-01T01:00:00Z"}
    assert (len(usage(api, **inside)), len(usage(api, **behind))) == (1, 0)


def test_a_period_must_be_given_and_be_times(api: Api) -> None:
    api.put("bucket", "a.txt", b"")
    path = "/storage/buckets/bucket/usage/api"
    assert api.send("GET", path).status_code == 422
    assert api.send("GET", path, params=PERIOD | {"filter[end_time]": "soon"}).status_code == 422


def test_counts_survive_a_restart(tmp_path: Path) -> None:
    with TelnyxEmulator(sockets=False, data=tmp_path) as emulator:
        Api(emulator).put("bucket", "a.txt", b"12345")
    with TelnyxEmulator(sockets=False, data=tmp_path) as emulator:
        [hour] = usage(Api(emulator))
        assert hour["total"]["bytes_received"] == 5


def test_a_missing_bucket_has_no_usage(api: Api) -> None:
    for kind in ("api", "storage"):
        answer = api.send("GET", f"/storage/buckets/nowhere/usage/{kind}", params=PERIOD)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "10005")
