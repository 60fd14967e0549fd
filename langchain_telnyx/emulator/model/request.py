"""The body of a chat request, with the same strictness about types as the service.

Unknown fields are accepted, as on the real API. Types are checked without coercion; `checks.py`
refuses requests that are well typed but cannot be served.
"""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from langchain_telnyx.emulator.serving.request_body import RequestBody

DEFAULT_MODEL = "meta-llama/Meta-Llama-3.1-8B-Instruct"


class _Body(RequestBody):
    model_config = ConfigDict(extra="allow")


class TextPart(_Body):
    """A piece of text."""

    type: Literal["text"]
    text: str


class ImageUrl(_Body):
    """An image by URL, also a `data:` URL."""

    url: str
    detail: str | None = None


class ImagePart(_Body):
    """An image: a plain string in the official schema, an object in every client."""

    type: Literal["image_url"]
    image_url: ImageUrl | str


class AudioUrl(_Body):
    """A recording by URL, also a `data:` URL."""

    url: str


class AudioPart(_Body):
    """A recording, for models that take audio."""

    type: Literal["audio_url"]
    audio_url: AudioUrl


Part = Annotated[TextPart | ImagePart | AudioPart, Field(discriminator="type")]


class CalledFunction(_Body):
    """The function of an earlier tool call; `arguments` is JSON text."""

    name: str
    arguments: str = ""


class ToolCall(_Body):
    """A tool call that the assistant made earlier, echoed back."""

    id: str
    type: Literal["function"] = "function"
    function: CalledFunction


class Message(_Body):
    """One message; a quirk decides whether the role `developer` is accepted."""

    nullable: ClassVar = {"content"}

    role: Literal["system", "user", "assistant", "tool", "developer"]
    content: str | list[Part] | None = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    reasoning_content: str | None = None

    @model_validator(mode="after")
    def _require_content(self) -> Self:
        # Only an assistant message may lack content: it may consist of tool calls.
        if self.content is None and self.role != "assistant":
            raise ValueError(f"a message of role {self.role!r} needs `content`")
        return self

    @property
    def text(self) -> str:
        """The text of the message, without images and recordings."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if isinstance(part, TextPart))
        return self.content or ""

    @property
    def parts(self) -> list[TextPart | ImagePart | AudioPart]:
        """The parts of the message; empty when its content is a plain string."""
        return self.content if isinstance(self.content, list) else []


class Function(_Body):
    """A function that the model may call."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None


class FunctionTool(_Body):
    """A tool that the caller runs."""

    type: Literal["function"]
    function: Function


class Buckets(_Body):
    """The embedded buckets that a retrieval tool searches."""

    bucket_ids: list[str]
    max_num_results: Annotated[int, Field(ge=1)] | None = None


class RetrievalTool(_Body):
    """A tool that the server runs: a search of embedded buckets."""

    type: Literal["retrieval"]
    retrieval: Buckets


Tool = Annotated[FunctionTool | RetrievalTool, Field(discriminator="type")]


class NamedSchema(_Body):
    """The schema of a `json_schema` response format."""

    name: str
    description: str | None = None
    schema_: Annotated[dict[str, Any] | None, Field(alias="schema")] = None
    strict: bool | None = None


class ResponseFormat(_Body):
    """The format of the answer: free text, any JSON object, or JSON that fits a schema."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: NamedSchema | None = None

    @model_validator(mode="after")
    def _require_schema(self) -> Self:
        if self.type == "json_schema" and self.json_schema is None:
            raise ValueError("a response format of type 'json_schema' needs `json_schema`")
        return self


class NamedFunction(_Body):
    """The name of a function."""

    name: str


class NamedToolChoice(_Body):
    """OpenAI's `tool_choice` for one function; a quirk decides whether it is accepted."""

    type: Literal["function"]
    function: NamedFunction


def _mode_or_function(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    # Not a union, whose errors would name its members.
    return NamedToolChoice.model_validate(value) if isinstance(value, dict) else validate(value)


if TYPE_CHECKING:
    _ToolChoice = Literal["none", "auto", "required"] | NamedToolChoice
else:
    _ToolChoice = Annotated[Literal["none", "auto", "required"], WrapValidator(_mode_or_function)]


class StreamOptions(_Body):
    """Options of a stream; absent from the published schema, but supported by the service."""

    include_usage: bool | None = None


class ChatRequest(_Body):
    """A chat request; only `messages` is required."""

    nullable: ClassVar = {"max_tokens", "max_completion_tokens"}

    messages: list[Message]
    model: str = DEFAULT_MODEL
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: Annotated[float, Field(ge=1, le=128, multiple_of=1)] | None = None
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    seed: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    use_beam_search: bool | None = None
    best_of: int | None = None
    length_penalty: float | None = None
    early_stopping: bool | None = None
    tools: list[Tool] | None = None
    tool_choice: _ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    guided_json: dict[str, Any] | None = None
    guided_regex: str | None = None
    guided_choice: list[str] | None = None
    enable_thinking: bool | None = None
    reasoning_effort: str | None = None
    api_key_ref: str | None = None
    service_tier: str | None = None
    region: str | None = None
    mode: str | None = None

    @property
    def cap(self) -> int | None:
        """The output cap, from `max_completion_tokens` or `max_tokens`."""
        if self.max_completion_tokens is not None:
            return self.max_completion_tokens
        return self.max_tokens

    @property
    def stops(self) -> list[str]:
        """The stop sequences."""
        stop = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return [sequence for sequence in stop if sequence]

    @property
    def functions(self) -> list[Function]:
        """The functions among the tools."""
        return [tool.function for tool in self.tools or [] if isinstance(tool, FunctionTool)]

    @property
    def retrievals(self) -> list[Buckets]:
        """The bucket searches among the tools."""
        return [tool.retrieval for tool in self.tools or [] if isinstance(tool, RetrievalTool)]
