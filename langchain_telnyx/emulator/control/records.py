"""Recorded requests as JSON."""

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, Field

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.control import redaction
from langchain_telnyx.emulator.runtime.clock import stamp
from langchain_telnyx.emulator.serving.request_record import RequestRecord, ResponseRecord

DEFAULT_BODY = 16 * 1024
LARGEST_BODY = 1024 * 1024
_MILLION = 1_000_000


class RecordedBody(BaseModel):
    """The body of a request or a response."""

    size: int = Field(description="the bytes that were received or sent")
    encoding: Literal["json", "text", "base64"] = Field(description="the form of `content`")
    content: Any = Field(description="a JSON value, text, or bytes in Base64")
    truncated: bool = Field(description="whether `content` is only the beginning of the body")


class Tokens(BaseModel):
    """The tokens of an answer."""

    prompt: int
    completion: int
    cached: int = Field(0, description="tokens of the prompt that were cached")


class Missed(BaseModel):
    """A scripted answer or fault that the request did not use."""

    script: str = Field(examples=["say('Hello, Ann!', when='Ann')"])
    reasons: list[str] = Field(examples=[["`when`: the last user message is 'I am Bob.'."]])


class RecordedRequest(BaseModel):
    """A request that the emulator received, and its response."""

    id: int = Field(description="its number, from 1, in order of receipt")
    revision: int = Field(description="the cursor after this change")
    state: Literal["running", "complete", "incomplete"] = Field(
        description="`incomplete`: the connection was closed before the end of the response"
    )
    method: str
    path: str = Field(description="the decoded path")
    query: str
    received_at: str = Field(description="by the machine's clock, in UTC")
    status: int | None = Field(description="null without a response")
    duration_ms: float | None = Field(description="until the end of the response")
    request_headers: dict[str, str]
    request_body: RecordedBody
    response_headers: dict[str, str]
    response_body: RecordedBody
    model: str | None = Field(description="the model of the request")
    tokens: Tokens | None = Field(description="null if the response has no usage")
    cost_usd: float | None = Field(description="by the catalogue's prices; null without a price")
    scripted: list[str] = Field(description="the scripted answers and faults that it used")
    near_misses: list[Missed] = Field(
        description="scripted answers and faults that waited for other requests, and why"
    )
    unmatched: bool = Field(
        description="whether it used no scripted answer, although some waited for other requests"
    )


class Records:
    """Turns records of an account into JSON.

    Args:
        account: The account.
        body: The most bytes of each body.
    """

    def __init__(self, account: Account, body: int = DEFAULT_BODY) -> None:
        settings = account.settings
        self._models = account.models
        self._body = body
        self._redact = redaction.redactor([settings.api_key, settings.upstream_api_key])

    def read(self, record: RequestRecord) -> RecordedRequest:
        """Return a request."""
        response = record.response
        redact, path = self._redact, record.path
        model, tokens = self._usage(record, response)
        return RecordedRequest(
            id=record.number,
            revision=record.revision,
            state=_state(record),
            method=record.method,
            path=redact(path),
            query=redaction.query(record.query, redact),
            received_at=stamp(datetime.fromtimestamp(record.received_at, UTC)),
            status=None if response is None else response.status,
            duration_ms=None if record.duration is None else round(record.duration * 1000, 3),
            request_headers=redaction.headers(record.headers, redact),
            request_body=self._content(record.body, record.size, record.headers, path),
            response_headers={}
            if response is None
            else redaction.headers(response.headers, redact),
            response_body=self._content(b"", 0, {}, path)
            if response is None
            else self._content(response.body, response.size, response.headers, path),
            model=model,
            tokens=tokens,
            cost_usd=self._cost(model, tokens),
            scripted=[redact(label) for label in record.scripted],
            near_misses=[
                Missed(script=redact(miss.script), reasons=[redact(why) for why in miss.reasons])
                for miss in record.near_misses
            ],
            unmatched=record.unmatched,
        )

    def _content(
        self, body: bytes, size: int, headers: Mapping[str, str], path: str
    ) -> RecordedBody:
        if not self._body:  # a reader of many requests does not want to wait for all bodies
            return RecordedBody(size=size, encoding="text", content="", truncated=size > 0)
        truncated = min(len(body), self._body) < size
        if "json" in headers.get("content-type", "") and len(body) == size <= self._body:
            parsed = _parsed(body)
            if parsed is not None:
                content = redaction.value(parsed, path, self._redact)
                return RecordedBody(size=size, encoding="json", content=content, truncated=False)
        # Redacted as a whole: the limit may divide a key.
        text = _decoded(body, whole=len(body) == size)
        if text is None:
            clean = self._redact.binary(body, whole=len(body) == size)[: self._body]
            encoded = base64.b64encode(clean).decode()
            return RecordedBody(size=size, encoding="base64", content=encoded, truncated=truncated)
        content = redaction.text(text, path, self._redact, whole=len(body) == size)
        content = content.encode()[: self._body].decode(errors="ignore")
        return RecordedBody(size=size, encoding="text", content=content, truncated=truncated)

    def _usage(
        self, record: RequestRecord, response: ResponseRecord | None
    ) -> tuple[str | None, Tokens | None]:
        view = record.view() if len(record.body) == record.size else None
        model = None if view is None else view.model
        for answer in _answers(response):
            named = answer.get("model")
            model = named if isinstance(named, str) and model is None else model
            if (tokens := _tokens(answer)) is not None:
                return model, tokens
        return model, None

    def _cost(self, model: str | None, tokens: Tokens | None) -> float | None:
        card = self._models.get(model or "")
        if tokens is None or card is None or card.price is None:
            return None
        prompt, completion, cached = map(Decimal, card.price)
        total = (tokens.prompt - tokens.cached) * prompt
        total += tokens.completion * completion + tokens.cached * cached
        return float(total / _MILLION)


def _state(record: RequestRecord) -> Literal["running", "complete", "incomplete"]:
    if record.duration is None:
        return "running"
    response = record.response
    return "complete" if response is not None and response.complete else "incomplete"


def _answers(response: ResponseRecord | None) -> Iterable[Mapping[str, Any]]:
    """Return the objects of a response that may have a usage, the last first."""
    if response is None:
        return
    end = response.tail or response.body
    if "event-stream" in response.headers.get("content-type", ""):
        for line in reversed(end.decode(errors="replace").splitlines()):
            if line.startswith("data:") and isinstance(event := _parsed(line[5:]), dict):
                yield event
                for field in ("response", "message"):
                    if isinstance(event.get(field), dict):
                        yield event[field]
    elif isinstance(whole := _parsed(response.body), dict):
        yield whole


def _tokens(answer: Mapping[str, Any]) -> Tokens | None:
    usage = answer.get("usage")
    if not isinstance(usage, dict):
        return None
    prompt = usage.get("prompt_tokens", usage.get("input_tokens"))
    completion = usage.get("completion_tokens", usage.get("output_tokens", 0))
    details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    cached = details.get("cached_tokens", 0) if isinstance(details, dict) else 0
    if isinstance(prompt, int) and isinstance(completion, int) and isinstance(cached, int):
        return Tokens(prompt=prompt, completion=completion, cached=cached)
    return None


def _parsed(body: bytes | str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _decoded(body: bytes, *, whole: bool) -> str | None:
    """Return UTF-8 text, or None for other bytes; the beginning of text may end in a character."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        if whole or len(body) - error.start > _LONGEST_CHARACTER:
            return None
        text = body[: error.start].decode()
    return None if "\0" in text else text


_LONGEST_CHARACTER = 4
