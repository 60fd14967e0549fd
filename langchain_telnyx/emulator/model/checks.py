"""Checks of well-typed requests: quirks, caps, and inputs that a model does not support."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from langchain_telnyx.emulator.model.catalogue import CATALOGUE, ModelCard
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.request import AudioPart, ChatRequest, ImagePart
from langchain_telnyx.emulator.quirks import Quirks

_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def chat_model(model: str, models: Mapping[str, ModelCard] = CATALOGUE) -> ModelCard:
    """Find the model of a chat request.

    Args:
        model: Its id.
        models: The available models.

    Raises:
        Refusal: If the model does not exist, or does not support chat.
    """
    card = models.get(model)
    if card is None:
        # The live response is not published. OpenAI and the engines behind the service (vLLM,
        # SGLang) respond with 404; elsewhere the code for it is 10005.
        raise Refusal(f"The model {model!r} does not exist.", status=404, code="10005")
    if not card.supports_chat:
        raise Refusal(f"The model {model!r} makes embeddings; it does not chat.")
    return card


def check(
    request: ChatRequest, card: ModelCard, quirks: Quirks, *, has_messages: bool = True
) -> None:
    """Refuse requests that the service refuses for this model and these quirks.

    Args:
        request: The request.
        card: Its model.
        quirks: The quirks.
        has_messages: Whether the messages are those of the caller. Otherwise they are converted
            from the items of the Responses API, and the quirks about their form do not apply.

    Raises:
        Refusal: With the name of the invalid field.
    """
    if not request.messages:
        raise Refusal("`messages` must not be empty.")
    if request.cap is not None and request.cap < 1:
        raise Refusal(f"The output cap must be at least 1 token, not {request.cap}.")
    if quirks.tools_refuse_output_cap and request.functions and request.cap is not None:
        raise Refusal("`tools` cannot be combined with `max_tokens` or `max_completion_tokens`.")
    _check_thinking(request, card, quirks)
    _check_schemas(request, quirks)
    _check_parts(request, card, quirks if has_messages else replace(quirks, image_url="any"))
    if quirks.strict_histories and has_messages:
        _check_history(request, card)


def check_length(card: ModelCard, prompt: int, cap: int | None) -> None:
    """Refuse a request that exceeds the model's context length.

    Raises:
        Refusal: With the text by which clients recognize a context overflow.
    """
    if prompt + (cap or 1) > card.context:
        completion = f" and {cap} in the completion" if cap else ""
        raise Refusal(
            f"This model's maximum context length is {card.context} tokens. However, you requested "
            f"{prompt + (cap or 0)} tokens ({prompt} in the messages{completion}). "
            "Please reduce the length of the messages or completion."
        )


def output_cap(request: ChatRequest, card: ModelCard, prompt: int) -> int:
    """Return the output cap: the request's or the model's default.

    It is limited by the model's largest output and by the rest of its context.
    """
    requested = request.cap if request.cap is not None else card.default_cap
    limits = (requested, card.output, card.context - prompt)
    return min(limit for limit in limits if limit is not None)


def _check_thinking(request: ChatRequest, card: ModelCard, quirks: Quirks) -> None:
    if (
        quirks.plain_models_refuse_enable_thinking
        and request.enable_thinking is not None
        and not card.supports_reasoning
    ):
        raise Refusal(f"`enable_thinking` is not supported by the model {card.id!r}.")
    if request.reasoning_effort is not None and request.reasoning_effort not in _EFFORTS:
        raise Refusal(
            f"`reasoning_effort` must be one of {', '.join(_EFFORTS)}, "
            f"not {request.reasoning_effort!r}."
        )


def _check_schemas(request: ChatRequest, quirks: Quirks) -> None:
    for function in request.functions:
        parameters = function.parameters
        if quirks.tools_need_parameters_type and parameters and "type" not in parameters:
            raise Refusal(f"The parameters of the function {function.name!r} lack a `type`.")
    form = request.response_format
    if form is None or form.json_schema is None:
        return
    if not quirks.response_format_json_schema:
        raise Refusal("`response_format` must be of type 'text' or 'json_object'.")
    named = form.json_schema
    if quirks.strict_schemas_must_be_closed and named.strict and not _closed(named.schema_ or {}):
        raise Refusal(
            f"In the strict schema {named.name!r} every object needs `additionalProperties: false`."
        )


def _closed(schema: Any) -> bool:
    if isinstance(schema, list):
        return all(_closed(item) for item in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return False
    return all(_closed(value) for value in schema.values())


def _check_parts(request: ChatRequest, card: ModelCard, quirks: Quirks) -> None:
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, ImagePart):
                form = "string" if isinstance(part.image_url, str) else "object"
                if quirks.image_url not in {"any", form}:
                    raise Refusal(f"`image_url` must be of type {quirks.image_url}, not {form}.")
                if not card.vision:
                    raise Refusal(f"The model {card.id!r} does not take images.")
            elif isinstance(part, AudioPart) and not card.supports_audio:
                raise Refusal(f"The model {card.id!r} does not take recordings.")


def _check_history(request: ChatRequest, card: ModelCard) -> None:
    """Refuse earlier messages as Moonshot does, with its error texts."""
    for index, message in enumerate(request.messages):
        if message.role != "assistant":
            continue
        if not message.content and not message.tool_calls:
            raise Refusal(
                f"Invalid request: the message at position {index} with role 'assistant' must not "
                f"be empty"
            )
        if card.supports_reasoning and message.tool_calls and not message.reasoning_content:
            raise Refusal(
                f"thinking is enabled but reasoning_content is missing in assistant tool call "
                f"message at index {index}"
            )
