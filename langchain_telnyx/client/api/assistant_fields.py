"""The fields that a request can set on an assistant."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Literal, TypedDict

from pydantic import BaseModel

from langchain_telnyx.client.api.assistant_results import (
    ExternalLLM,
    MessagingSettings,
    TelephonySettings,
)
from langchain_telnyx.client.call import JSON

Settings = Mapping[str, Any]
"""An object in the API's form."""


class AssistantFields(TypedDict, total=False):
    """The settings of an assistant; `None` is not sent.

    Objects are in the API's form. Newer fields of the vendor go into `extra_body`, which is also
    the way to send a null.
    """

    a2a_agents: Sequence[Settings] | None
    avatar_settings: Settings | None
    conversation_flow: Settings | None
    delegation_settings: Settings | None
    description: str | None
    dynamic_variables: Settings | None
    dynamic_variables_webhook_timeout_ms: int | None
    dynamic_variables_webhook_url: str | None
    enabled_features: Sequence[Literal["telephony", "messaging"]] | None
    external_llm: ExternalLLM | Settings | None
    fallback_config: Settings | None
    greeting: str | None
    insight_settings: Settings | None
    integrations: Sequence[Settings] | None
    interruption_settings: Settings | None
    llm_api_key_ref: str | None
    mcp_servers: Sequence[Settings] | None
    messaging_settings: MessagingSettings | Settings | None
    model: str | None
    observability_settings: Settings | None
    post_conversation_settings: Settings | None
    privacy_settings: Settings | None
    tags: Sequence[str] | None
    telephony_settings: TelephonySettings | Settings | None
    tool_ids: Sequence[str] | None
    tools: Sequence[Settings] | None
    transcription: Settings | None
    voice_settings: Settings | None
    websocket_settings: Settings | None
    widget_settings: Settings | None
    extra_body: Settings | None


class AssistantChanges(AssistantFields, total=False):
    """The fields of an update: the settings, and those of the new version."""

    name: str | None
    instructions: str | None
    version_name: str | None
    promote_to_main: bool | None


def request_body(fields: Mapping[str, Any], known: type[Any], **required: Any) -> JSON:
    """Return the body of a request.

    Args:
        fields: The fields.
        known: The `TypedDict` that has their names.
        **required: Fields that are arguments of their own.

    Raises:
        TypeError: A field is unknown.
    """
    names = sorted({*known.__optional_keys__, *required})
    if unknown := [name for name in fields if name not in names]:
        close = next(iter(get_close_matches(unknown[0], names, 1)), None)
        hint = f"did you mean `{close}`?" if close else "new fields go into `extra_body`."
        raise TypeError(f"`{unknown[0]}` is not a field of an assistant: {hint}")
    body = {name: _plain(value) for name, value in {**required, **fields}.items()}
    extra = body.pop("extra_body", None)
    return {**{name: value for name, value in body.items() if value is not None}, **(extra or {})}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(each) for each in value]
    return value
