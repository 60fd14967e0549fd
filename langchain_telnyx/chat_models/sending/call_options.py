"""Options of one call, which say how it is sent and are no fields of the request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from langchain_telnyx._shared.migration.rules import seconds
from langchain_telnyx.client.call import JSON, Call, Query, Steps, StreamCall, query
from langchain_telnyx.client.errors import ConfigurationError

OPTIONS = frozenset({"timeout", "deadline", "max_retries", "extra_headers", "extra_query"})
"""Options of a call that are no fields of a request, nor change the answer."""

# Options of a model that a call cannot change.
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
    """How one call is sent.

    Attributes:
        timeout: Seconds of silence to bear; default: the model's.
        deadline: Seconds that it may take as a whole; default: the model's.
        max_retries: Attempts after the first; default: the model's.
        headers: Headers beside those of the model.
        query: Query parameters beside those of the model.
        of_streams: What the call says of the waiting for streams, by the model's names of it.
    """

    timeout: float | None = None
    deadline: float | None = None
    max_retries: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Query = ()
    of_streams: JSON = field(default_factory=dict)

    def applied(self, declare: Callable[..., Steps[Any]]) -> Callable[..., Steps[Any]]:
        """Return what declares the same call, to be sent so.

        Args:
            declare: Makes a call, or a stream, of a request's fields.
        """
        return lambda **request: self._over(declare(**request))

    def _over(self, steps: Any) -> Any:
        match steps:
            case StreamCall(call=call):
                return replace(steps, call=self._over(call))
            case Call():
                return replace(
                    steps,
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
        fields: Its fields, in the API's form.
        options: How it is sent.
        names: The names of tools that stand in it for others: see `names`.
        about: What the answer is to remember of it, as metadata.
        is_response: Whether it is one of the Responses API, and not of chat completions.
    """

    fields: Any
    options: CallOptions
    names: Mapping[str, str]
    about: Mapping[str, Any] = {}
    is_response: bool = False

    @property
    def model(self) -> str:
        """The name of the model."""
        return str(self.fields["model"])


def pop_call_options(request: JSON) -> CallOptions:
    """Take the options of a call out of a request's fields, which are changed.

    Raises:
        ConfigurationError: One cannot work, or is one that only a model has.
    """
    if wrong := sorted(_OF_THE_MODEL & request.keys()):
        raise ConfigurationError(
            f"`{wrong[0]}` is an option of the model and no field of a request: pass it to the "
            f"constructor of `ChatTelnyx`."
        )
    if not NOT_SENT & request.keys():
        return NO_OPTIONS
    given = {name: request.pop(name) for name in NOT_SENT if name in request}
    for name in ("timeout", "deadline", "stream_idle_timeout", "stream_timeout"):
        _check_seconds(name, given.get(name))
    retries = given.get("max_retries")
    if retries is not None and (isinstance(retries, bool) or not isinstance(retries, int)):
        raise ConfigurationError(f"`max_retries` is {retries!r}: give a whole number.")
    if retries is not None and retries < 0:
        raise ConfigurationError(f"`max_retries` is {retries!r}: give 0 or more.")
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
        raise ConfigurationError(f"`{name}` is {value!r}: give a number of seconds above 0.")


def _headers(given: Any) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in (given or {}).items():
        text = str(value)
        if not (str(name).isascii() and text.isascii() and text.isprintable()):
            # The value is not quoted: it may be a credential.
            raise ConfigurationError(
                f"The header {name!r} of `extra_headers` holds characters that HTTP cannot carry."
            )
        headers[str(name)] = text
    return headers
