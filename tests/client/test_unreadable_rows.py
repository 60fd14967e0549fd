"""Invalid parts of a response: skipped, stored raw, and logged."""

import copy
import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.api.conversation_results import Conversation
from langchain_telnyx.client.api.insights import Insight
from langchain_telnyx.client.api.models import ModelInfo
from langchain_telnyx.client.attempts import read_reply
from langchain_telnyx.client.call import Call, Reply
from langchain_telnyx.client.decode import data
from langchain_telnyx.client.errors import APIResponseError
from langchain_telnyx.client.flows import every
from langchain_telnyx.client.rows import Rows
from tests.support.lists import LISTS, calls, page, sample

AsAsync = Callable[[Telnyx], Any]
Serve = Callable[[Callable[..., tuple[int, dict[str, str], bytes]]], str]


def read_models(rows: list[Any]) -> Rows[ModelInfo]:
    call: Call[Rows[ModelInfo]] = LISTS["models.list"][0]
    return call.decode(page(rows))


def test_an_invalid_time_is_none_and_in_unreadable_fields(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    rows = read_models([{"id": "a", "created": 1}, {"id": "b", "created": "last week", "tier": 3}])
    assert [row.id for row in rows] == ["a", "b"]
    assert rows[1].created is None
    assert rows[1].unreadable_fields == {"created": "last week", "tier": 3}
    assert rows.unreadable == []
    assert len(caplog.records) == 1
    assert "row 1: created (" in caplog.text
    assert "row 1: tier (" in caplog.text
    assert "last week" not in caplog.text


def test_unreadable_parts_are_not_shown_and_are_pickled() -> None:
    rows = read_models([{"id": "b", "created": "secret"}, {"id": None, "note": "secret"}])
    assert "secret" not in repr(rows) + repr(rows.unreadable)
    assert "secret" not in str(rows[0].model_dump())
    for copied in (pickle.loads(pickle.dumps(rows)), copy.deepcopy(rows)):  # noqa: S301 - made here
        assert copied == rows
        assert copied[0].unreadable_fields == {"created": "secret"}
        assert copied.unreadable[0].raw == {"id": None, "note": "secret"}
        assert copied.given == 2
    assert rows[0].model_copy().unreadable_fields == {"created": "secret"}
    assert rows[0] == ModelInfo(id="b")


def test_null_for_an_optional_field_is_valid(caplog: pytest.LogCaptureFixture) -> None:
    call: Any = LISTS["conversations.list"][0]
    rows = call.decode(page([{"id": "c", "metadata": None}]))
    assert rows == [Conversation(id="c")]
    assert caplog.records == []


def test_many_invalid_rows_are_one_log_line(caplog: pytest.LogCaptureFixture) -> None:
    rows = read_models([{"name": str(number)} for number in range(1000)])
    assert (len(rows), rows.given) == (0, 1000)
    assert len(caplog.records) == 1
    assert "1000 rows could not be read" in caplog.text
    assert "row 4: id (Field required); and 995 more" in caplog.text


def test_an_invalid_part_of_a_row_affects_only_itself() -> None:
    call: Any = LISTS["conversations.insights"][0]
    parts = [{"insight_id": "a", "result": "fine"}, {"result": "x"}, {"insight_id": "c"}, None]
    (row,) = call.decode(page([{"id": "r", "status": "done", "conversation_insights": parts}]))
    assert [part.insight_id for part in row.conversation_insights] == ["a"]
    assert row.unreadable_fields == {f"conversation_insights.{at}": parts[at] for at in (1, 2, 3)}


@pytest.mark.parametrize(
    ("result", "value"),
    [
        ("fine", "fine"),
        ('{"a": 1}', {"a": 1}),
        ({"a": 1}, {"a": 1}),
        (4, 4),
        (["ä"], ["ä"]),
        (False, False),
        (None, None),
        ("4", "4"),
        ('["ä"]', '["ä"]'),
    ],
)
def test_a_result_of_any_kind_is_a_result(result: Any, value: Any) -> None:
    call: Any = LISTS["conversations.insights"][0]
    parts = [{"insight_id": "a", "result": result}]
    (row,) = call.decode(page([{"id": "r", "status": "done", "conversation_insights": parts}]))
    assert row.conversation_insights[0].value == value
    assert row.unreadable_fields == {}


@pytest.mark.parametrize(
    ("arguments", "text"), [('{"a": 1}', '{"a": 1}'), ({"a": 1}, '{"a": 1}'), (None, "")]
)
def test_arguments_of_a_tool_call_are_always_text(arguments: Any, text: str) -> None:
    call = LISTS["conversations.messages"][0].call(None)
    function = {"name": "f", "arguments": arguments}
    message = {"role": "assistant", "tool_calls": [{"id": "1", "function": function}]}
    (row,) = call.decode(page([message])).items
    assert row.tool_calls[0].function.arguments == text


def test_a_hit_without_a_file_name_counts() -> None:
    call: Any = LISTS["bucket_embeddings.similarity_search"][0]
    hit = {"document_chunk": "text", "distance": 0.2}
    metadata: tuple[Any, ...] = ({"filename": "a"}, {}, {"filename": 3}, None, "x")
    rows = call.decode(page([{**hit, "metadata": each} for each in metadata] + [hit]))
    assert [row.metadata.filename for row in rows] == ["a", None, None, None, None, None]


def test_an_invalid_distance_does_not_change_the_order_of_hits() -> None:
    call: Any = LISTS["bucket_embeddings.similarity_search"][0]
    distances = (0.3, float("nan"), 0.1, None, 0.2)
    rows = call.decode(page([{"document_chunk": str(at), "distance": at} for at in distances]))
    assert [row.distance for row in rows] == [0.1, 0.2, 0.3]
    assert [row.position for row in rows.unreadable] == [1, 3]


def test_embedded_buckets_without_a_name_are_skipped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    call: Any = calls.bucket_embeddings.buckets()
    rows = call.decode(page(["a", None, {"id": "b"}, {"id": 3}, {}, ""]))
    assert rows == ["a", "b"]
    assert [row.position for row in rows.unreadable] == [1, 3, 4, 5]
    assert len(caplog.records) == 1


def test_a_transcript_has_its_readable_messages() -> None:
    words = [{"word": "a", "start": 0}, {"word": None}, {"word": "b", "start": "soon"}]
    segment = {"start": 0, "end": 1, "text": "a b", "words": words}
    body: dict[str, Any] = {
        "text": "a b",
        "duration": {},
        "segments": [segment, {**segment, "start": None}],
    }
    read_so = data(Transcription)(Reply(200, {}, json.dumps(body).encode()))
    assert (read_so.text, read_so.duration) == ("a b", None)
    assert read_so.segments is not None
    assert read_so.segments[0].words is not None
    assert [(word.word, word.start) for word in read_so.segments[0].words] == [
        ("a", 0.0),
        ("b", None),
    ]
    assert read_so.unreadable_fields == {
        "duration": {},
        "segments.0.words.1": {"word": None},
        "segments.0.words.2.start": "soon",
        "segments.1.words.1": {"word": None},
        "segments.1.words.2.start": "soon",
    }


def test_a_single_result_needs_its_required_fields() -> None:
    reply = page([])
    described: Any = calls.bucket_embeddings.task("t")
    good = Reply(200, {}, b'{"data": {"task_id": "t", "finished_at": "soon"}}')
    assert described.decode(good).unreadable_fields == {"finished_at": "soon"}
    with pytest.raises(APIResponseError, match="is not what the API documents"):
        read_reply(reply, described)


@pytest.mark.parametrize("meta", [None, 3, [], {"page_number": "x", "total_pages": []}])
def test_an_invalid_page_count_ends_the_list_after_its_page(
    meta: Any, caplog: pytest.LogCaptureFixture
) -> None:
    row = sample(Insight, 0)
    found = LISTS["insights.list"][0].call(None)
    body = json.dumps({"data": [row], "meta": meta}).encode()
    answer = found.decode(Reply(200, {}, body, "GET http://127.0.0.1:9/list"))
    assert (len(answer.items), answer.cursor) == (1, None)
    assert ("meta (" in caplog.text) is bool(meta)


@pytest.mark.parametrize("name", ["kvs.list_keys", "cloudfs.list"])
@pytest.mark.parametrize("meta", [None, 3, {"cursor": 4, "cursors": 5}, {"cursors": {"after": 6}}])
def test_an_invalid_cursor_ends_the_list_after_its_page(name: str, meta: Any) -> None:
    described, kind = LISTS[name]
    body = json.dumps({"data": [sample(kind, 0)], "meta": meta}).encode()
    answer = described.call(None).decode(Reply(200, {}, body))
    assert (len(answer.items), answer.cursor) == (1, None)


def answers(*pages: list[Any]) -> Callable[..., tuple[int, dict[str, str], bytes]]:
    """Return pages by their number."""

    def answer(_: str, path: str, *__: object) -> tuple[int, dict[str, str], bytes]:
        number = int(path.partition("page%5Bnumber%5D=")[2][:1] or 1)
        meta = {"page_number": number, "total_pages": len(pages)}
        return 200, {}, json.dumps({"data": pages[number - 1], "meta": meta}).encode()

    return answer


async def test_a_page_of_invalid_rows_does_not_end_a_listing(
    as_async: AsAsync, serve: Serve
) -> None:
    rows = [{"id": str(number)} for number in range(3)]
    telnyx = Telnyx(api_key="KEY0123", base_url=serve(answers(rows[:1], [{"id": 3}], rows[1:])))
    assert [row.id for row in await as_async(telnyx).insights.list()] == ["0", "1", "2"]
    found = await as_async(telnyx).send(every(telnyx.calls.insights.list()))
    assert [row.id for row in found] == ["0", "1", "2"]
    assert [(row.position, row.raw) for row in found.unreadable] == [(0, {"id": 3})]


async def test_invalid_conversations_do_not_end_the_listing(
    as_async: AsAsync, serve: Serve
) -> None:
    """Pages by time, of two rows each; every third row lacks its id, or has an invalid time."""
    begun = [f"2026-01-{28 - at:02}T00:00:00Z" for at in range(9)]
    rows: list[dict[str, Any]] = [
        {"id": f"c{at}", "created_at": at_} for at, at_ in enumerate(begun)
    ]
    rows[3]["id"] = rows[4]["id"] = rows[5]["id"] = None
    rows[1]["metadata"] = 3

    def answer(_: str, path: str, *__: object) -> tuple[int, dict[str, str], bytes]:
        operator, _, bound = path.partition("created_at=")[2].partition("&")[0].partition(".")
        bound = bound.replace("%3A", ":")
        fits = [
            row
            for row in rows
            if not operator
            or row["created_at"] < bound
            or (operator == "lte" and row["created_at"] == bound)
        ]
        return 200, {}, json.dumps({"data": fits[:2]}).encode()

    telnyx = Telnyx(api_key="KEY0123", base_url=serve(answer))
    found = await as_async(telnyx).conversations.iterate(page_size=2)
    assert [row.id for row in found] == ["c0", "c1", "c2", "c6", "c7", "c8"]


@pytest.mark.parametrize(
    ("body", "kind", "blamed"),
    [
        (b"<html>It works!</html>", "text/html", True),
        (b"", "application/json", True),
        (b'{"data": 3}', "application/json", False),
        (b'{"data": null}', "application/json", False),
        (b'{"other": []}', "application/json", False),
    ],
)
async def test_base_url_is_mentioned_only_for_responses_that_are_not_json(
    as_async: AsAsync, serve: Serve, body: bytes, kind: str, *, blamed: bool
) -> None:
    telnyx = Telnyx(
        api_key="KEY0123", base_url=serve(lambda *_: (200, {"content-type": kind}, body))
    )
    with pytest.raises(APIResponseError) as caught:
        await as_async(telnyx).models.list()
    assert ("base_url" in str(caught.value)) is blamed
    with pytest.raises(APIResponseError) as caught:
        await as_async(telnyx).chat.stream([])
    assert ("base_url" in str(caught.value)) is blamed
