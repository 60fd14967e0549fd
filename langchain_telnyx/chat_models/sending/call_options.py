"""Options of one call that are not part of the body: timeouts, retries, headers, query."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_telnyx._shared.migration.rules import seconds
from langchain_telnyx.client.call import JSON, Call, Query, Steps, StreamCall, query
from langchain_telnyx.client.errors import ConfigurationError

if TYPE_CHECKING:
    from langchain_telnyx.chat_models.sending.rate_limits import RequestLimit

OPTIONS = frozenset({"timeout", "deadline", "max_retries", "extra_headers", "extra_query"})
"""Options of a call that do not change the answer."""

# Options of the model that a call cannot override.
_OF_THE_MODEL = frozenset(
    {
        "calibrate_tokens",
        "client",
        "default_query",
        "http_async_client",
        "http_client",
        "image_url_as_string",
        "include_response_headers",
        "on_retry",
        "replay_reasoning",
        "retry_budget",
        "streaming",
        "think_tags",
        "use_previous_response_id",
        "use_responses_api",
    }
)
_OF_STREAMS = frozenset(
    {"comments_keep_alive", "stream_idle_timeout", "stream_json", "stream_timeout"}
)
NOT_SENT = OPTIONS | _OF_STREAMS


@dataclass(frozen=True, slots=True)
class CallOptions:
    """Options of one call.

    Attributes:
        timeout: Seconds to wait for data; default: the model's.
        deadline: Seconds for the whole call, including retries; default: the model's.
        max_retries: Attempts after the first; default: the model's.
        headers: Headers in addition to the model's.
        query: Query parameters in addition to the model's.
        of_streams: Timeouts of streams, by the names of the model's options.
    """

    timeout: float | None = None
    deadline: float | None = None
    max_retries: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Query = ()
    of_streams: JSON = field(default_factory=dict)

    def applied(
        self, declare: Callable[..., Steps[Any]], limit: "RequestLimit | None" = None
    ) -> Callable[..., Steps[Any]]:
        """Return a function that declares the same calls with these options.

        Args:
            declare: Declares a call, or a stream, from the fields of a request body.
            limit: Admits their attempts.
        """
        if self is NO_OPTIONS and limit is None:
            return declare
        return lambda **request: self._over(declare(**request), limit)

    def _over(self, steps: Any, limit: "RequestLimit | None") -> Any:
        match steps:
            case StreamCall(call=call):
                return replace(steps, call=self._over(call, limit))
            case Call():
                return replace(
                    steps,
                    limit=limit,
                    timeout=steps.timeout if self.timeout is None else self.timeout,
                    deadline=steps.deadline if self.deadline is None else self.deadline,
                    max_retries=self.max_retries,
                    headers={**steps.headers, **self.headers},
                    query=(*steps.query, *self.query),
                )
        return steps


NO_OPTIONS = CallOptions()


class PreparedRequest(NamedTuple):
    """A request that is ready to be sent.

    Attributes:
        fields: The request body, in the API's format.
        options: Options of the call.
        names: The original tool names by the names that are sent: see `wire_names`.
        about: Metadata to add to the answer.
        is_response: Whether it goes to the Responses API instead of chat completions.
        limit: Its place at a rate limiter that counts tokens.
    """

    fields: Any
    options: CallOptions
    names: Mapping[str, str]
    about: Mapping[str, Any] = {}
    is_response: bool = False
    limit: "RequestLimit | None" = None

    @property
    def model(self) -> str:
        """The name of the model."""
        return str(self.fields["model"])

    @property
    def admission(self) -> Any:
        """A context manager, sync and async, that ends its place at a rate limiter."""
        return nullcontext() if self.limit is None else self.limit


def pop_call_options(request: JSON) -> CallOptions:
    """Remove the options of a call from the fields of a request, and return them.

    Raises:
        ConfigurationError: An option is invalid, or belongs to the model.
    """
    if wrong := sorted(_OF_THE_MODEL & request.keys()):
        raise ConfigurationError(
            f"`{wrong[0]}` is an option of the model, not of a call: pass it to the "
            f"constructor of `ChatTelnyx`."
        )
    if not NOT_SENT & request.keys():
        return NO_OPTIONS
    given = {name: request.pop(name) for name in NOT_SENT if name in request}
    for name in ("timeout", "deadline", "stream_idle_timeout", "stream_timeout"):
        _check_seconds(name, given.get(name))
    retries = given.get("max_retries")
    if retries is not None and (isinstance(retries, bool) or not isinstance(retries, int)):
        raise ConfigurationError(f"`max_retries` is {retries!r}: pass a whole number.")
    if retries is not None and retries < 0:
        raise ConfigurationError(f"`max_retries` is {retries!r}: pass 0 or more.")
    return CallOptions(
        timeout=given.get("timeout"),
        deadline=given.get("deadline"),
        max_retries=retries,
        headers=_headers(given.get("extra_headers")),
        query=query(**(given.get("extra_query") or {})),
        of_streams={name: given[name] for name in _OF_STREAMS if given.get(name) is not None},
    )


def _check_seconds(name: str, value: Any) -> None:
    value = seconds(name, value)
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ConfigurationError(f"`{name}` is {value!r}: pass a number of seconds greater than 0.")


def _headers(given: Any) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in (given or {}).items():
        text = str(value)
        if not (str(name).isascii() and text.isascii() and text.isprintable()):
            # The value is not quoted: it may be a credential.
            raise ConfigurationError(
                f"The header {name!r} of `extra_headers` has characters that HTTP does not allow."
            )
        headers[str(name)] = text
    return headers
