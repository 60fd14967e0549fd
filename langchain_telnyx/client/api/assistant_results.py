"""Results about assistants; fields that are not listed here are attributes, too."""

from datetime import datetime
from typing import Any, Literal

from langchain_telnyx.client.decode import Model


class ExternalLLM(Model):
    """An OpenAI-compatible server that answers for an assistant.

    Attributes:
        base_url: Its root, such as `https://example.com/v1`.
        model: The model to request.
        llm_api_key_ref: The identifier of an integration secret with its key.
        authentication_method: `token` or `certificate`.
        certificate_ref: The identifier of an integration secret with a client certificate.
        token_retrieval_url: Where to fetch a token, with a certificate.
        forward_metadata: Whether requests have the dynamic variables as `extra_metadata`.
    """

    base_url: str
    model: str
    llm_api_key_ref: str | None = None
    authentication_method: str | None = None
    certificate_ref: str | None = None
    token_retrieval_url: str | None = None
    forward_metadata: bool | None = None


class TelephonySettings(Model):
    """How an assistant is connected to the phone.

    Attributes:
        default_texml_app_id: The TeXML application that phone numbers are assigned to; created
            with the assistant.
        supports_unauthenticated_web_calls: Whether anyone may call it from a browser.
        time_limit_secs: The longest duration of a call, in seconds.
        user_idle_timeout_secs: How long a caller may be silent, in seconds.
    """

    default_texml_app_id: str | None = None
    supports_unauthenticated_web_calls: bool | None = None
    time_limit_secs: int | None = None
    user_idle_timeout_secs: int | None = None


class MessagingSettings(Model):
    """How an assistant is connected to SMS.

    Attributes:
        default_messaging_profile_id: Its messaging profile; created with the assistant.
        delivery_status_webhook_url: Where delivery states are sent.
        conversation_inactivity_minutes: Minutes of silence after which a new conversation begins.
    """

    default_messaging_profile_id: str | None = None
    delivery_status_webhook_url: str | None = None
    conversation_inactivity_minutes: int | None = None


class Assistant(Model):
    """An assistant.

    Attributes:
        id: Its id.
        name: Its name.
        instructions: Its system message; `{{name}}` stands for a dynamic variable.
        model: The model, if there is no `external_llm`.
        description: Its description.
        greeting: How it begins a conversation.
        created_at: When it was created.
        external_llm: The server that answers instead of `model`.
        llm_api_key_ref: The identifier of an integration secret with the key of the model's
            provider.
        dynamic_variables: The default values of its variables.
        dynamic_variables_webhook_url: Where the variables of a conversation come from.
        dynamic_variables_webhook_timeout_ms: How long to wait for them, in milliseconds.
        enabled_features: `telephony`, `messaging`.
        telephony_settings: How it is connected to the phone.
        messaging_settings: How it is connected to SMS.
        voice_settings: Its voice.
        transcription: How callers are transcribed.
        insight_settings: The insight group of its conversations.
        tools: Its tools, in the API's form.
        tags: Its tags.
        version_id: The version of these settings.
        version_name: The name of the version.
        version_created_at: When the version was created.
    """

    id: str
    name: str | None = None
    instructions: str | None = None
    model: str | None = None
    description: str | None = None
    greeting: str | None = None
    created_at: datetime | None = None
    external_llm: ExternalLLM | None = None
    llm_api_key_ref: str | None = None
    dynamic_variables: dict[str, Any] | None = None
    dynamic_variables_webhook_url: str | None = None
    dynamic_variables_webhook_timeout_ms: int | None = None
    enabled_features: list[str] | None = None
    telephony_settings: TelephonySettings | None = None
    messaging_settings: MessagingSettings | None = None
    voice_settings: dict[str, Any] | None = None
    transcription: dict[str, Any] | None = None
    insight_settings: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = None
    tags: list[str] | None = None
    version_id: str | None = None
    version_name: str | None = None
    version_created_at: datetime | None = None


class DeletedAssistant(Model):
    """The confirmation of a deletion.

    Attributes:
        id: The assistant.
        deleted: Whether it was deleted.
        object: `assistant`.
    """

    id: str
    deleted: bool
    object: str | None = None


class AssistantAnswer(Model):
    """An assistant's answer.

    Attributes:
        content: Its text.
    """

    content: str


class AssistantEvent(Model):
    """An event of a streamed answer.

    Attributes:
        type: `delta` with a part of the answer, or `done` with the whole answer.
        content: The part, or the whole answer.
    """

    type: Literal["delta", "done"] | str  # noqa: PYI051 - future events are passed on
    content: str = ""
