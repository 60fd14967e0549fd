"""The habits of the real service that differ by model, by month or by document: one switch each.

Every default is what was observed live, where somebody has looked. Where observation and
documentation disagree, the other reading is one keyword away:

```python
with TelnyxEmulator(quirks=Quirks(reasoning_field="reasoning", tools_refuse_output_cap=True)):
    ...
```
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

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
FILE_STATES = ("queued", "processing", "success", "failure", "deleted")
"""The usual words for the states of a file."""
TASK_STATES = ("queued", "processing", "success", "failure", "partial_success")
"""The usual words for the states of an embedding task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """Which of the service's known habits the emulator imitates.

    Attributes:
        tools_refuse_output_cap: Answer 400/10015 when a request holds both function tools and an
            output cap, as every hosted model did in July 2026.
        tools_need_parameters_type: Answer 400/10015 to a function whose `parameters` lack `type`.
        plain_models_refuse_enable_thinking: Answer 400/10015 to `enable_thinking` sent to a model
            that does not think.
        strict_schemas_must_be_closed: Answer 400/10015 to a strict JSON schema with an object that
            lacks `additionalProperties: false` (inferred from insights).
        reasoning_field: Where the thinking goes, on messages and on deltas: the documented
            `reasoning_content`, the `reasoning` seen of Kimi and MiniMax, or both.
        reasoning_swallows_answer: Leave `content` null and put the answer at the end of the
            reasoning, as some Kimi requests did.
        tool_markup: Leave tool calls in the text, in the markup of a model's chat template, as
            engines do whose parser fails or is off: `kimi`, `hermes`, `qwen`, `glm`, `deepseek`,
            `dsml`, `minimax`, `minimax_3`, `harmony`, or `harmony_words`, which is Harmony
            without its special tokens (None: calls are calls).
        image_url: Which form of an image part is accepted: `{"url": ...}`, a plain string (the
            official schema), or any of the two.
        response_format_json_schema: Accept `response_format` of type `json_schema`, which the
            service has done since September 2026.
        guided_decoding: Honour `guided_json`, `guided_regex` and `guided_choice`, documented to
            August 2026; when off they are ignored, as unknown fields are.
        strict_histories: Answer 400/10015 to an assistant's turn without text and calls, and, of a
            model that thinks, to one that calls tools without `reasoning_content`. Reported of
            Moonshot's own API; not seen of Telnyx.
        keeps_responses: Keep responses, and go on from the one that `previous_response_id` names,
            as OpenAI does. Off, documented: without a `conversation` nothing is kept, and
            `previous_response_id` is answered 400.
        fenced_json: Wrap JSON that only the prompt asks for in Markdown fences.
        legacy_chat: Answer the deprecated `/v2/ai/chat/completions` and `/v2/ai/models`; when off
            they are 404, unknown resources.
        stream_comments: Send a comment line between the events of a stream.
        rate_limit_reset: What `x-ratelimit-reset` counts: the seconds left, or the second of the
            epoch at which the window ends.
        failure_word: How a failed embedding task is called.
        base64_embeddings: Whether `encoding_format: "base64"` is honoured, ignored (numbers come
            all the same), or refused with 400/10015, as servers do that know only numbers.
        presigned_envelope: The key that wraps a presigned URL.
        insight_webhook: How webhooks tell of insights: as the `result` that receivers were seen to
            read in production (`conversation_insight_result`, the default); `flat`, as the
            documents of insight groups have it, with objects (`conversation.insights.completed`);
            or as a Voice `event`, with text (`call.conversation_insights.generated`).

    The rest is about buckets. In brackets stands where a default comes from: `live` was seen,
    `documented` was read, `inferred` is what other services of the kind do.

        key_limit: The most bytes of a key; PUT answers 400 `KeyTooLongError` beyond (1,024,
            inferred: S3's own limit).
        segment_limit: The most bytes between two `/` of a key, refused alike; stores that keep
            objects as files have 255 (None: no limit, inferred).
        search_cap: The most that `num_of_docs` may ask for (None: no limit; none is documented).
        search_cap_form: What happens beyond `search_cap`: a 422 in FastAPI's form, or just as many
            hits as the cap allows (`refused`, inferred).
        deleted_files: Whether the file of a deleted object leaves the file list at once, or stays
            `listed` with status `deleted` (`removed`, documented: its embeddings are deleted).
        deleted_listed_for: Seconds for which a `listed` one stays (None: for good).
        file_words: Other words for the states of files, by the usual one: `queued`, `processing`,
            `success`, `failure`, `deleted`. A file's status is documented as any text (empty: the
            usual words, inferred).
        task_words: Other words for the states of embedding tasks, by the usual one: `queued`,
            `processing`, `success`, `failure`, `partial_success` (empty: the usual words,
            documented).
        automatic_embedding: Embed objects that are added to an embedded bucket, or replaced in it,
            by themselves (True, documented). When off, `POST /ai/embeddings` does it; until then
            a new object is not in the file list, and a replaced one is found by its old text.
        embedding_delay: Seconds from an upload until it is embedded, on top of `jobs.pace` (0; the
            vendor's toolkit waits for one to two minutes, live). A task waits for all the uploads
            that it finds.
        search_delay: Seconds for which the search does not find what the file list says is
            embedded (0, inferred). What was replaced is not found meanwhile, either.
        filename_form: How `filename` is spelt in hits and in the file list: the object's `key`,
            percent-`encoded` (`/`, too), `with_bucket` before it, `without_suffix`, in `lower`
            case, or its `basename` (`key`, live). The `source` of a hit always has the true key.
        task_visible_after: How often asking for a new task is answered 404 first (0, inferred).
        failed_file_in_success: Let a task end in `success` although a file failed (False,
            documented: `partial_success`).
        reembed_unchanged: Let `POST /ai/embeddings` on an embedded bucket embed its unchanged files
            again, each queued, processed and embedded anew. True, the dearer reading: that they
            are left alone is documented nowhere, and users who post after each upload saw no
            harm in it but the price (live). The old passages are found meanwhile.
        bucket_rate: The most requests a second to one bucket of the storage, with a burst of one
            second's; 503 `SlowDown` beyond (None: no limit; documented are 200).
        account_rate: The same for all requests of the account; beyond it the API answers 429 with
            code 10011 (None: no limit; documented are 500, for the storage).
        wrong_region: What becomes of a storage request to a bucket of another region than the
            `Host` or the credential names: `ignored`, a `redirect` (301 `PermanentRedirect` with
            `x-amz-bucket-region`), or `not_found` (404 `NoSuchBucket`). `ignored`, documented:
            the region in a credential is not read; that requests must go to the bucket's own
            region is documented, too. Where it is not ignored, a bucket is created in the region
            that is named.

    Raises:
        ValueError: A number is out of range, or a state has no such usual word.
    """

    tools_refuse_output_cap: bool = False
    tools_need_parameters_type: bool = True
    plain_models_refuse_enable_thinking: bool = True
    strict_schemas_must_be_closed: bool = False
    reasoning_field: Literal["reasoning_content", "reasoning", "both"] = "reasoning_content"
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
    rate_limit_reset: Literal["seconds", "epoch"] = "seconds"
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
    reembed_unchanged: bool = True
    bucket_rate: float | None = None
    account_rate: float | None = None
    wrong_region: Literal["ignored", "redirect", "not_found"] = "ignored"

    @classmethod
    def pessimistic(cls) -> "Quirks":
        """Return the least convenient form of each behaviour that was documented or reported."""
        return cls(
            tools_refuse_output_cap=True,
            strict_schemas_must_be_closed=True,
            reasoning_field="reasoning",
            tool_markup="kimi",
            image_url="object",
            response_format_json_schema=False,
            guided_decoding=False,
            strict_histories=True,
            fenced_json=True,
            legacy_chat=False,
            stream_comments=True,
            rate_limit_reset="epoch",
            failure_word="failed",
            base64_embeddings="refused",
            presigned_envelope="data",
            insight_webhook="event",
            key_limit=255,
            segment_limit=255,
            search_cap=10,
            deleted_files="listed",
            file_words={"success": "embedded", "processing": "indexing"},
            task_words={"success": "completed", "processing": "running"},
            automatic_embedding=False,
            search_delay=0.2,
            filename_form="encoded",
            task_visible_after=1,
            failed_file_in_success=True,
            wrong_region="not_found",
        )

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
        for name, rate in (("bucket_rate", self.bucket_rate), ("account_rate", self.account_rate)):
            if rate is not None and not rate > 0:
                raise ValueError(f"`{name}` must be more than 0, not {rate}.")
        _known("file_words", self.file_words, FILE_STATES)
        _known("task_words", self.task_words, TASK_STATES)


def _at_least(least: int, **numbers: float | None) -> None:
    for name, number in numbers.items():
        if number is not None and not number >= least:
            raise ValueError(f"`{name}` must be at least {least}, not {number}.")


def _known(name: str, words: Mapping[str, str], states: Collection[str]) -> None:
    for word in words:
        if word not in states:
            raise ValueError(f"`{name}` knows {', '.join(states)}, not {word!r}.")
