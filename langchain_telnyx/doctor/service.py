"""Checks by requests to the service: reachability, clock, models, limits, storage."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from email.utils import parsedate_to_datetime
from typing import Any

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.s3_xml import document
from langchain_telnyx.client.call import Call, Reply, path
from langchain_telnyx.client.config import Config
from langchain_telnyx.client.error_details import rate_limit
from langchain_telnyx.client.errors import (
    APIConnectionError,
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    TelnyxError,
)
from langchain_telnyx.doctor.findings import Finding

_MODELS = "/ai/openai/models"
_SKEW = 60.0  # seconds that clocks may differ
_ATTEMPTS = 3
_ADVICE = {
    AuthenticationError: "The key is refused: it may be revoked, or of another account.",
    PermissionDeniedError: "The account may be disabled or out of credit: see the portal.",
    NotFoundError: "Check `base_url`: there is no list of models below it.",
    APIConnectionError: "Check the network, the proxy and the address.",
}


def check_service(config: Config, bucket: str | None) -> Iterator[Finding]:
    """Yield what requests to the API and the storage show.

    Args:
        config: How to reach them.
        bucket: A bucket whose region to check.
    """
    telnyx = Telnyx.of(config)
    try:
        yield from _requests(telnyx, bucket)
    finally:
        telnyx.close()


def _requests(telnyx: Telnyx, bucket: str | None) -> Iterator[Finding]:
    config = telnyx.config
    try:
        replies, latencies = _request_models(telnyx)
    except TelnyxError as error:
        yield _failed("api", error)
        yield Finding("storage", "skipped", "Not requested, as the API does not answer.")
        return
    first, best = latencies[0], min(latencies[1:])
    detail = f"Answers in {best:.0f} ms; {first:.0f} ms with a new connection."
    data = {"milliseconds": round(best), "first_milliseconds": round(first)}
    yield Finding("api", "ok", detail, data=data)
    yield _clock(replies[-1])
    yield _models(replies[-1], config)
    yield _limits(replies[-1])
    yield from _storage(telnyx, config, bucket)


def _request_models(telnyx: Telnyx) -> tuple[list[Reply], list[float]]:
    call: Call[Reply] = Call("GET", _MODELS, lambda reply: reply)
    once = replace(call, max_retries=0)
    replies, latencies = [], []
    for _ in range(_ATTEMPTS):
        begin = time.perf_counter()
        # A response of 429 takes one round trip, too.
        with suppress(RateLimitError):
            replies.append(telnyx.send(once))
        latencies.append((time.perf_counter() - begin) * 1000)
    if not replies:
        replies.append(telnyx.send(call))
    return replies, latencies


def _failed(check: str, error: TelnyxError, advice: str = "") -> Finding:
    advice = advice or next((_ADVICE[kind] for kind in _ADVICE if isinstance(error, kind)), "")
    return Finding(check, "failure", str(error), advice, {"error": type(error).__name__})


def _clock(reply: Reply) -> Finding:
    try:
        there = parsedate_to_datetime(reply.headers.get("date", "")).timestamp()
    except (TypeError, ValueError):
        return Finding("clock", "skipped", "The response has no Date header.")
    skew = time.time() - there
    data = {"skew_seconds": round(skew, 1)}
    if abs(skew) <= _SKEW:
        return Finding("clock", "ok", f"{abs(skew):.0f} s from the server's.", data=data)
    word = "ahead of" if skew > 0 else "behind"
    detail = f"This machine's clock is {abs(skew):.0f} s {word} the server's."
    advice = "Signatures and webhooks depend on the time: set the clock."
    return Finding("clock", "warning", detail, advice, data)


def _models(reply: Reply, config: Config) -> Finding:
    try:
        body: Any = reply.json()
        rows = body["data"]
        names = [row["id"] for row in rows if isinstance(row.get("id"), str)]
    except (AttributeError, KeyError, TypeError, ValueError):
        detail = f"The list of models cannot be read: {reply.text[:80]!r}."
        return Finding("models", "failure", detail, "Check `base_url`.")
    from langchain_telnyx.chat_models import DEFAULT_MODEL  # noqa: PLC0415 - loads langchain-core

    data = {"count": len(names), "models": names}
    detail = f"{len(names)} models."
    if config.openai_compatible or DEFAULT_MODEL in names:
        return Finding("models", "ok", detail, data=data)
    near = get_close_matches(DEFAULT_MODEL, names, n=3, cutoff=0.4) or names[:3]
    advice = (
        f"The default, {DEFAULT_MODEL}, is not listed: pass `model=`, such as {', '.join(near)}."
    )
    return Finding("models", "warning", detail, advice, data)


def _limits(reply: Reply) -> Finding:
    limits = rate_limit(reply.headers)
    if not limits:
        return Finding("limits", "skipped", "The response has no rate-limit headers.")
    shown = ", ".join(f"{name} {value}" for name, value in limits.items())
    return Finding("limits", "ok", f"{shown}.", data=limits)


def _storage(telnyx: Telnyx, config: Config, bucket: str | None) -> Iterator[Finding]:
    if not config.storage_url:
        yield Finding("storage", "skipped", "No storage beside an OpenAI-compatible root.")
        return
    begin = time.perf_counter()
    try:
        names = [each.name for each in telnyx.storage.list_buckets()]
    except TelnyxError as error:
        yield _failed("storage", error)
        return
    took = (time.perf_counter() - begin) * 1000
    data: dict[str, Any] = {"buckets": len(names), "milliseconds": round(took)}
    yield Finding("storage", "ok", f"{len(names)} buckets, listed in {took:.0f} ms.", data=data)
    if bucket is None:
        return
    yield _bucket(telnyx, config, bucket)


def _bucket(telnyx: Telnyx, config: Config, bucket: str) -> Finding:
    """Compare a bucket's region with that of the settings, and check that it can be reached."""
    advice = "Check its name, `region` and TELNYX_STORAGE_REGION."
    location = Call("GET", path("/{}", bucket), _region, query=(("location", ""),), host="storage")
    try:
        region = telnyx.send(location)
    except NotFoundError as error:
        return _failed("bucket", error, advice)
    except TelnyxError:
        region = ""  # not every server has this operation
    data = {"bucket": bucket, "region": region}
    if region and region != config.region:
        detail = f"{bucket!r} is in region {region}, and the settings have {config.region}."
        advice = f"Pass `region={region!r}`, or set TELNYX_STORAGE_REGION={region}."
        return Finding("bucket", "failure", detail, advice, data)
    try:
        telnyx.storage.head_bucket(bucket)
    except TelnyxError as error:
        return _failed("bucket", error, advice)
    detail = f"{bucket!r} is in reach, in region {region or config.region}."
    return Finding("bucket", "ok", detail, data=data)


def _region(reply: Reply) -> str:
    """Return the region in a response to S3 `GetBucketLocation`; empty if it names none."""
    return (document(reply, "LocationConstraint").text or "").strip()
