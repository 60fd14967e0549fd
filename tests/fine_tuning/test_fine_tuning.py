"""From conversations to a model that has learnt them, on both faces; and what cannot be learnt."""

from __future__ import annotations

import asyncio
import json
import pickle
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.load import dumpd
from langchain_core.messages import (
    AIMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
    messages_to_dict,
)
from langchain_core.prompt_values import ChatPromptValue
from langsmith.schemas import Example

from langchain_telnyx import (
    ConfigurationError,
    NotFoundError,
    ServerError,
    TaskError,
    TaskTimeoutError,
    Telnyx,
    TrainingDataError,
    afine_tune,
    aresume_fine_tuning,
    fine_tune,
    resume_fine_tuning,
    training_jsonl,
)
from langchain_telnyx.emulator import after_polls

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.client.api.fine_tuning import FineTuningJob
    from langchain_telnyx.emulator import TelnyxEmulator

BASE = "meta-llama/Meta-Llama-3.1-8B-Instruct"
ASKED, ANSWERED = HumanMessage("When are you open?"), AIMessage("From six in the morning.")
CHAT = [ASKED, ANSWERED]
WIRE = [
    {"role": "user", "content": "When are you open?"},
    {"role": "assistant", "content": "From six in the morning."},
]
CALL = ToolCall(name="hours", args={"day": "Monday"}, id="call_1")


@pytest.fixture(params=["sync", "async"])
def tune(request: pytest.FixtureRequest, emulator: TelnyxEmulator) -> Callable[..., Any]:
    def run(examples: Any = (CHAT,), **options: Any) -> Any:
        asked = {"model": BASE, "bucket": "training-1", **emulator.options(), **options}
        if request.param == "async":
            return asyncio.run(afine_tune(examples, **asked))
        return fine_tune(examples, **asked)

    return run


@pytest.fixture(params=["sync", "async"])
def resume(request: pytest.FixtureRequest, emulator: TelnyxEmulator) -> Callable[..., Any]:
    def run(job_id: str, **options: Any) -> Any:
        asked = {**emulator.options(), **options}
        if request.param == "async":
            return asyncio.run(aresume_fine_tuning(job_id, **asked))
        return resume_fine_tuning(job_id, **asked)

    return run


def lines(*examples: Any) -> list[Any]:
    return [json.loads(line) for line in training_jsonl(examples).decode().splitlines()]


def sent(emulator: TelnyxEmulator) -> list[str]:
    return [f"{request.method} {request.path}" for request in emulator.requests]


def test_a_model_learns_conversations(emulator: TelnyxEmulator, tune: Callable[..., Any]) -> None:
    told: list[tuple[str, str | None]] = []
    emulator.account.jobs.pace = after_polls(1)
    model = tune(suffix="bakery", n_epochs=2, on_job=lambda job: told.append((job.id, job.status)))
    assert model.invoke("When are you open?").text == "From six in the morning."
    assert model.model_name.endswith("-bakery")
    assert told[0] == (model.model_name, "queued")
    assert [status for _, status in told[1:]] == ["queued", "running", "succeeded"]
    [job] = Telnyx(**emulator.options()).fine_tuning.list()
    assert (job.training_file, job.hyperparameters.n_epochs) == ("training-1", 2)  # type: ignore[union-attr]  # there


def test_to_begin_again_replaces_what_was_uploaded(
    emulator: TelnyxEmulator, tune: Callable[..., Any]
) -> None:
    tune()
    tune()
    [file] = list(Telnyx(**emulator.options()).storage.list_objects("training-1"))
    assert file.key.startswith("training-")
    assert file.key.endswith(".jsonl")


def test_what_is_wrong_is_all_told_before_anything_is_sent(
    emulator: TelnyxEmulator, tune: Callable[..., Any]
) -> None:
    examples = [CHAT, [ASKED], CHAT, "text", [SystemMessage("x"), HumanMessage(""), AIMessage("")]]
    with pytest.raises(TrainingDataError) as caught:
        tune(examples)
    assert caught.value.defects == {
        1: ["no message is the assistant's, so there is nothing to learn."],
        3: ["a conversation was expected, not a str."],
        4: ["message 1 is empty.", "message 2 is the assistant's, and says and calls nothing."],
    }
    assert str(caught.value).splitlines()[:2] == [
        "3 of 5 examples cannot be trained on; nothing was sent:",
        "example 1: no message is the assistant's, so there is nothing to learn.",
    ]
    assert sent(emulator) == []
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert again.defects == caught.value.defects


