"""The fuzzing targets: a function of bytes for each parser of external input.

A target fails with an `AssertionError` or an undocumented error. The first byte of an input
determines how the rest is split or requested, so that an input can be replayed.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from langchain_telnyx.chat_models.output import standard_blocks
from langchain_telnyx.chat_models.output.responses import result
from langchain_telnyx.chat_models.output.stream_assembly import StreamAssembly
from langchain_telnyx.chat_models.repair import arguments
from langchain_telnyx.chat_models.repair.json_only import JSONOnly
from langchain_telnyx.client import decode
from langchain_telnyx.client.api import s3_xml
from langchain_telnyx.client.attempts import read_reply
from langchain_telnyx.client.call import Call, Reply, ResponseBody
from langchain_telnyx.client.decode import Model
from langchain_telnyx.client.errors import APIResponseError, APIStatusError, StreamError
from langchain_telnyx.client.redaction import redactor
from langchain_telnyx.client.sse import Events
from langchain_telnyx.errors import WebhookError
from langchain_telnyx.store.items import read_item
from langchain_telnyx.store.names import Address
from langchain_telnyx.vectorstores.keys import LONGEST_KEY, id_stem, parse_key
from langchain_telnyx.webhooks.events import parse
from tests.support.engine_answer import TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

standard_blocks.register()

KEY = "KEY0190+fuzzed/key=0123456789abcdef"
_SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
REQUESTS: list[dict[str, Any]] = [
    {"model": "m"},
    {"model": "m", "tools": TOOLS},
    {"model": "m", "response_format": _SCHEMA},
    {"model": "m", "tools": TOOLS, "response_format": {"type": "json_object"}},
]


def pieces(data: Any, draw: int) -> Iterator[Any]:
    """Split bytes or a text into pieces; a number determines their sizes."""
    place, size = 0, draw
    while place < len(data):
        size = (size * 73 + 41) % 251
        step = 1 + size % (1 + draw % 23)
        yield data[place : place + step]
        place += step


def drawn(data: bytes) -> tuple[int, bytes]:
    return (data[0], data[1:]) if data else (0, b"")


def as_json(data: bytes | str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def events(data: bytes) -> None:
    """Any split of an event stream has the events of the standard."""
    draw, body = drawn(data)
    decoder = Events()
    found = [each for piece in pieces(body, draw) for each in decoder.feed(piece)] + decoder.end()
    assert found == by_the_standard(body)


def by_the_standard(body: bytes) -> list[bytes]:
    """Return the data of events, line by line, including an unfinished last event."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    found: list[bytes] = []
    held: list[bytes] = []
    lines = re.split(rb"\r\n|\r|\n", body)
    for line in [*lines, b""]:
        name, _, value = line.partition(b":")
        if line == b"":
            found.append(b"\n".join(held))
            held = []
        elif name == b"data":
            held.append(value.removeprefix(b" "))
    return [each for each in found if each]


def completion(data: bytes) -> None:
    """A completion is parsed, or raises a typed error."""
    draw, body = drawn(data)
    answer = as_json(body)
    if not isinstance(answer, dict):
        return
    request = REQUESTS[draw % len(REQUESTS)]
    try:
        made = result(ResponseBody(answer, {}), "m", request=request, think_tags=bool(draw & 64))
    except (APIResponseError, StreamError):
        return
    for generation in made.generations:
        json.dumps(generation.message.model_dump(mode="json"))


def chunks(data: bytes) -> None:
    """Chunks of a completion, given as JSON lines, are parsed, or raise a typed error."""
    draw, body = drawn(data)
    assembly = StreamAssembly({}, "m", request=REQUESTS[draw % len(REQUESTS)])
    made: list[Any] = []
    try:
        for line in body.splitlines():
            event = as_json(line)
            if isinstance(event, dict):
                made.append(assembly.feed(event))
        made += assembly.finish()
    except StreamError:
        return
    messages = [each.message for each in made if each is not None]
    whole: Any = messages[0]
    for message in messages[1:]:
        whole = whole + message
    json.dumps(whole.model_dump(mode="json"))


def answer_text(data: bytes) -> None:
    """The text of an answer is parsed to the same message in any split."""
    draw, body = drawn(data)
    # Invalid UTF-8 becomes a lone surrogate, which JSON may have, or a replacement character.
    text = body.decode("utf-8", "surrogateescape" if draw & 128 else "replace")
    request, tags = REQUESTS[draw % 2], bool(draw & 64)
    assert parsed([text], request, tags) == parsed([*pieces(text, draw)], request, tags)


