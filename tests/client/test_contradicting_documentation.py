"""Where the vendor's documents contradict each other, either reading works.

Some are tested elsewhere: the states of tasks and the forms of bucket lists
(test_bucket_embeddings), wrapped and bare conversations (test_conversations), both envelopes of a
presigned URL (test_presigned), epochs beyond ten (test_fine_tuning), first pages (test_insights,
test_clusters), rate-limit resets (test_errors), image forms, reasoning fields and guided decoding
(tests/vectorstores, tests/chat_models).
"""

import asyncio
import json
import queue
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.emulator.quirks import InsightWebhook, Quirks
from langchain_telnyx.emulator.server import TelnyxEmulator
from langchain_telnyx.webhooks import InsightsEvent, verify


def returning(body: object) -> Callable[..., tuple[int, dict[str, str], bytes]]:
    return lambda *_: (200, {"content-type": "application/json"}, json.dumps(body).encode())


@pytest.mark.parametrize("created", ["2026-07-01T12:00:00Z", 1782907200])
async def test_created_may_be_a_time_or_a_number(
    as_async: Callable[..., Any], serve: Callable[..., str], created: object
) -> None:
    catalogue = returning({"object": "list", "data": [{"id": "a/model", "created": created}]})
    [model] = await as_async(Telnyx(api_key="KEY", base_url=serve(catalogue))).models.list()
    assert model.created == datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "certainty"),
    [(0.18607724, 0.90696138), (2.0, 0.0), (0.0, 1.0)],
)
async def test_a_distance_may_be_two_and_certainty_may_be_missing(
    as_async: Callable[..., Any], serve: Callable[..., str], distance: float, certainty: float
) -> None:
    hits = returning({"data": [{"document_chunk": "x", "distance": distance, "metadata": {}}]})
    api = as_async(Telnyx(api_key="KEY", base_url=serve(hits)))
    [hit] = await api.bucket_embeddings.similarity_search("bucket", "query")
    assert hit.certainty == pytest.approx(certainty)


async def test_the_number_of_passages_has_the_schemas_name(
    api: Any, emulator: TelnyxEmulator, bucket: str
) -> None:
    task = await api.bucket_embeddings.embed(bucket, embedding_model="thenlper/gte-large")
    await api.bucket_embeddings.wait(task.task_id)
    await api.bucket_embeddings.similarity_search(bucket, "cat", num_of_docs=1)
    assert json.loads(emulator.requests[-1].body) == {
        "bucket_name": bucket,
        "query": "cat",
        "num_of_docs": 1,
    }


@pytest.mark.parametrize(
    "options",
    [
        {"model": "deepgram/nova-3", "language": "tlh"},
        {"model": "a/model-of-next-year"},
        {"model": "deepgram/nova-3", "model_config": {"utterances": True, "utterance": True}},
    ],
)
async def test_models_languages_and_settings_are_validated_by_the_service(
    as_async: Callable[..., Any], serve: Callable[..., str], options: dict[str, Any]
) -> None:
    sent: list[tuple[str, bytes]] = []

    def answer(_: str, path: str, __: dict[str, str], body: bytes) -> Any:
        sent.append((path, body))
        return 200, {"content-type": "application/json"}, b'{"text": "hello"}'

    api = as_async(Telnyx(api_key="KEY", base_url=serve(answer)))
    assert (await api.audio.transcribe(b"RIFF", filename="a.wav", **options)).text == "hello"
    [(path, body)] = sent
    # One document has `/v2/audio/transcriptions`, which has never worked.
    assert path == "/v2/ai/audio/transcriptions"
    for value in options.values():
        expected = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        assert expected.encode().replace(b" ", b"") in body.replace(b" ", b"")


@pytest.mark.parametrize("form", ["flat", "event"])
async def test_insight_webhooks_may_be_flat_or_voice_events(
    as_async: Callable[..., Any], serve: Callable[..., str], form: InsightWebhook
) -> None:
    got: queue.Queue[tuple[bytes, dict[str, str]]] = queue.Queue()

    def receive(_: str, __: str, headers: dict[str, str], body: bytes) -> Any:
        got.put((body, headers))
        return 200, {}, b""

    with TelnyxEmulator(sockets=False, quirks=Quirks(insight_webhook=form)) as emulator:
        api = as_async(Telnyx(**emulator.options()))
        schema = {
            "type": "object",
            "properties": {"guests": {"type": "integer"}},
            "required": ["guests"],
            "additionalProperties": False,
        }
        insight = await api.insights.create("Guests", instructions="How many?", json_schema=schema)
        group = await api.insight_groups.create("Calls", webhook=serve(receive))
        await api.insight_groups.assign(group.id, insight.id)
        call = await api.conversations.create()
        await api.conversations.add_message(call.id, "user", "We are 4 guests.")
        emulator.end_conversation(call.id, group.id)
        body, headers = await asyncio.to_thread(got.get, timeout=10)
        event = verify(body, headers, public_key=emulator.webhook_public_key)
    assert isinstance(event, InsightsEvent)
    assert event.insight_group_id == group.id
    [found] = event.conversation_insights
    assert (found.insight_id, found.value) == (insight.id, {"guests": 4})
    assert isinstance(found.result, dict if form == "flat" else str)
