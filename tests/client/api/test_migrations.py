"""Migrations of buckets, sync and async, against the emulator."""

from typing import Any

import pytest

from langchain_telnyx.client.errors import BadRequestError, NotFoundError, TaskError
from langchain_telnyx.emulator.runtime.pace import after_polls
from langchain_telnyx.emulator.server import TelnyxEmulator

TARGET = {"target_bucket_name": "copy-bucket", "target_region": "us-east-1"}


@pytest.fixture
async def source(api: Any, emulator: TelnyxEmulator, bucket: str) -> str:
    """A source: a bucket of the account itself."""
    key = emulator.api_key
    made = await api.migration_sources.create(
        "telnyx", bucket, access_key=key, secret_access_key=key, source_region="us-central-1"
    )
    return str(made.id)


async def test_a_bucket_is_copied(api: Any, emulator: TelnyxEmulator, source: str) -> None:
    emulator.account.jobs.pace = after_polls(1)
    begun = await api.migrations.create(source, **TARGET)
    assert begun.status == "pending"
    updates: list[str] = []
    done = await api.migrations.wait(begun.id, on_progress=lambda each: updates.append(each.status))
    assert updates == ["pending", "checking", "migrating", "complete"]
    assert (done.bytes_to_migrate, done.bytes_migrated) == (56, 56)
    copied = await api.storage.head_object("copy-bucket", "cats/a b+c ä?.txt")
    assert (copied.size, copied.content_type) == (23, "text/plain")
    assert [each.id for each in await api.migrations.list()] == [begun.id]


async def test_a_migration_with_refresh_copies_new_objects_until_stopped(
    api: Any, bucket: str, source: str
) -> None:
    begun = await api.migrations.create(source, **TARGET, refresh=True)
    while (await api.migrations.get(begun.id)).bytes_migrated != 56:
        pass
    await api.storage.put_object(bucket, "new.txt", b"new")
    now = await api.migrations.get(begun.id)
    assert (now.status, now.bytes_migrated) == ("migrating", 59)
    assert await api.storage.get_object("copy-bucket", "new.txt") == b"new"
    assert (await api.migrations.stop(begun.id)).status == "stopped"
    await api.storage.put_object(bucket, "newer.txt", b"newer")
    assert (await api.migrations.get(begun.id)).bytes_migrated == 59
    with pytest.raises(TaskError, match="stopped"):
        await api.migrations.wait(begun.id)


@pytest.mark.parametrize("provider", ["aws", "telnyx"])
async def test_a_migration_from_an_unreachable_source_fails(
    api: Any, bucket: str, provider: str
) -> None:
    elsewhere = await api.migration_sources.create(
        provider, bucket, access_key="another", secret_access_key="another"
    )
    begun = await api.migrations.create(elsewhere.id, **TARGET)
    with pytest.raises(TaskError, match="error"):
        await api.migrations.wait(begun.id)


async def test_sources_are_listed_fetched_and_deleted(
    api: Any, emulator: TelnyxEmulator, bucket: str, source: str
) -> None:
    [listed] = await api.migration_sources.list()
    assert (listed.id, listed.provider, listed.bucket_name) == (source, "telnyx", bucket)
    assert emulator.api_key not in listed.model_dump_json()
    assert await api.migration_sources.get(source) == listed
    assert await api.migration_sources.delete(source) == listed
    with pytest.raises(NotFoundError):
        await api.migration_sources.get(source)
    with pytest.raises(NotFoundError):
        await api.migrations.create(source, **TARGET)


@pytest.mark.parametrize(
    ("bucket_name", "region"), [("no such name", "us-east-1"), ("copy-bucket", "mars-1")]
)
async def test_an_invalid_target_is_refused(
    api: Any, source: str, bucket_name: str, region: str
) -> None:
    with pytest.raises(BadRequestError):
        await api.migrations.create(source, target_bucket_name=bucket_name, target_region=region)


async def test_credentials_are_not_printed(api: Any, bucket: str) -> None:
    made = await api.migration_sources.create(
        "aws", bucket, access_key="AKIA1", secret_access_key="wJalr"
    )
    assert "AKIA1" not in repr(made)


async def test_coverage_names_regions(api: Any) -> None:
    rows = await api.migration_sources.coverage()
    assert {row.provider for row in rows} == {"aws"}
    assert "us-east-1" in {row.source_region for row in rows}
