"""Searches for a key in every place where it must not appear; shared by all such tests.

```python
with watching() as seen:  # logs at DEBUG and warnings
    model = ChatTelnyx(api_key=KEY)
    with pytest.raises(TelnyxError) as caught:
        model.invoke("Hi")
assert (
    leaks(KEY, model=representations(model), error=representations(caught.value), seen=seen) == []
)
```
"""

from __future__ import annotations

import base64
import contextlib
import html
import json
import logging
import pickle
import traceback
import warnings
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumpd, dumps
from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "KEY0190Canary_toBeSeenNowhere0123456789"
# Each of these characters is escaped in URLs, JSON, HTML or Python.
AWKWARD_KEY = "KEY0190/can+ary=\"to'be&seen%2F\\nowhere<0123456789"


def spellings(key: str) -> set[bytes]:
    """Return all spellings of a key."""
    raw = key.encode()
    # At any position in a longer text, one of these is in the text's base64.
    encoded = {base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)}
    as_json = json.dumps(key)[1:-1]
    texts = {
        key,
        as_json,
        as_json.replace("/", "\\/"),
        json.dumps(as_json)[1:-1],
        repr(key)[1:-1],
        repr(raw)[2:-1],
        html.escape(key),
        quote(key, safe=""),
        quote(key),
    }
    return encoded | {text.encode() for text in texts} | {quote(key, safe="").lower().encode()}


def leaks(key: str, **seen: Any) -> list[str]:
    """Return the names, and the places inside, of everything that contains a key.

    Args:
        key: The key.
        **seen: Texts, bytes, and dicts and lists of them at any depth.
    """
    spelled = spellings(key)
    found: list[str] = []

    def look(where: str, thing: Any) -> None:
        if isinstance(thing, dict):
            for name, each in thing.items():
                look(f"{where}: {name}", each)
        elif isinstance(thing, list | tuple | set):
            for number, each in enumerate(thing):
                look(f"{where}[{number}]", each)
        else:
            data = thing if isinstance(thing, bytes) else str(thing).encode("utf-8", "replace")
            if any(each in data for each in spelled):
                found.append(where)

    look("", seen)
    return found


def representations(thing: Any) -> dict[str, Any]:
    """Return all texts and serializations of an object."""
    if isinstance(thing, BaseException):
        return {"chain": [_representation_of_error(each) for each in chain(thing)]}
    shown: dict[str, Any] = {
        "repr": repr(thing),
        "dumps": dumps(thing),
        "dumpd": repr(dumpd(thing)),
    }
    try:
        shown["str"] = str(thing)
    except Exception as error:  # noqa: BLE001 - a history loads its messages
        shown["str"] = representations(error)
    with contextlib.suppress(TypeError, AttributeError, pickle.PicklingError):  # holds a lock
        shown["pickle"] = pickle.dumps(thing)
    obj: Any = thing
    if isinstance(thing, BaseModel):
        shown["model_dump"] = repr(thing.model_dump())
    if hasattr(thing, "_get_llm_string"):
        shown["cache key"] = obj._get_llm_string()  # noqa: SLF001 - the key of caches
        shown["identity"] = repr(obj._identifying_params)  # noqa: SLF001 - traced
    if hasattr(thing, "telnyx"):
        shown["client"] = [repr(obj.telnyx), repr(obj.telnyx.config)]
    return shown


def chain(error: BaseException) -> list[BaseException]:
    """Return an error with its causes, contexts (suppressed too), members and inner errors."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, BaseException) or each in found:
            continue
        found.append(each)
        waiting += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
        for obj in vars(each).values():
            waiting += obj.values() if isinstance(obj, dict) else [obj]
    return found


def _representation_of_error(error: BaseException) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "str": str(error),
        "repr": repr(error),
        "traceback": "".join(traceback.format_exception(error)),
        "fields": {name: repr(value) for name, value in vars(error).items()},
        "args": repr(error.args),
        "notes": getattr(error, "__notes__", []),
    }
    with contextlib.suppress(Exception):  # errors of some libraries cannot be pickled
        shown["pickle"] = pickle.dumps(error)
    if isinstance(error, ValidationError):
        shown["errors"] = repr(error.errors())
    for name in ("doc", "object", "body", "partial"):
        shown[name] = repr(getattr(error, name, None))
    response, request = (getattr(error, name, None) for name in ("response", "_request"))
    if response is not None:
        shown["response"] = [dict(response.headers), response.content]
    if request is not None:
        shown["request"] = [str(request.url), list(request.headers.items())]
    return shown


def texts_in(folder: Path) -> dict[str, bytes]:
    """Return the content of each file in a folder and those below it."""
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


class Seen(dict[str, Any]):
    """Everything that was logged, warned of and traced.

    Attributes:
        tracer: A callback handler that records everything that a tracer receives.
    """

    def __init__(self) -> None:
        super().__init__(logs=[], warnings=[], runs=[])
        self.tracer = Tracer(self["runs"])


class Tracer(BaseCallbackHandler):
    """Records everything that a tracer such as LangSmith's receives."""

    def __init__(self, runs: list[str]) -> None:
        self.runs = runs
        self.events: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def _note(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.events.append((name, args, kwargs))
        errors = [representations(each) for each in args if isinstance(each, BaseException)]
        self.runs.append(repr((name, args, kwargs, errors)))

    def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
        self._note("chat_model_start", args, kwargs)

    def on_llm_new_token(self, *args: Any, **kwargs: Any) -> None:
        self._note("llm_new_token", args, kwargs)

    def on_llm_end(self, *args: Any, **kwargs: Any) -> None:
        self._note("llm_end", args, kwargs)

    def on_llm_error(self, *args: Any, **kwargs: Any) -> None:
        self._note("llm_error", args, kwargs)

    def on_retriever_start(self, *args: Any, **kwargs: Any) -> None:
        self._note("retriever_start", args, kwargs)

    def on_retriever_error(self, *args: Any, **kwargs: Any) -> None:
        self._note("retriever_error", args, kwargs)

    def on_tool_start(self, *args: Any, **kwargs: Any) -> None:
        self._note("tool_start", args, kwargs)

    def on_tool_end(self, *args: Any, **kwargs: Any) -> None:
        self._note("tool_end", args, kwargs)

    def on_tool_error(self, *args: Any, **kwargs: Any) -> None:
        self._note("tool_error", args, kwargs)

    def on_chain_start(self, *args: Any, **kwargs: Any) -> None:
        self._note("chain_start", args, kwargs)

    def on_chain_error(self, *args: Any, **kwargs: Any) -> None:
        self._note("chain_error", args, kwargs)


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(f"{record.name} {record.getMessage()} {record.args!r}")


@contextlib.contextmanager
def watching() -> Iterator[Seen]:
    """Record every log line, from DEBUG on and of any library, and every warning."""
    seen = Seen()
    handler, root = _Lines(seen["logs"]), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield seen
        seen["warnings"] += [str(each.message) for each in warned]
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
