"""Where each assumption about the service comes from, and how old that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

Source: TypeAlias = Literal["observation", "documented", "inferred"]


@dataclass(frozen=True, slots=True)
class Origin:
    """The evidence of an assumption, before a cassette of the real service confirms it.

    Attributes:
        source: `observation`: somebody published what the service did. `documented`: the vendor's
            documentation, specification or SDK. `inferred`: similar services do so.
        since: The month of the evidence, such as `2026-07`; of an inference, when it was made.
        where: The evidence in a few words.
    """

    source: Source
    since: str
    where: str


def _seen(since: str, where: str) -> Origin:
    return Origin("observation", since, where)


def _documented(since: str, where: str) -> Origin:
    return Origin("documented", since, where)


def _inferred(where: str) -> Origin:
    return Origin("inferred", "2026-07", where)


_SCHEMA = "the OpenAPI schema"
_OPENAI = "OpenAI's API, which this one resembles"
_UNREPORTED = "nothing else was reported"

ORIGINS: Mapping[str, Origin] = MappingProxyType(
    {
        "chat.content": _seen(
            "2026-07", "openclaw-telnyx-provider; null for some requests to Kimi-K2.6"
        ),
        "chat.usage": _documented("2026-08", "telnyx-code-examples"),
        "chat.reasoning_field": _documented("2026-10", "docs/inference; `reasoning` was observed"),
        "stream.done": _seen("2026-07", "openclaw-telnyx-provider"),
        "stream.comments": _inferred("clients of the service skip comments"),
        "stream.usage": _seen("2026-07", "openclaw-telnyx-provider, with `include_usage`"),
        "tools.calls": _documented("2026-07", "knowledge base, function calling"),
        "tools.with_output_cap": _seen("2026-08", "models.dev PR 5661; refused in July"),
        "tools.parameters_type": _inferred("the vendor's AI SDK provider adds `type`"),
        "tools.named_choice": _documented("2026-07", f"{_SCHEMA} has none, auto and required"),
        "formats.json_schema": _documented("2026-11", "SDK 4.189.0"),
        "formats.open_strict_schema": _inferred("open schemas are refused for insights only"),
        "formats.guided_json": _documented("2026-08", "SDK 4.176.0; absent from 4.189.0"),
        "formats.fences": _inferred("models return what the prompt requests"),
        "fields.unknown_field": _inferred("vLLM and SGLang ignore unknown fields"),
        "fields.unknown_model": _inferred("OpenAI's API returns 404"),
        "fields.developer_role": _seen("2026-07", "openclaw-telnyx-provider; without the status"),
        "fields.empty_turn": _inferred("refused by Moonshot's own API only"),
        "fields.reasoning_effort": _documented("2026-11", "SDK 4.189.0"),
        "fields.logprobs": _documented("2026-07", _SCHEMA),
        "fields.disable_thinking": _documented("2026-07", _SCHEMA),
        "fields.enable_thinking": _seen("2026-11", "team-telnyx/ai PR 244, as read then"),
        "images.object": _inferred("all clients send an object"),
        "images.string": _documented("2026-07", _SCHEMA),
        "paths.legacy_chat": _documented("2026-07", f"{_SCHEMA}, deprecated; absent from the SDK"),
        "paths.previous_response": _documented("2026-07", f"{_SCHEMA}: nothing is stored"),
        "keys.length": _inferred("the limit of S3"),
        "keys.segment": _inferred("the limit of S3; file systems have 255"),
        "embedding.task_visible": _inferred(_UNREPORTED),
        "embedding.filenames": _seen("2026-07", "telnyx-toolkit reads full keys"),
        "embedding.rows": _documented("2026-07", _SCHEMA),
        "embedding.every_key": _inferred(_UNREPORTED),
        "embedding.own_files": _inferred(_UNREPORTED),
        "embedding.task_states": _documented("2026-07", _SCHEMA),
        "embedding.task_states_seen": _documented("2026-07", _SCHEMA),
        "embedding.failed_file": _documented("2026-07", f"{_SCHEMA}: `partial_success`"),
        "embedding.failure_word": _documented("2026-07", f"{_SCHEMA}; its text has `failed`"),
        "embedding.file_states": _inferred("any text is documented"),
        "embedding.file_states_seen": _inferred("any text is documented"),
        "embedding.again": _seen("2026-07", "public functions that embed after each upload"),
        "search.current": _inferred(_UNREPORTED),
        "search.filename": _documented("2026-07", f"an example of {_SCHEMA}"),
        "search.order": _inferred("similar services return the best first"),
        "search.many": _inferred("no limit is documented"),
        "search.limit_form": _inferred("other invalid fields get a 422"),
        "later.automatic": _documented("2026-07", _SCHEMA),
        "later.delay": _inferred("telnyx-toolkit waits for one to two minutes"),
        "later.deleted": _documented("2026-07", f"{_SCHEMA}: embeddings are deleted"),
        "later.listed_for": _inferred(_UNREPORTED),
        "later.deleted_hits": _documented("2026-07", f"{_SCHEMA}: embeddings are deleted"),
        "other_model.search": _inferred("a bucket has one model"),
        "regions.wrong_region": _documented("2026-07", "knowledge base: the region is not read"),
        "regions.presigned_envelope": _documented("2026-07", f"{_SCHEMA}; a sample has `data`"),
        "vectors.base64": _documented("2026-07", _SCHEMA),
        "vectors.batch": _inferred(_OPENAI),
        "vectors.long_text": _inferred("servers of such models refuse it or cut it"),
        "audio.text": _documented("2026-06", "knowledge base, response formats"),
        "audio.segments": _documented("2026-06", "knowledge base, response formats"),
        "audio.words": _documented("2026-11", "SDK 4.189.0"),
        "audio.turbo": _documented("2026-06", "knowledge base, response formats"),
        "audio.bare_granularities": _seen("2026-08", "a comment in @telnyx/ai-sdk-provider 2"),
        "audio.language": _documented("2026-07", _SCHEMA),
        "summarize.text": _documented("2026-07", _SCHEMA),
        "summarize.audio": _documented("2026-07", _SCHEMA),
        "summarize.missing": _inferred("other resources return 404"),
        "conversations.unwrapped": _documented("2026-07", _SCHEMA),
        "conversations.wrapped": _documented("2026-07", _SCHEMA),
        "conversations.filter": _documented("2026-07", _SCHEMA),
        "conversations.insights": _inferred("insights belong to the assistant's group"),
        "messages.empty_response": _documented("2026-07", _SCHEMA),
        "messages.text": _documented("2026-07", _SCHEMA),
        "messages.rows": _documented("2026-07", _SCHEMA),
        "insights.wrapped": _seen("2026-08", "a user's findings on a live account"),
        "insights.open_schema": _seen("2026-08", "a user's findings on a live account"),
        "insights.webhook": _seen("2026-11", "a public receiver reads `result`"),
        "limits.headers": _documented("2026-07", "the page on rate limits"),
        "limits.reset": _documented("2026-07", "the page on rate limits; another has an epoch"),
        "limits.refused": _documented("2026-10", "docs/inference/rate-limits"),
        "limits.models": _documented("2026-07", _SCHEMA),
        "unobserved.bucket_rate": _documented("2026-07", "knowledge base: 200 per second"),
        "unobserved.account_rate": _documented("2026-07", "knowledge base: 500 per second"),
    }
)
"""The origin of each assumption, by its name."""
