"""The habits of the real service that differ by model, by month or by document: one switch each.

Every default is what was observed live. Where observation and documentation disagree, the other
reading is one keyword away:

```python
with TelnyxEmulator(quirks=Quirks(reasoning_field="reasoning", tools_refuse_output_cap=True)):
    ...
```
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

InsightWebhook: TypeAlias = Literal["flat", "event", "result"]


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
        image_url: Which form of an image part is accepted: `{"url": ...}`, a plain string (the
            official schema), or any of the two.
        response_format_json_schema: Accept `response_format` of type `json_schema`, which the
            service has done since September 2026.
        guided_decoding: Honour `guided_json`, `guided_regex` and `guided_choice`, documented to
            August 2026; when off they are ignored, as unknown fields are.
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
        insight_webhook: How webhooks tell of insights: `flat`, as the documents of insight groups
            have it, with objects (`conversation.insights.completed`); as a Voice `event`, with
            text (`call.conversation_insights.generated`); or as the `result` that receivers were
            seen to read (`conversation_insight_result`).
    """

    tools_refuse_output_cap: bool = False
    tools_need_parameters_type: bool = True
    plain_models_refuse_enable_thinking: bool = True
    strict_schemas_must_be_closed: bool = False
    reasoning_field: Literal["reasoning_content", "reasoning", "both"] = "reasoning_content"
    reasoning_swallows_answer: bool = False
    image_url: Literal["any", "object", "string"] = "any"
    response_format_json_schema: bool = True
    guided_decoding: bool = True
    fenced_json: bool = False
    legacy_chat: bool = True
    stream_comments: bool = False
    rate_limit_reset: Literal["seconds", "epoch"] = "seconds"
    failure_word: Literal["failure", "failed"] = "failure"
    base64_embeddings: Literal["honoured", "ignored", "refused"] = "honoured"
    presigned_envelope: Literal["content", "data"] = "content"
    insight_webhook: InsightWebhook = "flat"
