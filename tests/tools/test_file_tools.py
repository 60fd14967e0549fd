"""Tools for the files of buckets: their results and their errors."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import ValidationError

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
    from tests.tools.conftest import ToolUser, World


def test_buckets_are_listed_with_whether_they_can_be_searched(
    world: World, tool_user: ToolUser
) -> None:
    world.telnyx.bucket_embeddings.embed("minutes")
    answer = tool_user.call("list_buckets")
    assert "minutes: can be searched\nrecipes: cannot be searched" in answer.text
    buckets = [(each["name"], each["embedded"]) for each in answer.artifact["buckets"]]
    assert buckets == [("minutes", True), ("recipes", False)]


@pytest.mark.default_quirks(
    "It has a long key, and reads the word for a state.", "key_limit", "segment_limit", "file_words"
)
def test_files_are_listed_by_their_exact_names(embedded: World, tool_user: ToolUser) -> None:
    long, odd = "deep/" * 90 + "notes.txt", "two\nlines.txt"
    for key in (long, odd):
        embedded.telnyx.storage.put_object("recipes", key, b"Text.")
    answer = tool_user.call("list_files", bucket="recipes")
    assert "bread.txt: 28 bytes, 2026-01-01 00:00:00Z, embedding: success\n" in answer.text
    assert f"{long}: 5 bytes" in answer.text
    assert "'two\\nlines.txt': 5 bytes" in answer.text
    assert [file["key"] for file in answer.artifact["files"]] == [
        "bread.txt",
        "calls/call.wav",
        long,
        odd,
    ]
    fewer = tool_user.call("list_files", bucket="recipes", prefix="calls/")
    assert [file["key"] for file in fewer.artifact["files"]] == ["calls/call.wav"]


def test_a_list_of_files_reports_that_there_are_more(world: World, tool_user: ToolUser) -> None:
    tool = TelnyxListFilesTool(bucket="recipes", limit=1, **tool_user.options)
    answer = tool_user.use(tool)
    assert answer.text.startswith("1 file; there are more.\n")
    assert answer.text.endswith("Pass a `prefix` to list other files.")
    assert "cannot be searched" in answer.text
    assert len(world.emulator.requests[-2].body) == 0


@pytest.mark.usefixtures("embedded")
def test_a_bucket_that_cannot_be_searched_does_not_hide_the_others(tool_user: ToolUser) -> None:
    tool = TelnyxSearchTool(buckets=["nowhere", "minutes"], limit=1, **tool_user.options)
    answer = tool_user.use(tool, query="Which moon of Saturn is the largest?")
    assert "Titan is the largest moon" in answer.text
    assert answer.text.endswith("These buckets could not be searched: nowhere.")
    assert answer.artifact["unsearched"] == ["nowhere"]
    neither = tool_user.call("search", query="Moons", buckets=["nowhere", "neither"])
    assert (neither.status, "cannot be searched" in neither.text) == ("error", True)


@pytest.mark.usefixtures("embedded")
def test_a_search_merges_buckets_and_returns_bucket_and_file(tool_user: ToolUser) -> None:
    tool = TelnyxSearchTool(buckets=["minutes", "recipes"], limit=2, **tool_user.options)
    answer = tool_user.use(tool, query="Which moon of Saturn is the largest?")
    passages = answer.artifact["passages"]
    assert [each["bucket"] for each in passages] == ["minutes", "recipes"]
    assert passages[0]["text"].startswith("Titan is the largest moon of Saturn.")
    certainties = [each["certainty"] for each in passages]
    assert certainties == sorted(certainties, reverse=True)
    assert f"[1] minutes, moons.txt, line 1 (certainty {certainties[0]:.2f}): Titan" in answer.text
    one = tool_user.use(tool, query="What needs flour?", buckets=["recipes"], limit=1)
    assert [each["filename"] for each in one.artifact["passages"]] == ["bread.txt"]
    strict = tool.model_copy(update={"score_threshold": 1.0})
    assert tool_user.use(strict, query="What needs flour?").artifact["passages"] == []


def test_a_plain_string_is_the_query(embedded: World) -> None:
    tool = TelnyxSearchTool(bucket="minutes", limit=1, **embedded.emulator.options())
    assert "Titan is the largest moon" in tool.invoke("Saturn's largest moon")


def test_documents_of_a_vector_store_come_with_their_metadata(
    world: World, tool_user: ToolUser
) -> None:
    store = TelnyxVectorStore("notes", **world.emulator.options())
    store.add_texts(["The bridge opens in May."], [{"page": 7}], ids=["note-1"])
    answer = tool_user.call("search", buckets=["notes"], query="When does the bridge open?")
    [passage] = answer.artifact["passages"]
    assert (passage["id"], passage["metadata"]) == ("note-1", {"page": 7})
    assert "[1] notes, document note-1, line 1 (certainty" in answer.text


SHELVES = {f"shelf-{number}.txt": f"Shelf {number}.\nParts for pumps." for number in range(30)}


@pytest.fixture
def shelves(world: World) -> World:
    """Embed files that hardly differ, and one that names a part."""
    world.telnyx.storage.create_bucket("shelves")
    for key, text in {**SHELVES, "seal.txt": "Row 7.\nSeal XR-7741 for pumps."}.items():
        world.telnyx.storage.put_object("shelves", key, text.encode())
    world.embed("shelves")
    return world


@pytest.mark.usefixtures("shelves")
def test_rare_words_rank_first_and_passages_have_their_lines(tool_user: ToolUser) -> None:
    tool = TelnyxSearchTool(bucket="shelves", limit=1, **tool_user.options)
    [passage] = tool_user.use(tool, query="parts for pumps: XR-7741").artifact["passages"]
    assert (passage["filename"], passage["text"]) == ("seal.txt", "Row 7.\nSeal XR-7741 for pumps.")
    assert (passage["line"], passage["end_line"], passage["start_index"]) == (1, 2, 0)


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_without_lines_and_reranking_a_search_is_one_request(
    shelves: World, tool_user: ToolUser
) -> None:
    tool = TelnyxSearchTool(
        bucket="shelves", limit=2, rerank=None, locate=False, **tool_user.options
    )
    before = len(shelves.emulator.requests)
    passages = tool_user.use(tool, query="parts for pumps").artifact["passages"]
    assert len(shelves.emulator.requests) == before + 1
    assert len(passages) == 2
    assert all("line" not in passage for passage in passages)


def test_a_file_that_cannot_be_read_does_not_cost_the_passages(
    shelves: World, tool_user: ToolUser
) -> None:
    shelves.emulator.fail(403, path="/seal.txt")
    tool = TelnyxSearchTool(bucket="shelves", limit=1, **tool_user.options)
    answer = tool_user.use(tool, query="XR-7741")
    assert answer.status == "success"
    assert "[1] shelves, seal.txt (certainty" in answer.text
    assert "The lines of the passages could not be read" in answer.text


@pytest.mark.parametrize("rerank", ["bm26", 3])
def test_an_unknown_reranker_is_refused(rerank: Any) -> None:
    with pytest.raises(ValidationError, match="`rerank` must be 'bm25'"):
        TelnyxSearchTool(rerank=rerank)


def test_a_file_is_summarized_with_instructions(world: World, tool_user: ToolUser) -> None:
    tool = TelnyxSummarizeTool(
        bucket="minutes", instructions="In one sentence.", **tool_user.options
    )
    answer = tool_user.use(tool, filename="moons.txt")
    assert answer.artifact["summary"] in answer.text
    body = json.loads(world.emulator.requests[-1].body)
    assert body["system_prompt"] == "In one sentence."
    tool_user.use(tool, filename="moons.txt", instructions="Three bullet points.")
    assert json.loads(world.emulator.requests[-1].body)["system_prompt"] == "Three bullet points."


def test_a_recording_is_transcribed_with_speakers(world: World, tool_user: ToolUser) -> None:
    tool = TelnyxTranscribeTool(
        model="deepgram/nova-3", model_options={"diarize": True}, **tool_user.options
    )
    answer = tool_user.use(tool, bucket="recipes", filename="calls/call.wav", language="en-US")
    lines = answer.text.splitlines()
    assert any(line.endswith("] Speaker 0: How can I help?") for line in lines)
    assert any(line.endswith("] Speaker 1: I want a refund.") for line in lines)
    assert answer.artifact["text"] == "How can I help? I want a refund."
    assert b'filename="call.wav"' in world.emulator.requests[-1].body
    plain = tool_user.call("transcribe_file", bucket="recipes", filename="calls/call.wav")
    assert "\nHow can I help? I want a refund.\n" in plain.text


def last_body(world: World) -> str:
    return world.emulator.requests[-1].body.decode("latin-1")


def test_an_agent_can_request_times_and_speakers(world: World, tool_user: ToolUser) -> None:
    call = {"bucket": "recipes", "filename": "calls/call.wav"}
    with_speakers = tool_user.call("transcribe_file", diarize=True, **call)
    assert "\n[00:00] Speaker 0: How can I help?\n" in with_speakers.text
    assert "] Speaker 1: I want a refund.\n" in with_speakers.text
    assert '{"diarize": true}' in last_body(world)
    assert with_speakers.artifact["model"] == "deepgram/nova-3"
    with_times = tool_user.call("transcribe_file", timestamps=True, **call)
    assert "\n[00:00] How can I help?" in with_times.text
    assert "peaker" not in with_times.text
    other_model = tool_user.call(
        "transcribe_file", diarize=True, model="reson8/prerecorded", **call
    )
    assert "Speaker 1: I want a refund." in other_model.text
    assert "reson8/prerecorded" in last_body(world)
    before = len(world.emulator.requests)
    unable = tool_user.call("transcribe_file", diarize=True, model="nvidia/parakeet-v3", **call)
    assert unable.status == "error"
    assert "nvidia/parakeet-v3 returns no speakers. Leave `model` out" in unable.text
    assert "deepgram/nova-3" in unable.text
    assert len(world.emulator.requests) == before


def test_the_chosen_model_supports_the_format_and_returns_speakers(
    world: World, tool_user: ToolUser
) -> None:
    world.telnyx.storage.put_object("recipes", "call.ogg", b"OggS" + bytes(60))
    tool_user.call("transcribe_file", diarize=True, bucket="recipes", filename="call.ogg")
    assert "reson8/prerecorded" in last_body(world)


def test_model_options_apply_only_to_the_tools_own_model(world: World, tool_user: ToolUser) -> None:
    tool = TelnyxTranscribeTool(
        bucket="recipes",
        model="deepgram/nova-2",
        model_options={"smart_format": True},
        **tool_user.options,
    )
    tool_user.use(tool, filename="calls/call.wav", diarize=True)
    assert '{"smart_format": true, "diarize": true}' in last_body(world)
    tool_user.use(tool, filename="calls/call.wav", model="deepgram/nova-3")
    assert "smart_format" not in last_body(world)


def test_the_result_reports_what_the_model_did_not_return(tool_user: ToolUser) -> None:
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
    answer = tool_user.use(tool, filename="calls/call.wav", diarize=True)
    assert "\nHow can I help?\n" in answer.text
    assert answer.text.endswith("The model somebodys/model returned no times and no speakers.")


def test_topics_are_found_and_shown_again(world: World, tool_user: ToolUser) -> None:
    billing = ["invoice", "payment", "refund", "charge", "card"]
    network = ["signal", "antenna", "router", "wifi", "coverage"]
    for words in (billing, network):
        passages = (
            f"The {a} and the {b} and the {c}." for a, b, c in itertools.combinations(words, 3)
        )
        text = "\n\n".join(f"{passage:<60}" for passage in passages)
        world.telnyx.storage.put_object("minutes", f"{words[0]}.txt", text.encode())
    world.embed("minutes", document_chunk_size=70, document_chunk_overlap_size=0)
    tool = TelnyxClustersTool(bucket="minutes", min_cluster_size=5, **tool_user.options)
    answer = tool_user.use(tool)
    topics, task_id = answer.artifact["clusters"], answer.artifact["task_id"]
    assert len(topics) == 2
    assert sum(each["total_number_of_nodes"] for each in topics) == 20
    for topic in topics:
        assert f"{topic['cluster_header']} (10 passages): " in answer.text
        assert f"  e.g. {topic['nodes'][0]['filename']}: " in answer.text
    before = len(world.telnyx.send(world.telnyx.calls.clusters.list().call(None)).items)
    again = tool_user.use(tool, task_id=task_id)
    assert again.text == answer.text
    assert len(world.telnyx.send(world.telnyx.calls.clusters.list().call(None)).items) == before
    other = tool_user.use(tool, bucket="recipes", task_id=task_id)
    assert (other.status, "does not belong to the bucket recipes" in other.text) == ("error", True)


def test_late_topics_can_be_requested_again(embedded: World, tool_user: ToolUser) -> None:
    embedded.emulator.account.jobs.pace = after_polls(2)
    hurried = TelnyxClustersTool(bucket="minutes", wait_timeout=0.01, **tool_user.options)
    late = tool_user.use(hurried)
    assert late.status == "error"
    assert "not ready after 0.01 s" in late.text
    task_id = late.text.rpartition("task_id=")[2].rstrip(".")
    patient = TelnyxClustersTool(bucket="minutes", **tool_user.options)
    embedded.emulator.account.jobs.pace = immediately()
    found = tool_user.use(patient, task_id=task_id)
    assert (found.status, found.artifact["task_id"]) == ("success", task_id)


MISSING: list[tuple[str, dict[str, Any], str]] = [
    ("list_files", {"bucket": "nowhere"}, "telnyx_list_buckets"),
    ("search", {"buckets": ["nowhere"], "query": "Moons"}, "telnyx_list_buckets"),
    ("summarize_file", {"bucket": "minutes", "filename": "no.txt"}, "telnyx_list_files"),
    ("transcribe_file", {"bucket": "minutes", "filename": "no.wav"}, "telnyx_list_files"),
    ("bucket_clusters", {"bucket": "nowhere"}, "telnyx_list_buckets"),
    ("list_files", {}, "Pass a `bucket`: telnyx_list_buckets"),
    ("search", {"query": "Moons"}, "Pass `buckets`: telnyx_list_buckets"),
    ("transcribe_file", {"bucket": "minutes", "filename": "moons"}, "Check the names"),
    ("transcribe_file", {"bucket": "minutes", "filename": "moons.txt"}, "returned 400"),
]


def test_a_missing_resource_is_an_error_with_advice(tool_user: ToolUser) -> None:
    for name, arguments, advice in MISSING:
        answer = tool_user.call(name, **arguments)
        assert (answer.status, answer.artifact) == ("error", None), name
        assert advice in answer.text


def test_buckets_that_are_not_allowed_raise_before_any_request(
    world: World, tool_user: ToolUser
) -> None:
    tools = (
        (TelnyxListFilesTool, {"bucket": "recipes"}),
        (TelnyxSearchTool, {"buckets": ["minutes", "recipes"], "query": "Bread"}),
        (TelnyxSummarizeTool, {"bucket": "recipes", "filename": "bread.txt"}),
        (TelnyxTranscribeTool, {"bucket": "recipes", "filename": "calls/call.wav"}),
        (TelnyxClustersTool, {"bucket": "recipes"}),
    )
    before = len(world.emulator.requests)
    for kind, arguments in tools:
        answer = tool_user.use(kind(buckets=["minutes"], **tool_user.options), **arguments)
        assert answer.status == "error"
        assert "You may not read the bucket 'recipes', only: minutes." in answer.text
    assert len(world.emulator.requests) == before
    listed = tool_user.use(TelnyxListBucketsTool(buckets=["minutes"], **tool_user.options))
    assert [each["name"] for each in listed.artifact["buckets"]] == ["minutes"]
    # A single allowed bucket is the default.
    files = tool_user.use(TelnyxListFilesTool(buckets=["minutes"], **tool_user.options))
    assert [each["key"] for each in files.artifact["files"]] == ["moons.txt"]
