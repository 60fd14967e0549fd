"""The size of buckets and their operations, sync and async, against the emulator."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from langchain_telnyx.client.errors import NotFoundError
from langchain_telnyx.emulator.server import TelnyxEmulator

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


async def test_the_size_of_a_bucket_is_returned(api: Any, bucket: str) -> None:
    [held] = await api.bucket_usage.storage(bucket)
    assert (held.num_objects, held.size, held.size_kb) == (2, 56, 1)


async def test_operations_are_counted_by_kind(api: Any, bucket: str) -> None:
    await api.storage.get_object(bucket, "dogs.txt")
    with pytest.raises(NotFoundError):
        await api.storage.get_object(bucket, "cows.txt")
    [usage] = await api.bucket_usage.api(bucket, START, END)
    done = {each.category: (each.ops, each.successful_ops) for each in usage.categories}
    assert done == {"create_bucket": (1, 1), "get_obj": (2, 1), "put_obj": (2, 2)}
    assert (usage.total.ops, usage.total.successful_ops) == (5, 4)
    puts = next(each for each in usage.categories if each.category == "put_obj")
    assert puts.bytes_received == 56


async def test_times_are_sent_in_utc_with_milliseconds(
    api: Any, emulator: TelnyxEmulator, bucket: str
) -> None:
    east = timezone(timedelta(hours=1))
    await api.bucket_usage.api(
        bucket,
        datetime(2026, 1, 1, 1, tzinfo=east),
        datetime(2026, 1, 2),  # noqa: DTZ001 - without a zone on purpose
    )
    query = emulator.requests[-1].query
    assert "start_time%5D=2026-01-01T00%3A00%3A00.000Z" in query
    assert "end_time%5D=2026-01-02T00%3A00%3A00.000Z" in query


async def test_a_missing_bucket_is_not_found(api: Any) -> None:
    with pytest.raises(NotFoundError):
        await api.bucket_usage.storage("no-bucket")
    with pytest.raises(NotFoundError):
        await api.bucket_usage.api("no-bucket", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
