"""What the console shows of buckets: objects, the state of their embedding, passages, hits."""

from typing import Any

from langchain_telnyx.emulator.account import EMBEDDING_JOBS, Account

_PAGE = 200
"""The number of files or passages in one answer."""


def buckets(account: Account) -> list[dict[str, Any]]:
    """Return all buckets, by name, with the number of their files in each state."""
    store = account.store
    with store.snapshot():
        rows = store.rows(
            "SELECT name, region, created_at, "
            "(SELECT count(*) FROM objects WHERE bucket = name) AS objects, "
            "(SELECT coalesce(sum(size), 0) FROM objects WHERE bucket = name) AS bytes, "
            "(SELECT count(*) FROM chunks WHERE bucket = name) AS passages "
            "FROM buckets ORDER BY name"
        )
        settings = {row["bucket"]: row for row in store.rows("SELECT * FROM embedded_buckets")}
        states: dict[str, dict[str, int]] = {name: {} for name in settings}
        for row in store.rows(
            "SELECT bucket, status, count(*) AS files FROM embedded_files GROUP BY bucket, status"
        ):
            states[row["bucket"]][row["status"]] = row["files"]
    active = account.jobs.all(EMBEDDING_JOBS, statuses=("queued", "processing"))
    busy = {job.subject for job in active}
    return [
        {
            **row,
            "embedding": None if row["name"] not in settings else _settings(settings[row["name"]]),
            "states": states.get(row["name"], {}),
            "busy": row["name"] in busy,
        }
        for row in rows
    ]


def files(
    account: Account, bucket: str, *, containing: str = "", after: str = ""
) -> dict[str, Any]:
    """Return a page of a bucket's objects, by key, each with the state of its embedding.

    Args:
        account: The account.
        bucket: The bucket.
        containing: Only keys with this text.
        after: Only keys after this one.

    Raises:
        S3Error: The bucket does not exist.
    """
    account.objects.need_bucket(bucket)
    rows = account.store.rows(
        "SELECT objects.key, size, content_type, modified_at, status, error_reason, "
        "last_embedded_at, (SELECT count(*) FROM chunks WHERE chunks.bucket = objects.bucket "
        "AND chunks.key = objects.key) AS passages "
        "FROM objects LEFT JOIN embedded_files USING (bucket, key) "
        "WHERE bucket = ? AND objects.key > ? AND instr(lower(objects.key), lower(?)) "
        "ORDER BY objects.key LIMIT ?",
        bucket,
        after,
        containing,
        _PAGE + 1,
    )
    return _page([dict(row) for row in rows], "key")


def passages(account: Account, bucket: str, key: str, *, after: int = 0) -> dict[str, Any]:
    """Return a page of the passages of a file, in order.

    Args:
        account: The account.
        bucket: The bucket.
        key: The file's key.
        after: Only passages after the one with this id.

    Raises:
        S3Error: The object does not exist.
    """
    account.objects.get(bucket, key)
    rows = account.store.rows(
        "SELECT id, text, loader_metadata FROM chunks "
        "WHERE bucket = ? AND key = ? AND id > ? ORDER BY id LIMIT ?",
        bucket,
        key,
        after,
        _PAGE + 1,
    )
    return _page([dict(row) for row in rows], "id")


def hits(account: Account, bucket: str, query: str, *, limit: int = 10) -> list[dict[str, Any]]:
    """Search an embedded bucket, best passage first.

    Args:
        account: The account.
        bucket: The bucket.
        query: The text to search for.
        limit: The most passages to return.

    Raises:
        BucketNotFound: The bucket is not embedded.
    """
    return [
        {
            "key": hit.filename,
            "text": hit.text,
            "certainty": hit.certainty,
            "distance": hit.distance,
        }
        for hit in account.search(bucket, query, limit)
    ]


def _settings(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in ("model", "chunk_size", "overlap", "loader")}


def _page(rows: list[dict[str, Any]], by: str) -> dict[str, Any]:
    more = len(rows) > _PAGE
    rows = rows[:_PAGE]
    return {"rows": rows, "next_after": rows[-1][by] if more else None}
