"""The probe of rate limits, and the quirks that a short run cannot observe."""

from collections.abc import Iterator

from langchain_telnyx.doctor.live.coverage import UNOBSERVABLE
from langchain_telnyx.doctor.live.outcomes import Outcome, holds_if, unknown
from langchain_telnyx.doctor.live.probes import Models, Probe
from langchain_telnyx.doctor.live.session import Session

_READS = 20
_EPOCH = 1e9  # the year 2001
_LARGEST_SHARE = 0.5

_REASONS = {name: reason for name, reason in UNOBSERVABLE.items() if name != "insight_webhook"}
"""The probe of insights reports the form of their webhooks."""


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
    for name, reason in _REASONS.items():
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
        {f"unobserved.{name}": f"`{name}` of the emulator is as usual." for name in _REASONS},
        "none",
        0.0,
        _unobserved,
    ),
]