def test_a_base_model_that_cannot_be_tuned_is_refused_before_the_upload(
    emulator: TelnyxEmulator, tune: Callable[..., Any]
) -> None:
    with pytest.raises(ConfigurationError, match=f"cannot be fine-tuned.*{BASE}"):
        tune(model="moonshotai/Kimi-K2.6")
    assert sent(emulator) == ["GET /v2/ai/openai/models"]


def test_a_model_that_the_catalogue_does_not_know_is_the_services_to_judge(
    emulator: TelnyxEmulator, tune: Callable[..., Any]
) -> None:
    with pytest.raises(NotFoundError, match="does not exist") as caught:
        tune(model="of/next-year")
    assert caught.value.__notes__[0].endswith("in the bucket 'training-1'.")
    emulator.fail(500, path="/ai/openai/models")
    assert tune(max_retries=0).invoke("When are you open?").text == ANSWERED.text


def test_a_bucket_with_other_objects_is_not_trained_on(
    emulator: TelnyxEmulator, tune: Callable[..., Any]
) -> None:
    storage = Telnyx(**emulator.options()).storage
    storage.create_bucket("training-1")
    storage.put_object("training-1", "letters.txt", b"Dear Ann")
    with pytest.raises(ConfigurationError, match=r"letters\.txt.*trained too"):
        tune()
    assert [found.key for found in storage.list_objects("training-1")] == ["letters.txt"]
    with pytest.raises(ValueError, match="is not a valid bucket name"):
        tune(bucket="No Bucket")


def test_a_job_can_be_waited_for_again(
    emulator: TelnyxEmulator, tune: Callable[..., Any], resume: Callable[..., Any]
) -> None:
    emulator.account.jobs.pace = after_polls(3)
    with pytest.raises(TaskTimeoutError) as caught:
        tune(wait_timeout=0)
    told: list[FineTuningJob] = []
    emulator.account.jobs.pace = after_polls(1)
    model = resume(caught.value.task_id, on_job=told.append)
    assert model.invoke("When are you open?").text == ANSWERED.text
    assert told[-1].status == "succeeded"
    with pytest.raises(NotFoundError):
        resume("no-such-job")


def test_a_job_that_was_cancelled_is_an_error_with_its_id(
    emulator: TelnyxEmulator, tune: Callable[..., Any]
) -> None:
    emulator.account.jobs.pace = after_polls(1)

    def cancel(job: FineTuningJob) -> None:
        emulator.account.jobs.end(job.id, "cancelled")

    with pytest.raises(TaskError, match=r"'cancelled': the API does not say why") as caught:
        tune(on_job=cancel)
    assert (caught.value.status, bool(caught.value.task_id)) == ("cancelled", True)


def test_a_failure_on_the_way_is_not_hidden(
    emulator: TelnyxEmulator, tune: Callable[..., Any]
) -> None:
    emulator.fail(500, path="/ai/fine_tuning/jobs")
    with pytest.raises(ServerError) as caught:
        tune(max_retries=0)
    assert "training file" in caught.value.__notes__[0]


