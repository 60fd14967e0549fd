"""Requests said as the server takes them: what it refuses is said otherwise, and remembered.

Telnyx's models differ in what they take, and have changed it over the months. A request goes out
as it was asked for. Where it is refused, it is sent once more without, or in other words for, what
the refusal speaks of; what then succeeds is remembered per base URL and model:

- function tools together with an output cap, refused by hosted models in July 2026: the cap is
  left out, with a warning, since the answer may then be longer than was asked for;
- `stream_options`: left out, and streams of that model bring no token counts;
- earlier turns that Moonshot refuses: empty ones are left out, and calls are sent with their
  reasoning, see `replays`;
- a JSON schema for the answer: said in an older dialect, see `formats`. Servers that do not know
  a dialect may ignore it, so the first answer in one is looked at, and asked for again where it is
  prose.

Nothing else is left out behind the caller's back: a refused `enable_thinking` stays refused, and
the error says what to do.
"""

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from langchain_telnyx._shared.capabilities import (
    MEMORY,
    NOTHING_KNOWN,
    Capabilities,
    CapabilityCache,
    Dialect,
)
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
# The words by which a refusal names what a habit is about.
_WORDS = {
    "refuses_cap_with_tools": {*_CAPS, "tools"},
    "refuses_stream_options": {"stream_options"},
    "dialect": {"response_format", "json_schema", "guided_json", "json_object", "schema"},
}
_ALL_WORDS = frozenset().union(*_WORDS.values())
# The vendor's code for whatever is wrong with a request to a model.
_CATCH_ALL = "10015"
# Fields of the request that are words of any sentence, too.
_COMMON = {"messages", "mode", "model", "n", "stop", "stream"}
# A schema that is itself wrong is so in every dialect.
_SCHEMA_AT_FAULT = re.compile(r"additionalProperties|\$ref\b|invalid.{0,20}schema", re.IGNORECASE)


def with_fallbacks(
    declare: Callable[..., Steps[Any]],
    request: JSON,
    base_url: str,
    *,
    streams: bool = False,
    memory: CapabilityCache = MEMORY,
) -> Flow[Any]:
    """Send a request; where the server refuses a part of it, say that part otherwise.

    Args:
        declare: Makes the call, or the stream, of a request's fields.
        request: The request's fields.
        base_url: The server, of which things are remembered.
        streams: Whether the answer is streamed.
        memory: Where things are remembered.

    Returns:
        A flow whose result is the answer, or the open stream.

    Raises:
        APIStatusError: The first refusal, when none of the other ways succeeded either.
    """
    where = (base_url, request["model"])
    search = _Search(request, memory.of(where), streams=streams)
    while True:
        try:
            answer = yield from _said(declare, request, search.habits)
        except (BadRequestError, UnprocessableEntityError) as error:
            if isinstance(error, ContextOverflowError) or not search.goes_on_after(error):
                if search.prose is not None:
                    return search.prose
                raise _explained(search.first or error, request) from error.__cause__
        else:
            if not search.goes_on_with(answer):
                break
    if search.found:
        memory.learn(where, **search.found)
        if "refuses_cap_with_tools" in search.found:
            warnings.warn(
                f"{request['model']!r} refuses an output cap together with tools: from now on "
                f"`max_tokens` is not sent to it along with tools, and answers may be longer.",
                stacklevel=2,
            )
    return answer


