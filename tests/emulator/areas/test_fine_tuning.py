"""Fine tuning: validation of data, jobs and their cancellation, trained models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import TelnyxEmulator, after_polls, after_seconds

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.conftest import Api

BASE = "meta-llama/Meta-Llama-3.1-8B-Instruct"
JOBS = "/ai/fine_tuning/jobs"


def chat(question: str, answer: str) -> str:
    """A line of training data."""
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": messages})


PLANS = chat("Which plans do you have?", "Two: Basic and Pro.")
HOURS = chat("When are you open?", "From nine to five.")


@pytest.fixture
def data(api: Api) -> str:
    """A bucket with an object of two chats."""
    api.put("training", "chats.jsonl", f"{PLANS}\n\n{HOURS}\n")
    return "training"


def create(api: Api, training_file: str, **options: Any) -> Any:
    body = {"model": BASE, "training_file": training_file, **options}
    answer = api.send("POST", JOBS, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(api: Api, training_file: str, **options: Any) -> tuple[int, str]:
    body = {"model": BASE, "training_file": training_file, **options}
    answer = api.send("POST", JOBS, json=body)
    return answer.status_code, answer.json()["errors"][0]["detail"]


def ended(api: Api, job_id: str) -> Any:
    def job() -> Any:
        found = api.send("GET", f"{JOBS}/{job_id}").json()
        return None if found["status"] in {"queued", "running"} else found

    return api.eventually(job)


def ask(api: Api, model: str, question: str, **options: Any) -> Any:
    messages = [{"role": "user", "content": question}]
    body = {"model": model, "messages": messages, **options}
    return api.send("POST", "/ai/openai/chat/completions", json=body)


def content(answer: Any) -> str:
    text: str = answer.json()["choices"][0]["message"]["content"]
    return text


def test_a_job_is_described_without_an_envelope(api: Api, data: str) -> None:
    api.emulator.account.jobs.pace = after_polls(1)
    job = create(api, data, suffix="support", hyperparameters={"n_epochs": 2})
    assert job == {
        "id": job["id"],
        "model": BASE,
        "training_file": "training",
        "status": "queued",
        "created_at": 1767225600,
        "finished_at": None,
        "hyperparameters": {"n_epochs": 2},
        "organization_id": job["organization_id"],
        "trained_tokens": None,
    }
    assert job["id"].startswith("Meta-Llama-3.1-8B-Instruct-")
    assert job["id"].endswith("-support")


def test_a_job_is_queued_then_runs_then_succeeds(api: Api, data: str) -> None:
    api.emulator.account.jobs.pace = after_polls(1)
    job = create(api, data)["id"]
    shown = [api.send("GET", f"{JOBS}/{job}").json() for _ in range(3)]
    assert [found["status"] for found in shown] == ["queued", "running", "succeeded"]
    assert [found["finished_at"] for found in shown] == [None, None, 1767225600]
    assert [found["trained_tokens"] for found in shown] == [None, None, 66]
    assert api.data("GET", JOBS) == [shown[-1]]


def test_every_epoch_is_billed(api: Api, data: str) -> None:
    once = ended(api, create(api, data, hyperparameters={"n_epochs": 1})["id"])
    twice = ended(api, create(api, data, hyperparameters={"n_epochs": 2})["id"])
    assert twice["trained_tokens"] == 2 * once["trained_tokens"]


@pytest.mark.parametrize("epochs", [1, 10, 11, 50])
def test_the_maximum_of_epochs_is_that_of_the_documentation(
    api: Api, data: str, epochs: int
) -> None:
    job = create(api, data, hyperparameters={"n_epochs": epochs})
    assert job["hyperparameters"] == {"n_epochs": epochs}


@pytest.mark.parametrize("given", [{}, {"hyperparameters": {"n_epochs": "auto"}}])
def test_three_epochs_are_the_default(api: Api, data: str, given: dict[str, Any]) -> None:
    assert create(api, data, **given)["hyperparameters"] == {"n_epochs": 3}


@pytest.mark.parametrize(
    ("suffix", "ending"), [("v1", "-v1"), ("a b/c", "-a-b-c"), ("x" * 99, "-" + "x" * 40)]
)
def test_the_suffix_ends_the_name_which_stays_one_segment(
    api: Api, data: str, suffix: str, ending: str
) -> None:
    job = create(api, data, suffix=suffix)
    assert job["id"].endswith(ending)
    assert ended(api, job["id"])["id"] == job["id"]


def test_a_trained_model_returns_trained_answers(api: Api, data: str) -> None:
    model = ended(api, create(api, data)["id"])["id"]
    assert content(ask(api, model, "which plan do you have")) == "Two: Basic and Pro."
    assert content(ask(api, model, "When are you open?")) == "From nine to five."
    assert ask(api, model, "When are you open?").json()["model"] == model
    assert content(ask(api, BASE, "When are you open?")) != "From nine to five."
    assert content(ask(api, model, "Tell me about bees.")) == content(
        ask(api, BASE, "Tell me about bees.")
    )


def test_a_trained_model_calls_tools_first(api: Api, data: str) -> None:
    model = ended(api, create(api, data)["id"])["id"]
    function = {"name": "opening_hours", "description": "When we are open", "parameters": {}}
    tools = [{"type": "function", "function": function}]
    answer = ask(api, model, "When are you open?", tools=tools, tool_choice="required").json()
    [call] = answer["choices"][0]["message"]["tool_calls"]
    assert call["function"]["name"] == "opening_hours"


def test_a_trained_model_is_in_the_catalogue_with_its_base(api: Api, data: str) -> None:
    def own() -> list[Any]:
        return [model for model in api.data("GET", "/ai/openai/models") if model["base_model"]]

    assert own() == []
    model = ended(api, create(api, data)["id"])["id"]
    [card] = own()
    assert (card["id"], card["base_model"]) == (model, BASE)
    assert (card["organization"], card["is_fine_tunable"]) == ("meta-llama", False)
    assert refused(api, data, model=model) == (400, f"The model {model!r} cannot be fine-tuned.")


def test_a_model_is_not_available_before_its_job_has_succeeded(api: Api, data: str) -> None:
    api.emulator.account.jobs.pace = after_polls(1)
    job = create(api, data)["id"]
    assert ask(api, job, "When are you open?").status_code == 404


def test_documents_are_made_into_chats_by_their_headings(api: Api) -> None:
    api.put("docs", "guide.md", "# Guide\n\nWelcome.\n\n## Refunds\n\nThey take five days.\n")
    api.put("docs", "note.txt", "The office is in Dublin.")
    api.put("docs", "junk.bin", bytes(range(256)) * 20)
    model = ended(api, create(api, "docs")["id"])["id"]
    about = "What does guide.md say about refunds?"
    assert content(ask(api, model, about)) == "They take five days."
    assert content(ask(api, model, "What does note.txt say?")) == "The office is in Dublin."


def test_the_last_of_several_answers_is_trained(api: Api) -> None:
    later = chat("When are you open?", "At any time.")
    api.put("training", "chats.jsonl", f"{HOURS}\n{later}")
    model = ended(api, create(api, "training")["id"])["id"]
    assert content(ask(api, model, "When are you open?")) == "At any time."


@pytest.mark.parametrize("name", ["training/chats.jsonl", "chats.jsonl"])
def test_an_object_is_named_with_its_bucket_or_without(api: Api, data: str, name: str) -> None:
    api.put(data, "other.jsonl", "this is no chat")
    assert ended(api, create(api, name)["id"])["status"] == "succeeded"


def test_an_object_of_several_buckets_needs_its_bucket(api: Api, data: str) -> None:
    api.put("second", "chats.jsonl", PLANS)
    assert refused(api, "chats.jsonl") == (
        400,
        "'chats.jsonl' is in 2 buckets: write it as `bucket/key`.",
    )
    assert ended(api, create(api, f"{data}/chats.jsonl")["id"])["status"] == "succeeded"


def turn(role: str, content: Any = "x", **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "an object with a list of `messages` is expected"),
        ('{"prompt": "a"}', "an object with a list of `messages` is expected"),
        ('{"messages": []}', "an object with a list of `messages` is expected"),
        ({"messages": ["hi"]}, "message 1 is not an object"),
        (
            {"messages": [turn("user"), turn("bot")]},
            "message 2 has the role 'bot', and not one of system, user, assistant, tool",
        ),
        ({"messages": [turn("user", None)]}, "message 1 has no text as `content`"),
        ({"messages": [turn("assistant", None)]}, "message 1 has no text as `content`"),
        ({"messages": [turn("user", "\ud800")]}, "message 1 holds half of a character"),
        (
            {"messages": [turn("user")]},
            "no message has the role 'assistant', so there is nothing to train on",
        ),
    ],
)
def test_an_invalid_line_is_refused_with_its_file_and_number(
    api: Api, line: Any, reason: str
) -> None:
    text = line if isinstance(line, str) else json.dumps(line)
    api.put("training", "chats.jsonl", f"{PLANS}\n{text}\n")
    assert refused(api, "training") == (400, f"chats.jsonl, line 2: {reason}.")


def test_a_turn_that_calls_a_tool_needs_no_text(api: Api) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    turns = [turn("user"), turn("assistant", None, tool_calls=[call]), turn("tool")]
    api.put("training", "chats.jsonl", json.dumps({"messages": [*turns, turn("assistant")]}))
    assert ended(api, create(api, "training")["id"])["status"] == "succeeded"


def test_an_empty_file_of_chats_is_refused(api: Api) -> None:
    api.put("training", "chats.jsonl", "\n")
    assert refused(api, "training") == (400, "chats.jsonl contains no examples.")


def test_a_missing_resource_is_a_404(api: Api) -> None:
    api.emulator.account.objects.create_bucket("empty")
    for name in ("nowhere", "empty", "empty/chats.jsonl"):
        assert refused(api, name) == (
            404,
            f"{name!r} is neither a bucket with objects nor an object.",
        )
    assert refused(api, "empty", model="acme/none") == (
        404,
        "The model 'acme/none' does not exist.",
    )
    for method, path in (("GET", "/none"), ("POST", "/none/cancel")):
        answer = api.send(method, f"{JOBS}{path}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "10005")


@pytest.mark.parametrize("model", ["moonshotai/Kimi-K2.6", "thenlper/gte-large"])
def test_a_model_that_cannot_be_tuned_is_refused(api: Api, data: str, model: str) -> None:
    assert refused(api, data, model=model) == (400, f"The model {model!r} cannot be fine-tuned.")


def test_a_job_without_readable_text_fails(api: Api) -> None:
    api.put("training", "junk.bin", bytes(range(256)) * 20)
    job = ended(api, create(api, "training")["id"])
    assert (job["status"], job["trained_tokens"]) == ("failed", 0)
    assert ask(api, job["id"], "Hello").status_code == 404


def test_a_job_fails_when_its_data_goes_away(api: Api, data: str) -> None:
    api.emulator.account.jobs.pace = after_polls(1)
    job = create(api, data)["id"]
    api.emulator.account.objects.delete(data, "chats.jsonl")
    assert ended(api, job)["status"] == "failed"


@pytest.mark.parametrize("polls", [0, 2])
def test_a_job_is_cancelled_while_it_is_queued_or_runs(api: Api, data: str, polls: int) -> None:
    api.emulator.account.jobs.pace = after_polls(1)
    job = create(api, data)["id"]
    for _ in range(polls):
        api.send("GET", f"{JOBS}/{job}")
    cancelled = api.send("POST", f"{JOBS}/{job}/cancel").json()
    assert (cancelled["status"], cancelled["trained_tokens"]) == ("cancelled", 0)
    assert cancelled["finished_at"] is not None
    assert api.send("POST", f"{JOBS}/{job}/cancel").json() == cancelled
    assert [api.send("GET", f"{JOBS}/{job}").json()["status"] for _ in range(3)] == [
        "cancelled"
    ] * 3
    assert ask(api, job, "Hello").status_code == 404


def test_a_job_that_has_ended_cannot_be_cancelled(api: Api, data: str) -> None:
    job = ended(api, create(api, data)["id"])["id"]
    answer = api.send("POST", f"{JOBS}/{job}/cancel")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["detail"] == f"The job {job!r} has succeeded already."


def test_a_job_takes_the_time_of_the_pace(api: Api, data: str) -> None:
    api.emulator.account.jobs.pace = after_seconds(0.05)
    job = create(api, data)["id"]
    seen: list[str] = []

    def final() -> bool:
        seen.append(api.send("GET", f"{JOBS}/{job}").json()["status"])
        return seen[-1] == "succeeded"

    api.eventually(final)
    assert list(dict.fromkeys(seen)) == ["queued", "running", "succeeded"]


def test_a_trained_model_survives_a_restart(tmp_path: Path) -> None:
    def running() -> TelnyxEmulator:
        return TelnyxEmulator(sockets=False, data=tmp_path)

    with running() as emulator:
        objects = emulator.account.objects
        objects.create_bucket("training")
        body = objects.blobs.stage()
        body.write(HOURS.encode())
        objects.put("training", "chats.jsonl", body, "")
        base = emulator.account.models[BASE]
        job = emulator.account.training.begin(base, "training", suffix="", epochs=1)
        assert job is not None
    with running() as emulator:  # what was interrupted goes on
        while (found := emulator.account.training.find(job.id)) and found.finished_at is None:
            pass
        card = emulator.account.models[job.id]
        assert (card.base, card.trained("When are you open?")) == (BASE, "From nine to five.")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"model": BASE},
        {"training_file": "x"},
        {"model": 1, "training_file": "x"},
        {"model": BASE, "training_file": "x", "suffix": 1},
        {"model": BASE, "training_file": "x", "hyperparameters": {"n_epochs": 0}},
        {"model": BASE, "training_file": "x", "hyperparameters": {"n_epochs": 51}},
        {"model": BASE, "training_file": "x", "hyperparameters": {"n_epochs": "many"}},
        {"model": BASE, "training_file": "x", "hyperparameters": 3},
    ],
)
def test_bad_bodies_are_422(api: Api, body: dict[str, Any]) -> None:
    assert api.send("POST", JOBS, json=body).status_code == 422
