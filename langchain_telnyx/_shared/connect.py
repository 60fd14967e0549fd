"""Connection options of all adapters, and one shared client for equal options."""

import operator
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Self, Unpack

from langchain_core.utils import from_env, secret_from_env
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler

from langchain_telnyx._shared.closing import Closing
from langchain_telnyx._shared.validation_errors import without_input
from langchain_telnyx.client import Telnyx, configure
from langchain_telnyx.client.config import Key, Retry
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.types import TelnyxOptions

# Objects of this process: shared by copies, and left out of pickles.
_PROCESS_FIELDS = ("http_client", "http_async_client", "on_retry")
_OPTION_FIELDS = (
    "telnyx_api_key",
    "telnyx_api_base",
    "request_timeout",
    "max_retries",
    "deadline",
    "retry_budget",
    "default_headers",
    "default_query",
    "proxy",
    "allow_http",
    "on_retry",
    "http_client",
    "http_async_client",
)
_OPTION_NAMES = sorted(TelnyxOptions.__optional_keys__)
_options_of = operator.attrgetter(*_OPTION_FIELDS)


def connect(client: Telnyx | None = None, **options: Unpack[TelnyxOptions]) -> Telnyx:
    """Return the passed client, or the shared client of these options.

    Args:
        client: A client to use unchanged.
        **options: The options of `Telnyx`.

    Raises:
        ConfigurationError: Both a client and options are passed.
        TypeError: An option is unknown.
    """
    _check_names(options)
    chosen: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if client is not None:
        _check_alone(chosen)
        return client
    http_client = chosen.pop("http_client", None)
    http_async_client = chosen.pop("http_async_client", None)
    return Telnyx.of(configure(**chosen), http_client, http_async_client)


def _check_names(options: Iterable[str]) -> None:
    # The error contains only names: a value may be a key.
    unknown = [name for name in options if name not in _OPTION_NAMES]
    if unknown:
        close = next(iter(get_close_matches(unknown[0], _OPTION_NAMES, 1)), None)
        hint = f"did you mean `{close}`?" if close else f"the options are {_listed(_OPTION_NAMES)}."
        raise TypeError(f"{_listed(unknown)} is not an option: {hint}")


