"""Retry of refused requests without unsupported parameters, or with equivalents.

The parameters that Telnyx's models accept differ, and change over time. A request is first sent
unchanged. If the server refuses it, it is sent again without, or with an equivalent of, the refused
parameter. A fallback that succeeds is cached for the server and the model:

- Function tools with a limit of output tokens, refused by hosted models in July 2026: the limit is
  dropped, with a warning, because the answer may be longer.
- `stream_options`: dropped; streams of that model have no token counts.
- Earlier turns that Moonshot refuses: empty ones are dropped, and calls are sent with their
  reasoning, see `history_fallbacks`.
- A JSON schema for the answer: sent in an older format, see `response_formats`. Servers may ignore
  an unknown format, so the first answer is checked; if it is prose, the next format is tried.

Nothing else is dropped: a refused `enable_thinking` is an error, which explains what to change.
"""

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from langchain_telnyx._shared.assumptions import AssumptionWarning
from langchain_telnyx._shared.capabilities import (
    UNKNOWN,
    Capabilities,
    CapabilityCache,
    SchemaFormat,
)
from langchain_telnyx._shared.warnings import to_the_caller
from langchain_telnyx.chat_models.history_adapter.history_fallbacks import HISTORY_FALLBACKS
from langchain_telnyx.chat_models.structured.response_formats import (
    MAY_BE_IGNORED,
    SCHEMA_FORMATS,
    RestoringDecoder,
    follows_schema,
    formats_for,
    in_format,
    requested_schema,
    restore_content,
)
from langchain_telnyx.client.call import JSON, Call, Flow, Steps, StreamCall
from langchain_telnyx.client.errors import (
    APIStatusError,
    BadRequestError,
    ContextOverflowError,
    UnprocessableEntityError,
)

_CAPS = ("max_tokens", "max_completion_tokens")
_THINKING = ("enable_thinking", "reasoning_effort")
# The words in a refusal that identify a capability.
_WORDS = {
    "refuses_cap_with_tools": {*_CAPS, "tools"},
    "refuses_stream_options": {"stream_options"},
    "schema_format": {"response_format", "json_schema", "guided_json", "json_object", "schema"},
}
_ALL_WORDS = frozenset().union(*_WORDS.values())
# Telnyx's code for any invalid request to a model.
_CATCH_ALL = "10015"
# Fields of the request that are also common words.
_COMMON = {"messages", "mode", "model", "n", "stop", "stream"}
# An invalid schema is invalid in every format.
_SCHEMA_AT_FAULT = re.compile(r"additionalProperties|\$ref\b|invalid.{0,20}schema", re.IGNORECASE)


def with_fallbacks(
    declare: Callable[..., Steps[Any]],
    request: JSON,
    capabilities: CapabilityCache,
    *,
    streams: bool = False,
) -> Flow[Any]:
    """Send a request, with fallbacks for refused parameters.

    Args:
        declare: Declares the call, or the stream, from the fields of a request body.
        request: The request body.
        capabilities: The capabilities of the server's models; a fallback that succeeds is added.
        streams: Whether the answer is streamed.

    Returns:
        A flow with the answer, or the open stream, as result.

    Raises:
        APIStatusError: The first refusal, if all fallbacks failed.
    """
    model = request["model"]
    search = _Search(request, capabilities.of(model), streams=streams)
    while True:
        try:
            answer = yield from _attempt(declare, request, search.capabilities)
        except (BadRequestError, UnprocessableEntityError) as error:
            if isinstance(error, ContextOverflowError) or not search.continues_after_refusal(error):
                if search.prose is not None:
                    return search.prose
                raise _with_advice(search.first or error, request) from error.__cause__
        else:
            if not search.continues_after_answer(answer):
                break
    if search.found:
        capabilities.learn(model, **search.found)
        if "refuses_cap_with_tools" in search.found:
            warning = AssumptionWarning(
                "tools_refuse_output_cap",
                f"model {model!r}",
                "it does not support `max_tokens` together with tools.",
                "It is no longer sent along with tools, and answers may be longer. Omit it where "
                "tools are bound.",
            )
            warnings.warn(warning, stacklevel=to_the_caller())
    return answer


