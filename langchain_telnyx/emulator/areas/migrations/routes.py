"""Migrations of buckets into the account, and their sources."""

from typing import Any, Literal

from fastapi import APIRouter

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.migrations.state import Migration, Source
from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import resource_not_found
from langchain_telnyx.emulator.serving.paging import PageParameters, page_of
from langchain_telnyx.emulator.serving.request_body import RequestBody, invalid
from langchain_telnyx.emulator.storage.regions import REGIONS

router = APIRouter(prefix="/storage")

_AWS_REGIONS = ("us-east-1", "us-east-2", "us-west-1", "us-west-2")
"""The regions to migrate from; the real list is not documented."""


class SourceAuth(RequestBody):
    """The credentials of a source."""

    access_key: str | None = None
    secret_access_key: str | None = None


class NewSource(RequestBody):
    """The body of `POST /storage/migration_sources`."""

    provider: Literal["aws", "telnyx"]
    provider_auth: SourceAuth
    bucket_name: str
    source_region: str | None = None


class NewMigration(RequestBody):
    """The body of `POST /storage/migrations`."""

    source_id: str
    target_bucket_name: str
    target_region: str
    refresh: bool | None = None


@router.get("/migration_source_coverage")
def coverage() -> dict[str, Any]:
    """List the regions that data can be migrated from."""
    rows = [{"provider": "aws", "source_region": region} for region in _AWS_REGIONS]
    return _whole(rows)


@router.get("/migration_sources")
def list_sources(account: CurrentAccount) -> dict[str, Any]:
    """List the sources."""
    return _whole([_source(source) for source in account.migrations.sources()])


@router.post("/migration_sources")
def create_source(body: NewSource, account: CurrentAccount) -> dict[str, Any]:
    """Store a source without its credentials."""
    own = body.provider == "telnyx" and body.provider_auth.access_key == account.settings.api_key
    created = account.migrations.add_source(
        body.provider, body.bucket_name, body.source_region, own=own
    )
    return {"data": _source(created)}


@router.get("/migration_sources/{source_id}")
def get_source(source_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Return a source."""
    return {"data": _source(_found_source(source_id, account))}


@router.delete("/migration_sources/{source_id}")
def delete_source(source_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Delete a source, and return it."""
    found = _found_source(source_id, account)
    account.migrations.drop_source(found.id)
    return {"data": _source(found)}


@router.get("/migrations")
def list_migrations(account: CurrentAccount) -> dict[str, Any]:
    """List the migrations."""
    return _whole([_migration(*found) for found in account.migrations.all()])


@router.post("/migrations")
def create_migration(body: NewMigration, account: CurrentAccount) -> dict[str, Any]:
    """Start to copy a source into a bucket, which is created if needed."""
    _found_source(body.source_id, account)
    if body.target_region not in REGIONS:
        raise invalid("target_region", f"There is no region {body.target_region!r}.")
    if not account.objects.has_bucket(body.target_bucket_name):
        try:
            account.objects.create_bucket(body.target_bucket_name, body.target_region)
        except S3Error as error:
            raise invalid("target_bucket_name", error.message) from None
    created = account.migrations.begin(
        body.source_id, body.target_bucket_name, body.target_region, refresh=body.refresh
    )
    return {"data": _migration(created, "pending")}


@router.get("/migrations/{migration_id}")
def get_migration(migration_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Return a migration."""
    return {"data": _found(migration_id, account)}


@router.post("/migrations/{migration_id}/actions/stop")
def stop_migration(migration_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Stop a migration; one that has ended does not change."""
    account.migrations.stop(migration_id)
    return {"data": _found(migration_id, account)}


def _found_source(source_id: str, account: Account) -> Source:
    found = account.migrations.source(source_id)
    if found is None:
        raise resource_not_found()
    return found


def _found(migration_id: str, account: Account) -> dict[str, Any]:
    found = account.migrations.find(migration_id)
    if found is None:
        raise resource_not_found()
    return _migration(*found)


def _source(source: Source) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": source.id,
        "provider": source.provider,
        # A required field; the credentials are never returned.
        "provider_auth": {},
        "bucket_name": source.bucket,
    }
    return fields if source.region is None else {**fields, "source_region": source.region}


def _migration(migration: Migration, status: str) -> dict[str, Any]:
    fields = {
        "id": migration.id,
        "source_id": migration.source,
        "target_bucket_name": migration.bucket,
        "target_region": migration.region,
        "refresh": migration.refresh,
        "status": status,
        "bytes_to_migrate": migration.bytes_to_migrate,
        "bytes_migrated": migration.bytes_migrated,
        "last_copy": migration.last_copy,
        "created_at": migration.created_at,
    }
    # Nothing here is nullable in the schema.
    return {name: value for name, value in fields.items() if value is not None}


def _whole(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a list as a single page."""
    return page_of(len(rows), rows, PageParameters(number=1, size=max(1, len(rows)), first=1))
