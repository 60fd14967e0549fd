"""CloudFS: file systems over Cloud Storage, mounted with JuiceFS by their metadata URL.

API page: https://developers.telnyx.com/api-reference/cloudfs-filesystems/create-a-cloudfs-filesystem
"""

from datetime import datetime

from pydantic import Field

from langchain_telnyx.client.call import Call, Page, Paging, Reply, idempotency_headers, path, query
from langchain_telnyx.client.decode import Model, data, json_object, read_field, read_rows
from langchain_telnyx.client.endpoint import M, Resource, endpoint, paged


class Filesystem(Model):
    """A file system.

    Attributes:
        id: Its id.
        name: Its name, unique in the organisation.
        region: Its region.
        status: `ready`, `provisioning`, `needs_format`, `deleting`, `failed`, `deleted`.
        s3_bucket: The bucket that holds its data.
        s3_endpoint: The storage host of the bucket.
        meta_url: The URL to mount it; with the token when it was just created, or its token
            rotated. Not shown when printed.
        meta_token: The token, only at those two times: store it. Not shown when printed.
        error: The last error of one that `failed`.
        created_at: When it was created.
        updated_at: When it was last changed.
    """

    id: str
    name: str | None = None
    region: str | None = None
    status: str | None = None
    s3_bucket: str | None = None
    s3_endpoint: str | None = None
    meta_url: str | None = Field(default=None, repr=False)
    meta_token: str | None = Field(default=None, repr=False)
    error: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class _Cursors(Model):
    after: str | None = None


class _ListMeta(Model):
    cursors: _Cursors = _Cursors()


class CloudFS(Resource[M]):
    """`telnyx.cloudfs`: file systems over Cloud Storage."""

    @paged
    def list(
        self,
        *,
        name: str | None = None,
        status: str | None = None,
        region: str | None = None,
        sort: str | None = None,
        page_size: int | None = None,
    ) -> Paging[Filesystem]:
        """List file systems, the newest first unless `sort` is set.

        Operation: `ListCloudfsFilesystems`.

        Args:
            name: Only the one of this name.
            status: Only those in this state.
            region: Only those of this region.
            sort: `created_at`, `updated_at` or `name`; with `-` before it, backwards.
            page_size: File systems per request, 250 at most.
        """
        filters = {"filter[name]": name, "filter[status]": status, "filter[region]": region}

        def page(cursor: str | None) -> Call[Page[Filesystem]]:
            fields = {**filters, "sort": sort, "page[limit]": page_size, "page[after]": cursor}
            return Call("GET", "/storage/cloudfs", _page, query=query(**fields))

        return Paging(page)

    @endpoint
    def create(
        self, name: str, *, region: str, idempotency_key: str | None = None
    ) -> Call[Filesystem]:
        """Create a file system, with the bucket that holds its data; this may take minutes.

        Operation: `CreateCloudfsFilesystem`.

        Args:
            name: 63 characters at most: lower-case letters, digits, `.`, `_` and `-`.
            region: `us-central-1`, `us-east-1` or `us-west-1`.
            idempotency_key: Identifies the request: a repetition returns the same response.

        Returns:
            The file system, with `meta_token`, which is not returned again.

        Raises:
            UnprocessableEntityError: The name is taken or not valid.
        """
        return Call(
            "POST",
            "/storage/cloudfs",
            data(Filesystem),
            json={"name": name, "region": region},
            headers=idempotency_headers(idempotency_key),
            repeatable=True,
        )

    @endpoint
    def get(self, filesystem_id: str) -> Call[Filesystem]:
        """Fetch a file system.

        Operation: `GetCloudfsFilesystem`.

        Args:
            filesystem_id: Its id.
        """
        return Call("GET", path("/storage/cloudfs/{}", filesystem_id), data(Filesystem))

    @endpoint
    def update(self, filesystem_id: str, *, name: str) -> Call[Filesystem]:
        """Rename a file system; other fields cannot be changed.

        Operation: `UpdateCloudfsFilesystem`.

        Args:
            filesystem_id: Its id.
            name: Its new name.

        Raises:
            UnprocessableEntityError: The name is taken or not valid.
        """
        target = path("/storage/cloudfs/{}", filesystem_id)
        return Call("PATCH", target, data(Filesystem), json={"name": name}, repeatable=True)

    @endpoint
    def delete(self, filesystem_id: str) -> Call[Filesystem]:
        """Delete a file system with its bucket, permanently.

        Operation: `DeleteCloudfsFilesystem`.

        Args:
            filesystem_id: Its id.

        Raises:
            ConflictError: It has data: empty its bucket first.
        """
        return Call("DELETE", path("/storage/cloudfs/{}", filesystem_id), data(Filesystem))

    @endpoint
    def rotate_meta_token(
        self, filesystem_id: str, *, idempotency_key: str | None = None
    ) -> Call[Filesystem]:
        """Give a file system a new metadata token; the old one becomes invalid at once.

        Operation: `RotateCloudfsMetaToken`.

        Args:
            filesystem_id: Its id.
            idempotency_key: Identifies the request: a repetition returns the same response.

        Returns:
            The file system, with `meta_token`, which is not returned again.
        """
        return Call(
            "POST",
            path("/storage/cloudfs/{}/actions/rotate-meta-token", filesystem_id),
            data(Filesystem),
            headers=idempotency_headers(idempotency_key),
            repeatable=True,
        )


def _page(reply: Reply) -> Page[Filesystem]:
    body = json_object(reply)
    found = read_rows(Filesystem, body["data"], reply)
    meta = read_field(_ListMeta, body.get("meta"), reply)
    return Page(found, meta.cursors.after, found.unreadable)
