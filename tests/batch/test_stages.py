"""Stages as functions of a batch: results, forms of batches, errors of single rows, pickles."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any, Literal

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.rate_limiters import BaseRateLimiter
from pydantic import BaseModel
from recording_helpers import WAV, recording, transcribed

from langchain_telnyx import ChatTelnyx, Telnyx, TelnyxEmbeddings, TelnyxVectorStore
from langchain_telnyx.batch import AddToStore, Analyze, Chat, Embed, Stage, Transcribe, recordings
from langchain_telnyx.batch.embed import decoded, encoded
from langchain_telnyx.errors import AuthenticationError, ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.batch.conftest import Runner

pytestmark = pytest.mark.default_quirks("They count requests.", "rate_limited_share")


class Booking(BaseModel):
    """What the caller books."""

    name: str
    guests: int
    price: float | None
    confirmed: bool
    kind: Literal["table", "room"]
    wishes: list[str]


BOOKING = {
    "name": "Ann",
    "guests": 4,
    "price": None,
    "confirmed": True,
    "kind": "table",
    "wishes": ["window"],
}


class Counting(BaseRateLimiter):
    """Counts the requests that it admits."""

    def __init__(self) -> None:
        self.admitted = 0

    def acquire(self, *, blocking: bool = True) -> bool:
        self.admitted += 1
        return blocking

    async def aacquire(self, *, blocking: bool = True) -> bool:
        return self.acquire(blocking=blocking)


def test_recordings_of_a_folder_are_transcribed(
    emulator: TelnyxEmulator, runner: Runner, tmp_path: Path
) -> None:
    for number in range(3):
        tmp_path.joinpath(f"{number}.wav").write_bytes(recording(1 + number))
        emulator.transcript(f"{number}.wav", f"Call number {number}.")
    tmp_path.joinpath("odd.wav").write_bytes(b"")
    stage = Transcribe(price_per_minute=0.6, **emulator.options())
    found = runner.call(stage, recordings(tmp_path))
    assert [row["text"] for row in found] == [
        *(f"Call number {number}." for number in range(3)),
        None,
    ]
    assert [row["duration"] for row in found[:3]] == [1.0, 2.0, 3.0]
    assert [row["cost"] for row in found] == [0.01, 0.02, 0.03, 0.0]
    assert [row["error"] for row in found[:3]] == [None] * 3
    assert found[3]["error"].startswith("ValueError: ")
    assert found[3]["path"].endswith("odd.wav")
    assert transcribed(emulator) == 3


def test_recordings_of_a_bucket_and_bytes_are_transcribed(
    emulator: TelnyxEmulator, runner: Runner
) -> None:
    telnyx = Telnyx(**emulator.options())
    telnyx.storage.create_bucket("calls")
    telnyx.storage.put_object("calls", "a/1.wav", WAV)
    emulator.transcript("1.wav", "From the bucket.")
    emulator.transcript("2.wav", "From bytes.")
    rows = recordings(bucket="calls", client=telnyx)
    assert [(row["bucket"], row["key"], row["size"]) for row in rows] == [
        ("calls", "a/1.wav", len(WAV))
    ]
    rows.append({"path": "2.wav", "bytes": WAV})
    found = runner.call(Transcribe(client=telnyx), rows)
    assert [row["text"] for row in found] == ["From the bucket.", "From bytes."]


def test_the_manifest_of_the_loader_is_that_of_the_stage(
    emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    from langchain_telnyx import TelnyxTranscriptionLoader  # noqa: PLC0415

    tmp_path.joinpath("1.wav").write_bytes(WAV)
    emulator.transcript("1.wav", "Hello.")
    manifest = tmp_path / "m.jsonl"
    loader = TelnyxTranscriptionLoader(tmp_path / "1.wav", manifest=manifest, **emulator.options())
    [document] = loader.load()
    stage = Transcribe(manifest=manifest, **emulator.options())
    assert stage({"path": [str(tmp_path / "1.wav")]})["text"] == [document.page_content]
    assert transcribed(emulator) == 1


@pytest.mark.default_quirks("It reads the costs of answers.", "usage_absent")
def test_properties_of_a_schema_become_columns(emulator: TelnyxEmulator, runner: Runner) -> None:
    emulator.say(json.dumps(BOOKING))
    stage = Analyze(Booking, chat_model=ChatTelnyx(**emulator.options()))
    found = runner.call(stage, {"text": ["A table for 4, please."], "price_list": ["old"]})
    assert found.pop("cost")[0] > 0
    assert found == {
        "text": ["A table for 4, please."],
        "price_list": ["old"],
        "error": [None],
        "name": ["Ann"],
        "guests": [4],
        "price": [None],
        "confirmed": [True],
        "kind": ["table"],
        "wishes": ['["window"]'],
        "insight": [json.dumps(BOOKING, separators=(",", ":"))],
    }
    assert stage.columns == {
        "name": "string",
        "guests": "int64",
        "price": "double",
        "confirmed": "bool",
        "kind": "string",
        "wishes": "string",
        "insight": "string",
    }


@pytest.mark.default_quirks("It reads the costs of answers.", "usage_absent")
def test_an_answer_that_does_not_fit_is_returned_with_its_cost(
    emulator: TelnyxEmulator, runner: Runner, tmp_path: Path
) -> None:
    for _ in range(5):  # the model asks in other ways, too
        emulator.say("not JSON", optional=True)
    model = ChatTelnyx(**emulator.options())
    stage = Analyze(Booking, chat_model=model, max_attempts=1, manifest=tmp_path / "m.jsonl")
    [row] = runner.call(stage, [{"text": "Hi"}])
    assert row["insight"] == "not JSON"
    assert row["guests"] is None
    assert row["error"]
    assert row["cost"] > 0
    emulator.reset("script")
    emulator.say(json.dumps(BOOKING))
    [again] = runner.call(stage, [{"text": "Hi"}])  # a failure is not stored
    assert (again["guests"], again["error"]) == (4, None)


def test_chat_fills_its_prompt_with_columns(emulator: TelnyxEmulator, runner: Runner) -> None:
    emulator.say("A moon.", when="What is Titan")
    emulator.say("A planet.", when="What is Mars")
    prompt = ChatPromptTemplate([("system", "In {words} words."), ("human", "What is {name}?")])
    model = ChatTelnyx(**emulator.options())
    stage = Chat(prompt, chat_model=model, output_column="reply")
    rows = [{"name": "Titan", "words": 2}, {"name": "Mars", "words": 2}, {"name": "Io"}]
    found = runner.call(stage, rows)
    assert [row["reply"] for row in found] == ["A moon.", "A planet.", None]
    assert found[2]["error"] == (
        "ValueError: The prompt needs the column 'words'; the row has 'name', 'reply', 'error', "
        "'cost'."
    )


def test_models_of_other_providers_work_without_costs(runner: Runner, tmp_path: Path) -> None:
    model = FakeListChatModel(responses=["first", "second"])
    stage = Chat("{text}", chat_model=model, max_concurrency=1, manifest=tmp_path / "m.jsonl")
    batch = {"text": ["a", "b"]}
    for _ in range(2):
        found = runner.call(stage, batch)
        assert (found["answer"], found["cost"]) == (["first", "second"], [0.0, 0.0])


def test_an_error_of_another_provider_is_that_of_its_row(runner: Runner) -> None:
    class Unavailable(Exception):  # noqa: N818 - as a provider may name it
        pass

    class Model(FakeListChatModel):
        def _call(self, *_: Any, **__: Any) -> str:
            raise Unavailable("try later")

    found = runner.call(Chat("{text}", chat_model=Model(responses=["x"])), {"text": ["a"]})
    assert found["error"] == ["Unavailable: try later"]


def test_texts_are_embedded_in_few_requests(
    emulator: TelnyxEmulator, runner: Runner, tmp_path: Path
) -> None:
    embeddings = TelnyxEmbeddings(chunk_size=4, **emulator.options())
    stage = Embed(
        embeddings=embeddings, price_per_million_tokens=1000, manifest=tmp_path / "m.jsonl"
    )
    texts = [f"moon {number}" for number in range(8)]
    found = runner.call(stage, {"text": [*texts, " "]})
    assert found["embedding"][:8] == embeddings.embed_documents(texts)
    assert found["embedding"][8] is None
    assert found["error"][8] == "ValueError: The text in the column 'text' is blank."
    assert all(0 < cost < 0.1 for cost in found["cost"][:8])
    sent = len(emulator.requests)
    more = runner.call(stage, {"text": ["new", *texts]})
    assert more["embedding"][1:] == found["embedding"][:8]
    assert len(emulator.requests) == sent + 1


@pytest.mark.parametrize("vector", [[0.5, -1.25, 0.0], [0.1, 1e300, -2.0], [1e-12]])
def test_vectors_in_manifests_are_exact(vector: list[float]) -> None:
    assert decoded(json.loads(json.dumps(encoded(vector)))) == vector


def test_texts_are_added_to_a_store_and_odd_ones_are_not(
    emulator: TelnyxEmulator, runner: Runner, tmp_path: Path
) -> None:
    stage = AddToStore(
        "moons", metadata=["planet"], manifest=tmp_path / "m.jsonl", **emulator.options()
    )
    rows = [
        {"text": "Titan is a moon.", "planet": "Saturn"},
        {"text": "  ", "planet": "Mars"},
        {"text": "Io is a moon.", "planet": "Jupiter"},
        {"text": "Luna is a moon."},
        {"text": "Half \ud800 of a pair.", "planet": "none"},
    ]
    found = runner.call(stage, rows)
    assert [row["error"] is None for row in found] == [True, False, True, False, False]
    store = TelnyxVectorStore("moons", **emulator.options())
    documents = store.get_by_ids([found[0]["document_id"], found[2]["document_id"]])
    assert [(document.page_content, document.metadata) for document in documents] == [
        ("Titan is a moon.", {"planet": "Saturn"}),
        ("Io is a moon.", {"planet": "Jupiter"}),
    ]
    puts = [request for request in emulator.requests if request.method == "PUT"]
    again = runner.call(stage, rows)
    assert [row["document_id"] for row in again] == [row["document_id"] for row in found]
    assert [request for request in emulator.requests if request.method == "PUT"] == puts


def test_a_row_with_an_error_is_skipped_by_later_stages(
    emulator: TelnyxEmulator, runner: Runner
) -> None:
    stage = Chat("{text}", chat_model=ChatTelnyx(**emulator.options()))
    rows = [{"text": "a", "error": "ValueError: odd", "cost": 0.5}, {"text": "b", "error": None}]
    found = runner.call(stage, rows)
    assert found[0] == {"text": "a", "error": "ValueError: odd", "cost": 0.5, "answer": None}
    assert found[1]["answer"]
    assert len(emulator.requests) == 1


def test_a_refused_row_does_not_affect_the_others(emulator: TelnyxEmulator, runner: Runner) -> None:
    emulator.fail(400, when="bad", times=1)
    model = ChatTelnyx(max_retries=0, **emulator.options())
    found = runner.call(Chat("{text}", chat_model=model), {"text": ["good", "bad", "fine"]})
    assert [error is None for error in found["error"]] == [True, False, True]
    assert found["error"][1].startswith("TelnyxBadRequestError: ")
    assert emulator.api_key not in found["error"][1]
    assert found["text"] == ["good", "bad", "fine"]


def test_a_wrong_key_ends_the_batch_with_the_rows(emulator: TelnyxEmulator, runner: Runner) -> None:
    options = {**emulator.options(), "api_key": "KEYwrong"}
    stage = Chat("{text}", chat_model=ChatTelnyx(**options), max_concurrency=2)
    with pytest.raises(AuthenticationError) as raised:
        runner.call(stage, {"text": [f"row {number}" for number in range(20)]})
    assert len(raised.value.partial) == 20
    assert len(emulator.requests) <= 4  # and none after the first response


def test_a_missing_key_is_reported(runner: Runner, emulator: TelnyxEmulator) -> None:
    model = ChatTelnyx(api_key=emulator.api_key, base_url="http://127.0.0.1:9")
    stage = pickle.loads(pickle.dumps(Chat("{text}", chat_model=model)))  # noqa: S301 - our own
    with pytest.raises(ConfigurationError, match="TELNYX_API_KEY"):
        stage.check()
    with pytest.raises(ConfigurationError, match="TELNYX_API_KEY"):
        runner.call(stage, {"text": ["a"]})


def test_existing_columns_are_not_overwritten(runner: Runner) -> None:
    stage = Chat("{text}", chat_model=FakeListChatModel(responses=["x"]))
    with pytest.raises(ConfigurationError, match="'answer', which the rows already have"):
        runner.call(stage, {"text": ["a"], "answer": ["mine"]})


def stages(emulator: TelnyxEmulator) -> list[Stage]:
    key = {"api_key": emulator.api_key, "base_url": "http://127.0.0.1:9"}
    return [
        Transcribe(model="deepgram/nova-3", **key),  # type: ignore[arg-type]
        Analyze({"name": "topic", "instructions": "The topic."}, chat_model=ChatTelnyx(**key)),  # type: ignore[arg-type]
        Chat("{text}", chat_model=ChatTelnyx(**key)),  # type: ignore[arg-type]
        Embed(embeddings=TelnyxEmbeddings(**key)),  # type: ignore[arg-type]
        AddToStore("moons", **key),  # type: ignore[arg-type]
    ]


def test_pickles_have_no_key_and_read_it_where_they_are_loaded(
    emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stage in stages(emulator):
        stage.check()
        pickled = pickle.dumps(stage)
        assert emulator.api_key.encode() not in pickled, stage
        assert emulator.api_key not in f"{stage!r} {vars(stage)}", stage
        loaded = pickle.loads(pickled)  # noqa: S301 - our own
        assert loaded.result_columns == stage.result_columns
        with pytest.raises(ConfigurationError):
            loaded.check()
    monkeypatch.setenv("TELNYX_API_KEY", "KEYworker")
    for stage in stages(emulator):
        pickle.loads(pickle.dumps(stage)).check()  # noqa: S301 - our own


def test_requests_wait_for_the_rate_limiter_and_saved_ones_do_not(
    emulator: TelnyxEmulator, runner: Runner, tmp_path: Path
) -> None:
    limiter = Counting()
    tmp_path.joinpath("1.wav").write_bytes(WAV)
    emulator.transcript("1.wav", "Hello.")
    options: dict[str, Any] = {"manifest": tmp_path / "m.jsonl", "rate_limiter": lambda: limiter}
    model = ChatTelnyx(**emulator.options())
    for _ in range(2):
        runner.call(
            Transcribe(**options, **emulator.options()), {"path": [str(tmp_path / "1.wav")]}
        )
        runner.call(Chat("{text}", chat_model=model, **options), {"text": ["a", "b"]})
        embed = Embed(embeddings=TelnyxEmbeddings(**emulator.options()), **options)
        runner.call(embed, {"text": ["a", "b"]})
    assert limiter.admitted == 1 + 2 + 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Transcribe(mode="words", api_key="KEYx"), "`mode` must be 'text'"),  # type: ignore[arg-type]
        (lambda: Transcribe(max_concurrency=0, api_key="KEYx"), "`max_concurrency` must be at"),
        (lambda: Chat("Hello", chat_model=FakeListChatModel(responses=[""])), "names no column"),
        (
            lambda: Analyze(
                {"title": "T", "description": "D", "properties": {"cost": {"type": "number"}}},
                chat_model=FakeListChatModel(responses=[""]),
            ),
            "property 'cost'",
        ),
    ],
)
def test_invalid_options_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make()


@pytest.mark.parametrize("batch", [3, "text", [1], {"a": [1], "b": [1, 2]}])
def test_invalid_batches_are_refused(batch: Any) -> None:
    stage = Chat("{text}", chat_model=FakeListChatModel(responses=["x"]))
    with pytest.raises((TypeError, ValueError)):
        stage(batch)
