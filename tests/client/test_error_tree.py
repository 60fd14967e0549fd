"""Every class of the error tree survives pickles and copies."""

import copy
import pickle
from typing import Any

import pytest

from langchain_telnyx.client import errors
from langchain_telnyx.client.deadlines import deadline_error
from langchain_telnyx.client.error_mapping import error_for, error_in_stream
from langchain_telnyx.client.errors import (
    APIConnectionError,
    APIResponseError,
    APITimeoutError,
    ConfigurationError,
    DimensionError,
    FileTooLargeError,
    InvalidTextError,
    ListingError,
    ListingTimeoutError,
    NotFoundError,
    PartialEmbeddingsError,
    PartialError,
    PreviousTurnNotFoundError,
    ResponseTooLargeError,
    StreamError,
    StreamTimeoutError,
    TaskError,
    TaskTimeoutError,
    TelnyxError,
    TextTooLongError,
    ValueTooLargeError,
)
from tests.client.test_errors import reply


def not_sent() -> APIConnectionError:
    error = APIConnectionError("no route")
    error.sent = False
    return error


def broken_stream() -> StreamError:
    error = StreamError("cut", {"error": {"message": "x", "code": 7}})
    error.partial = {"content": "half"}
    return error


EXAMPLES: list[TelnyxError] = [
    TelnyxError("x"),
    ConfigurationError("x"),
    FileTooLargeError("x"),
    ValueTooLargeError("x"),
    TextTooLongError("long", [3], [700], 512),
    InvalidTextError("blank", [3]),
    not_sent(),
    APITimeoutError("slow"),
    deadline_error("GET http://h/x", "dns"),
    deadline_error("GET http://h/x", "stream", stream=True),
    *(
        error_for(reply(status, {"message": "m"}, retry_after="4", x_request_id="r"))
        for status in (400, 401, 403, 404, 409, 418, 422, 429, 500)
    ),
    error_for(reply(400, {"message": "maximum context length"})),
    APIResponseError("odd", reply(200, b"<html>", x_request_id="r")),
    DimensionError("odd", reply(200, {"data": []})),
    PreviousTurnNotFoundError("gone", reply(404)),
    broken_stream(),
    StreamTimeoutError("silent"),
    ResponseTooLargeError("large", 9),
    error_in_stream({"error": {"message": "maximum context length"}}),
    TaskError("failed", "t1", "failure", {"a.pdf": "no text"}),
    TaskTimeoutError("late", "t1", "processing"),
    ListingError("round and round"),
    ListingTimeoutError("late"),
    PartialError("some", ["a"], {"b": NotFoundError("gone", reply(404))}),
    PartialEmbeddingsError("some", ["0"], {"1": NotFoundError("gone", reply(404))}, {0: [1.0]}),
]


def whole_tree(kind: type[TelnyxError]) -> set[type[TelnyxError]]:
    """A class and those below it in the client; adapters add their own."""
    below = [sub for sub in kind.__subclasses__() if vars(errors).get(sub.__name__) is sub]
    return {kind}.union(*map(whole_tree, below))


def test_the_examples_cover_the_whole_tree() -> None:
    assert {type(error) for error in EXAMPLES} == whole_tree(TelnyxError)


def facts(error: BaseException) -> dict[str, Any]:
    """All fields of an error, and of the errors inside it."""
    fields = {name: value for name, value in vars(error).items() if name != "failed"}
    inside = {name: facts(below) for name, below in getattr(error, "failed", {}).items()}
    return {**fields, "inside": inside, "message": str(error), "kind": type(error)}


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_every_error_survives_a_pickle(error: TelnyxError) -> None:
    pickled = pickle.dumps(error)
    assert facts(pickle.loads(pickled)) == facts(error)  # noqa: S301 - made a line above


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_every_error_survives_a_deep_copy(error: TelnyxError) -> None:
    assert facts(copy.deepcopy(error)) == facts(error)


def test_value_errors_are_raised_before_anything_is_sent() -> None:
    value_errors = {
        kind.__name__ for kind in whole_tree(TelnyxError) if issubclass(kind, ValueError)
    }
    assert value_errors == {
        "ConfigurationError",
        "FileTooLargeError",
        "InvalidTextError",
        "ValueTooLargeError",
    }


def test_the_docstring_lists_the_whole_tree() -> None:
    assert errors.__doc__ is not None
    drawn = {word for line in errors.__doc__.splitlines() for word in line.split()}
    assert {kind.__name__ for kind in whole_tree(TelnyxError)} <= drawn
