"""Fine tuning with conversations, sync and async, and errors of examples."""

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
QUESTION, ANSWER = HumanMessage("When are you open?"), AIMessage("From six in the morning.")
CHAT = [QUESTION, ANSWER]
WIRE = [
    {"role": "user", "content": "When are you open?"},
    {"role": "assistant", "content": "From six in the morning."},
]
CALL = ToolCall(name="hours", args={"day": "Monday"}, id="call_1")


@pytest.fixture(params=["sync", "async"])
def tune(request: pytest.FixtureRequest, emulator: TelnyxEmulator) -> Callable[..., Any]:
    def run(examples: Any = (CHAT,), **options: Any) -> Any:
        arguments = {"model": BASE, "bucket": "training-1", **emulator.options(), **options}
        if request.param == "async":
            return asyncio.run(afine_tune(examples, **arguments))
        return fine_tune(examples, **arguments)

    return run


@pytest.fixture(params=["sync", "async"])
def resume(request: pytest.FixtureRequest, emulator: TelnyxEmulator) -> Callable[..., Any]:
    def run(job_id: str, **options: Any) -> Any:
        arguments = {**emulator.options(), **options}
        if request.param == "async":
            return asyncio.run(aresume_fine_tuning(job_id, **arguments))
        return resume_fine_tuning(job_id, **arguments)

    return run


def lines(*examples: Any) -> list[Any]:
    return [json.loads(line) for line in training_jsonl(examples).decode().splitlines()]


def sent(emulator: TelnyxEmulator) -> list[str]:
    return [f"{request.method} {request.path}" for request in emulator.requests]


def test_a_model_learns_conversations(emulator: TelnyxEmulator, tune: Callable[..., Any]) -> None:
    reports: list[tuple[str, str | None]] = []
    emulator.account.jobs.pace = after_polls(1)
    model = tune(
        suffix="bakery", n_epochs=2, on_job=lambda job: reports.append((job.id, job.status))
    )
    assert model.invoke("When are you open?").text == "From six in the morning."
    assert model.model_name.endswith("-bakery")
    assert reports[0] == (model.model_name, "queued")
    assert [status for _, status in reports[1:]] == ["queued", "running", "succeeded"]
    [job] = Telnyx(**emulator.options()).fine_tuning.list()
    assert (job.training_file, job.hyperparameters.n_epochs) == ("training-1", 2)  # type: ignore[union-attr]  # there


def test_a_second_attempt_replaces_the_training_file(
    emulator: TelnyxEmulator, tune: Callable[..., Any]
) -> None:
    tune()
    tune()
    [file] = list(Telnyx(**emulator.options()).storage.list_objects("training-1"))
    assert file.key.startswith("training-")
    assert file.key.endswith(".jsonl")


def test_all_errors_are_reported_before_any_request(
    emulator: TelnyxEmulator, tune: Callable[..., Any]
) -> None:
    examples = [
        CHAT,
        [QUESTION],
        CHAT,
        "text",
        [SystemMessage("x"), HumanMessage(""), AIMessage("")],
    ]
    with pytest.raises(TrainingDataError) as caught:
        tune(examples)
    assert caught.value.defects == {
        1: ["there is no message of the assistant to learn."],
        3: ["expected a conversation, not a str."],
        4: ["message 1 is empty.", "message 2 of the assistant has no text and no tool calls."],
    }
    assert str(caught.value).splitlines()[:2] == [
        "3 of 5 examples are invalid; nothing was sent:",
        "example 1: there is no message of the assistant to learn.",
    ]
    assert sent(emulator) == []
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert again.defects == caught.value.defects


@pytest.mark.default_quirks("It lists the requests.", "rate_limited_share")
def test_a_base_model_that_is_not_tunable_raises_before_the_upload(
    emulator: TelnyxEmulator, tune: Callable[..., Any]
) -> None:
    with pytest.raises(ConfigurationError, match=f"cannot be fine-tuned.*{BASE}"):
        tune(model="moonshotai/Kimi-K2.6")
    assert sent(emulator) == ["GET /v2/ai/openai/models"]


@pytest.mark.default_quirks("It lists the requests.", "rate_limited_share")
def test_the_service_checks_models_that_are_not_in_the_catalogue(
    emulator: TelnyxEmulator, tune: Callable[..., Any]
) -> None:
    with pytest.raises(NotFoundError, match="does not exist") as caught:
        tune(model="of/next-year")
    assert caught.value.__notes__[0].endswith("in the bucket 'training-1'.")
    emulator.fail(500, path="/ai/openai/models")
    assert tune(max_retries=0).invoke("When are you open?").text == ANSWER.text


