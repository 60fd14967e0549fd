"""The one table of exceptions: where a judge is not followed to the letter, why, and who says so.

Where the slice is wrong or silent, an exception writes what is known into a copy of it, and every
judge that reads the slice reads the copy: nothing is switched off, and what is written in is judged
too. Only what no document can say changes what a check of schemathesis expects, or switches it off.
The official SDKs need no exception.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import amendments
import spec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Amendment: TypeAlias = Callable[[dict[str, Any], dict[str, Any]], None]


@dataclass(frozen=True)
class Deviation:
    """One exception.

    Attributes:
        what: What is done otherwise than the judge has it.
        why: What speaks for it.
        source: Who saw or says so.
        operations: The operations it is for; none means all.
        amend: Writes it into a document, for one operation of it.
        checks: The checks of schemathesis that do not apply.
        expected: The statuses that pass a check of schemathesis.
        shown_by: An example, by its name, that fails without it.
    """

    what: str
    why: str
    source: str
    operations: tuple[str, ...] = ()
    amend: Amendment | None = None
    checks: tuple[str, ...] = ()
    expected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shown_by: str = ""

    @property
    def judge(self) -> str:
        """Whose word is not followed, for people."""
        judges = ["the slice"] if self.amend else []
        judges += [f"schemathesis, `{check}`" for check in (*self.checks, *self.expected)]
        return "; ".join(judges)

    @property
    def applies_to(self) -> tuple[str, ...]:
        """The operations it is for, by name."""
        return self.operations or tuple(spec.operations())

    def written_into(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return the document (which is changed) with this exception in it."""
        if self.amend is not None:
            for operation in self.applies_to:
                self.amend(document, spec.operations()[operation].of(document))
        return document


@functools.cache
def amended() -> dict[str, Any]:
    """Return the slice with all exceptions written in; do not change it."""
    document = spec.slice_()
    for deviation in EXCEPTIONS:
        deviation.written_into(document)
    return document


