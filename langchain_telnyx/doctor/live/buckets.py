"""Probes of buckets: the limits of keys, regions, presigned URLs; and of text embeddings."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

from langchain_telnyx.client.call import Reply, path
from langchain_telnyx.doctor.live.outcomes import Outcome, holds_if, shown, unknown
from langchain_telnyx.doctor.live.probes import Models, Probe
from langchain_telnyx.doctor.live.session import Session

_TEXT = "Seven herring gulls."
_LENGTHS = (60, 250, 300, 900, 1024)
_SEGMENT = 300
# The parts of long keys are this short, so that a limit of parts does not apply.
_PART = 49


def key_of(length: int) -> str:
    """Return a key of a number of bytes, in short parts."""
    parts = ("k" * _PART + "/") * (length // (_PART + 1))
    rest = length - len(parts)
    return parts + "k" * rest if rest else f"{parts[:-1]}k"


def _keys(session: Session, models: Models) -> Iterator[Outcome]:
    del models
    bucket = session.create_bucket()
    replies = {length: session.put(bucket, key_of(length), _TEXT) for length in _LENGTHS}
    evidence = ", ".join(f"{length} bytes: {shown(reply)}" for length, reply in replies.items())
    refused = [length for length, reply in replies.items() if not reply.ok]
    longest = _LENGTHS[-1]
    if not refused:
        yield Outcome("keys.length", "holds", evidence)
    else:
        accepted = max((n for n in _LENGTHS if n < refused[0]), default=0)
        longest = _largest(
            accepted, refused[0], lambda length: session.put(bucket, key_of(length), _TEXT).ok
        )
        quirks = {"key_limit": longest} if longest else {}
        yield Outcome("keys.length", "differs", f"At most {longest}. {evidence}", quirks)
    most = min(longest, _SEGMENT)

    def accepts(length: int) -> bool:
        return session.put(bucket, "s" * length, _TEXT).ok

    if accepts(most):
        evidence = f"{most} bytes: 200"
        yield (
            Outcome("keys.segment", "holds", evidence)
            if most == _SEGMENT
            else unknown("keys.segment", f"{evidence}; longer keys are refused as such.")
        )
        return
    limit = _largest(0, most, accepts)
    quirks = {"segment_limit": limit} if limit else {}
    yield Outcome("keys.segment", "differs", f"At most {limit} bytes.", quirks)


def _largest(accepted: int, refused: int, accepts: Callable[[int], bool]) -> int:
    """Return the largest accepted number between one that is accepted and one that is not."""
    while refused - accepted > 1:
        middle = (accepted + refused) // 2
        if accepts(middle):
            accepted = middle
        else:
            refused = middle
    return accepted


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
        yield unknown("regions.presigned_envelope", shown(presigned))
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
        form == "honoured", "vectors.base64", f"{form}, {shown(reply)}", base64_embeddings=form
    )
    replies = {count: embed(["gull"] * count) for count in (1, 100, 2048)}
    counts = {count: _count(reply) for count, reply in replies.items()}
    yield holds_if(
        all(count == found for count, found in counts.items()),
        "vectors.batch",
        ", ".join(f"{count} texts: {shown(reply)}" for count, reply in replies.items()),
    )
    long = embed(["gull " * 1000])
    yield holds_if(not long.ok, "vectors.long_text", f"1,000 tokens: {shown(long)}")


def _count(reply: Reply) -> int:
    try:
        return len(reply.json()["data"]) if reply.ok else 0
    except (ValueError, LookupError, TypeError):
        return 0


PROBES = [
    Probe(
        "buckets.keys",
        {
            "keys.length": "Keys of up to 1,024 bytes are accepted.",
            "keys.segment": "A part of a key between slashes may have 300 bytes.",
        },
        "1 bucket, 6 uploads; up to 18 more to find a limit",
        0.0,
        _keys,
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
            "vectors.batch": "A request may have 1, 100 or 2,048 texts.",
            "vectors.long_text": "A text of 1,000 tokens is refused by a model for 512.",
        },
        "5 requests for embeddings",
        0.001,
        _vectors,
    ),
]
