"""Text messages are answered by text messages."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph

from langchain_telnyx.serve import Limits, TextMessages, current_call
from tests.serve.webhooks.support import NUMBER, PERSON, Echo, sent_texts, served, until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from langchain_telnyx.emulator import TelnyxEmulator

OTHER = "+13125550124"


async def test_a_message_gets_a_reply_from_the_number_it_was_sent_to(
    emulator: TelnyxEmulator,
) -> None:
    async with served(emulator, Echo().agent()) as app:
        response = await emulator.areceive_message(app, PERSON, NUMBER, "Hello")
        assert response.status == 200
        await until(lambda: len(emulator.messages_sent) == 1)
    sent = emulator.messages_sent[0]
    assert (sent.sender, sent.receiver, sent.text) == (NUMBER, PERSON, "You: Hello")


async def test_the_response_does_not_wait_for_the_agent(emulator: TelnyxEmulator) -> None:
    echo = Echo()
    echo.gate.clear()
    async with served(emulator, echo.agent()) as app:
        response = await emulator.areceive_message(app, PERSON, NUMBER, "Hello")
        assert response.status == 200
        await until(lambda: len(echo.received) == 1)
        assert emulator.messages_sent == []
        echo.gate.set()
    assert sent_texts(emulator) == ["You: Hello"]  # the shutdown waits for it


async def test_the_agent_reads_the_numbers_in_its_context(emulator: TelnyxEmulator) -> None:
    def agent(_: Any) -> str:
        call = current_call()
        return f"{call.channel} {call.caller} {call.number} {call.thread_id}"

    async with served(emulator, agent) as app:
        await emulator.areceive_message(app, PERSON, NUMBER, "Hello")
        await until(lambda: len(emulator.messages_sent) == 1)
    assert sent_texts(emulator) == [f"sms_chat {PERSON} {NUMBER} sms:{NUMBER}:{PERSON}"]


async def test_an_agent_without_memory_receives_the_stored_history(
    emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    echo, texts = Echo(), TextMessages(state=tmp_path / "state.sqlite3", history_messages=4)
    for count, word in enumerate(("one", "two", "three", "four"), 1):
        async with served(emulator, echo.agent(), texts=texts) as app:  # also across restarts
            await emulator.areceive_message(app, PERSON, NUMBER, word)
            await emulator.areceive_message(app, OTHER, NUMBER, f"other {word}")
            await until(lambda count=count: len(emulator.messages_sent) == 2 * count)  # type: ignore[misc]
    runs = [[message.text for message in run] for run in echo.received]
    own = [run for run in runs if not run[-1].startswith("other")]
    assert own == [
        ["one"],
        ["one", "You: one", "two"],
        ["one", "You: one", "two", "You: two", "three"],
        ["two", "You: two", "three", "You: three", "four"],
    ]


async def test_a_graph_with_a_checkpointer_has_one_thread_per_pair_of_numbers(
    emulator: TelnyxEmulator,
) -> None:
    graph = memory_graph(lambda messages: AIMessage(f"{len(messages)} messages"))
    async with served(emulator, graph) as app:
        for person in (PERSON, OTHER, PERSON):
            count = len(emulator.messages_sent)
            await emulator.areceive_message(app, person, NUMBER, "Hello")
            await until(lambda count=count: len(emulator.messages_sent) == count + 1)  # type: ignore[misc]
    assert sent_texts(emulator) == ["1 messages", "1 messages", "3 messages"]


def memory_graph(answer: Any) -> Any:
    async def node(state: MessagesState) -> dict[str, Any]:
        return {"messages": [answer(state["messages"])]}

    builder = StateGraph(MessagesState)
    builder.add_node("model", node)
    builder.add_edge(START, "model")
    return builder.compile(checkpointer=InMemorySaver())


async def test_images_of_a_message_are_content_blocks(emulator: TelnyxEmulator) -> None:
    echo = Echo()
    media = [
        ("https://media.example/cat.png", "image/png"),
        ("https://media.example/dog.jpg?x=1", ""),
        ("https://media.example/card.vcf", "text/vcard"),
    ]
    async with served(emulator, echo.agent()) as app:
        await emulator.areceive_message(app, PERSON, NUMBER, "Look", media=media)
        await until(lambda: len(emulator.messages_sent) == 1)
    (message,) = echo.received[0]
    assert isinstance(message, HumanMessage)
    blocks = [{**block, "id": None} for block in message.content_blocks]
    assert blocks == [
        {"type": "text", "text": "Look", "id": None},
        {"type": "image", "url": media[0][0], "mime_type": "image/png", "id": None},
        {"type": "image", "url": media[1][0], "mime_type": "image/jpeg", "id": None},
        {
            "type": "text",
            "text": f"The person sent a file (text/vcard): {media[2][0]}",
            "id": None,
        },
    ]


async def test_a_repeated_event_is_answered_once_also_after_a_restart(
    emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    texts = TextMessages(state=tmp_path / "state.sqlite3")
    for _ in range(2):
        async with served(emulator, Echo().agent(), texts=texts) as app:
            for _ in range(3):
                response = await emulator.areceive_message(
                    app, PERSON, NUMBER, "Hello", event_id="event-1"
                )
                assert response.status == 200
            await until(lambda: len(emulator.messages_sent) == 1)
    assert sent_texts(emulator) == ["You: Hello"]


async def test_a_thread_is_answered_in_order_and_threads_in_parallel(
    emulator: TelnyxEmulator,
) -> None:
    gates = {PERSON: asyncio.Event(), OTHER: asyncio.Event()}
    running = 0

    async def agent(messages: Sequence[BaseMessage]) -> str:
        nonlocal running
        running += 1
        await gates[str(current_call().caller)].wait()
        running -= 1
        return messages[-1].text

    async with served(emulator, agent) as app:
        for word in ("1", "2", "3"):
            await emulator.areceive_message(app, PERSON, NUMBER, word)
        await emulator.areceive_message(app, OTHER, NUMBER, "other")
        await until(lambda: running == 2)  # one per thread
        gates[OTHER].set()
        await until(lambda: sent_texts(emulator) == ["other"])
        gates[PERSON].set()
        await until(lambda: len(emulator.messages_sent) == 4)
    assert sent_texts(emulator) == ["other", "1", "2", "3"]


async def test_concurrency_is_bounded(emulator: TelnyxEmulator) -> None:
    running, most, gate = 0, 0, asyncio.Event()

    async def agent(_: Any) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1
        return "Done"

    texts = TextMessages(state=":memory:", concurrency=3)
    async with served(emulator, agent, texts=texts) as app:
        for person in range(20):
            await emulator.areceive_message(app, f"+131255502{person:02}", NUMBER, "Hello")
        await until(lambda: running == 3)
        gate.set()
        await until(lambda: len(emulator.messages_sent) == 20)
    assert most == 3


async def test_a_keyword_that_telnyx_answers_is_ignored(emulator: TelnyxEmulator) -> None:
    echo = Echo()
    async with served(emulator, echo.agent()) as app:
        for word in ("STOP", "help", "Start"):
            assert (await emulator.areceive_message(app, PERSON, NUMBER, word)).status == 200
        await emulator.areceive_message(app, PERSON, NUMBER, "Hello")
        await until(lambda: len(emulator.messages_sent) == 1)
    assert [run[-1].text for run in echo.received] == ["Hello"]


async def test_a_long_answer_is_sent_in_parts(emulator: TelnyxEmulator) -> None:
    sentence = "The quick brown fox jumps over the lazy dog. "
    texts = TextMessages(state=":memory:", part_characters=100)
    async with served(emulator, lambda _: sentence * 5, texts=texts) as app:
        await emulator.areceive_message(app, PERSON, NUMBER, "Hello")
        await until(lambda: len(emulator.messages_sent) == 3)
    two = (sentence * 2).strip()
    assert sent_texts(emulator) == [two, two, sentence.strip()]


async def test_a_reply_that_may_have_been_sent_is_not_sent_again(
    emulator: TelnyxEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.fail(503, path="/v2/messages")
    caplog.set_level(logging.ERROR)
    async with served(emulator, Echo().agent()) as app:
        event = (await emulator.areceive_message(app, PERSON, NUMBER, "Hello")).event_id
        await until(lambda: any(event in line for line in caplog.messages))
        await emulator.areceive_message(app, PERSON, NUMBER, "Again")
        await until(lambda: len(emulator.messages_sent) == 1)
    assert sent_texts(emulator) == ["You: Again"]
    (line,) = caplog.messages
    assert "may have been sent, and is not sent again" in line


async def test_a_refused_reply_is_logged(
    emulator: TelnyxEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(emulator, Echo().agent()) as app:
        await emulator.areceive_message(app, PERSON, NUMBER, "STOP")
        event = (await emulator.areceive_message(app, PERSON, NUMBER, "Hello")).event_id
        await until(lambda: any(f"{event}: the reply is not sent" in m for m in caplog.messages))
    assert "existing block rule" in caplog.text


async def test_a_failing_agent_sends_the_text_for_errors(
    emulator: TelnyxEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    def agent(_: Any) -> str:
        raise ValueError("broken")

    texts = TextMessages(state=":memory:", error_text="Please try again.")
    async with served(emulator, agent, texts=texts) as app:
        await emulator.areceive_message(app, PERSON, NUMBER, "Hello")
        await until(lambda: len(emulator.messages_sent) == 1)
    assert sent_texts(emulator) == ["Please try again."]
    assert "broken" in caplog.text


async def test_too_many_waiting_events_are_refused(emulator: TelnyxEmulator) -> None:
    echo = Echo()
    echo.gate.clear()
    texts = TextMessages(state=":memory:", most_waiting=2)
    async with served(emulator, echo.agent(), texts=texts) as app:
        statuses = [
            (await emulator.areceive_message(app, PERSON, NUMBER, "Hello")).status for _ in range(4)
        ]
        echo.gate.set()
        await until(lambda: len(emulator.messages_sent) == 2)
        assert (await emulator.areceive_message(app, PERSON, NUMBER, "Last")).status == 200
        await until(lambda: len(emulator.messages_sent) == 3)
    assert statuses == [200, 200, 503, 503]


async def test_a_run_that_the_shutdown_cancels_continues_after_the_start(
    emulator: TelnyxEmulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    texts, echo = TextMessages(state=tmp_path / "state.sqlite3"), Echo()
    echo.gate.clear()
    limits = Limits(drain_seconds=0.01)
    async with served(emulator, echo.agent(), texts=texts, limits=limits) as app:
        await emulator.areceive_message(app, PERSON, NUMBER, "Hello")
        await until(lambda: len(echo.received) == 1)
    assert "1 runs in progress" in caplog.text
    echo.gate.set()
    async with served(emulator, echo.agent(), texts=texts):
        await until(lambda: len(emulator.messages_sent) == 1)
    assert len(echo.received) == 2


async def test_a_second_process_refuses_webhooks(emulator: TelnyxEmulator, tmp_path: Path) -> None:
    texts = TextMessages(state=tmp_path / "state.sqlite3")
    async with (
        served(emulator, Echo().agent(), texts=texts) as first,
        served(emulator, Echo().agent(), texts=texts) as second,
    ):
        assert (await emulator.areceive_message(second, PERSON, NUMBER, "Hi")).status == 503
        assert (await emulator.areceive_message(first, PERSON, NUMBER, "Hi")).status == 200
        await until(lambda: len(emulator.messages_sent) == 1)
    async with served(emulator, Echo().agent(), texts=texts) as third:
        assert (await emulator.areceive_message(third, PERSON, NUMBER, "Hi")).status == 200
        await until(lambda: len(emulator.messages_sent) == 2)


async def test_only_the_owner_reads_the_state(emulator: TelnyxEmulator, tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite3"
    async with served(emulator, Echo().agent(), texts=TextMessages(state=path)):
        assert path.stat().st_mode & 0o777 == 0o600