_CHATS = ("create_openai_chat_completion", "chat_public_chat_completions_post")
_ADDRESS = {"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}}
_RECOGNISERS = (
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
_REFUSALS = ("2xx", "400", "401", "403", "404", "409", "429")

EXCEPTIONS = (
    Deviation(
        what="401 with the error envelope, code 10009",
        why="The AI operations declare no 401.",
        source="seen live: a request without a key",
        amend=amendments.answers(401, amendments.ENVELOPE),
    ),
    Deviation(
        what="404 with a list under `detail` for a bucket that is not there or not embedded",
        why="Only `DELETE` declares it.",
        source="the slice: `BucketNotFoundError`",
        operations=(
            "compute_new_cluster_public_text_clusters_post",
            "GetBucketName",
            "PostEmbedding",
            "PostEmbeddingSimilaritySearch",
            "PostEmbeddingUrl",
        ),
        amend=amendments.answers(404, {"$ref": "#/components/schemas/BucketNotFoundError"}),
    ),
    Deviation(
        what="404 with the error envelope, code 10005",
        why="Few operations declare a 404, and of those that do most declare no body.",
        source="seen live: unknown resources and unknown paths",
        amend=amendments.answers(404, amendments.ENVELOPE),
    ),
    Deviation(
        what="400 with the error envelope",
        why="Inference, insights and others refuse by 400 what the schema allows.",
        source="seen live: code 10015, the catch-all; code 10004, a parameter that is missing",
        amend=amendments.answers(400, amendments.ENVELOPE),
    ),
    Deviation(
        what="403 with the error envelope, code 10010",
        why="The AI operations declare no 403.",
        source="seen live: paid operations of an account without balance",
        amend=amendments.answers(403, amendments.ENVELOPE),
    ),
    Deviation(
        what="400 for a request that the slice's schema allows",
        why="No schema says which model sees, or which filters can be read. 422 stays for what the "
        "schema forbids.",
        source="seen live: code 10015 for a template whose schema is open, for tools with a cap",
        expected={"positive_data_acceptance": _REFUSALS},
    ),
    Deviation(
        what="404, not 405, for a method that a path does not know",
        why="The service does not tell a wrong method from a wrong path.",
        source="seen live: GET on the path of chat completions",
        checks=("unsupported_method",),
    ),
    Deviation(
        what="`text/event-stream` when `stream` is true",
        why="The slice declares JSON only, though it has the field.",
        source="the vendor's guide to streaming",
        operations=(*_CHATS, "chat_public_openai_responses_completions_post"),
        shown_by="chat.stream, streamed",
        amend=amendments.streams,
    ),
    Deviation(
        what="a vector as base64 text",
        why="The slice has `encoding_format: base64`, but declares numbers only.",
        source="the slice itself; OpenAI's SDK asks for it by default",
        operations=("create_openai_embeddings",),
        shown_by="text_embeddings.create, as base64",
        amend=amendments.widened(
            "schemas/OpenAIEmbeddingData/properties/embedding", {"type": "string"}
        ),
    ),
    Deviation(
        what="parts of a message with what they are of: `text`, `image_url` (an address, or an "
        "object with `url`), `audio_url` (such an object)",
        why="The slice requires no part's content, has an image as plain text, and knows no sound.",
        source="team-telnyx/openclaw-telnyx-provider, verified live in July 2026 (images); the "
        "vendor's guide to audio models",
        operations=_CHATS,
        shown_by="chat.create, with a picture",
        amend=amendments.replaced(
            "schemas/ChatCompletionSystemMessageParam/properties/content/oneOf/1/items",
            {
                "oneOf": [
                    amendments.part("text", {"type": "string"}),
                    amendments.part("image_url", {"anyOf": [{"type": "string"}, _ADDRESS]}),
                    amendments.part("audio_url", _ADDRESS),
                ]
            },
        ),
    ),
    Deviation(
        what="no `content`, or a null, of an assistant that calls tools",
        why="The slice knows no tool calls among the messages.",
        source="the vendor's guide to function calling",
        operations=_CHATS,
        amend=amendments.widened(
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
        why="The slice has an integer only.",
        source="SDK 4.189.0",
        operations=_CHATS,
        amend=amendments.wider("max_tokens", {"type": "null"}),
    ),
    Deviation(
        what="`response_format` of type `json_schema`",
        why="The slice of July knows `text` and `json_object` only.",
        source="SDK 4.189.0",
        operations=_CHATS,
        shown_by="chat.create, with a JSON schema",
        amend=amendments.wider(
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
        why="The schema has no bounds; the descriptions of the first two have, and of `n` OpenAI.",
        source="the slice's descriptions; OpenAI's API reference",
        operations=_CHATS,
        amend=amendments.fields(
            min_p={"minimum": 0, "maximum": 1},
            top_logprobs={"minimum": 0, "maximum": 20},
            n={"minimum": 1, "maximum": 128, "multipleOf": 1},
        ),
    ),
    Deviation(
        what="`input` of a response as text or a list",
        why="The slice says nothing of it but that it is in the form of OpenAI.",
        source="OpenAI's API reference",
        operations=("chat_public_openai_responses_completions_post",),
        amend=amendments.fields(input={"type": ["string", "array"]}),
    ),
    Deviation(
        what="a response needs an `input`",
        why="The slice requires no field at all, and there is nothing else to respond to.",
        source="inferred",
        operations=("chat_public_openai_responses_completions_post",),
        amend=amendments.required("input"),
    ),
    Deviation(
        what="`max_num_results` of at least 1",
        why="The schema has no bounds, and who searches wants to find.",
        source="inferred",
        operations=_CHATS,
        amend=amendments.replaced(
            "schemas/BucketIds/properties/max_num_results", {"type": "integer", "minimum": 1}
        ),
    ),
    Deviation(
        what="`n_epochs` to 50, or `auto`",
        why="The schema has 1 to 10; its own description says 1 to 50, or `auto`.",
        source="the slice's description",
        operations=("create_new_finetuningjob_public_finetuning_post",),
        amend=amendments.widened(
            "schemas/CreateFineTuningJobRequest/properties/hyperparameters/properties/n_epochs",
            {"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1, "maximum": 50}]},
        ),
    ),
    Deviation(
        what="nine models of transcription",
        why="The slice of July knows three.",
        source="SDK 4.189.0",
        operations=("audio_public_audio_transcriptions_post",),
        amend=amendments.fields(model={"enum": list(_RECOGNISERS)}),
    ),
    Deviation(
        what="`model_config` as JSON text",
        why="A field of a form is text; the slice has an object.",
        source="the vendor's guide to transcription",
        operations=("audio_public_audio_transcriptions_post",),
        amend=amendments.wider("model_config", {"type": "string"}),
    ),
    Deviation(
        what="a page larger than the largest is cut, not refused",
        why="The schema has a maximum; its own description says that more is treated as it.",
        source="the slice's descriptions",
        operations=("ListCloudfsFilesystems", "ListKvNamespaces", "ListKvKeys"),
        amend=amendments.loosened("maximum", "page[limit]", "page[size]", "limit"),
    ),
    Deviation(
        what="422 for a page that is no number",
        why="This one listing declares no answer to it.",
        source="the slice, of all other listings by page",
        operations=("ListKvNamespaces",),
        amend=amendments.answers(422, {"$ref": "#/components/schemas/HTTPValidationError"}),
    ),
    Deviation(
        what="any text as `filter[status]`",
        why="The schema lists the values; its own description says that others are ignored.",
        source="the slice's description",
        operations=("ListCloudfsFilesystems",),
        amend=amendments.loosened("enum", "filter[status]"),
    ),
    Deviation(
        what="a value with the media type that it was put with",
        why="The schema has `application/octet-stream`; its own description says what is done.",
        source="the slice's description",
        operations=("GetKvKey",),
        amend=amendments.of_any_type,
    ),
    Deviation(
        what="422 for a name that is taken, cursors that contradict, a key of another request, and "
        "a certificate that is none",
        why="The schema cannot say so; the descriptions of the answers do.",
        source="the slice's descriptions",
        operations=(
            "AddStorageSSLCertificate",
            "CreateCloudfsFilesystem",
            "ListCloudfsFilesystems",
            "RotateCloudfsMetaToken",
            "UpdateCloudfsFilesystem",
        ),
        expected={"positive_data_acceptance": (*_REFUSALS, "422")},
    ),
    Deviation(
        what="a certificate and its key, both",
        why="The schema requires neither, and one is of no use without the other.",
        source="the slice's description",
        operations=("AddStorageSSLCertificate",),
        amend=amendments.required("certificate", "private_key"),
    ),
    Deviation(
        what="a body, where fields of it are required",
        why="The schema requires fields of a body that need not be there.",
        source="inferred",
        operations=("CreateMigration", "CreateMigrationSource"),
        amend=amendments.required(),
    ),
)
