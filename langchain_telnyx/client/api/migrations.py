"""Migrations of buckets into Cloud Storage, and their sources.

API page: https://developers.telnyx.com/api-reference/data-migration/create-a-migration
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import Field

from langchain_telnyx.client.call import Call, Flow, omit_none, path
from langchain_telnyx.client.decode import Model, data, rows
from langchain_telnyx.client.endpoint import M, Resource, endpoint
from langchain_telnyx.client.rows import Rows
from langchain_telnyx.client.waiting import wait_until_done


class SourceAuth(Model):
    """The credentials of a source, if the API returns them; not shown when printed.

    Attributes:
        access_key: The id of the access key.
        secret_access_key: The secret of the access key.
    """

    access_key: str | None = Field(default=None, repr=False)
    secret_access_key: str | None = Field(default=None, repr=False)


class MigrationSource(Model):
    """A source of migrations.

    Attributes:
        id: Its id.
        provider: `aws`, or `telnyx` for a bucket of your own.
        bucket_name: The bucket there.
        source_region: Its region.
        provider_auth: Its credentials.
    """

    id: str | None = None
    provider: str
    bucket_name: str
    source_region: str | None = None
    provider_auth: SourceAuth | None = Field(default=None, repr=False)


class SourceCoverage(Model):
    """A region that data can be migrated from.

    Attributes:
        provider: The provider.
        source_region: Its region.
    """

    provider: str | None = None
    source_region: str | None = None


class Migration(Model):
    """A migration.

    Attributes:
        id: Its id.
        source_id: Its source.
        target_bucket_name: The bucket to copy into.
        target_region: The region of that bucket.
        status: `pending`, `checking`, `migrating`, `complete`, `error`, `stopped`.
        refresh: Whether it continues to copy new objects of the source.
        bytes_to_migrate: Bytes found in the source.
        bytes_migrated: Bytes copied so far.
        speed: How fast it copies.
        eta: When it is expected to end.
        last_copy: The time of the last copy.
        created_at: When it was created.
    """

    id: str
    source_id: str
    target_bucket_name: str
    target_region: str
    status: str | None = None
    refresh: bool | None = None
    bytes_to_migrate: int | None = None
    bytes_migrated: int | None = None
    speed: int | None = None
    eta: datetime | None = None
    last_copy: datetime | None = None
    created_at: datetime | None = None


# Defined here, because `list` is a method inside the class.
_Sources: TypeAlias = Rows[MigrationSource]
_Coverage: TypeAlias = Rows[SourceCoverage]
_Migrations: TypeAlias = Rows[Migration]


class MigrationSources(Resource[M]):
    """`telnyx.migration_sources`: buckets to migrate from."""

    @endpoint
    def list(self) -> Call[_Sources]:
        """List the sources.

        Operation: `ListMigrationSources`.
        """
        return Call("GET", "/storage/migration_sources", rows(MigrationSource))

    @endpoint
    def create(
        self,
        provider: Literal["aws", "telnyx"],
        bucket_name: str,
        *,
        access_key: str,
        secret_access_key: str,
        source_region: str | None = None,
    ) -> Call[MigrationSource]:
        """Create a source: a bucket to migrate from.

        Operation: `CreateMigrationSource`.

        Args:
            provider: `aws`, or `telnyx` to migrate between your own buckets.
            bucket_name: The bucket there.
            access_key: Its access key; for `telnyx` the API key.
            secret_access_key: Its secret; for `telnyx` the API key again.
            source_region: Its region; for `telnyx`.
        """
        request = omit_none(
            provider=provider,
            bucket_name=bucket_name,
            provider_auth={"access_key": access_key, "secret_access_key": secret_access_key},
            source_region=source_region,
        )
        return Call("POST", "/storage/migration_sources", data(MigrationSource), json=request)

    @endpoint
    def get(self, source_id: str) -> Call[MigrationSource]:
        """Fetch a source.

        Operation: `GetMigrationSource`.

        Args:
            source_id: Its id.
        """
        target = path("/storage/migration_sources/{}", source_id)
        return Call("GET", target, data(MigrationSource))

    @endpoint
    def delete(self, source_id: str) -> Call[MigrationSource]:
        """Delete a source; migrated data is not deleted.

        Operation: `DeleteMigrationSource`.

        Args:
            source_id: Its id.

        Returns:
            The deleted source.
        """
        target = path("/storage/migration_sources/{}", source_id)
        return Call("DELETE", target, data(MigrationSource))

    @endpoint
    def coverage(self) -> Call[_Coverage]:
        """List the providers and regions that can be migrated from.

        Operation: `ListMigrationSourceCoverage`.
        """
        return Call("GET", "/storage/migration_source_coverage", rows(SourceCoverage))


class Migrations(Resource[M]):
    """`telnyx.migrations`: copies of whole buckets into Cloud Storage."""

    @endpoint
    def list(self) -> Call[_Migrations]:
        """List the migrations.

        Operation: `ListMigrations`.
        """
        return Call("GET", "/storage/migrations", rows(Migration))

    @endpoint
    def create(
        self,
        source_id: str,
        *,
        target_bucket_name: str,
        target_region: str,
        refresh: bool | None = None,
    ) -> Call[Migration]:
        """Start to copy a bucket.

        Operation: `CreateMigration`.

        Args:
            source_id: The id of the source.
            target_bucket_name: The bucket to copy into.
            target_region: Its region.
            refresh: Continue to copy new objects of the source, until stopped.
        """
        request = omit_none(
            source_id=source_id,
            target_bucket_name=target_bucket_name,
            target_region=target_region,
            refresh=refresh,
        )
        return Call("POST", "/storage/migrations", data(Migration), json=request)

    @endpoint
    def get(self, migration_id: str) -> Call[Migration]:
        """Fetch a migration.

        Operation: `GetMigration`.

        Args:
            migration_id: Its id.
        """
        return _get(migration_id)

    @endpoint
    def stop(self, migration_id: str) -> Call[Migration]:
        """Stop a migration; copied data is not deleted.

        Operation: `StopMigration`.

        Args:
            migration_id: Its id.
        """
        target = path("/storage/migrations/{}/actions/stop", migration_id)
        return Call("POST", target, data(Migration), repeatable=True)

    @endpoint
    def wait(
        self,
        migration_id: str,
        *,
        timeout: float | None = 600.0,
        on_progress: Callable[[Migration], None] | None = None,
    ) -> Flow[Migration]:
        """Wait until a migration is complete; one with `refresh` never is.

        Args:
            migration_id: Its id.
            timeout: Seconds to wait at most; `None` waits for ever.
            on_progress: Called with the result of every poll.

        Raises:
            TaskError: It ended in `error`, or was stopped.
            TaskTimeoutError: It has not ended in time.
        """
        return wait_until_done(
            lambda: _get(migration_id),
            what="Migration",
            id=migration_id,
            status=lambda migration: migration.status,
            succeeded={"complete"},
            failed={"error", "stopped"},
            timeout=timeout,
            on_progress=on_progress,
        )


def _get(migration_id: str) -> Call[Migration]:
    return Call("GET", path("/storage/migrations/{}", migration_id), data(Migration))
