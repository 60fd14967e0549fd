"""Attempts at a call: retries, their delays, and turns where the rate is limited."""

import random
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from pydantic import ValidationError

from langchain_telnyx.client.admission import admission, note_answer, note_failure
from langchain_telnyx.client.call import Call, Concurrently, Reply, RunExternal, Sleep, StreamCall
from langchain_telnyx.client.config import Config, Retry
from langchain_telnyx.client.deadlines import deadline_error, earliest
from langchain_telnyx.client.decode import reasons
from langchain_telnyx.client.error_details import check_url_hint
from langchain_telnyx.client.error_mapping import error_for
from langchain_telnyx.client.errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    ConflictError,
    DeadlineError,
    RateLimitError,
    StreamError,
    TelnyxError,
)
from langchain_telnyx.client.limiter import Limiter
from langchain_telnyx.client.storage_state import (
    StorageState,
    bucket_of,
    is_rate_refusal,
    may_be_down,
)

T = TypeVar("T")

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 8.0
# If a server requests a longer delay than this, the call fails instead of blocking its caller.
_LONGEST_RETRY_AFTER = 60.0
# Clients with the same `retry-after` return spread over as many seconds, within these limits.
_LONGEST_SPREAD = 10.0
_LEAST_SPREAD = 0.1
# Vendor codes for a resource that is locked or still being processed: conflicts that pass.
_PASSING_CONFLICTS = {"10035", "10036"}
_REQUEST_TIMEOUT = 408
_TOO_EARLY = 425
_NOT_IMPLEMENTED = 501
_SERVER_ERROR = 500
# Rate-limit responses of one call that do not count as retries, while its bucket accepts others;
# and the same for responses that may also mean that the server is down.
_MOST_REFUSALS = 50
_MOST_UNCLEAR_REFUSALS = 10
# Seconds after which a request that waits for its turn checks again.
_LOOK_AGAIN = 1.0


@dataclass(frozen=True, slots=True)
class Send:
    """A step: send one attempt at a call. The runner returns the `Reply`.

    Attributes:
        call: The call.
        end: When it must end, on the state's clock; `None` for no end.
    """

    call: Call[Any]
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """A step: open a stream once. The runner returns the open stream.

    Attributes:
        stream: The stream.
        end: When it must end, on the state's clock; `None` for no end.
    """

    stream: StreamCall[Any]
    end: float | None = None


Step: TypeAlias = Send | Open | Sleep | Concurrently | RunExternal


def attempts(
    call: Call[T], config: Config, state: StorageState | None = None, end: float | None = None
) -> Generator[Step, Any, T]:
    """Send a call until it succeeds, fails for good, or the retries are used up.

    Args:
        call: The call.
        config: How to reach the API.
        state: The state of the storage; default: a new one.
        end: When it must end, on the state's clock; default: at its deadline.
    """
    persistence = _Attempts(call, config, state or StorageState(), end)
    return persistence.run(Send, lambda reply: read_reply(reply, call))


def stream_attempts(
    stream: StreamCall[Any],
    config: Config,
    state: StorageState | None = None,
    end: float | None = None,
) -> Generator[Step, Any, Any]:
    """Open a stream until its first item arrives, it fails for good, or the retries are used up.

    Items that were yielded cannot be taken back, so there is no retry after the first item.
    """
    persistence = _Attempts(stream.call, config, state or StorageState(), end)
    return persistence.run(lambda _, end: Open(stream, end), lambda opened: opened)


