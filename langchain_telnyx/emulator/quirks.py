"""Switches for behavior of the real service that differs by model, by month or by document.

The defaults are the behavior that was observed, where it was; `quirk_sources` has the source of
each. Each switch selects another:

```python
from langchain_telnyx.emulator import Quirks, TelnyxEmulator

with TelnyxEmulator(quirks=Quirks(reasoning_field="reasoning", tools_refuse_output_cap=True)):
    ...
```
"""

import json
from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from langchain_telnyx.emulator.quirk_sources import SOURCES, QuirkSource

ToolMarkup: TypeAlias = Literal[
    "kimi",
    "hermes",
    "qwen",
    "glm",
    "deepseek",
    "dsml",
    "minimax",
    "minimax_3",
    "harmony",
    "harmony_words",
]
InsightWebhook: TypeAlias = Literal["flat", "event", "result"]
FilenameForm: TypeAlias = Literal[
    "key", "encoded", "with_bucket", "without_suffix", "lower", "basename"
]
ReasoningField: TypeAlias = Literal["reasoning_content", "reasoning", "both", "alternating"]
FILE_STATES = ("queued", "processing", "success", "failure", "deleted")
"""The default names of the states of a file."""
TASK_STATES = ("queued", "processing", "success", "failure", "partial_success")
"""The default names of the states of an embedding task."""
_LARGEST_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """Which variants of the service's behavior the emulator imitates.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/emulator.md#quirks

    Attributes:
        tools_refuse_output_cap: Respond with 400/10015 to a request with both function tools and an
            output cap, as every hosted model did in July 2026.
        tools_need_parameters_type: Respond with 400/10015 to a function whose `parameters`
            lack `type`.
        plain_models_refuse_enable_thinking: Respond with 400/10015 to `enable_thinking` for a
            model without reasoning.
        strict_schemas_must_be_closed: Respond with 400/10015 to a strict JSON schema with an object
            that lacks `additionalProperties: false` (inferred from insights).
        reasoning_field: The field of messages and deltas that contains the reasoning: the
            documented `reasoning_content`, the `reasoning` observed for Kimi and MiniMax, both, or
            another one in every other response (`alternating`).
        reasoning_swallows_answer: Leave `content` null and put the answer at the end of the
            reasoning, as observed for some Kimi requests.
        tool_markup: Write tool calls as text, in the markup of a model's chat template, as engines
            do whose parser fails or is off: `kimi`, `hermes`, `qwen`, `glm`, `deepseek`,
            `dsml`, `minimax`, `minimax_3`, `harmony`, or `harmony_words`, which is Harmony
            without its special tokens (None: structured tool calls).
        image_url: Which form of an image part is accepted: `{"url": ...}`, a plain string (the
            official schema), or either.
        response_format_json_schema: Accept `response_format` of type `json_schema`, which the
            service has done since September 2026.
        guided_decoding: Support `guided_json`, `guided_regex` and `guided_choice`, documented until
            August 2026; otherwise they are ignored, as unknown fields are.
        strict_histories: Respond with 400/10015 to an assistant message without text and calls,
            and, for a model with reasoning, to one with tool calls without `reasoning_content`.
            Reported for Moonshot's own API; not observed for Telnyx.
        keeps_responses: Store responses, and continue from the one that `previous_response_id`
            names, as OpenAI does. Off, documented: without a `conversation` nothing is stored, and
            the response to `previous_response_id` is 400.
        fenced_json: Wrap JSON in Markdown fences if only the prompt requests it.
        legacy_chat: Serve the deprecated `/v2/ai/chat/completions` and `/v2/ai/models`; otherwise
            they are 404.
        stream_comments: Send a comment line between the events of a stream.
        stream_usage: Whether a stream ends with a chunk with `usage`: only if `stream_options`
            requests it, `always` (then in the last chunk of the last choice), or `never`.
        usage_absent: Omit `usage` from all chat responses, streamed or not.
        logprobs: Whether requested log probabilities are in the response, or `null`.
        named_tool_choice: Whether a `tool_choice` that names a function, as OpenAI has it, is
            `accepted`, or `refused` with 422.
        developer_role: Whether messages of the role `developer` are `accepted` as those of
            `system`, or `refused` with 422.
        rate_limit_reset: The unit of `x-ratelimit-reset`: the seconds left, or the end of the
            window in seconds since the epoch.
        rate_limited_share: The share of requests that are refused with 429, or on the storage with
            503 `SlowDown`; 0 to 0.5. Like the documented response, it has no `retry-after`. The
            seed of the emulator selects the requests: the same ones each time, for a method and a
            path, and never two in a row.
        odd_rows: Begin the lists of files, tasks, models, conversations and their messages with a
            row that is not as documented: null fields, an unknown status, unknown fields.
        failure_word: The status of a failed embedding task.
        base64_embeddings: Whether `encoding_format: "base64"` is honoured, ignored (the response
            has numbers), or refused with 400/10015, as by servers that support only numbers.
        presigned_envelope: The key of the object that contains a presigned URL.
        insight_webhook: The form of insight webhooks: the `result` that receivers read in
            production (`conversation_insight_result`, the default); `flat`, with objects, as
            documented for insight groups (`conversation.insights.completed`); or a Voice `event`,
            with text (`call.conversation_insights.generated`).

    The rest is about buckets. The source of a default is in brackets, and for all quirks in
    `sources()`: `live` was observed, `documented` is in the documentation, `inferred` is what
    similar services do.

        key_limit: The most bytes of a key; beyond, PUT responds with 400 `KeyTooLongError` (1,024,
            inferred: S3's own limit).
        segment_limit: The most bytes between two `/` of a key, refused likewise; stores that
            save objects as files have 255 (None: no limit, inferred).
        search_cap: The largest `num_of_docs` (None: no limit; none is documented).
        search_cap_form: The response beyond `search_cap`: a 422 in FastAPI's form, or as many hits
            as the cap allows (`refused`, inferred).
        deleted_files: Whether the file of a deleted object is removed from the file list at once,
            or stays `listed` with status `deleted` (`removed`, documented: its embeddings are
            deleted).
        deleted_listed_for: Seconds for which a `listed` file stays (None: forever).
        file_words: Other names for the states of files, by the default name: `queued`,
            `processing`, `success`, `failure`, `deleted`. A file's status is documented as any text
            (empty: the default names, inferred).
        task_words: Other names for the states of embedding tasks, by the default name: `queued`,
            `processing`, `success`, `failure`, `partial_success` (empty: the default names,
            documented).
        automatic_embedding: Automatically embed objects that are added to an embedded bucket, or
            replaced in it (True, documented). Otherwise `POST /ai/embeddings` does; until then a
            new object is not in the file list, and a replaced one is found by its old text.
        embedding_delay: Seconds from an upload until it is embedded, in addition to `jobs.pace` (0;
            the vendor's toolkit waits for one to two minutes, live). A task waits for all uploads
            that it finds.
        search_delay: Seconds for which the search does not find files that the file list reports as
            embedded (0, inferred). Replaced passages are not found in this time, either.
        filename_form: The form of `filename` in hits and in the file list: the object's `key`,
            percent-`encoded` (including `/`), `with_bucket` before it, `without_suffix`, in `lower`
            case, or its `basename` (`key`, live). The `source` of a hit always has the true key.
        task_visible_after: How many requests for a new task get a 404 first (0, inferred).
        failed_file_in_success: Let a task end in `success` even if a file failed (False,
            documented: `partial_success`).
        foreign_failing_file: List a file that nobody uploaded, with status `failure`, in each
            embedded bucket. Tasks then end in `partial_success` at best, also with
            `failed_file_in_success`.
        reembed_unchanged: Let `POST /ai/embeddings` on an embedded bucket embed its unchanged files
            again. True, the more expensive variant: the documentation does not state that they are
            skipped, and users who post after each upload observed no effect except the price
            (live). Until then, the search finds the old passages.
        bucket_rate: The most requests per second to one bucket of the storage, with a burst of one
            second's requests; 503 `SlowDown` beyond (None: no limit; documented are 200).
        account_rate: The same for all requests of the account; beyond it the API responds with 429,
            code 10011 (None: no limit; documented are 500, for the storage).
        wrong_region: The response to a storage request for a bucket of another region than the
            `Host` or the credential names: `ignored`, a `redirect` (301 `PermanentRedirect` with
            `x-amz-bucket-region`), or `not_found` (404 `NoSuchBucket`). `ignored`, documented:
            the region in a credential is not read; that requests must go to the bucket's own
            region is documented, too. If it is not ignored, a bucket is created in the named
            region.

    Raises:
        ValueError: A number is out of range, or a state does not exist.
    """

    tools_refuse_output_cap: bool = False
    tools_need_parameters_type: bool = True
    plain_models_refuse_enable_thinking: bool = True
    strict_schemas_must_be_closed: bool = False
    reasoning_field: ReasoningField = "reasoning_content"
    reasoning_swallows_answer: bool = False
    tool_markup: ToolMarkup | None = None
    image_url: Literal["any", "object", "string"] = "any"
    response_format_json_schema: bool = True
    guided_decoding: bool = True
    strict_histories: bool = False
    keeps_responses: bool = False
    fenced_json: bool = False
    legacy_chat: bool = True
    stream_comments: bool = False
    stream_usage: Literal["always", "if_requested", "never"] = "if_requested"
    usage_absent: bool = False
    logprobs: Literal["null", "honoured"] = "honoured"
    named_tool_choice: Literal["accepted", "refused"] = "refused"
    developer_role: Literal["accepted", "refused"] = "refused"
    rate_limit_reset: Literal["seconds", "epoch"] = "seconds"
    rate_limited_share: float = 0.0
    odd_rows: bool = False
    failure_word: Literal["failure", "failed"] = "failure"
    base64_embeddings: Literal["honoured", "ignored", "refused"] = "honoured"
    presigned_envelope: Literal["content", "data"] = "content"
    insight_webhook: InsightWebhook = "result"
    key_limit: int = 1024
    segment_limit: int | None = None
    search_cap: int | None = None
    search_cap_form: Literal["refused", "capped"] = "refused"
    deleted_files: Literal["removed", "listed"] = "removed"
    deleted_listed_for: float | None = None
    file_words: Mapping[str, str] = field(default_factory=dict, hash=False)
    task_words: Mapping[str, str] = field(default_factory=dict, hash=False)
    automatic_embedding: bool = True
    embedding_delay: float = 0.0
    search_delay: float = 0.0
    filename_form: FilenameForm = "key"
    task_visible_after: int = 0
    failed_file_in_success: bool = False
    foreign_failing_file: bool = False
    reembed_unchanged: bool = True
    bucket_rate: float | None = None
    account_rate: float | None = None
    wrong_region: Literal["ignored", "redirect", "not_found"] = "ignored"

    @classmethod
    def pessimistic(cls) -> "Quirks":
        """Return the least convenient form of each behavior that was documented or reported."""
        return cls(**{name: copy(source.worst) for name, source in SOURCES.items()})

    @classmethod
    def sources(cls) -> Mapping[str, QuirkSource]:
        """Return the source of each quirk's default, by name."""
        return SOURCES

    @classmethod
    def load(cls, name: str | Path) -> "Quirks":
        """Return the quirks of a JSON file, such as `langchain-telnyx doctor --quirks` writes.

        Args:
            name: The file; or `pessimistic`.

        Raises:
            ValueError: The file is not JSON, or names an unknown quirk or value.
        """
        if name == "pessimistic":
            return cls.pessimistic()
        fields = json.loads(Path(name).read_text("utf-8"))
        try:
            return cls(**fields)
        except TypeError as error:
            raise ValueError(f"{str(name)!r} is not a file of quirks: {error}.") from None

    def __post_init__(self) -> None:
        _at_least(1, key_limit=self.key_limit)
        _at_least(1, segment_limit=self.segment_limit, search_cap=self.search_cap)
        _at_least(
            0,
            embedding_delay=self.embedding_delay,
            search_delay=self.search_delay,
            deleted_listed_for=self.deleted_listed_for,
            task_visible_after=self.task_visible_after,
        )
        if not 0 <= self.rate_limited_share <= _LARGEST_SHARE:
            raise ValueError(
                f"`rate_limited_share` must be between 0 and {_LARGEST_SHARE}, not "
                f"{self.rate_limited_share}: no two requests in a row are refused."
            )
        for name, rate in (("bucket_rate", self.bucket_rate), ("account_rate", self.account_rate)):
            if rate is not None and not rate > 0:
                raise ValueError(f"`{name}` must be more than 0, not {rate}.")
        _check_states("file_words", self.file_words, FILE_STATES)
        _check_states("task_words", self.task_words, TASK_STATES)


def _at_least(least: int, **numbers: float | None) -> None:
    for name, number in numbers.items():
        if number is not None and not number >= least:
            raise ValueError(f"`{name}` must be at least {least}, not {number}.")


def _check_states(name: str, words: Mapping[str, str], states: Collection[str]) -> None:
    for word in words:
        if word not in states:
            raise ValueError(f"`{name}` accepts the keys {', '.join(states)}, not {word!r}.")
