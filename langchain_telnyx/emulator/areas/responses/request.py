"""The request body of a response, and its conversion to a chat request."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, FiniteFloat

from langchain_telnyx.emulator.areas.responses.items import Item, MessageItem, messages
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.request import (
    DEFAULT_MODEL,
    ChatRequest,
    Function,
    RetrievalTool,
)
from langchain_telnyx.emulator.serving.request_body import RequestBody

JSON = dict[str, Any]


class FunctionTool(Function):
    """A function tool; chat has its fields one level deeper."""

    nullable: ClassVar = {"description", "parameters", "strict"}

    type: Literal["function"]
    strict: bool | None = None


def _foreign(kind: str) -> str:
    if kind in {"function", "retrieval"}:
        raise ValueError(f"a field of a tool of type {kind!r} is missing or wrong")
    return kind


class OtherTool(RequestBody):
    """A tool that only OpenAI runs."""

    type: Annotated[str, AfterValidator(_foreign)]


class NamedFunction(RequestBody):
    """The choice of one function."""

    type: Literal["function"]
    name: str


class Format(RequestBody):
    """The format of the answer: text, a JSON object, or JSON with a schema."""

    nullable: ClassVar = {"description", "strict"}

    type: Literal["text", "json_object", "json_schema"]
    name: str = "answer"
    description: str | None = None
    schema_: Annotated[JSON | None, Field(alias="schema")] = None
    strict: bool | None = None


class TextOptions(RequestBody):
    """Options of the text."""

    format: Format | None = None


class Reasoning(RequestBody):
    """Options of reasoning."""

    nullable: ClassVar = {"effort"}

    effort: str | None = None


class NamedConversation(RequestBody):
    """A conversation as an object with an id; OpenAI's client sends both forms."""

    id: str


class ResponseRequest(RequestBody):
    """The body of `POST /ai/openai/responses`.

    Fields that only OpenAI documents may be null, as documented. OpenAI has no guided decoding: it
    works as in chat, whose engines answer here, too.
    """

    nullable: ClassVar = {
        "max_output_tokens",
        "parallel_tool_calls",
        "previous_response_id",
        "reasoning",
        "service_tier",
        "store",
        "temperature",
        "top_p",
    }

    input: str | list[Item]
    model: str = DEFAULT_MODEL
    instructions: str | None = None
    conversation: str | NamedConversation | None = None
    previous_response_id: str | None = None
    stream: bool | None = None
    tools: list[FunctionTool | RetrievalTool | OtherTool] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedFunction | None = None
    parallel_tool_calls: bool | None = None
    text: TextOptions | None = None
    reasoning: Reasoning | None = None
    max_output_tokens: int | None = None
    temperature: FiniteFloat | None = None
    top_p: FiniteFloat | None = None
    store: bool | None = None
    guided_regex: str | None = None
    guided_choice: list[str] | None = None
    region: str | None = None
    mode: str | None = None
    service_tier: str | None = None

    @property
    def conversation_id(self) -> str | None:
        """The conversation that this turn belongs to."""
        named = self.conversation
        return named.id if isinstance(named, NamedConversation) else named

    @property
    def input_messages(self) -> list[JSON]:
        """The new input as chat messages."""
        if isinstance(self.input, str):
            return messages([MessageItem(role="user", content=self.input)])
        return messages(self.input)

    def instruction_messages(self, before: Sequence[JSON]) -> list[JSON]:
        """Return the instructions as a chat message; empty if the conversation has them."""
        message = {"role": "system", "content": self.instructions}
        return [] if not self.instructions or message in before else [message]

    def as_chat(self, before: Sequence[JSON]) -> ChatRequest:
        """Convert to a chat request.

        Args:
            before: The messages of the conversation so far.

        Raises:
            Refusal: The request has something that chat does not support.
        """
        if not self.input_messages and not before:
            raise Refusal("`input` must not be empty.")
        effort = self.reasoning.effort if self.reasoning else None
        fields: JSON = {
            "messages": [*self.instruction_messages(before), *before, *self.input_messages],
            "model": self.model,
            "stream": self.stream,
            "max_completion_tokens": self.max_output_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "reasoning_effort": effort,
            "parallel_tool_calls": self.parallel_tool_calls,
            "response_format": self._format(),
            "guided_regex": self.guided_regex,
            "guided_choice": self.guided_choice,
            "region": self.region,
            "mode": self.mode,
            "service_tier": self.service_tier,
            **self._tools(),
        }
        given = {name: value for name, value in fields.items() if value is not None}
        return ChatRequest.model_validate(given)

    def _tools(self) -> JSON:
        choice = self.tool_choice
        tools: list[JSON] = []
        for tool in self.tools or []:
            if isinstance(tool, OtherTool):
                raise Refusal(f"Tools of type {tool.type!r} are not supported.")
            if isinstance(tool, RetrievalTool):
                tools.append(tool.model_dump(exclude_none=True))
            elif not isinstance(choice, NamedFunction) or choice.name == tool.name:
                function = tool.model_dump(exclude={"type", "strict"}, exclude_none=True)
                tools.append({"type": "function", "function": function})
        if isinstance(choice, NamedFunction):
            if not any(tool["type"] == "function" for tool in tools):
                raise Refusal(f"`tool_choice` names {choice.name!r}, which is not among `tools`.")
            choice = "required"
        return {"tools": tools or None, "tool_choice": choice}

    def _format(self) -> JSON | None:
        form = self.text.format if self.text else None
        if form is None:
            return None
        if form.type != "json_schema":
            return {"type": form.type}
        named = form.model_dump(exclude={"type"}, exclude_none=True, by_alias=True)
        return {"type": form.type, "json_schema": named}
