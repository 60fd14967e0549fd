"""Tools for the files of buckets: what they find, and what they tell when they cannot."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_telnyx import (
    TelnyxClustersTool,
    TelnyxListBucketsTool,
    TelnyxListFilesTool,
    TelnyxSearchTool,
    TelnyxSummarizeTool,
    TelnyxTranscribeTool,
    TelnyxVectorStore,
)
from langchain_telnyx.emulator.runtime.pace import after_polls, immediately

if TYPE_CHECKING:
    from tests.tools.conftest import Hands, World


def test_buckets_are_listed_with_whether_they_can_be_searched(world: World, hands: Hands) -> None:
    world.telnyx.bucket_embeddings.embed("minutes")
    answer = hands.call("list_buckets")
    assert "minutes: can be searched\nrecipes: cannot be searched" in answer.text
    told = [(each["name"], each["embedded"]) for each in answer.artifact["buckets"]]
    assert told == [("minutes", True), ("recipes", False)]


def test_files_are_listed_by_their_exact_names(embedded: World, hands: Hands) -> None:
    long, odd = "deep/" * 90 + "notes.txt", "two\nlines.txt"
    for key in (long, odd):
        embedded.telnyx.storage.put_object("recipes", key, b"Text.")
    answer = hands.call("list_files", bucket="recipes")
    assert "bread.txt: 28 bytes, 2026-01-01 00:00:00Z, embedding: success\n" in answer.text
    assert f"{long}: 5 bytes" in answer.text
    assert "'two\\nlines.txt': 5 bytes" in answer.text
    assert [file["key"] for file in answer.artifact["files"]] == [
        "bread.txt",
        "calls/call.wav",
        long,
        odd,
    ]
    fewer = hands.call("list_files", bucket="recipes", prefix="calls/")
    assert [file["key"] for file in fewer.artifact["files"]] == ["calls/call.wav"]


def test_a_list_of_files_says_when_there_are_more(world: World, hands: Hands) -> None:
    tool = TelnyxListFilesTool(bucket="recipes", limit=1, **hands.options)
    answer = hands.use(tool)
    assert answer.text.startswith("1 file; there are more.\n")
    assert answer.text.endswith("Give a `prefix` to see others.")
    assert "cannot be searched" in answer.text
    assert len(world.emulator.requests[-2].body) == 0


@pytest.mark.usefixtures("embedded")
def test_a_bucket_that_cannot_be_searched_does_not_hide_the_others(hands: Hands) -> None:
    tool = TelnyxSearchTool(buckets=["nowhere", "minutes"], limit=1, **hands.options)
    answer = hands.use(tool, query="Which moon of Saturn is the largest?")
    assert "Titan is the largest moon" in answer.text
    assert answer.text.endswith("These buckets could not be searched: nowhere.")
    assert answer.artifact["unsearched"] == ["nowhere"]
    neither = hands.call("search", query="Moons", buckets=["nowhere", "neither"])
    assert (neither.status, "cannot be searched" in neither.text) == ("error", True)


@pytest.mark.usefixtures("embedded")
def test_a_search_merges_buckets_and_names_the_place(hands: Hands) -> None:
    tool = TelnyxSearchTool(buckets=["minutes", "recipes"], limit=2, **hands.options)
    answer = hands.use(tool, query="Which moon of Saturn is the largest?")
    passages = answer.artifact["passages"]
    assert [each["bucket"] for each in passages] == ["minutes", "recipes"]
    assert passages[0]["text"].startswith("Titan is the largest moon of Saturn.")
    certainties = [each["certainty"] for each in passages]
    assert certainties == sorted(certainties, reverse=True)
    assert f"[1] minutes, moons.txt (certainty {certainties[0]:.2f}): Titan" in answer.text
    one = hands.use(tool, query="What needs flour?", buckets=["recipes"], limit=1)
    assert [each["filename"] for each in one.artifact["passages"]] == ["bread.txt"]
    strict = tool.model_copy(update={"score_threshold": 1.0})
    assert hands.use(strict, query="What needs flour?").artifact["passages"] == []


def test_a_mere_string_is_what_is_looked_for(embedded: World) -> None:
    tool = TelnyxSearchTool(bucket="minutes", limit=1, **embedded.emulator.options())
    assert "Titan is the largest moon" in tool.invoke("Saturn's largest moon")


def test_documents_of_a_vector_store_come_with_their_metadata(world: World, hands: Hands) -> None:
    store = TelnyxVectorStore("notes", **world.emulator.options())
    store.add_texts(["The bridge opens in May."], [{"page": 7}], ids=["note-1"])
    answer = hands.call("search", buckets=["notes"], query="When does the bridge open?")
    [passage] = answer.artifact["passages"]
    assert (passage["id"], passage["metadata"]) == ("note-1", {"page": 7})
    assert "[1] notes, document note-1 (certainty" in answer.text


def test_a_file_is_summarized_as_told(world: World, hands: Hands) -> None:
    tool = TelnyxSummarizeTool(bucket="minutes", instructions="In one sentence.", **hands.options)
    answer = hands.use(tool, filename="moons.txt")
    assert answer.artifact["summary"] in answer.text
    told = json.loads(world.emulator.requests[-1].body)
    assert told["system_prompt"] == "In one sentence."
    hands.use(tool, filename="moons.txt", instructions="Three bullet points.")
    assert json.loads(world.emulator.requests[-1].body)["system_prompt"] == "Three bullet points."


def test_a_recording_is_transcribed_with_speakers(world: World, hands: Hands) -> None:
    tool = TelnyxTranscribeTool(
        model="deepgram/nova-3", model_options={"diarize": True}, **hands.options
    )
    answer = hands.use(tool, bucket="recipes", filename="calls/call.wav", language="en-US")
    lines = answer.text.splitlines()
    assert any(line.endswith("] Speaker 0: How can I help?") for line in lines)
    assert any(line.endswith("] Speaker 1: I want a refund.") for line in lines)
    assert answer.artifact["text"] == "How can I help? I want a refund."
    assert b'filename="call.wav"' in world.emulator.requests[-1].body
    plain = hands.call("transcribe_file", bucket="recipes", filename="calls/call.wav")
    assert "\nHow can I help? I want a refund.\n" in plain.text


def last_body(world: World) -> str:
    return world.emulator.requests[-1].body.decode("latin-1")


def test_an_agent_may_ask_when_and_who(world: World, hands: Hands) -> None:
    call = {"bucket": "recipes", "filename": "calls/call.wav"}
    who = hands.call("transcribe_file", diarize=True, **call)
    assert "\n[00:00] Speaker 0: How can I help?\n" in who.text
    assert "] Speaker 1: I want a refund.\n" in who.text
    assert '{"diarize": true}' in last_body(world)
    assert who.artifact["model"] == "deepgram/nova-3"
    when = hands.call("transcribe_file", timestamps=True, **call)
    assert "\n[00:00] How can I help?" in when.text
    assert "peaker" not in when.text
    chosen = hands.call("transcribe_file", diarize=True, model="reson8/prerecorded", **call)
    assert "Speaker 1: I want a refund." in chosen.text
    assert "reson8/prerecorded" in last_body(world)
    asked = len(world.emulator.requests)
    unable = hands.call("transcribe_file", diarize=True, model="nvidia/parakeet-v3", **call)
    assert unable.status == "error"
    assert "nvidia/parakeet-v3 returns no speakers: leave `model` out" in unable.text
    assert "deepgram/nova-3" in unable.text
    assert len(world.emulator.requests) == asked


def test_a_model_is_used_that_takes_the_format_and_returns_speakers(
    world: World, hands: Hands
) -> None:
    world.telnyx.storage.put_object("recipes", "call.ogg", b"OggS" + bytes(60))
    hands.call("transcribe_file", diarize=True, bucket="recipes", filename="call.ogg")
    assert "reson8/prerecorded" in last_body(world)


def test_the_tools_own_model_keeps_its_options_and_others_do_not_get_them(
    world: World, hands: Hands
) -> None:
    tool = TelnyxTranscribeTool(
        bucket="recipes",
        model="deepgram/nova-2",
        model_options={"smart_format": True},
        **hands.options,
    )
    hands.use(tool, filename="calls/call.wav", diarize=True)
    assert '{"smart_format": true, "diarize": true}' in last_body(world)
    hands.use(tool, filename="calls/call.wav", model="deepgram/nova-3")
    assert "smart_format" not in last_body(world)


def test_the_answer_says_what_a_model_did_not_return(hands: Hands) -> None:
    def plain(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("transcriptions"):
            return httpx.Response(200, json={"text": "How can I help?", "words": None})
        return httpx.Response(200, headers={"etag": '"1"', "content-length": "4"}, content=b"RIFF")

    transport = httpx.MockTransport(plain)
    tool = TelnyxTranscribeTool(
        bucket="recipes",
        model="somebodys/model",
        api_key="KEY",
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
    )
    answer = hands.use(tool, filename="calls/call.wav", diarize=True)
    assert "\nHow can I help?\n" in answer.text
    assert answer.text.endswith("The model somebodys/model returned no times and no speakers.")


def test_clusters_are_computed_and_read_again(world: World, hands: Hands) -> None:
    billing = ["invoice", "payment", "refund", "charge", "card"]
    network = ["signal", "antenna", "router", "wifi", "coverage"]
    for words in (billing, network):
        passages = (
            f"The {a} and the {b} and the {c}." for a, b, c in itertools.combinations(words, 3)
        )
        text = "\n\n".join(f"{passage:<60}" for passage in passages)
        world.telnyx.storage.put_object("minutes", f"{words[0]}.txt", text.encode())
    embeddings = world.telnyx.bucket_embeddings
    task = embeddings.embed("minutes", document_chunk_size=70, document_chunk_overlap_size=0)
    embeddings.wait(task.task_id)
    tool = TelnyxClustersTool(bucket="minutes", min_cluster_size=5, **hands.options)
    answer = hands.use(tool)
    clusters, task_id = answer.artifact["clusters"], answer.artifact["task_id"]
    assert len(clusters) == 2
    assert sum(each["total_number_of_nodes"] for each in clusters) == 20
    for cluster in clusters:
        assert f"{cluster['cluster_header']} (10 passages): " in answer.text
        assert f"  e.g. {cluster['nodes'][0]['filename']}: " in answer.text
    before = len(world.telnyx.send(world.telnyx.calls.clusters.list().call(None)).items)
    again = hands.use(tool, task_id=task_id)
    assert again.text == answer.text
    assert len(world.telnyx.send(world.telnyx.calls.clusters.list().call(None)).items) == before
    other = hands.use(tool, bucket="recipes", task_id=task_id)
    assert (other.status, "does not belong to the bucket recipes" in other.text) == ("error", True)


def test_clusters_that_are_not_ready_can_be_read_later(embedded: World, hands: Hands) -> None:
    embedded.emulator.account.jobs.pace = after_polls(2)
    hurried = TelnyxClustersTool(bucket="minutes", wait_timeout=0.01, **hands.options)
    late = hands.use(hurried)
    assert late.status == "error"
    assert "not ready after 0.01 s" in late.text
    task_id = late.text.rpartition("task_id=")[2].rstrip(".")
    patient = TelnyxClustersTool(bucket="minutes", **hands.options)
    embedded.emulator.account.jobs.pace = immediately()
    found = hands.use(patient, task_id=task_id)
    assert (found.status, found.artifact["task_id"]) == ("success", task_id)


MISSING: list[tuple[str, dict[str, Any], str]] = [
    ("list_files", {"bucket": "nowhere"}, "telnyx_list_buckets"),
    ("search", {"buckets": ["nowhere"], "query": "Moons"}, "telnyx_list_buckets"),
    ("summarize_file", {"bucket": "minutes", "filename": "no.txt"}, "telnyx_list_files"),
    ("transcribe_file", {"bucket": "minutes", "filename": "no.wav"}, "telnyx_list_files"),
    ("bucket_clusters", {"bucket": "nowhere"}, "telnyx_list_buckets"),
    ("list_files", {}, "Name the bucket: telnyx_list_buckets"),
    ("search", {"query": "Moons"}, "Name the buckets: telnyx_list_buckets"),
    ("transcribe_file", {"bucket": "minutes", "filename": "moons"}, "Check the names"),
    ("transcribe_file", {"bucket": "minutes", "filename": "moons.txt"}, "answered 400"),
]


def test_what_is_not_there_is_an_error_with_advice(hands: Hands) -> None:
    for name, arguments, advice in MISSING:
        answer = hands.call(name, **arguments)
        assert (answer.status, answer.artifact) == ("error", None), name
        assert advice in answer.text


def test_other_buckets_than_those_allowed_are_refused_before_anything_is_asked(
    world: World, hands: Hands
) -> None:
    tools = (
        (TelnyxListFilesTool, {"bucket": "recipes"}),
        (TelnyxSearchTool, {"buckets": ["minutes", "recipes"], "query": "Bread"}),
        (TelnyxSummarizeTool, {"bucket": "recipes", "filename": "bread.txt"}),
        (TelnyxTranscribeTool, {"bucket": "recipes", "filename": "calls/call.wav"}),
        (TelnyxClustersTool, {"bucket": "recipes"}),
    )
    asked = len(world.emulator.requests)
    for kind, arguments in tools:
        answer = hands.use(kind(buckets=["minutes"], **hands.options), **arguments)
        assert answer.status == "error"
        assert "You may not look into the bucket 'recipes', only into: minutes." in answer.text
    assert len(world.emulator.requests) == asked
    listed = hands.use(TelnyxListBucketsTool(buckets=["minutes"], **hands.options))
    assert [each["name"] for each in listed.artifact["buckets"]] == ["minutes"]
    # The one allowed is meant where none is named.
    files = hands.use(TelnyxListFilesTool(buckets=["minutes"], **hands.options))
    assert [each["key"] for each in files.artifact["files"]] == ["moons.txt"]
