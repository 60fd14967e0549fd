"""Where the default of each quirk comes from, and the quirk's least convenient form."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["live", "documented", "inferred"]


@dataclass(frozen=True, slots=True)
class QuirkSource:
    """The source of a quirk's default.

    Attributes:
        kind: `live`: somebody observed it at the service. `documented`: the vendor's documentation,
            specification or SDK has it. `inferred`: similar services do so.
        evidence: What was observed or is documented, in a sentence.
        worst: The least convenient form that was documented or reported; `Quirks.pessimistic()`
            has it.
        worst_is_default: Why the default is the least convenient form, if it is.
    """

    kind: Kind
    evidence: str
    worst: Any
    worst_is_default: str = ""


def _live(evidence: str, worst: Any, same: str = "") -> QuirkSource:
    return QuirkSource("live", evidence, worst, same)


def _documented(evidence: str, worst: Any, same: str = "") -> QuirkSource:
    return QuirkSource("documented", evidence, worst, same)


def _inferred(evidence: str, worst: Any, same: str = "") -> QuirkSource:
    return QuirkSource("inferred", evidence, worst, same)


SOURCES: Mapping[str, QuirkSource] = MappingProxyType(
    {
        # Chat.
        "tools_refuse_output_cap": _live(
            "Accepted on 27 August 2026; refused by every hosted model in July.", worst=True
        ),
        "tools_need_parameters_type": _live(
            "The vendor's provider for the AI SDK adds `type`, as the API requires it.",
            worst=True,
            same="The service refuses such requests.",
        ),
        "plain_models_refuse_enable_thinking": _live(
            "Refused with 400/10015 by models without reasoning.",
            worst=True,
            same="The service refuses such requests.",
        ),
        "strict_schemas_must_be_closed": _inferred(
            "Only observed for the schemas of insights.", worst=True
        ),
        "reasoning_field": _documented(
            "Documented is `reasoning_content`; `reasoning` was observed for Kimi and MiniMax.",
            worst="alternating",
        ),
        "reasoning_swallows_answer": _inferred(
            "Observed for some requests to Kimi only.", worst=True
        ),
        "tool_markup": _documented(
            "Tool calls are structured; markup is reported of the engines.", worst="kimi"
        ),
        "image_url": _inferred(
            "The specification has a string; all clients send an object.", worst="string"
        ),
        "response_format_json_schema": _documented(
            "In the vendor's SDK since September 2026, not in the specification of July.",
            worst=False,
        ),
        "guided_decoding": _documented(
            "Documented until August 2026, removed from the SDK since.", worst=False
        ),
        "strict_histories": _inferred("Reported of Moonshot's own API only.", worst=True),
        "keeps_responses": _documented(
            "Without `conversation` nothing is stored.",
            worst=False,
            same="Nothing is stored.",
        ),
        "fenced_json": _inferred("Reported for JSON that only the prompt requests.", worst=True),
        "legacy_chat": _documented(
            "Deprecated in July 2026; absent from the SDK since August.", worst=False
        ),
        "stream_comments": _inferred("Clients of the service skip them.", worst=True),
        "stream_usage": _live(
            "A stream with `include_usage` has it (28 July 2026); without, nobody reported it, and "
            "OpenAI and the engines behind the service send none.",
            worst="never",
        ),
        "usage_absent": _documented("The examples of responses have `usage`.", worst=True),
        "logprobs": _documented("`logprobs` and `top_logprobs` are documented.", worst="null"),
        "named_tool_choice": _documented(
            "The specification has `none`, `auto` and `required` only.",
            worst="refused",
            same="A named function is refused.",
        ),
        "developer_role": _live(
            "The vendor's provider for OpenClaw states that it is not supported (28 July 2026).",
            worst="refused",
            same="The role is refused.",
        ),
        "rate_limit_reset": _documented(
            "A page of the documentation has seconds, another shows an epoch.", worst="epoch"
        ),
        "rate_limited_share": _documented(
            "A 429 is documented for accounts beyond their limits only.", worst=0.15
        ),
        "base64_embeddings": _documented(
            "`encoding_format` may be `base64` in the specification.", worst="refused"
        ),
        "presigned_envelope": _documented(
            "The specification has `content`, a sample of the vendor has `data`.", worst="data"
        ),
        "insight_webhook": _live("A receiver in production reads `result`.", worst="event"),
        "odd_rows": _inferred("No malformed row was reported.", worst=True),
        # Buckets.
        "key_limit": _inferred("The limit of S3.", worst=255),
        "segment_limit": _inferred("No limit was reported.", worst=255),
        "search_cap": _inferred("No limit is documented.", worst=10),
        "search_cap_form": _inferred(
            "A 422, as other invalid fields get.",
            worst="refused",
            same="The search has no result at all.",
        ),
        "deleted_files": _documented("The embeddings of a file are deleted.", worst="listed"),
        "deleted_listed_for": _inferred(
            "There is no observation.", worst=None, same="The files stay listed forever."
        ),
        "file_words": _inferred(
            "The status of a file is any text.",
            worst={"success": "embedded", "processing": "indexing"},
        ),
        "task_words": _documented(
            "The specification lists the states.",
            worst={"success": "completed", "processing": "running"},
        ),
        "failure_word": _documented(
            "The specification has `failure`, a text of it `failed`.", worst="failed"
        ),
        "automatic_embedding": _documented(
            "Adding or replacing an object embeds it again.", worst=False
        ),
        "embedding_delay": _inferred(
            "The vendor's toolkit waits for one to two minutes.", worst=0.1
        ),
        "search_delay": _inferred("No lag was reported.", worst=0.2),
        "filename_form": _live("The vendor's toolkit reads full keys.", worst="encoded"),
        "task_visible_after": _inferred("No delay was reported.", worst=1),
        "failed_file_in_success": _documented("`partial_success` is documented.", worst=True),
        "foreign_failing_file": _inferred(
            "`partial_success` is documented as: at least one file failed.", worst=True
        ),
        "reembed_unchanged": _inferred(
            "Not documented; users who post after each upload observed the price only.",
            worst=True,
            same="Every file is embedded again.",
        ),
        "bucket_rate": _inferred("Documented are 200, which were not observed.", worst=200.0),
        "account_rate": _inferred("Documented are 500, which were not observed.", worst=500.0),
        "wrong_region": _documented(
            "The region in a credential is not read; that requests must go to the bucket's region "
            "is documented, too.",
            worst="not_found",
        ),
    }
)
"""The source of each quirk's default, by the quirk's name."""
