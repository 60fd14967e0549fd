"""Which assumption observes each field of the emulator's `Quirks`; some fields none observes."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from langchain_telnyx.doctor.live.outcomes import Outcome

UNOBSERVABLE: Mapping[str, str] = MappingProxyType(
    {
        "insight_webhook": "Insights run when an assistant's conversation ends, and there is no "
        "public address to receive a webhook.",
        "bucket_rate": "It takes hundreds of requests per second.",
        "account_rate": "It takes hundreds of requests per second.",
    }
)
"""Fields that no probe observes, with the reason. Each is reported as `unknown`."""

APPROXIMATE: Mapping[str, str] = MappingProxyType(
    {
        "rate_limited_share": "The share of one run.",
        "deleted_listed_for": "Measured by polls.",
        "embedding_delay": "Measured by polls; up to 5 seconds do not count.",
        "search_delay": "Measured by a few searches, which cost money.",
        "task_words": "The states that are seen; short ones may be over before the first poll.",
        "file_words": "The states that are seen; short ones may be over before the first poll.",
    }
)
"""Fields that are measured, or observed in part, with the reason."""

OBSERVED_BY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "tools_refuse_output_cap": ("tools.with_output_cap",),
        "tools_need_parameters_type": ("tools.parameters_type",),
        "plain_models_refuse_enable_thinking": ("fields.enable_thinking",),
        # Not if `json_schema` is refused altogether.
        "strict_schemas_must_be_closed": ("formats.open_strict_schema",),
        "reasoning_field": ("chat.reasoning_field",),
        "reasoning_swallows_answer": ("chat.content",),
        "tool_markup": ("tools.calls",),
        "image_url": ("images.object", "images.string"),
        "response_format_json_schema": ("formats.json_schema",),
        "guided_decoding": ("formats.guided_json",),
        "strict_histories": ("fields.empty_turn",),
        "keeps_responses": ("paths.previous_response",),
        "fenced_json": ("formats.fences",),
        "legacy_chat": ("paths.legacy_chat",),
        "stream_comments": ("stream.comments",),
        # Not if no response has `usage`.
        "stream_usage": ("stream.usage",),
        "usage_absent": ("chat.usage",),
        "logprobs": ("fields.logprobs",),
        "named_tool_choice": ("tools.named_choice",),
        "developer_role": ("fields.developer_role",),
        "rate_limit_reset": ("limits.reset",),
        "rate_limited_share": ("limits.refused",),
        "odd_rows": ("embedding.rows", "messages.rows", "limits.models"),
        # Not if tasks end in success in spite of failures.
        "failure_word": ("embedding.failure_word",),
        "base64_embeddings": ("vectors.base64",),
        "presigned_envelope": ("regions.presigned_envelope",),
        "key_limit": ("keys.length",),
        # Not beyond the limit of whole keys.
        "segment_limit": ("keys.segment",),
        "search_cap": ("search.many",),
        # Only if there is a limit.
        "search_cap_form": ("search.limit_form",),
        "deleted_files": ("later.deleted",),
        # Only if deleted files are listed for a while.
        "deleted_listed_for": ("later.listed_for",),
        "file_words": ("embedding.file_states",),
        "task_words": ("embedding.task_states",),
        "automatic_embedding": ("later.automatic",),
        # Only with automatic embedding.
        "embedding_delay": ("later.delay",),
        "search_delay": ("search.current",),
        "filename_form": ("embedding.filenames",),
        "task_visible_after": ("embedding.task_visible",),
        "failed_file_in_success": ("embedding.failed_file",),
        "foreign_failing_file": ("embedding.own_files",),
        "reembed_unchanged": ("embedding.again",),
        "wrong_region": ("regions.wrong_region",),
    }
)
"""The assumptions that observe a field, by the field's name."""


def unobserved(outcomes: Iterable[Outcome]) -> list[str]:
    """Return the fields of `Quirks` that a run did not observe.

    Args:
        outcomes: The outcomes of the run.
    """
    seen = {outcome.assumption for outcome in outcomes if outcome.verdict != "unknown"}
    return [
        *(name for name, assumptions in OBSERVED_BY.items() if not seen & {*assumptions}),
        *UNOBSERVABLE,
    ]