class _Attempts:
    """The attempts of one call.

    Args:
        call: The call.
        config: How to reach the API.
        state: The state of the storage.
        end: When they must end; default: at the deadline of the call, or of the configuration.
    """

    def __init__(
        self, call: Call[Any], config: Config, state: StorageState, end: float | None
    ) -> None:
        self._call = call
        self._config = config
        self._state = state
        seconds = call.deadline
        if seconds is None and end is None:
            seconds = config.deadline
        self._end = end if seconds is None else earliest(end, state.clock() + seconds)
        self._max_retries = config.max_retries if call.max_retries is None else call.max_retries
        self._retries = state.retries(call, config)
        # The retry tokens that the last retry took.
        self._paid: int | None = None
        self._attempt = 0
        # The attempts that count against `max_retries`.
        self._counted = 0
        self._refusals = 0
        self._followed = False
        # Whether one of the attempts may have been executed.
        self._maybe_done = False

    def run(
        self,
        make_step: Callable[[Call[Any], float | None], Send | Open],
        finish: Callable[[Any], T],
    ) -> Generator[Step, Any, T]:
        """Repeat attempts until one succeeds or the call fails."""
        failure: TelnyxError | None = None
        while True:
            call = self._state.with_known_region(self._call)
            limiter = self._state.limiter(call, self._config)
            sent_at = yield from self._start(call, limiter, failure)
            try:
                result = finish((yield make_step(call, self._end)))
            except TelnyxError as error:
                failure = error
                yield from note_failure(call.limit, error)
                self._maybe_done = self._maybe_done or _may_be_executed(error)
                delay = self._pause(error, call, limiter, sent_at)
            else:
                self._retries.succeeded(self._paid)
                if limiter is not None:
                    limiter.accepted(self._state.clock())
                note_answer(call.limit, result)
                return result
            if delay:
                yield Sleep(delay)

    def _start(
        self, call: Call[Any], limiter: Limiter | None, failure: TelnyxError | None
    ) -> Generator[Step, Any, float]:
        """Wait until an attempt may be sent, and return the time."""
        if limiter is not None:
            yield from self._take_turn(limiter, failure)
        if call.limit is not None and not (yield from admission(call.limit, self._time_left)):
            raise self._mark_maybe_done(failure or deadline_error(str(call), "queue"))
        sent_at = self._state.clock()
        if self._end is not None and sent_at >= self._end:
            raise self._mark_maybe_done(failure or deadline_error(str(call), "start"))
        self._attempt += 1
        return sent_at

    def _take_turn(self, limiter: Limiter, failure: TelnyxError | None) -> Generator[Step, Any]:
        """Wait for the call's turn, where its bucket limits the rate."""
        clock = self._state.clock
        turn = limiter.turn(clock())
        while turn is not None and (wait := limiter.wait(turn, clock())) > 0:
            if self._is_too_late(wait):
                raise self._mark_maybe_done(failure or self._queue_error(limiter, wait))
            yield Sleep(min(wait, _LOOK_AGAIN))
        limiter.sent(clock())

    def _pause(
        self, error: TelnyxError, call: Call[Any], limiter: Limiter | None, sent_at: float
    ) -> float:
        """Return the seconds until the next attempt, or raise the error if there is none."""
        if limiter is not None:
            now = self._state.clock()
            if is_rate_refusal(error):
                limiter.refused(sent_at, now)
                return self._pause_for_rate(error, limiter, now)
            if isinstance(error, APIStatusError):
                limiter.accepted(now)
        if not self._followed and self._state.note_region(error, call, self._config):
            self._followed = True
            return 0.0
        self._counted += 1
        return self._delay_or_raise(error, self._counted)

    def _pause_for_rate(self, error: TelnyxError, limiter: Limiter, now: float) -> float:
        """Return the seconds before a call that was over the rate limit waits for its turn."""
        self._refusals += 1
        unclear = may_be_down(error)
        patient = (
            self._max_retries > 0
            and self._refusals <= (_MOST_UNCLEAR_REFUSALS if unclear else _MOST_REFUSALS)
            and limiter.is_worth_waiting(now, may_be_down=unclear)
        )
        if not patient:
            self._counted += 1
            return self._delay_or_raise(error, self._counted)
        has_pause = isinstance(error, APIStatusError) and error.retry_after is not None
        # If the bucket accepts other requests, there is no delay beside the turn.
        at_once = not has_pause and limiter.is_answering(now)
        return self._delay_or_raise(error, self._refusals, counts=False, at_once=at_once)

    def _delay_or_raise(
        self, error: TelnyxError, number: int, *, counts: bool = True, at_once: bool = False
    ) -> float:
        """Return the seconds to wait after a failure, or raise it."""
        delay = pause(error, number, may_repeat=self._call.may_repeat)
        if delay is None or (counts and number > self._max_retries):
            raise self._mark_maybe_done(error)
        if at_once:
            delay = 0.0
        if self._is_too_late(delay):
            raise self._mark_maybe_done(error)
        # Calls that wait for turns at a bucket are slow already, and take no retry tokens.
        if counts:
            self._take_retry_tokens(error)
        if self._config.on_retry is not None:
            self._config.on_retry(Retry(str(self._call), self._attempt, delay, error))
        return delay

    def _mark_maybe_done(self, error: TelnyxError) -> TelnyxError:
        """Set `maybe_done` of an error that ends the attempts, and return the error.

        A call with an Idempotency-Key can be sent again without harm; a new call, with another key,
        cannot.
        """
        creates = not self._call.may_repeat or "idempotency-key" in self._call.headers
        error.maybe_done = creates and self._maybe_done
        return error

    def _take_retry_tokens(self, error: TelnyxError) -> None:
        """Take the tokens of a retry, or raise the error if the host has too few left."""
        paid = self._retries.take(timed_out=isinstance(error, APITimeoutError))
        if paid is None:
            state = self._retries.state
            error.add_note(
                f"There was no retry: so many calls to {state.host} failed that its retry "
                f"budget is spent ({state.available} of {state.capacity} tokens are left)."
            )
            raise self._mark_maybe_done(error)
        self._paid = paid

    def _time_left(self) -> float | None:
        return None if self._end is None else self._end - self._state.clock()

    def _is_too_late(self, delay: float) -> bool:
        return self._end is not None and self._state.clock() + delay > self._end

    def _queue_error(self, limiter: Limiter, wait: float) -> DeadlineError:
        error = DeadlineError(
            f"{self._call} was not sent: bucket {bucket_of(self._call)!r} limits its rate, so "
            f"requests are sent at {limiter.rate or 0:.0f} per second, and this one would be sent "
            f"in {wait:.1f} s, after the deadline. "
            f"Raise `deadline`, or send fewer at once."
        )
        error.sent, error.phase = False, "queue"
        return error


