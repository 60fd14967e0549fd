"""The probe of rate limits, and the quirks that a short run cannot observe."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from langchain_telnyx.doctor.live.outcomes import Outcome, holds_if, unknown
from langchain_telnyx.doctor.live.probes import Models, Probe
from langchain_telnyx.doctor.live.session import Session

_READS = 20
_EPOCH = 1e9  # the year 2001
_LARGEST_SHARE = 0.5

UNOBSERVABLE: Mapping[str, str] = MappingProxyType(
    {
        "insight_webhook": "No public address receives a webhook, and no request runs an insight.",
        "bucket_rate": "It takes hundreds of requests per second.",
        "account_rate": "It takes hundreds of requests per second.",
    }
)
"""Fields of the emulator's `Quirks` that no probe observes, with the reason."""

CONDITIONAL: Mapping[str, str] = MappingProxyType(
    {
        "strict_schemas_must_be_closed": "Not if `json_schema` is refused altogether.",
        "stream_usage": "Not if no response has `usage`.",
        "segment_limit": "Not beyond the limit of whole keys.",
        "search_cap_form": "Only if there is a limit.",
        "failure_word": "Not if tasks end in success in spite of failures, or in another word.",
        "task_words": "Only the states that a task is seen in; not `success` if a foreign file "
        "fails in each task; not `failure` if failures do not show.",
        "file_words": "Only final states; `deleted` if deleted files are listed.",
        "deleted_listed_for": "Only if deleted files are listed, and for less than the patience.",
        "embedding_delay": "Only with automatic embedding; shorter ones than 5 seconds do not "
        "count.",
        "search_delay": "Shorter ones than the time until the first search do not show.",
        "rate_limited_share": "The share of one run.",
    }
)
"""Fields that a run observes in some cases only, or measures approximately, with the reason."""


def _limits(session: Session, models: Models) -> Iterator[Outcome]:
    session.chat(models.chat[0], max_tokens=16)
    headers = session.rate_headers
    evidence = ", ".join(f"{name} {value}" for name, value in sorted(headers.items()))
    yield holds_if(len(headers) >= 3, "limits.headers", evidence or "None.")  # noqa: PLR2004
    reset = headers.get("x-ratelimit-reset", "")
    if not reset.replace(".", "").isdigit():
        yield unknown("limits.reset", f"x-ratelimit-reset: {reset or 'none'}.")
    else:
        is_epoch = float(reset) > _EPOCH
        yield holds_if(not is_epoch, "limits.reset", reset, rate_limit_reset="epoch")
    for _ in range(_READS):
        session.request("GET", "/ai/openai/models")
    share = min(_LARGEST_SHARE, round(session.refused / session.attempts, 2))
    yield holds_if(
        not session.refused,
        "limits.refused",
        f"{session.refused} of {session.attempts} requests.",
        rate_limited_share=max(share, 0.01),
    )
    rows = session.request("GET", "/ai/openai/models").json()["data"]
    odd = [row for row in rows if not (isinstance(row, dict) and isinstance(row.get("id"), str))]
    yield holds_if(not odd, "limits.models", f"{len(odd)} of {len(rows)} rows.", odd_rows=True)


def _unobserved(session: Session, models: Models) -> Iterator[Outcome]:
    del session, models
    for name, reason in UNOBSERVABLE.items():
        yield unknown(f"unobserved.{name}", reason)


PROBES = [
    Probe(
        "limits",
        {
            "limits.headers": "Responses have `x-ratelimit-limit`, `-remaining` and `-reset`.",
            "limits.reset": "`x-ratelimit-reset` counts seconds.",
            "limits.refused": "No request of a run is refused as one too many.",
            "limits.models": "Each row of the catalogue has an id.",
        },
        "1 chat completion, GET /ai/openai/models 21 times",
        0.0005,
        _limits,
    ),
    Probe(
        "unobserved",
        {f"unobserved.{name}": f"`{name}` of the emulator is as usual." for name in UNOBSERVABLE},
        "none",
        0.0,
        _unobserved,
    ),
]
