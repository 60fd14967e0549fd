"""The storage and bucket responses of the benchmark server: prepared bytes."""

from __future__ import annotations

import json
from urllib.parse import unquote

BUCKET = "bench-store"
PASSAGE = "The quiet harbour keeps its lights on until the last boat is home. " * 12
HITS = 4

_TASK = {"task_id": "7d3e0f6a", "task_name": "embed_storage_bucket", "status": "success"}


def _head(length: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n" % length


def _reply(value: object) -> bytes:
    body = json.dumps({"data": value}).encode()
    return _head(len(body)) + b"\r\n" + body


_STORED = _head(0) + b'etag: "343054dd19bab39bbf6761a3d20f1daa"\r\n\r\n'
_EMBEDDING = _reply(_TASK)
_FOUND = _reply(
    [
        {
            "document_chunk": PASSAGE,
            "distance": 0.1 + number / 100,
            "metadata": {
                "source": f"https://us-central-1.telnyxstorage.com/{BUCKET}/{number}",
                "checksum": "343054dd19bab39bbf6761a3d20f1daa",
                "embedding": "thenlper/gte-large",
                # A document's id, and `{"page": 12}` as `TelnyxVectorStore` encodes it.
                "filename": f"document-{number}!jeyJwYWdlIjoxMn0.txt",
                "certainty": 0.95 - number / 200,
                "loader_metadata": {},
            },
        }
        for number in range(HITS)
    ]
)


_ABSENT = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
_LISTED = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
_LISTING = b"HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\ncontent-length: %d\r\n\r\n%s" % (
    len(_LISTED),
    _LISTED,
)
_names: list[str] = []
"""The uploaded objects; each write of a benchmark begins with HEAD, which clears them."""


def _files() -> bytes:
    moment = "2026-11-28T08:00:00Z"
    return _reply(
        [{"filename": name, "status": "success", "created_at": moment} for name in _names]
    )


def reply(method: bytes, path: bytes) -> bytes | None:
    """Return the response to a storage or bucket request; `None` for other requests."""
    if path.startswith(f"/{BUCKET}".encode()):
        if method == b"HEAD":
            _names.clear()
        elif method == b"PUT":
            _names.append(unquote(path.decode().partition(f"/{BUCKET}/")[2]))
        elif method == b"GET":
            return _LISTING if path.startswith(f"/{BUCKET}?".encode()) else _ABSENT
        return _STORED
    if path == b"/v2/ai/embeddings/similarity-search":
        return _FOUND
    if path.startswith(b"/v2/ai/embeddings/buckets/"):
        return _files()
    if path == b"/v2/ai/embeddings" or path.startswith(b"/v2/ai/embeddings/"):
        return _EMBEDDING
    return None
