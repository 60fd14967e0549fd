"""Parameters of a chat request as typed and validated options of the model.

`None` is not sent, so that the API's default applies. A call can override an option:
`model.invoke(…, temperature=0)`, `model.bind(seed=7)`.
"""

from typing import Any, Literal, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator, model_validator

from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.errors import ConfigurationError


class Parameters(BaseModel):
    """Parameters of the request; a pydantic mixin.

    The names are Telnyx's. Parameters that Telnyx adds later go into `model_kwargs`.
    """

    model_config = ConfigDict(use_attribute_docstrings=True)

    # Sampling.

    temperature: float | None = Field(default=None, ge=0)
    """Sampling temperature, 0 to 2: 0 always takes the likeliest token."""

    top_p: float | None = Field(default=None, ge=0, le=1)
    """Probability mass to sample from, 0 to 1."""

    min_p: float | None = Field(default=None, ge=0, le=1)
    """Minimum probability of a token, relative to the likeliest one, 0 to 1."""

    seed: int | None = None
    """Seed for sampling; the results are repeatable as far as the model supports it."""

    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    """Penalty for each previous occurrence of a token, -2 to 2."""

    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    """Penalty for tokens that have occurred at all, -2 to 2."""

    logit_bias: dict[str, float] | None = None
    """Values added to logits by token id, -100 to 100."""

    # Length.

    # Not `alias=`, which would be the only name for type checkers.
    max_tokens: int | None = Field(
        default=None,
        ge=1,
        validation_alias=AliasChoices("max_tokens", "max_completion_tokens"),
    )
    """Maximum number of tokens of reasoning and answer together."""

    stop: list[str] | str | None = Field(
        default=None, validation_alias=AliasChoices("stop", "stop_sequences")
    )
    """Texts at which the answer ends, at most four."""

    # Several candidates.

    n: int | None = Field(default=None, ge=1)
    """Number of answers; ignored in streams."""

    best_of: int | None = Field(default=None, ge=1)
    """Number of answers that the server generates, to return the `n` likeliest."""

    use_beam_search: bool | None = None
    """Whether to use beam search instead of sampling."""

    length_penalty: float | None = None
    """For beam search: values above 1 favor long answers, values below 1 short ones."""

    early_stopping: bool | None = None
    """For beam search: whether to stop as soon as enough beams are complete."""

    # Format of the answer. `with_structured_output` sets these.

    response_format: dict[str, Any] | None = None
    """`{"type": "text"}`, `{"type": "json_object"}`, `{"type": "json_schema", …}`, or any schema
    that `with_structured_output` accepts."""

    guided_json: dict[str, Any] | None = None
    """A JSON schema of the answer, for servers before September 2026."""

    guided_regex: str | None = None
    """A regular expression for the whole answer, for the same servers."""

    guided_choice: list[str] | None = Field(default=None, min_length=1)
    """Permitted answers, for the same servers."""

    parallel_tool_calls: bool | None = None
    """Whether one answer may call several tools; sent only along with tools."""

    # Reasoning. Not sent by default: models without reasoning refuse `enable_thinking`.

    enable_thinking: bool | None = None
    """Whether a reasoning model reasons before it answers."""

    reasoning_effort: str | None = None
    """Amount of reasoning: none, minimal, low, medium, high, xhigh or max; models differ."""

    # Log probabilities.

    logprobs: bool | None = None
    """Whether to return the log probability of each token, in `response_metadata["logprobs"]`."""

    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    """Number of other likely tokens to return at each position, 0 to 20; requires `logprobs`."""

    # Service.

    region: str | None = None
    """Region of a hosted model: USA, EU, AUS or UAE."""

    mode: Literal["preferred", "strict"] | None = None
    """Whether another region may serve the request if `region` cannot: with `strict`, 422 is
    returned."""

    service_tier: str | None = None
    """Service tier: default, priority or flex."""

    api_key_ref: str | None = None
    """Identifier of an integration secret, which holds your own API key for a proxied model."""

    # Others.

    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Fields of the request body that have no option here."""

    extra_body: dict[str, Any] | None = None
    """Fields of the request body that override all others."""

    @field_validator("response_format", mode="before")
    @classmethod
    def _response_format_of_schema(cls, value: Any) -> Any:
        if value is None:
            return None
        from langchain_telnyx.chat_models.structured import bindings as structured  # noqa: PLC0415 - seldom used

        return value if structured.is_format(value) else structured.response_format(value)

    @model_validator(mode="after")
    def _check_combinations(self) -> Self:
        if self.top_logprobs is not None and not self.logprobs:
            raise ConfigurationError("`top_logprobs` requires `logprobs=True`.")
        if self.mode is not None and self.region is None:
            raise ConfigurationError(f"`mode={self.mode!r}` requires `region`.")
        if self.best_of is not None and self.best_of < (self.n or 1):
            raise ConfigurationError(
                f"`best_of={self.best_of}` is less than `n={self.n}`: increase `best_of`."
            )
        forms = [name for name in _FORMS if getattr(self, name) is not None]
        if len(forms) > 1:
            raise ConfigurationError(
                f"{', '.join(f'`{name}`' for name in forms)} all set the format of the answer: "
                f"pass one of them."
            )
        return self

    def _given_parameters(self) -> JSON:
        """Return the fields that are set, by their names in the API."""
        values = self.__dict__
        set_here = {name: value for name in PARAMETERS if (value := values[name]) is not None}
        return {**set_here, **self.model_kwargs} if self.model_kwargs else set_here


_FORMS = ("response_format", "guided_json", "guided_regex", "guided_choice")
PARAMETERS = tuple(name for name in Parameters.model_fields if name != "model_kwargs")