def _check_alone(options: Iterable[str]) -> None:
    if names := _listed(options):
        raise ConfigurationError(
            f"Both `client` and {names} are set. The client has its own options: pass one or the "
            f"other."
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _hidden(key: Key | None) -> Key | None:
    return SecretStr(key) if isinstance(key, str) else key


class Connected(Closing, BaseModel):
    """The connection options of all adapters; a pydantic mixin.

    Fields contain no connections, so that an adapter is cheap to create, and can be pickled and
    copied. A pickle does not contain the key; TELNYX_API_KEY is read when it is loaded.
    """

    model_config = ConfigDict(
        populate_by_name=True,
        arbitrary_types_allowed=True,
        protected_namespaces=(),
        extra="forbid",  # a misspelt option must raise
        use_attribute_docstrings=True,
        hide_input_in_errors=True,  # the input may be a key
    )

    telnyx_api_key: Annotated[Key | None, AfterValidator(_hidden)] = Field(
        default_factory=secret_from_env("TELNYX_API_KEY", default=None),
        alias="api_key",
        repr=False,
    )
    """The API key, or a function that returns it at each request. Default: TELNYX_API_KEY."""

    telnyx_api_base: str | None = Field(
        default_factory=from_env(["TELNYX_BASE_URL", "TELNYX_API_BASE"], default=None),
        alias="base_url",
    )
    """The API's root. Default: TELNYX_BASE_URL, else TELNYX_API_BASE, else Telnyx."""

    request_timeout: float | None = Field(default=None, alias="timeout")
    """Read timeout in seconds. Default: 180."""

    max_retries: int | None = None
    """Number of retries after the first attempt. Default: 2."""

    deadline: float | None = None
    """Maximum number of seconds of a call in total, then a `DeadlineError`. Default: none."""

    retry_budget: int | None = None
    """Tokens for retries to one host: 5 for each, 10 after a timeout. Default: 500."""

    default_headers: Mapping[str, str] | None = Field(default=None, exclude=True, repr=False)
    """Headers to send with every request. Like the key, they are left out of traces and caches."""

    default_query: Mapping[str, Any] | None = Field(default=None, exclude=True, repr=False)
    """Query parameters of every request to the API, such as a gateway's version."""

    proxy: str | None = Field(default=None, exclude=True, repr=False)
    """Proxy URL, which may contain a password. Default: the environment's."""

    allow_http: bool | None = None
    """Whether to allow `http://` to other machines, where the key is sent unencrypted.
    Default: TELNYX_ALLOW_HTTP."""

    on_retry: Callable[[Retry], None] | None = Field(default=None, exclude=True, repr=False)
    """Called before each retry, for logs and metrics."""

    http_client: Any = Field(default=None, exclude=True, repr=False)
    """An `httpx.Client` to use; it is never closed by this object."""

    http_async_client: Any = Field(default=None, exclude=True, repr=False)
    """An `httpx.AsyncClient` to use; it is never closed by this object."""

    client: Telnyx | None = Field(default=None, exclude=True, repr=False)
    """A `Telnyx` client to use instead of all the options above."""

    _connected: tuple[tuple[Any, ...], Telnyx] | None = PrivateAttr(default=None)

    @property
    def telnyx(self) -> Telnyx:
        """The client, shared by all adapters with the same options."""
        # Compared at each use, so that fields changed by `configurable_fields` and
        # `model_copy(update=…)` take effect.
        options = (self.client, *_options_of(self))
        # As an attribute it takes pydantic 2 % of a call's time.
        held = (self.__pydantic_private__ or {}).get("_connected")
        if held is None or held[0] != options:
            self._connected = held = (options, self.client or self._connect())
        telnyx: Telnyx = held[1]
        return telnyx

    def _to_close(self) -> Telnyx | None:
        return None if self.client is not None else self.telnyx

    @model_validator(mode="wrap")
    @classmethod
    def _hide_input(cls, values: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return validate(values)
        except ValidationError as error:
            # `hide_input_in_errors` hides it only in the text; `errors()` still has the input.
            hidden = without_input(error)
        # Outside the handler, so that the original error does not become the context.
        raise hidden

    @model_validator(mode="after")
    def _one_way_to_connect(self) -> Self:
        if self.client is not None:
            also_set = [name for name in _OPTION_FIELDS if name in self.model_fields_set]
            _check_alone(name for name in also_set if getattr(self, name) is not None)
            # Clear the values from the environment, which are not the client's. Otherwise a copy of
            # the fields, as from `configurable_fields`, would pass them as options.
            self.telnyx_api_key = self.telnyx_api_base = None
        return self

    def _connect(self) -> Telnyx:
        return connect(
            api_key=self.telnyx_api_key,
            base_url=self.telnyx_api_base,
            timeout=self.request_timeout,
            max_retries=self.max_retries,
            deadline=self.deadline,
            retry_budget=self.retry_budget,
            headers=self.default_headers,
            query=self.default_query,
            proxy=self.proxy,
            allow_http=self.allow_http,
            on_retry=self.on_retry,
            http_client=self.http_client,
            http_async_client=self.http_async_client,
        )

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        fields = {**state["__dict__"], "telnyx_api_key": None}
        fields.update(dict.fromkeys(_PROCESS_FIELDS))
        private = {**(state["__pydantic_private__"] or {}), "_connected": None}
        return {**state, "__dict__": fields, "__pydantic_private__": private}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)
        if self.client is None:
            self.telnyx_api_key = secret_from_env("TELNYX_API_KEY", default=None)()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        # Clients are shared, because sockets cannot be copied.
        memo = memo if memo is not None else {}
        for name in _PROCESS_FIELDS:
            held = getattr(self, name)
            memo[id(held)] = held
        return super().__deepcopy__(memo)


class Serialised:
    """LangChain's serialization of a connected class, without the key; a mixin."""

    client: Telnyx | None

    @property
    def lc_secrets(self) -> dict[str, str]:
        """The secret of each field, for serialization."""
        return {"telnyx_api_key": "TELNYX_API_KEY"}

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Whether LangChain can serialize it: yes, without the key."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the package that exports the class, as in 1.0.0."""
        names = cls.__module__.split(".")
        return names[:2] if names[0] == "langchain_telnyx" else names

    @property
    def lc_attributes(self) -> dict[str, Any]:
        """Additional attributes to serialize."""
        # A client cannot be serialized; its base URL is, and so becomes a part of the cache key.
        return {} if self.client is None else {"telnyx_api_base": self.client.config.base_url}