def test_progress_is_shown_to_those_who_ask(
    tune: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    tune(show_progress=True)
    assert "Fine-tuning: 100%" in capsys.readouterr().err


@pytest.mark.parametrize(
    "example",
    [
        CHAT,
        tuple(CHAT),
        ChatPromptValue(messages=CHAT),
        [("human", "When are you open?"), ("ai", "From six in the morning.")],
        {"messages": WIRE},
        {"messages": messages_to_dict(CHAT)},
        {"messages": [dumpd(message) for message in CHAT]},
        {"inputs": {"messages": WIRE[:1]}, "outputs": {"message": WIRE[1]}},
        {"inputs": {"messages": [WIRE[:1]]}, "outputs": {"messages": WIRE}},
        {"inputs": {"input": "When are you open?"}, "outputs": {"output": ANSWERED.text}},
        {"inputs": {"query": "When are you open?"}, "outputs": {"reply": ANSWERED.text}},
        {"inputs": {"messages": CHAT[:1]}, "outputs": {"output": dumpd(ANSWERED)}},
        {
            "inputs": {"messages": messages_to_dict([ASKED])},
            "outputs": {"generations": [[{"text": "…", "message": dumpd(ANSWERED)}]]},
        },
        Example(
            id=uuid.UUID(int=1),
            inputs={"messages": WIRE[:1]},
            outputs={"message": WIRE[1]},
        ),
    ],
    ids=lambda example: type(example).__name__,
)
def test_every_form_of_a_conversation_becomes_the_same_line(example: Any) -> None:
    assert lines(example) == [{"messages": WIRE}]


def test_tool_calls_and_tools_are_kept() -> None:
    tool = {
        "type": "function",
        "function": {"name": "hours", "parameters": {"type": "object", "properties": {}}},
    }
    chat = [
        SystemMessage("You answer the phone."),
        ASKED,
        AIMessage("", tool_calls=[CALL]),
        ToolMessage("6-18", tool_call_id="call_1"),
        ANSWERED,
    ]
    [line] = lines({"messages": chat, "tools": [tool]})
    assert line["tools"] == [tool]
    assert [message["role"] for message in line["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    assert line["messages"][2]["tool_calls"] == [
        {
            "id": "call_1",
            "type": "function",
            "function": {"name": "hours", "arguments": '{"day": "Monday"}'},
        }
    ]
    assert line["messages"][3]["tool_call_id"] == "call_1"
    # To call a tool may be what is learnt.
    assert lines(chat[:3])[0]["messages"][-1]["tool_calls"]


def test_a_file_is_a_line_a_chat_in_utf_8() -> None:
    chat = [HumanMessage("Grüße\u2028!\n?"), AIMessage("…")]
    content = training_jsonl([chat, chat])
    assert content.count(b"\n") == 2
    assert "Grüße\u2028!\\n?".encode() in content


@pytest.mark.parametrize(
    ("example", "defect"),
    [
        ([], "nothing to learn"),
        ({}, "this one has nothing"),
        ({"prompt": "a", "completion": "b"}, "'prompt', 'completion'"),
        ({"messages": "Hi"}, "`messages` is a str"),
        ({"messages": [{"role": "narrator", "content": "x"}]}, "message 0 is no message"),
        ({"messages": [5]}, "message 0 is no message"),
        ({"inputs": {"messages": WIRE[:1]}, "outputs": None}, "`outputs` is no object"),
        ({"inputs": {"a": 1, "b": 2}, "outputs": {"output": "x"}}, "`inputs` has none of"),
        ([*CHAT, ASKED], "the last message is not the assistant's"),
        ([ASKED, SystemMessage("Late"), ANSWERED], "must be the first"),
        ([ASKED, ToolMessage("x", tool_call_id="no"), ANSWERED], "'no', which no turn before"),
        ([ASKED, AIMessage("", tool_calls=[CALL]), ASKED, ANSWERED], "before the result of the"),
        (
            [ASKED, AIMessage("", tool_calls=[CALL | {"id": None}])],
            "calls 'hours' without an id",
        ),
        (
            [
                ASKED,
                AIMessage(
                    "Well",
                    invalid_tool_calls=[
                        {
                            "name": "hours",
                            "args": "{",
                            "id": "1",
                            "error": None,
                            "type": "invalid_tool_call",
                        }
                    ],
                ),
            ],
            "arguments that are no JSON object",
        ),
        (
            [
                HumanMessage(
                    [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]
                ),
                ANSWERED,
            ],
            "'image_url'; models are trained on text",
        ),
        ([FunctionMessage(content="x", name="f"), ANSWERED], "FunctionMessage"),
        ([HumanMessage("\ud800"), ANSWERED], "half of a character"),
    ],
)
def test_a_defect_is_told_by_its_place(example: Any, defect: str) -> None:
    with pytest.raises(TrainingDataError, match="example 1: ") as caught:
        training_jsonl([CHAT, example])
    assert caught.value.defects.keys() == {1}
    assert any(defect in told for told in caught.value.defects[1])


def test_no_examples_are_no_training() -> None:
    with pytest.raises(TrainingDataError, match="no examples"):
        training_jsonl(iter(()))


def test_of_many_defects_the_message_quotes_some_and_the_error_has_all() -> None:
    with pytest.raises(TrainingDataError, match=r"and 80 more, in `defects`") as caught:
        training_jsonl([[ASKED]] * 100)
    assert len(caught.value.defects) == 100
