"""Voicemails from audio to answers: synthesized, transcribed, searched, counted by an agent."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import shutil
import subprocess
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import ToolMessage

from langchain_telnyx import (
    ChatTelnyx,
    Telnyx,
    TelnyxInsights,
    TelnyxToolkit,
    TelnyxTranscriptionLoader,
    TelnyxVectorStore,
)
from langchain_telnyx.cli.chain import answer_chain
from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from langchain_core.documents import Document

VOICEMAILS = {
    "anna": "hello my name is anna the bill of this month is wrong and i would like to have the"
    " money back i am not happy about this",
    "internet": "good afternoon the internet at my house has been down for three days i have called"
    " four times and nobody helped me i am very angry",
    "price": "hello the price on my bill went up again nobody told me about the new price i think"
    " it is too expensive",
    "thanks": "hello i just want to say thank you the young man who came to my house yesterday was"
    " very friendly great service",
}
ABOUT = {
    "type": "object",
    "properties": {"about": {"type": "string", "enum": ["none", "bill", "internet"]}},
    "required": ["about"],
    "additionalProperties": False,
}
WEEK = 7 * 86_400


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(sockets=False) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the synthesized voicemails, with a pause after most sentences."""
    flite = shutil.which("flite")
    assert flite, "Run `make test-slow`, which installs flite."
    for name, words in VOICEMAILS.items():
        spoken = re.sub(r" (the bill|i am|i have|nobody told|i think|the young)", r". \1", words)
        file = tmp_path / f"{name}.wav"
        subprocess.run([flite, "-voice", "slt", "-t", spoken, "-o", str(file)], check=True)
    return tmp_path


def name_of(document: Document) -> str:
    return str(document.metadata["source"]).rpartition("/")[2].removesuffix(".wav")


def word_error_rate(reference: list[str], recognized: list[str]) -> float:
    """Return the share of inserted, omitted or replaced words."""
    row = list(range(len(recognized) + 1))
    for count, word in enumerate(reference, 1):
        before, row[0] = row[0], count
        for place, other in enumerate(recognized, 1):
            before, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, before + (word != other)),
            )
    return row[-1] / len(reference)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_voicemails_are_transcribed_searched_and_counted(
    emulator: TelnyxEmulator, folder: Path
) -> None:
    options = emulator.options()
    telnyx = Telnyx(**options)

    # Transcription, without scripted transcripts.
    loader = TelnyxTranscriptionLoader(folder, mode="words", manifest=folder / "m.jsonl", **options)
    words = asyncio.run(collected(loader))
    for name, reference in VOICEMAILS.items():
        recognized = [word.page_content for word in words if name_of(word) == name]
        assert word_error_rate(reference.split(), recognized) < 0.25, (name, recognized)
    # The manifest has the responses: another mode of the same model needs no request.
    count = len(emulator.requests)
    segments = TelnyxTranscriptionLoader(
        folder, mode="segments", manifest=folder / "m.jsonl", **options
    ).load()
    assert len(emulator.requests) == count
    for one, following in itertools.pairwise(words):
        if name_of(one) == name_of(following):
            assert one.metadata["end"] <= following.metadata["start"] + 0.02

    # The answer to a question has the passage, with its time in the recording.
    store = TelnyxVectorStore("voicemails", **options)
    store.add_documents(segments)
    retriever = store.as_retriever(search_kwargs={"k": 1})
    result = answer_chain(retriever, ChatTelnyx(**options)).invoke("Whose internet is down?")
    [passage] = result["documents"]
    assert name_of(passage) == "internet"
    assert "internet" in result["answer"]
    spoken = [word for word in words if name_of(word) == "internet"]
    [moment] = [word.metadata for word in spoken if word.page_content == "internet"]
    assert passage.metadata["start"] <= moment["start"] <= moment["end"] <= passage.metadata["end"]

    # The insights of the client and of the service are the same.
    insight = telnyx.insights.create(
        "Complaint", instructions="What is the complaint about?", json_schema=ABOUT
    )
    group = telnyx.insight_groups.create("After a call")
    telnyx.insight_groups.assign(group.id, insight.id)
    calls = {
        name: " ".join(each.page_content for each in segments if name_of(each) == name)
        for name in VOICEMAILS
    }
    finder = TelnyxInsights(insights=insight, **options)
    found = dict(zip(calls, finder.batch(list(calls.values())), strict=True))
    about = {name: one.values[insight.id] for name, one in found.items()}
    assert about == {
        "anna": {"about": "bill"},
        "internet": {"about": "internet"},
        "price": {"about": "bill"},
        "thanks": {"about": "none"},
    }
    file(telnyx, emulator, group.id, {"of an older week": "My bill is wrong. " + calls["price"]})
    clock: Any = emulator.account.clock  # a fake clock by default
    clock.advance(WEEK)
    file(telnyx, emulator, group.id, calls)

    # The agent's counts of last week are those of the database.
    monday = clock.now().date()
    arguments = {"insight": "Complaint", "fields": ["about"], "since": monday.isoformat()}
    emulator.call_tool("telnyx_count_insights", arguments)
    agent: Any = create_agent(ChatTelnyx(**options), TelnyxToolkit(**options).get_tools())
    question = {"messages": [("human", "What were callers unhappy about last week?")]}
    messages = asyncio.run(agent.ainvoke(question))["messages"]
    [result_message] = [message for message in messages if isinstance(message, ToolMessage)]
    counts = result_message.artifact["counts"]
    counted = {row["values"]["about"]: row["count"] for row in counts}
    assert counted == in_the_database(emulator, since=monday.isoformat())
    assert counted == {"bill": 2, "internet": 1, "none": 1}
    answered = dict(re.findall(r"about (\w+): (\d+)", messages[-1].text))
    assert {name: int(number) for name, number in answered.items()} == counted


async def collected(loader: TelnyxTranscriptionLoader) -> list[Document]:
    return [document async for document in loader.alazy_load()]


def file(telnyx: Telnyx, emulator: TelnyxEmulator, group: str, calls: dict[str, str]) -> None:
    """Store calls as ended conversations of the account."""
    for name, words in calls.items():
        conversation = telnyx.conversations.create(name=name)
        telnyx.conversations.add_message(conversation.id, "user", words)
        emulator.end_conversation(conversation.id, group)
        telnyx.conversations.wait_for_insights(conversation.id)


def in_the_database(emulator: TelnyxEmulator, *, since: str) -> Counter[str]:
    """Count in the emulator's database, without the API and the tools."""
    rows = emulator.account.store.rows(
        "SELECT fields FROM insight_results JOIN insight_runs ON run_id = insight_runs.id "
        "WHERE insight_runs.created_at >= ?",
        since,
    )
    return Counter(json.loads(row["fields"])["about"] for row in rows)
