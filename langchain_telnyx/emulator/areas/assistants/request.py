"""The request bodies of assistants."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from langchain_telnyx.emulator.serving.request_body import RequestBody

JSON = dict[str, Any]


class ExternalLLM(RequestBody):
    """The server that answers for an assistant."""

    base_url: Annotated[str, Field(min_length=1)]
    model: Annotated[str, Field(min_length=1)]
    authentication_method: Literal["token", "certificate"] = "token"
    certificate_ref: str = ""
    forward_metadata: bool = False
    llm_api_key_ref: str = ""
    token_retrieval_url: str = ""


class UpdateAssistant(RequestBody):
    """The body of `POST /ai/assistants/{id}`: the fields that change."""

    nullable: ClassVar = {"avatar_settings"}

    name: str = ""
    instructions: str = ""
    a2a_agents: list[JSON] = Field(default_factory=list)
    avatar_settings: JSON | None = None
    conversation_flow: JSON = Field(default_factory=dict)
    delegation_settings: JSON = Field(default_factory=dict)
    description: str = ""
    dynamic_variables: JSON = Field(default_factory=dict)
    dynamic_variables_webhook_timeout_ms: Annotated[int, Field(ge=1, le=10000)] = 1500
    dynamic_variables_webhook_url: str = ""
    enabled_features: list[Literal["telephony", "messaging"]] = Field(default_factory=list)
    external_llm: ExternalLLM | None = None
    fallback_config: JSON = Field(default_factory=dict)
    greeting: str = ""
    insight_settings: JSON = Field(default_factory=dict)
    integrations: list[JSON] = Field(default_factory=list)
    interruption_settings: JSON = Field(default_factory=dict)
    llm_api_key_ref: str = ""
    mcp_servers: list[JSON] = Field(default_factory=list)
    messaging_settings: JSON = Field(default_factory=dict)
    model: str = ""
    observability_settings: JSON = Field(default_factory=dict)
    post_conversation_settings: JSON = Field(default_factory=dict)
    privacy_settings: JSON = Field(default_factory=dict)
    tags: list[str] = Field(default_factory=list)
    telephony_settings: JSON = Field(default_factory=dict)
    tool_ids: list[str] = Field(default_factory=list)
    tools: list[JSON] = Field(default_factory=list)
    transcription: JSON = Field(default_factory=dict)
    version_name: str = ""
    voice_settings: JSON = Field(default_factory=dict)
    websocket_settings: JSON = Field(default_factory=dict)
    widget_settings: JSON = Field(default_factory=dict)
    promote_to_main: bool = True

    def settings(self) -> JSON:
        """Return the fields of the request that are settings."""
        return self.model_dump(exclude_unset=True, exclude={"promote_to_main"})


class CreateAssistant(UpdateAssistant):
    """The body of `POST /ai/assistants`."""

    name: Annotated[str, Field(min_length=1)]  # pyright: ignore[reportGeneralTypeIssues] - required
    instructions: str  # pyright: ignore[reportGeneralTypeIssues] - required here


class ChatWithAssistant(RequestBody):
    """The body of `POST /ai/assistants/{id}/chat`."""

    content: str
    conversation_id: str
    name: str = ""
    stream: bool = False