def parsed(cut: list[str], request: dict[str, Any], tags: Any) -> list[Any]:
    assembly = StreamAssembly({}, "m", request=request, think_tags=tags)
    made = [assembly.feed({"choices": [{"delta": {"content": each}}]}) for each in cut]
    made += [assembly.feed({"choices": [{"delta": {}, "finish_reason": "stop"}]})]
    made += assembly.finish()
    messages = [each.message for each in made if each is not None]
    whole: Any = messages[0].__add__(messages[1:])
    calls = [(each["name"], each["args"]) for each in whole.tool_calls]
    broken = [(each["name"], each["args"]) for each in whole.invalid_tool_calls]
    return [str(whole.content), whole.additional_kwargs.get("reasoning_content"), calls, broken]


def json_alone(data: bytes) -> None:
    """The JSON of an answer with a schema is unchanged in any split."""
    draw, body = drawn(data)
    text = body.decode("utf-8", "replace")
    schema = {"type": "object"} if draw & 1 else {}
    cut = JSONOnly(schema)
    found = "".join(cut.feed(each) for each in pieces(text, draw))
    found += cut.end(has_calls=False, was_cut=bool(draw & 2))
    whole = JSONOnly(schema, streams=False)
    at_once = whole.feed(text) + whole.end(has_calls=False, was_cut=bool(draw & 2))
    assert cut.was_draft or found == at_once
    value = as_json(text)
    if isinstance(value, dict) and not math.isnan(_odd(value)):
        assert json.loads(found) == json.loads(at_once) == value


def _odd(value: Any) -> float:
    """Return NaN if a value contains NaN and so differs from itself."""
    return 0.0 if value == json.loads(json.dumps(value)) else math.nan


def call_arguments(data: bytes) -> None:
    """Arguments that are a JSON object are unchanged; repaired arguments are valid JSON."""
    text = data.decode("utf-8", "replace")
    found = arguments.read_arguments(text)
    arguments.arguments_error(text)
    value = as_json(text)
    if isinstance(value, dict):
        assert found is not None
        assert repr(found[0]) == repr(value)
    if found is not None:
        assert repr(json.loads(found[1], strict=False)) == repr(found[0])


def keys(data: bytes) -> None:
    """A key is parsed, or belongs to another program; a parsed id has the same key."""
    found = parse_key(data.decode("utf-8", "replace"))
    if found is None:
        return
    if found.id is not None:
        assert id_stem(found.id) == found.stem
    assert found.version == "" or len(found.key) <= LONGEST_KEY
    assert (found.metadata is None) == (found.place != "key")


MODELS: list[type[Model]] = []


def _models() -> list[type[Model]]:
    if not MODELS:
        waiting = [Model]
        while waiting:
            kind = waiting.pop()
            below = kind.__subclasses__()
            waiting += below
            if kind.__module__.startswith("langchain_telnyx"):
                MODELS.append(kind)
        MODELS.sort(key=lambda kind: f"{kind.__module__}.{kind.__qualname__}")
    return MODELS


def api_results(data: bytes) -> None:
    """A response is decoded as any model, or raises a typed error without the API key."""
    draw, body = drawn(data)
    kinds = _models()
    kind = kinds[(draw * 7 + len(body)) % len(kinds)]
    status = 200 if draw < 192 else (400, 404, 429, 500)[draw % 4]
    reply = Reply(status, {"x-key": KEY}, body, redactor=redactor(KEY))
    for reader in (decode.data(kind), decode.rows(kind), decode.json_object):
        call: Call[Any] = Call("GET", "/x", reader)
        try:
            read_reply(reply, call)
        except (APIResponseError, APIStatusError) as error:
            shown = f"{error}{error!r}{vars(error)}"
        else:
            continue
        assert KEY not in shown


def listings(data: bytes) -> None:
    """A storage listing is parsed, or raises an error."""
    draw, body = drawn(data)
    reply = Reply(200, {"content-type": "application/xml"}, body)
    name = ("ListBucketResult", "ListAllMyBucketsResult", "DeleteResult", "Error")[draw % 4]
    try:
        s3_xml.document(reply, name)
    except (ValueError, APIStatusError):
        return


def webhooks(data: bytes) -> None:
    """A webhook is parsed, or raises `WebhookError`."""
    try:
        parse(data).model_dump(mode="json")
    except WebhookError:
        return


def store_items(data: bytes) -> None:
    """A stored item is parsed and can be written again, or belongs to another program."""
    found = read_item(Address(("a",), "b"), data)
    if found is not None:
        assert found.updated_at - found.created_at is not None
        assert found.seconds is None or found.seconds > 0
        assert all(isinstance(name, str) for name in found.value)


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each
    for each in (
        events,
        completion,
        chunks,
        answer_text,
        json_alone,
        call_arguments,
        keys,
        api_results,
        listings,
        webhooks,
        store_items,
    )
}
