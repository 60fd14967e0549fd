"""Usage of buckets: the stored bytes, and the operations by hour."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.bucket_usage.state import Count
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import resource_not_found
from langchain_telnyx.emulator.serving.paging import PageParameters, page_of

router = APIRouter(prefix="/storage/buckets/{bucket_name}/usage")

_ONE_PAGE = PageParameters(number=1, size=20, first=1)


@router.get("/api")
def api_usage(
    bucket_name: str,
    start: Annotated[datetime, Query(alias="filter[start_time]")],
    end: Annotated[datetime, Query(alias="filter[end_time]")],
    account: CurrentAccount,
) -> dict[str, Any]:
    """Return the operations on a bucket, for each hour of a period that has any."""
    _need(bucket_name, account)
    rows = []
    for hour, categories in account.usage.hours(bucket_name, _aware(start), _aware(end)).items():
        total = Count()
        for count in categories.values():
            total.add(count)
        rows.append(
            {
                "timestamp": hour,
                "categories": [
                    {"category": category, **vars(count)} for category, count in categories.items()
                ],
                "total": vars(total),
            }
        )
    return {"data": rows}


@router.get("/storage")
def storage_usage(bucket_name: str, account: CurrentAccount) -> dict[str, Any]:
    """Return the number and the size of a bucket's objects."""
    _need(bucket_name, account)
    number, size = account.usage.stored(bucket_name)
    usage = {
        "num_objects": number,
        "size": size,
        "size_kb": -(-size // 1024),
        "timestamp": account.clock.stamp(),
    }
    return page_of(1, [usage], _ONE_PAGE)


def _need(bucket: str, account: Account) -> None:
    if not account.objects.has_bucket(bucket):
        raise resource_not_found()


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
