"""Migrations over HTTP: copies, validation, and crashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import TelnyxEmulator, after_seconds
from tests.emulator.conftest import Api

if TYPE_CHECKING:
    from pathlib import Path


def begun(api: Api, *, key: str | None = None, **options: Any) -> str:
    """Start to copy `bucket` into `target`; return the path of the migration."""
    auth = {"access_key": key or api.emulator.api_key, "secret_access_key": "x"}
    source = api.data(
        "POST",
        "/storage/migration_sources",
        json={"provider": "telnyx", "bucket_name": "bucket", "provider_auth": auth},
    )
    body = {"source_id": source["id"], "target_bucket_name": "target"}
    body |= {"target_region": "us-east-1", **options}
    return f"/storage/migrations/{api.data('POST', '/storage/migrations', json=body)['id']}"


def ended(api: Api, path: str) -> Any:
    def found() -> Any:
        now = api.data("GET", path)
        return now if now["status"] in {"complete", "error", "stopped"} else None

    return api.eventually(found)


def test_large_objects_are_copied_whole_and_embedded_there(api: Api) -> None:
    api.put("target", "old.txt", "Old news about trains.")
    api.embed("target")
    api.put("bucket", "large.bin", bytes(3 * 1024 * 1024), "application/x-zeros")
    api.put("bucket", "bees.txt", "Bees make honey.")
    assert ended(api, begun(api))["status"] == "complete"
    objects = api.emulator.account.objects
    large = objects.get("target", "large.bin")
    assert (large.size, large.content_type) == (3 * 1024 * 1024, "application/x-zeros")
    api.eventually(lambda: "honey" in api.search("target", "honey", 1)[0]["document_chunk"])


def test_copying_again_skips_unchanged_objects(api: Api) -> None:
    api.put("bucket", "a.txt", "a")
    ended(api, begun(api))
    before = api.emulator.account.objects.get("target", "a.txt")
    assert ended(api, begun(api))["bytes_migrated"] == 1
    assert api.emulator.account.objects.get("target", "a.txt") == before


def test_another_account_is_out_of_reach(api: Api) -> None:
    api.put("bucket", "a.txt", "a")
    failed = ended(api, begun(api, key="another"))
    assert (failed["status"], failed["bytes_migrated"]) == ("error", 0)


def test_a_migration_that_has_ended_is_not_stopped(api: Api) -> None:
    api.put("bucket", "a.txt", "a")
    path = begun(api)
    ended(api, path)
    assert api.data("POST", f"{path}/actions/stop")["status"] == "complete"


def test_a_migration_is_stopped_before_it_begins(api: Api) -> None:
    api.put("bucket", "a.txt", "a")
    api.emulator.account.jobs.pace = after_seconds(60)
    path = begun(api)
    assert api.data("POST", f"{path}/actions/stop")["status"] == "stopped"
    assert api.data("GET", path)["status"] == "stopped"


def test_a_migration_continues_after_a_restart(tmp_path: Path) -> None:
    with TelnyxEmulator(sockets=False, data=tmp_path) as emulator:
        api = Api(emulator)
        api.put("bucket", "a.txt", "a")
        emulator.account.jobs.pace = after_seconds(60)
        path = begun(api)
    with TelnyxEmulator(sockets=False, data=tmp_path) as emulator:
        assert ended(Api(emulator), path)["status"] == "complete"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"target_region": "mars-1"}, 400),
        ({"target_bucket_name": "No"}, 400),
        ({"target_bucket_name": 1}, 422),
        ({"refresh": "yes"}, 422),
        ({"source_id": "unknown"}, 404),
    ],
)
def test_an_invalid_migration_is_refused(api: Api, changed: dict[str, Any], status: int) -> None:
    api.put("bucket", "a.txt", "a")
    source = api.data(
        "POST",
        "/storage/migration_sources",
        json={"provider": "aws", "bucket_name": "theirs", "provider_auth": {}},
    )
    body = {
        "source_id": source["id"],
        "target_bucket_name": "target",
        "target_region": "us-east-1",
    }
    answer = api.send("POST", "/storage/migrations", json=body | changed)
    assert answer.status_code == status


def test_a_missing_resource_is_not_found(api: Api) -> None:
    for method, path in (
        ("GET", "/storage/migrations/x"),
        ("POST", "/storage/migrations/x/actions/stop"),
        ("GET", "/storage/migration_sources/x"),
        ("DELETE", "/storage/migration_sources/x"),
    ):
        assert api.send(method, path).status_code == 404
