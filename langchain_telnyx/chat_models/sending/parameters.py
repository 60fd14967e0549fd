"""Every field of a chat request that a model can fix in advance, typed and checked.

`None` is not sent, so that the API's own default holds. A call may say otherwise:
`model.invoke(…, temperature=0)`, `model.bind(seed=7)`.
"""

from typing import Any, Literal, Self, TypeAlias

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator, model_validator

from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.errors import ConfigurationError

Method: TypeAlias = Literal[
    "json_schema", "function_calling", "json_mode", "guided_json", "guided_choice", "guided_regex"
]
"""How `with_structured_output` asks for an answer."""


class Parameters(BaseModel):
    """The request's parameters; a pydantic mixin.

    Their names are the vendor's. What the vendor adds later goes into `model_kwargs`.
    """

    model_config = ConfigDict(use_attribute_docstrings=True)

    # Sampling: which of the likely tokens is taken.

    temperature: float | None = Field(default=None, ge=0)
    """Randomness: 0 always takes the likeliest token, 2 is hardly text any more."""

    top_p: float | None = Field(default=None, ge=0, le=1)
    """Share of the probability mass to draw from, 0 to 1."""

    min_p: float | None = Field(default=None, ge=0, le=1)
    """Least probability of a token to be drawn, as a share of the likeliest one's, 0 to 1."""

    seed: int | None = None
    """Makes sampling repeatable, as far as the model can."""

    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    """How much a token loses each time it has occurred, -2 to 2."""

    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    """How much a token loses once it has occurred at all, -2 to 2."""

    logit_bias: dict[str, float] | None = None
    """Token id to what is added to its logit, -100 to 100."""

    # Length: where the answer ends.

    # Not `alias=`, which would be the one name that type checkers know.
    max_tokens: int | None = Field(
        default=None,
        ge=1,
        validation_alias=AliasChoices("max_tokens", "max_completion_tokens"),
    )
    """Tokens of reasoning and answer together, at most."""

    stop: list[str] | str | None = Field(
        default=None, validation_alias=AliasChoices("stop", "stop_sequences")
    )
    """Texts at which the answer ends, four at most."""

    # Search: several candidates, of which the best are kept.

    n: int | None = Field(default=None, ge=1)
    """How many answers to make; a stream is always one."""

    best_of: int | None = Field(default=None, ge=1)
    """How many answers to make inside the server, which returns the `n` likeliest."""

    use_beam_search: bool | None = None
    """Whether to search beams instead of sampling."""

    length_penalty: float | None = None
    """For beam search: above 1 favours long answers, below 1 short ones."""

    early_stopping: bool | None = None
    """For beam search: whether to end as soon as enough beams have ended."""

    # Form: what the answer must look like. `with_structured_output` sets these for you.

    response_format: dict[str, Any] | None = None
    """`{"type": "text"}`, `{"type": "json_object"}`, `{"type": "json_schema", …}`, or a schema of
    any kind that `with_structured_output` takes."""

    guided_json: dict[str, Any] | None = None
    """A JSON schema that the answer must fit, for servers of before September 2026."""

    guided_regex: str | None = None
    """A regular expression that the whole answer must match, for the same servers."""

    guided_choice: list[str] | None = Field(default=None, min_length=1)
    """Texts of which the answer must be one, for the same servers."""

    parallel_tool_calls: bool | None = None
    """Whether one answer may call several tools; sent only along with tools."""

    # Reasoning. Never sent by default: a model that does not reason refuses the first of them.

    enable_thinking: bool | None = None
    """Whether a reasoning model thinks before it answers."""

    reasoning_effort: str | None = None
    """How long it thinks: none, minimal, low, medium, high, xhigh or max; models differ."""

    # Insight: what is told about the answer.

    logprobs: bool | None = None
    """Whether to tell the log probability of each token, in `response_metadata["logprobs"]`."""

    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    """How many other likely tokens to tell at each position, 0 to 20; needs `logprobs`."""

    # Service: where and as whom the request is served.

    region: str | None = None
    """Where a hosted model runs: USA, EU, AUS or UAE."""

    mode: Literal["preferred", "strict"] | None = None
    """Whether another region will do when `region` cannot serve: `strict` is refused with 422."""

    service_tier: str | None = None
    """A tier of the model's: default, priority or flex."""

    api_key_ref: str | None = None
    """Identifier of an integration secret: the key of your own for a proxied model."""

    # Whatever else.

    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Fields of the request that have no field here."""

    extra_body: dict[str, Any] | None = None
    """Fields to put into the request last, over all others."""

    @field_validator("response_format", mode="before")
    @classmethod
    def _response_format_of_schema(cls, value: Any) -> Any:
        if value is None:
            return None
        from langchain_telnyx.chat_models.structured import bindings as structured  # noqa: PLC0415 - seldom used

        return value if structured.is_format(value) else structured.response_format(value)

    @model_validator(mode="after")
    def _parameters_go_together(self) -> Self:
        if self.top_logprobs is not None and not self.logprobs:
            raise ConfigurationError("`top_logprobs` needs `logprobs=True`.")
        if self.mode is not None and self.region is None:
            raise ConfigurationError(
                f"`mode={self.mode!r}` says how to choose a region: give `region`, too."
            )
        if self.best_of is not None and self.best_of < (self.n or 1):
            raise ConfigurationError(
                f"`best_of={self.best_of}` answers are made, of which `n={self.n}` cannot be "
                f"returned: raise `best_of`."
            )
        forms = [name for name in _FORMS if getattr(self, name) is not None]
        if len(forms) > 1:
            raise ConfigurationError(
                f"An answer has one form, but {', '.join(f'`{name}`' for name in forms)} were "
                f"given: choose one."
            )
        return self

    def _given_parameters(self) -> JSON:
        """Return the fields that are set, by their names on the wire."""
        values = self.__dict__
        set_here = {name: value for name in PARAMETERS if (value := values[name]) is not None}
        return {**set_here, **self.model_kwargs} if self.model_kwargs else set_here


_FORMS = ("response_format", "guided_json", "guided_regex", "guided_choice")
PARAMETERS = tuple(name for name in Parameters.model_fields if name != "model_kwargs")