def read_reply(reply: Reply, call: Call[T]) -> T:
    """Return the result in a reply, or raise its error."""
    if not reply.ok:
        raise error_for(reply)
    try:
        return call.decode(reply)
    except APIStatusError as error:
        # The storage returns some errors with status 200. Such a reply is not redacted yet.
        raise error_for(error.response.redacted(), sent_as=reply.status_code) from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        cause = reply.redactor.error(error)
    kind = reply.headers.get("content-type", "no content type")
    shown = reply.redacted()
    advice = check_url_hint(reply, "base_url" if call.host == "api" else "storage_url")
    raise APIResponseError(
        f"HTTP {reply.status_code} to {reply.request or call}, but the body ({kind}, "
        f"{len(reply.content)} bytes) is not what the API documents{_why(cause)}: "
        f"{shown.text[:200]!r}.{advice}",
        shown,
    ) from cause


def _why(cause: Exception | None) -> str:
    """Return why a body could not be read, without quoting it."""
    if isinstance(cause, ValidationError):
        return f" ({reasons(cause)})"
    # The message of a decoder of this package; those of a library quote the body.
    return f": {cause}" if type(cause) is ValueError else ""


def pause(
    error: TelnyxError,
    attempt: int,
    *,
    may_repeat: bool,
    random_number: Callable[[], float] = random.random,
) -> float | None:
    """Return the seconds to wait before the next attempt, or `None` to give up.

    Args:
        error: The error of the last attempt.
        attempt: How many attempts have been made.
        may_repeat: Whether the call can be repeated if the server has already received it.
        random_number: Returns a number in [0, 1); spreads out clients that failed together.
    """
    if not _should_retry(error, may_repeat=may_repeat):
        return None
    retry_after = error.retry_after if isinstance(error, APIStatusError) else None
    if retry_after is not None:
        if retry_after > _LONGEST_RETRY_AFTER:
            return None
        # Clients that were refused together get the same `retry-after`: spread them out.
        spread = min(_LONGEST_SPREAD, max(_LEAST_SPREAD, retry_after))
        return retry_after + spread * random_number()
    delay: float = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** (attempt - 1))
    return delay * random_number()


def _should_retry(error: TelnyxError, *, may_repeat: bool) -> bool:
    match error:
        case APIConnectionError():
            return may_repeat or not error.sent
        case StreamError():
            return may_repeat and error.is_retryable
        case APIStatusError():
            advice = error.response.headers.get("x-should-retry")
            if advice in {"true", "false"}:
                return advice == "true"
            return _is_temporary(error, may_repeat=may_repeat)
        case _:
            return False


def _may_be_executed(error: TelnyxError) -> bool:
    """Return whether the server may have executed a request that ended in an error."""
    match error:
        case APIConnectionError():
            return error.sent
        case APIStatusError():
            # A proxy may return 408 and 5xx after it has forwarded the request: 503 too, if the
            # connection to the server behind it ends before the response.
            return error.status_code == _REQUEST_TIMEOUT or (
                error.status_code >= _SERVER_ERROR and error.status_code != _NOT_IMPLEMENTED
            )
        case _:
            return isinstance(error, APIResponseError | StreamError)


def _is_temporary(error: APIStatusError, *, may_repeat: bool) -> bool:
    if isinstance(error, RateLimitError):
        return error.is_retryable  # refused before it was executed
    if error.status_code == _TOO_EARLY:
        return True  # likewise
    if isinstance(error, ConflictError):
        return may_repeat and error.code in _PASSING_CONFLICTS
    if error.status_code == _NOT_IMPLEMENTED:
        return False
    return may_repeat and (error.is_retryable or error.status_code == _REQUEST_TIMEOUT)