class _Search:
    """The search for a fallback that the server accepts.

    Attributes:
        capabilities: The assumed capabilities for the next attempt.
        found: The capabilities to cache if the next attempt succeeds.
        first: The first refusal.
        prose: An answer that ignored the schema, returned if all fallbacks fail.
    """

    def __init__(self, request: JSON, known: Capabilities, *, streams: bool) -> None:
        self._request = request
        self._schema = requested_schema(request)
        self._formats = (
            ()
            if self._schema is None
            else formats_for(request, streams=streams, proven=known.proven)
        )
        # A turn of a stored conversation is not sent twice, because it would be stored twice.
        is_stored = bool(request.get("conversation"))
        self._checks_answer = not streams and not is_stored and self._schema is not None
        self._known = known
        self._base: JSON = {}
        self._refusal: Any = None
        self._attempts: Iterator[JSON] = iter(())
        self.capabilities = known
        if self._formats and known.schema_format not in self._formats:
            self.capabilities = replace(known, schema_format=self._later_formats()[0])
        self._start = self.capabilities
        self.found: JSON = {}
        self.first: APIStatusError | None = None
        self.prose: Any = None

    def continues_after_refusal(self, refusal: APIStatusError) -> bool:
        """Prepare the next attempt after a refusal; return `False` if there is none."""
        self.first = self.first or refusal
        reason = (refusal.code, refusal.title, refusal.detail)
        if reason != self._refusal:
            # A different refusal: the last fallback was effective, so it stays.
            self._refusal, self._base = reason, self.found
            self._attempts = self._fallbacks(refusal)
        return self._next_attempt()

    def continues_after_answer(self, answer: Any) -> bool:
        """Prepare the next attempt if an answer ignored the schema; return whether there is one."""
        schema_format = self.capabilities.schema_format
        if (
            not self._checks_answer
            or schema_format not in MAY_BE_IGNORED
            or schema_format == self._known.proven
        ):
            return False
        follows = follows_schema(answer, self._request)
        if follows:
            self.found = {**self.found, "proven": schema_format}
        if follows is not False:
            return False
        self.prose = answer
        self._refusal, self._base = None, self.found
        self._attempts = iter(
            [{"schema_format": schema_format} for schema_format in self._later_formats()]
        )
        return self._next_attempt()

    def _next_attempt(self) -> bool:
        attempt = next(self._attempts, None)
        if attempt is None:
            return False
        self.found = {**self._base, **attempt}
        self.capabilities = replace(self._start, **self.found)
        return True

    def _fallbacks(self, refusal: APIStatusError) -> Iterator[JSON]:
        """Yield fallbacks after a refusal: for the named parameters, or each one, then all."""
        named = _named_fields(refusal, self._request)
        converted = _converted(self._request, self.capabilities)[0]
        vague = not named and refusal.code in {None, _CATCH_ALL}
        history = [each for each in HISTORY_FALLBACKS if each.is_in(converted["messages"])]
        quoted = [each for each in history if each.refusal.search(str(refusal.body))]
        if quoted:
            yield {each.capability: True for each in quoted}
            return
        suspects: list[list[JSON]] = []
        if any(cap in converted for cap in _CAPS) and _calls_functions(converted):
            suspects.append([{"refuses_cap_with_tools": True}])
        # All streams have `stream_options`, so they are rarely the cause of a vague refusal.
        if "stream_options" in converted and "stream_options" in named:
            suspects.append([{"refuses_stream_options": True}])
        if self._formats and not _SCHEMA_AT_FAULT.search(str(refusal.body)):
            suspects.append(
                [{"schema_format": schema_format} for schema_format in self._later_formats()]
            )
        suspects = [ways for ways in suspects if ways and (vague or named & self._words(*ways[0]))]
        if vague:
            suspects += [[{each.capability: True}] for each in history]
        for ways in suspects:
            yield from ways
        if len(suspects) > 1:
            yield {name: value for ways in suspects for name, value in ways[0].items()}

    def _words(self, capability: str) -> set[str]:
        words = _WORDS[capability]
        if capability == "schema_format" and self.capabilities.schema_format == "function_calling":
            return words | {"tools", "tool_choice", "function"}
        return words

    def _later_formats(self) -> list[SchemaFormat]:
        after = SCHEMA_FORMATS[SCHEMA_FORMATS.index(self.capabilities.schema_format) + 1 :]
        return [schema_format for schema_format in after if schema_format in self._formats]


def _attempt(
    declare: Callable[..., Steps[Any]], request: JSON, capabilities: Capabilities
) -> Flow[Any]:
    if capabilities is UNKNOWN:
        return (yield from declare(**request))
    converted, function = _converted(request, capabilities)
    steps = declare(**converted)
    if function is None:
        return (yield from steps)
    return (yield from _with_restored_content(steps, function))


def _converted(request: JSON, capabilities: Capabilities) -> tuple[JSON, str | None]:
    function = None
    if (
        capabilities.schema_format != "json_schema"
        and (named := requested_schema(request)) is not None
    ):
        request, function = in_format(request, named, capabilities.schema_format)
    for fallback in HISTORY_FALLBACKS:
        if getattr(capabilities, fallback.capability) and fallback.is_in(request["messages"]):
            request = {**request, "messages": fallback.without(request["messages"])}
    left_out: tuple[str, ...] = ()
    if capabilities.refuses_cap_with_tools and _calls_functions(request):
        left_out = _CAPS
    if capabilities.refuses_stream_options:
        left_out += ("stream_options",)
    if left_out:
        request = {name: value for name, value in request.items() if name not in left_out}
    return request, function


def _with_restored_content(steps: Any, function: str) -> Steps[Any]:
    match steps:
        case StreamCall(decoder=decoder, whole=whole):
            return replace(
                steps,
                decoder=lambda: RestoringDecoder(decoder(), function),
                whole=whole
                and (lambda reply: [restore_content(body, function) for body in whole(reply)]),
            )
        case Call(decode=decode):
            return replace(steps, decode=lambda reply: restore_content(decode(reply), function))
    return steps  # type: ignore[no-any-return]  # an unknown step


def _calls_functions(request: JSON) -> bool:
    return any(tool.get("type") == "function" for tool in request.get("tools") or ())


def _named_fields(refusal: APIStatusError, request: JSON) -> set[str]:
    """Return the fields of a request that a refusal names; none if it is vague."""
    words = set(re.findall(r"\w+", str(refusal.body)))
    return words & ((request.keys() - _COMMON) | _ALL_WORDS)


def _with_advice(refusal: APIStatusError, request: JSON) -> APIStatusError:
    """Return the refusal with advice, if its cause is known."""
    named = _named_fields(refusal, request)
    thinking = [name for name in _THINKING if request.get(name) is not None]
    if not thinking or (named and not named.intersection(thinking)):
        return refusal
    fields = " and ".join(f"`{name}`" for name in thinking)
    return type(refusal)(
        f"{refusal.message} Models without reasoning do not support {fields}: remove it for "
        f"{request['model']!r}, or use a reasoning model.",
        refusal.response,
    )