def test_a_bucket_with_other_objects_raises(
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


def test_waiting_for_a_job_can_be_resumed(
    emulator: TelnyxEmulator, tune: Callable[..., Any], resume: Callable[..., Any]
) -> None:
    emulator.account.jobs.pace = after_polls(3)
    with pytest.raises(TaskTimeoutError) as caught:
        tune(wait_timeout=0)
    reports: list[FineTuningJob] = []
    emulator.account.jobs.pace = after_polls(1)
    model = resume(caught.value.task_id, on_job=reports.append)
    assert model.invoke("When are you open?").text == ANSWER.text
    assert reports[-1].status == "succeeded"
    with pytest.raises(NotFoundError):
        resume("no-such-job")


def test_a_job_that_was_cancelled_is_an_error_with_its_id(
    emulator: TelnyxEmulator, tune: Callable[..., Any]
) -> None:
    emulator.account.jobs.pace = after_polls(1)

    def cancel(job: FineTuningJob) -> None:
        emulator.account.jobs.end(job.id, "cancelled")

    with pytest.raises(TaskError, match=r"'cancelled': the API returns no reason") as caught:
        tune(on_job=cancel)
    assert (caught.value.status, bool(caught.value.task_id)) == ("cancelled", True)


@pytest.mark.default_quirks("It does not retry.", "rate_limited_share")
def test_an_error_names_the_uploaded_training_file(
    emulator: TelnyxEmulator, tune: Callable[..., Any]
) -> None:
    emulator.fail(500, path="/ai/fine_tuning/jobs")
    with pytest.raises(ServerError) as caught:
        tune(max_retries=0)
    assert "training file" in caught.value.__notes__[0]


def test_progress_is_shown_on_request(
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
        {"inputs": {"input": "When are you open?"}, "outputs": {"output": ANSWER.text}},
        {"inputs": {"query": "When are you open?"}, "outputs": {"reply": ANSWER.text}},
        {"inputs": {"messages": CHAT[:1]}, "outputs": {"output": dumpd(ANSWER)}},
        {
            "inputs": {"messages": messages_to_dict([QUESTION])},
            "outputs": {"generations": [[{"text": "…", "message": dumpd(ANSWER)}]]},
        },
        Example(
            id=uuid.UUID(int=1),
            inputs={"messages": WIRE[:1]},
            outputs={"message": WIRE[1]},
        ),
    ],
    ids=lambda example: type(example).__name__,
)
def test_every_form_of_a_conversation_gives_the_same_line(example: Any) -> None:
    assert lines(example) == [{"messages": WIRE}]


def test_tool_calls_and_tools_are_sent() -> None:
    tool = {
        "type": "function",
        "function": {"name": "hours", "parameters": {"type": "object", "properties": {}}},
    }
    chat = [
        SystemMessage("You answer the phone."),
        QUESTION,
        AIMessage("", tool_calls=[CALL]),
        ToolMessage("6-18", tool_call_id="call_1"),
        ANSWER,
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
    # The last message may be a tool call.
    assert lines(chat[:3])[0]["messages"][-1]["tool_calls"]


def test_a_file_has_one_line_per_conversation_in_utf_8() -> None:
    chat = [HumanMessage("Grüße\u2028!\n?"), AIMessage("…")]
    content = training_jsonl([chat, chat])
    assert content.count(b"\n") == 2
    assert "Grüße\u2028!\\n?".encode() in content


@pytest.mark.parametrize(
    ("example", "defect"),
    [
        ([], "no message of the assistant"),
        ({}, "this one has nothing"),
        ({"prompt": "a", "completion": "b"}, "'prompt', 'completion'"),
        ({"messages": "Hi"}, "`messages` is a str"),
        ({"messages": [{"role": "narrator", "content": "x"}]}, "message 0 is not a message"),
        ({"messages": [5]}, "message 0 is not a message"),
        ({"inputs": {"messages": WIRE[:1]}, "outputs": None}, "`outputs` is not an object"),
        ({"inputs": {"a": 1, "b": 2}, "outputs": {"output": "x"}}, "`inputs` has none of"),
        ([*CHAT, QUESTION], "the last message is not from the assistant"),
        ([QUESTION, SystemMessage("Late"), ANSWER], "must be the first"),
        ([QUESTION, ToolMessage("x", tool_call_id="no"), ANSWER], "'no', but no earlier message"),
        (
            [QUESTION, AIMessage("", tool_calls=[CALL]), QUESTION, ANSWER],
            "precedes the result of the",
        ),
        (
            [QUESTION, AIMessage("", tool_calls=[CALL | {"id": None}])],
            "calls 'hours' without an id",
        ),
        (
            [
                QUESTION,
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
            "arguments that are not a JSON object",
        ),
        (
            [
                HumanMessage(
                    [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]
                ),
                ANSWER,
            ],
            "'image_url'; only text is supported",
        ),
        ([FunctionMessage(content="x", name="f"), ANSWER], "FunctionMessage"),
        ([HumanMessage("\ud800"), ANSWER], "an unpaired surrogate"),
    ],
)
def test_a_defect_is_reported_with_its_position(example: Any, defect: str) -> None:
    with pytest.raises(TrainingDataError, match="example 1: ") as caught:
        training_jsonl([CHAT, example])
    assert caught.value.defects.keys() == {1}
    assert any(defect in text for text in caught.value.defects[1])


def test_no_examples_raise() -> None:
    with pytest.raises(TrainingDataError, match="`examples` is empty"):
        training_jsonl(iter(()))


def test_the_text_of_an_error_has_some_defects_and_the_attribute_all() -> None:
    with pytest.raises(TrainingDataError, match=r"and 80 more, in `defects`") as caught:
        training_jsonl([[QUESTION]] * 100)
    assert len(caught.value.defects) == 100
