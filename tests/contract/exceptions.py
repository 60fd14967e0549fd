"""The table of exceptions: where client and emulator deviate from the OpenAPI schema, and why.

Where the schema is wrong or incomplete, an exception amends a copy of it, and every checker uses
that copy: no check is switched off, and the amendments are checked too. Only a deviation that no
schema can express changes or disables a check of schemathesis. The official SDKs need no exception.
"""

from __future__ import annotations

import functools
from typing import Any

import amendments
import spec
from deviation import Deviation
from refusals import REFUSALS


@functools.cache
def amended() -> dict[str, Any]:
    """Return the schema with all amendments; do not modify it."""
    document = spec.openapi()
    for deviation in EXCEPTIONS:
        deviation.written_into(document)
    return document


_CHATS = ("create_openai_chat_completion", "chat_public_chat_completions_post")
_ADDRESS = {"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}}
_SPEECH_MODELS = (
    "deepgram/nova-2",
    "deepgram/nova-2-medical",
    "deepgram/nova-3",
    "deepgram/nova-3-medical",
    "distil-whisper/distil-large-v2",
    "nvidia/parakeet-v3",
    "omi-health/omi-med-stt-v1",
    "openai/whisper-large-v3-turbo",
    "reson8/prerecorded",
)
EXCEPTIONS = (
    Deviation(
        what="401 with the error envelope, code 10009",
        why="The AI operations declare no 401.",
        source="observed live: a request without a key",
        amend=amendments.declare_response(401, amendments.ENVELOPE),
    ),
    Deviation(
        what="404 with a list under `detail` for a bucket that does not exist or is not embedded",
        why="Only `DELETE` declares it.",
        source="the schema: `BucketNotFoundError`",
        operations=(
            "compute_new_cluster_public_text_clusters_post",
            "GetBucketName",
            "PostEmbedding",
            "PostEmbeddingSimilaritySearch",
            "PostEmbeddingUrl",
        ),
        amend=amendments.declare_response(
            404, {"$ref": "#/components/schemas/BucketNotFoundError"}
        ),
    ),
    Deviation(
        what="404 with the error envelope, code 10005",
        why="Few operations declare a 404, and of those that do most declare no body.",
        source="observed live: unknown resources and unknown paths",
        amend=amendments.declare_response(404, amendments.ENVELOPE),
    ),
    Deviation(
        what="400 with the error envelope",
        why="Inference, insights and others return 400 for requests that the schema allows.",
        source="observed live: code 10015, the catch-all; code 10004, a missing parameter",
        amend=amendments.declare_response(400, amendments.ENVELOPE),
    ),
    Deviation(
        what="403 with the error envelope, code 10010",
        why="The AI operations declare no 403.",
        source="observed live: paid operations of an account without balance",
        amend=amendments.declare_response(403, amendments.ENVELOPE),
    ),
    Deviation(
        what="404, not 405, for a method that a path does not support",
        why="The service returns the same error for a wrong method as for a wrong path.",
        source="observed live: GET on the path of chat completions",
        checks=("unsupported_method",),
    ),
    Deviation(
        what="`text/event-stream` when `stream` is true",
        why="The schema declares JSON only, although it has the field.",
        source="the vendor's guide to streaming",
        operations=(*_CHATS, "chat_public_openai_responses_completions_post"),
        shown_by="chat.stream, streamed",
        amend=amendments.declare_stream,
    ),
    Deviation(
        what="a vector as base64 text",
        why="The schema has `encoding_format: base64`, but declares numbers only.",
        source="the schema itself; OpenAI's SDK requests it by default",
        operations=("create_openai_embeddings",),
        shown_by="text_embeddings.create, as base64",
        amend=amendments.widen(
            "schemas/OpenAIEmbeddingData/properties/embedding", {"type": "string"}
        ),
    ),
    Deviation(
        what="content parts with required content: `text`, `image_url` (a URL, or an object with "
        "`url`), `audio_url` (such an object)",
        why="The schema does not require a part's content, has images as text, and has no audio.",
        source="team-telnyx/openclaw-telnyx-provider, verified live in July 2026 (images); the "
        "vendor's guide to audio models",
        operations=_CHATS,
        shown_by="chat.create, with a picture",
        amend=amendments.replace(
            "schemas/ChatCompletionSystemMessageParam/properties/content/oneOf/1/items",
            {
                "oneOf": [
                    amendments.content_part("text", {"type": "string"}),
                    amendments.content_part("image_url", {"anyOf": [{"type": "string"}, _ADDRESS]}),
                    amendments.content_part("audio_url", _ADDRESS),
                ]
            },
        ),
    ),
    Deviation(
        what="an assistant message with tool calls and `content` null or missing",
        why="The schema has no tool calls in messages.",
        source="the vendor's guide to function calling",
        operations=_CHATS,
        amend=amendments.widen(
            "schemas/ChatCompletionRequest/properties/messages/items",
            {
                "type": "object",
                "required": ["role"],
                "properties": {"role": {"const": "assistant"}, "content": {"type": "null"}},
            },
        ),
    ),
    Deviation(
        what="`max_tokens: null`",
        why="The schema has an integer only.",
        source="SDK 4.189.0",
        operations=_CHATS,
        amend=amendments.widen_field("max_tokens", {"type": "null"}),
    ),
    Deviation(
        what="`response_format` of type `json_schema`",
        why="The schema of July has `text` and `json_object` only.",
        source="SDK 4.189.0",
        operations=_CHATS,
        shown_by="chat.create, with a JSON schema",
        amend=amendments.widen_field(
            "response_format",
            {
                "type": "object",
                "required": ["type", "json_schema"],
                "properties": {
                    "type": {"const": "json_schema"},
                    "json_schema": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {"name": {"type": "string"}, "schema": {"type": "object"}},
                    },
                },
            },
        ),
    ),
    Deviation(
        what="`min_p` within 0 and 1, `top_logprobs` within 0 and 20, `n` within 1 and 128",
        why="The schema has no bounds; its descriptions have the first two, OpenAI that of `n`.",
        source="the schema's descriptions; OpenAI's API reference",
        operations=_CHATS,
        amend=amendments.update_fields(
            min_p={"minimum": 0, "maximum": 1},
            top_logprobs={"minimum": 0, "maximum": 20},
            n={"minimum": 1, "maximum": 128, "multipleOf": 1},
        ),
    ),
    Deviation(
        what="`input` of a response as text or a list",
        why="The schema refers to OpenAI's format only.",
        source="OpenAI's API reference",
        operations=("chat_public_openai_responses_completions_post",),
        amend=amendments.update_fields(input={"type": ["string", "array"]}),
    ),
    Deviation(
        what="a response requires `input`",
        why="The schema requires no field, but a response without input is meaningless.",
        source="inferred",
        operations=("chat_public_openai_responses_completions_post",),
        amend=amendments.require("input"),
    ),
    Deviation(
        what="`max_num_results` of at least 1",
        why="The schema has no bounds, but a search for zero results is meaningless.",
        source="inferred",
        operations=_CHATS,
        amend=amendments.replace(
            "schemas/BucketIds/properties/max_num_results", {"type": "integer", "minimum": 1}
        ),
    ),
    Deviation(
        what="`n_epochs` to 50, or `auto`",
        why="The schema has 1 to 10; its description has 1 to 50, or `auto`.",
        source="the schema's description",
        operations=("create_new_finetuningjob_public_finetuning_post",),
        amend=amendments.widen(
            "schemas/CreateFineTuningJobRequest/properties/hyperparameters/properties/n_epochs",
            {"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1, "maximum": 50}]},
        ),
    ),
    Deviation(
        what="nine transcription models",
        why="The schema of July has three.",
        source="SDK 4.189.0",
        operations=("audio_public_audio_transcriptions_post",),
        amend=amendments.update_fields(model={"enum": list(_SPEECH_MODELS)}),
    ),
    Deviation(
        what="`model_config` as JSON text",
        why="A form field is text; the schema has an object.",
        source="the vendor's guide to transcription",
        operations=("audio_public_audio_transcriptions_post",),
        amend=amendments.widen_field("model_config", {"type": "string"}),
    ),
    Deviation(
        what="a page size above the maximum means the maximum, not an error",
        why="The schema has a maximum; according to its description larger values are capped.",
        source="the schema's descriptions",
        operations=("ListCloudfsFilesystems", "ListKvNamespaces", "ListKvKeys"),
        amend=amendments.drop_keyword("maximum", "page[limit]", "page[size]", "limit"),
    ),
    Deviation(
        what="422 for an invalid page number",
        why="The schema of this listing does not declare it.",
        source="the schema of all other paged listings",
        operations=("ListKvNamespaces",),
        amend=amendments.declare_response(
            422, {"$ref": "#/components/schemas/HTTPValidationError"}
        ),
    ),
    Deviation(
        what="any text as `filter[status]`",
        why="The schema lists the values; according to its description others are ignored.",
        source="the schema's description",
        operations=("ListCloudfsFilesystems",),
        amend=amendments.drop_keyword("enum", "filter[status]"),
    ),
    Deviation(
        what="a stored value has the media type of its upload",
        why="The schema has `application/octet-stream`; its description has this rule.",
        source="the schema's description",
        operations=("GetKvKey",),
        amend=amendments.allow_any_media_type,
    ),
    Deviation(
        what="a certificate and its key, both",
        why="The schema requires neither, but each needs the other.",
        source="the schema's description",
        operations=("AddStorageSSLCertificate",),
        amend=amendments.require("certificate", "private_key"),
    ),
    Deviation(
        what="a required body, if fields of it are required",
        why="The schema requires fields of an optional body.",
        source="inferred",
        operations=("CreateMigration", "CreateMigrationSource"),
        amend=amendments.require(),
    ),
    *REFUSALS,
)
