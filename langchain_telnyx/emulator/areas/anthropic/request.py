"""The request body of Anthropic Messages, and its conversion to a chat request."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from langchain_telnyx.emulator.areas.anthropic.blocks import Message, TextBlock, chat_messages
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.request import ChatRequest
from langchain_telnyx.emulator.serving.request_body import RequestBody

JSON = dict[str, Any]
_CHOICES = {"auto": "auto", "any": "required", "tool": "required", "none": "none"}


class Tool(RequestBody):
    """A tool; only those with a schema of their own, which the caller runs, are supported."""

    nullable: ClassVar = ("type", "description")

    name: str
    type: str | None = None
    description: str | None = None
    input_schema: JSON | None = None

    def as_function(self) -> JSON:
        """Return the tool in chat's form.

        Raises:
            Refusal: Anthropic runs it.
        """
        if self.type not in {None, "custom"} or self.input_schema is None:
            raise Refusal(f"Tools of type {self.type!r} are not supported.")
        function = {"name": self.name, "parameters": self.input_schema}
        if self.description is not None:
            function["description"] = self.description
        return {"type": "function", "function": function}


class ToolChoice(RequestBody):
    """Which tools the model may, or must, call."""

    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class Thinking(RequestBody):
    """The options of reasoning."""

    type: Literal["enabled", "disabled", "adaptive"]
    budget_tokens: int | None = None


class MessagesRequest(RequestBody):
    """The body of `POST /ai/anthropic/v1/messages`; unknown fields are ignored."""

    nullable: ClassVar = ("system",)

    model: str
    messages: Annotated[list[Message], Field(min_length=1)]
    max_tokens: Annotated[int, Field(ge=1)]
    system: str | list[TextBlock] | None = None
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    thinking: Thinking | None = None
    stream: bool | None = None
    stop_sequences: list[str] | None = None
    temperature: Annotated[float, Field(ge=0, le=1)] | None = None
    top_p: float | None = None
    top_k: int | None = None
    metadata: JSON | None = None
    api_key_ref: str | None = None
    service_tier: str | None = None
    region: str | None = None
    mode: Literal["preferred", "strict"] | None = None

    def as_chat(self) -> ChatRequest:
        """Convert to a chat request.

        Raises:
            Refusal: The request has something that chat does not support.
        """
        choice = self.tool_choice
        thinking = self.thinking.type if self.thinking else None
        fields: JSON = {
            "model": self.model,
            "messages": chat_messages(self.system, self.messages),
            "max_tokens": self.max_tokens,
            "stream": self.stream,
            "stop": (self.stop_sequences or [])[:4] or None,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "tools": self._functions() or None,
            "tool_choice": _CHOICES[choice.type] if choice else None,
            "parallel_tool_calls": False if choice and choice.disable_parallel_tool_use else None,
            "enable_thinking": {"enabled": True, "disabled": False}.get(thinking or ""),
            "api_key_ref": self.api_key_ref,
            "service_tier": self.service_tier,
            "region": self.region,
            "mode": self.mode,
        }
        given = {name: value for name, value in fields.items() if value is not None}
        return ChatRequest.model_validate(given)

    def _functions(self) -> list[JSON]:
        functions = [tool.as_function() for tool in self.tools or ()]
        choice = self.tool_choice
        if choice is None or choice.type != "tool":
            return functions
        chosen = [each for each in functions if each["function"]["name"] == choice.name]
        if not chosen:
            raise Refusal(f"`tool_choice` names {choice.name!r}, which is not among `tools`.")
        return chosen