class _Search:
    """The search for a way to say a request that the server takes.

    Attributes:
        habits: How to say it next.
        found: What the attempt that succeeded has shown.
        first: The first refusal.
        prose: An answer that ignored the form asked for, to be had where no other comes.
    """

    def __init__(self, request: JSON, known: Capabilities, *, streams: bool) -> None:
        self._request = request
        self._schema = requested_schema(request)
        self._dialects = (
            ()
            if self._schema is None
            else formats_for(request, streams=streams, proven=known.proven)
        )
        # A turn that a conversation keeps is not asked for again: it would stand there twice.
        keeps = bool(request.get("conversation"))
        self._looks = not streams and not keeps and self._schema is not None
        self._known = known
        self._base: JSON = {}
        self._complaint: Any = None
        self._trials: Iterator[JSON] = iter(())
        self.habits = known
        if self._dialects and known.dialect not in self._dialects:
            self.habits = replace(known, dialect=self._later_dialects()[0])
        self._start = self.habits
        self.found: JSON = {}
        self.first: APIStatusError | None = None
        self.prose: Any = None

    def goes_on_after(self, refusal: APIStatusError) -> bool:
        """Take a refusal; whether there is another way to try."""
        self.first = self.first or refusal
        complaint = (refusal.code, refusal.title, refusal.detail)
        if complaint != self._complaint:
            # Another than before: what was tried last has helped, and stays.
            self._complaint, self._base = complaint, self.found
            self._trials = self._ways_around(refusal)
        return self._try_next()

    def goes_on_with(self, answer: Any) -> bool:
        """Take an answer; whether it ignored the form asked for, and there is another way."""
        dialect = self.habits.dialect
        if not self._looks or dialect not in MAY_BE_IGNORED or dialect == self._known.proven:
            return False
        follows = follows_schema(answer)
        if follows:
            self.found = {**self.found, "proven": dialect}
        if follows is not False:
            return False
        self.prose = answer
        self._complaint, self._base = None, self.found
        self._trials = iter([{"dialect": dialect} for dialect in self._later_dialects()])
        return self._try_next()

    def _try_next(self) -> bool:
        trial = next(self._trials, None)
        if trial is None:
            return False
        self.found = {**self._base, **trial}
        self.habits = replace(self._start, **self.found)
        return True

    def _ways_around(self, refusal: APIStatusError) -> Iterator[JSON]:
        """Yield what to try after a refusal: what it names, or one after the other, then all."""
        named = _named(refusal, self._request)
        worded = _worded(self._request, self.habits)[0]
        vague = not named and refusal.code in {None, _CATCH_ALL}
        replays = [each for each in HISTORY_FALLBACKS if each.is_in(worded["messages"])]
        quoted = [each for each in replays if each.refusal.search(str(refusal.body))]
        if quoted:
            yield {each.habit: True for each in quoted}
            return
        suspects: list[list[JSON]] = []
        if any(cap in worded for cap in _CAPS) and _calls_functions(worded):
            suspects.append([{"refuses_cap_with_tools": True}])
        # Every stream has them, so that a vague refusal of one is seldom theirs.
        if "stream_options" in worded and "stream_options" in named:
            suspects.append([{"refuses_stream_options": True}])
        if self._dialects and not _SCHEMA_AT_FAULT.search(str(refusal.body)):
            suspects.append([{"dialect": dialect} for dialect in self._later_dialects()])
        suspects = [ways for ways in suspects if ways and (vague or named & self._words(*ways[0]))]
        if vague:
            suspects += [[{each.habit: True}] for each in replays]
        for ways in suspects:
            yield from ways
        if len(suspects) > 1:
            yield {name: value for ways in suspects for name, value in ways[0].items()}

    def _words(self, habit: str) -> set[str]:
        words = _WORDS[habit]
        if habit == "dialect" and self.habits.dialect == "function_calling":
            return words | {"tools", "tool_choice", "function"}
        return words

    def _later_dialects(self) -> list[Dialect]:
        after = SCHEMA_FORMATS[SCHEMA_FORMATS.index(self.habits.dialect) + 1 :]
        return [dialect for dialect in after if dialect in self._dialects]


def _said(declare: Callable[..., Steps[Any]], request: JSON, habits: Capabilities) -> Flow[Any]:
    if habits is NOTHING_KNOWN:
        return (yield from declare(**request))
    worded, function = _worded(request, habits)
    steps = declare(**worded)
    if function is None:
        return (yield from steps)
    return (yield from _restoring(steps, function))


def _worded(request: JSON, habits: Capabilities) -> tuple[JSON, str | None]:
    function = None
    if habits.dialect != "json_schema" and (named := requested_schema(request)) is not None:
        request, function = in_format(request, named, habits.dialect)
    for replay in HISTORY_FALLBACKS:
        if getattr(habits, replay.habit) and replay.is_in(request["messages"]):
            request = {**request, "messages": replay.without(request["messages"])}
    left_out: tuple[str, ...] = ()
    if habits.refuses_cap_with_tools and _calls_functions(request):
        left_out = _CAPS
    if habits.refuses_stream_options:
        left_out += ("stream_options",)
    if left_out:
        request = {name: value for name, value in request.items() if name not in left_out}
    return request, function


def _restoring(steps: Any, function: str) -> Steps[Any]:
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
    return steps  # type: ignore[no-any-return]  # not ours to read


def _calls_functions(request: JSON) -> bool:
    return any(tool.get("type") == "function" for tool in request.get("tools") or ())


def _named(refusal: APIStatusError, request: JSON) -> set[str]:
    """Return the fields of a request that a refusal speaks of; none where it is vague."""
    words = set(re.findall(r"\w+", str(refusal.body)))
    return words & ((request.keys() - _COMMON) | _ALL_WORDS)


def _explained(refusal: APIStatusError, request: JSON) -> APIStatusError:
    """Return the refusal with what to do about it, where that is known."""
    named = _named(refusal, request)
    asked = [name for name in _THINKING if request.get(name) is not None]
    if not asked or (named and not named.intersection(asked)):
        return refusal
    fields = " and ".join(f"`{name}`" for name in asked)
    return type(refusal)(
        f"{refusal.message} Models that do not reason refuse {fields}: leave it out for "
        f"{request['model']!r}, or choose a model that reasons.",
        refusal.response,
    )
