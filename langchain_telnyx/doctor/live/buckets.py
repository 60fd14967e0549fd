"""Probes of buckets, their embedding and search, and of text embeddings."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

from langchain_telnyx.client.call import JSON, Reply, object_path, path
from langchain_telnyx.doctor.live.outcomes import Outcome, holds_if
from langchain_telnyx.doctor.live.probes import Models, Probe
from langchain_telnyx.doctor.live.session import Session

_TEXT = "The lighthouse keeper of Utsira counts seven herring gulls every morning."
_QUERY = "Who counts gulls?"
_MANY = 10
_DONE = ("success", "completed")
_ENDED = (*_DONE, "failure", "failed", "error", "partial_success")
# Seconds: how long a search may lag behind the file list, and what counts as at once.
_LAG = 60.0
_SOON = 5.0
_FILE_STATES = {"queued", "processing", "success", "failure", "deleted"}
_TASK_STATES = {"queued", "processing", "success", "failure", "partial_success"}


def _shown(reply: Reply) -> str:
    return "200" if reply.ok else f"{reply.status_code} {reply.text[:100]!r}"


def _hits(reply: Reply) -> list[JSON]:
    try:
        rows = reply.json()["data"]
    except (ValueError, LookupError, TypeError):
        return []
    return [row for row in rows if isinstance(row, dict)]


def _names(hits: list[JSON]) -> set[str]:
    return {str(hit.get("metadata", {}).get("filename")) for hit in hits}


def _keys(session: Session, models: Models) -> Iterator[Outcome]:
    del models
    bucket = session.create_bucket()
    lengths = {}
    for length in (250, 300, 900):
        # Segments of less than 255 bytes each, as some stores keep objects as files.
        start = ("k" * 199 + "/") * (length // 200)
        key = f"{start}{'k' * (length - len(start) - 4)}.txt"
        lengths[length] = session.put(bucket, key, _TEXT)
    longest = max((length for length, reply in lengths.items() if reply.ok), default=200)
    evidence = ", ".join(f"{length} bytes: {_shown(reply)}" for length, reply in lengths.items())
    yield holds_if(all(r.ok for r in lengths.values()), "keys.length", evidence, key_limit=longest)
    segment = session.put(bucket, f"{'s' * 296}.txt", _TEXT)
    if longest < 300:  # noqa: PLR2004 - of the key above
        yield Outcome("keys.segment", "unknown", "Keys of that length are refused as such.")
        return
    yield holds_if(segment.ok, "keys.segment", f"300 bytes: {_shown(segment)}", segment_limit=255)


def _embedding(session: Session, models: Models) -> Iterator[Outcome]:
    """Verify the life of an embedded bucket, from the first upload to the deletion."""
    del models
    bucket = session.create_bucket()
    keys = ["Plain.txt", "with space%20!~.txt", "folder/ünïcode.txt"]
    for number, key in enumerate(keys):
        session.put(bucket, key, f"{_TEXT} Note {number}.")
    session.put(bucket, "broken.pdf", b"%PDF-1.7 not a document")
    task = session.embed(bucket)
    first = session.request("GET", path("/ai/embeddings/{}", task))
    yield holds_if(first.ok, "embedding.task_visible", _shown(first), task_visible_after=1)
    words: list[str] = []

    def ended() -> bool:
        reply = session.request("GET", path("/ai/embeddings/{}", task))
        row: JSON = reply.json()["data"] if reply.ok else {}
        status = str(row.get("status") or "")
        if status and status not in words:
            words.append(status)
        return status in _ENDED or bool(row.get("finished_at"))

    took = session.wait(ended)
    last = words[-1] if words else ""
    if took is None:
        yield Outcome("embedding.task_states", "unknown", f"Not ended: {', '.join(words)}.")
    else:
        yield from _task_outcomes(words, last)
    rows: dict[str, JSON] = {}

    def listed() -> bool:
        rows.update({str(row["filename"]): row for row in session.files(bucket)})
        return len(rows) >= len(keys) and not any(
            row["status"] in {"queued", "processing"} for row in rows.values()
        )

    session.wait(listed)
    yield from _file_outcomes(rows, keys)
    yield from _search_outcomes(session, bucket, keys)
    yield from _later(session, bucket, keys)


def _task_outcomes(words: list[str], last: str) -> Iterator[Outcome]:
    unknown = [word for word in words if word not in _TASK_STATES]
    usual = "partial_success" if last not in _DONE else "success"
    yield holds_if(
        not unknown,
        "embedding.task_states",
        ", ".join(words),
        task_words={usual: last} if unknown else {},
    )
    yield holds_if(
        last not in _DONE,
        "embedding.failed_file",
        f"The task with a broken file ended in {last!r}.",
        failed_file_in_success=True,
    )


def _file_outcomes(rows: dict[str, JSON], keys: list[str]) -> Iterator[Outcome]:
    statuses = sorted({str(row["status"]) for row in rows.values()})
    unknown = [word for word in statuses if word not in _FILE_STATES]
    yield holds_if(
        not unknown,
        "embedding.file_states",
        ", ".join(statuses),
        file_words={"success": unknown[0]} if unknown else {},
    )
    missing = [key for key in keys if key not in rows]
    form = _filename_form(keys, set(rows)) if missing else "key"
    yield holds_if(
        not missing,
        "embedding.filenames",
        f"Listed as {sorted(rows)[:4]}.",
        **({"filename_form": form} if form else {}),
    )


def _filename_form(keys: list[str], names: set[str]) -> str | None:
    """Return the form of file names, as `Quirks.filename_form` has it."""
    from urllib.parse import quote  # noqa: PLC0415 - seldom needed

    forms: dict[str, Callable[[str], str]] = {
        "encoded": lambda key: quote(key, safe=""),
        "without_suffix": lambda key: key.rpartition(".")[0],
        "lower": str.lower,
        "basename": lambda key: key.rpartition("/")[2],
    }
    for form, write in forms.items():
        if {write(key) for key in keys} <= names:
            return form
    if all(any(name.endswith(f"/{key}") for name in names) for key in keys):
        return "with_bucket"
    return None


def _search_outcomes(session: Session, bucket: str, keys: list[str]) -> Iterator[Outcome]:
    def found() -> list[JSON]:
        return _hits(session.search(bucket, _QUERY, _MANY))

    lag = 0.0 if found() else session.wait(found, _LAG)
    if lag is None:
        yield Outcome("search.current", "unknown", f"Nothing is found for {_LAG:g} s.")
        return
    yield holds_if(
        lag == 0.0, "search.current", f"Found after {lag:.0f} s.", search_delay=round(lag, 1)
    )
    hits = found()
    names = _names(hits)
    exact = names <= {*keys, "broken.pdf"}
    yield holds_if(exact, "search.filename", f"{sorted(names)[:3]}")
    ordered = [float(hit["distance"]) for hit in hits]
    yield holds_if(ordered == sorted(ordered), "search.order", f"{len(hits)} hits, best first.")
    accepted = _MANY
    for count in (100, 1000, 5000):
        reply = session.search(bucket, _QUERY, count)
        if not reply.ok:
            evidence = f"{count}: {_shown(reply)}"
            yield Outcome("search.many", "differs", evidence, {"search_cap": accepted})
            break
        accepted = count
    else:
        yield Outcome("search.many", "holds", f"{accepted} passages are accepted.")


def _later(session: Session, bucket: str, keys: list[str]) -> Iterator[Outcome]:
    """Verify what happens to objects that are added and deleted later."""
    session.put(bucket, "later.txt", "A meteorite of 40 tons is in Narvik.")

    def found(query: str, part: str) -> bool:
        return any(
            part in str(hit["document_chunk"]) for hit in _hits(session.search(bucket, query))
        )

    took = session.wait(lambda: found("meteorite", "Narvik"), 3 * _LAG)
    if took is None:
        evidence, quirks = "Not embedded without a POST.", {"automatic_embedding": False}
        yield Outcome("later.automatic", "differs", evidence, quirks)
        yield Outcome("later.delay", "unknown", evidence)
    else:
        slow = took > _SOON
        yield Outcome("later.automatic", "holds", f"Found after {took:.0f} s.")
        yield holds_if(
            not slow, "later.delay", f"Found after {took:.0f} s.", embedding_delay=round(took)
        )
    session.request("DELETE", object_path(bucket, keys[0]), host="storage")

    def is_gone() -> bool:
        return keys[0] not in {str(row["filename"]) for row in session.files(bucket)}

    gone = session.wait(is_gone, _LAG)
    yield holds_if(
        gone is not None,
        "later.deleted",
        "Not listed any more." if gone is not None else "Listed still.",
        deleted_files="listed",
    )


def _regions(session: Session, models: Models) -> Iterator[Outcome]:
    del models
    bucket = session.create_bucket()
    other = "eu-central-1" if session.telnyx.config.region != "eu-central-1" else "us-central-1"
    reply = session.request("HEAD", path("/{}", bucket), host="storage", region=other)
    form = {301: "redirect", 307: "redirect", 404: "not_found"}.get(reply.status_code)
    evidence = f"{other}: {reply.status_code}"
    yield holds_if(
        reply.ok, "regions.wrong_region", evidence, **({"wrong_region": form} if form else {})
    )
    session.put(bucket, "a.txt", _TEXT)
    address = path("/storage/buckets/{}/{}/presigned_url", bucket, "a.txt")
    presigned = session.request("POST", address, {"ttl": 60})
    try:
        body: Any = presigned.json()
        envelope = next(name for name in ("content", "data") if name in body)
    except (ValueError, StopIteration, TypeError):
        yield Outcome("regions.presigned_envelope", "unknown", _shown(presigned))
        return
    yield holds_if(
        envelope == "content", "regions.presigned_envelope", envelope, presigned_envelope=envelope
    )


def _vectors(session: Session, models: Models) -> Iterator[Outcome]:
    def embed(texts: list[str], **fields: Any) -> Reply:
        request = {"model": models.embedding, "input": texts, **fields}
        return session.request("POST", "/ai/openai/embeddings", request)

    reply = embed(["gulls"], encoding_format="base64")
    try:
        vector = reply.json()["data"][0]["embedding"]
    except (ValueError, LookupError, TypeError):
        vector = None
    form = "honoured" if isinstance(vector, str) and base64.b64decode(vector) else "ignored"
    form = form if reply.ok else "refused"
    yield holds_if(
        form == "honoured", "vectors.base64", f"{form}, {_shown(reply)}", base64_embeddings=form
    )
    for count in (100, 2048):
        many = embed(["gull"] * count)
        if not many.ok:
            yield Outcome("vectors.batch", "differs", f"{count} texts: {_shown(many)}")
            break
    else:
        yield Outcome("vectors.batch", "holds", "2,048 texts are accepted.")
    long = embed(["gull " * 1000])
    yield holds_if(not long.ok, "vectors.long_text", f"1,000 words: {_shown(long)}")


PROBES = [
    Probe(
        "buckets.keys",
        {
            "keys.length": "Keys of up to 900 bytes are accepted.",
            "keys.segment": "A part of a key between slashes may have 300 bytes.",
        },
        "1 bucket, 4 uploads",
        0.0,
        _keys,
    ),
    Probe(
        "buckets.embedding",
        {
            "embedding.task_visible": "A task is found as soon as it is created.",
            "embedding.task_states": "Tasks have the documented states.",
            "embedding.failed_file": "A task with a file that fails does not end in success.",
            "embedding.file_states": "Files have the usual states.",
            "embedding.filenames": "The file list has the exact keys.",
            "search.current": "A search finds what the file list calls embedded.",
            "search.filename": "`filename` of a hit is the exact key.",
            "search.order": "Hits come best first.",
            "search.many": "`num_of_docs` may be 5,000.",
            "later.automatic": "An upload to an embedded bucket is embedded without a POST.",
            "later.delay": "That takes less than 5 seconds.",
            "later.deleted": "A deleted object leaves the file list.",
        },
        "1 bucket, 5 uploads, 1 embedding, some 20 searches, 1 deletion",
        0.02,
        _embedding,
    ),
    Probe(
        "buckets.regions",
        {
            "regions.wrong_region": "The region of a request is not checked.",
            "regions.presigned_envelope": "A presigned URL is in `content`.",
        },
        "1 bucket, 1 upload, 1 presigned URL",
        0.0,
        _regions,
    ),
    Probe(
        "vectors",
        {
            "vectors.base64": '`encoding_format="base64"` is honoured.',
            "vectors.batch": "A request may have 2,048 texts.",
            "vectors.long_text": "A text beyond the model's limit is refused.",
        },
        "4 requests for embeddings",
        0.004,
        _vectors,
    ),
]
