"""Fine tuning, sync and async, against the emulator."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import (
    BadRequestError,
    NotFoundError,
    TaskError,
    TaskTimeoutError,
)
from langchain_telnyx.emulator.runtime.pace import after_polls
from langchain_telnyx.emulator.server import TelnyxEmulator

BASE = "meta-llama/Meta-Llama-3.1-8B-Instruct"
CHAT = {
    "messages": [
        {"role": "user", "content": "When are you open?"},
        {"role": "assistant", "content": "From nine to five."},
    ]
}


@pytest.fixture
async def training(api: Any) -> str:
    """A bucket with one chat to train on."""
    await api.storage.create_bucket("training")
    await api.storage.put_object("training", "chats.jsonl", json.dumps(CHAT).encode())
    return "training"


async def test_a_model_is_trained_and_used(
    api: Any, emulator: TelnyxEmulator, training: str
) -> None:
    emulator.account.jobs.pace = after_polls(1)
    job = await api.fine_tuning.create(BASE, training, suffix="hours", n_epochs=2)
    assert json.loads(emulator.requests[-1].body) == {
        "model": BASE,
        "training_file": "training",
        "suffix": "hours",
        "hyperparameters": {"n_epochs": 2},
    }
    assert (job.status, job.finished_at, job.trained_tokens) == ("queued", None, None)
    assert job.created_at == datetime(2026, 1, 1, tzinfo=UTC)
    updates: list[str] = []
    done = await api.fine_tuning.wait(job.id, on_progress=lambda now: updates.append(now.status))
    assert updates == ["queued", "running", "succeeded"]
    assert done.trained_tokens == 20
    assert done.hyperparameters.n_epochs == 2
    question = [{"role": "user", "content": "When are you open?"}]
    answer = await api.chat.create(question, model=job.id)
    assert answer["choices"][0]["message"]["content"] == "From nine to five."
    [own] = [model for model in await api.models.list() if model.base_model]
    assert (own.id, own.base_model) == (job.id, BASE)


async def test_only_passed_fields_are_sent(
    api: Any, emulator: TelnyxEmulator, training: str
) -> None:
    await api.fine_tuning.create(BASE, training)
    assert json.loads(emulator.requests[-1].body) == {"model": BASE, "training_file": "training"}


# The schema allows 1 to 10; its text, 1 to 50 or `auto`.
@pytest.mark.parametrize("epochs", [10, 50, "auto"])
async def test_epochs_are_sent_as_either_document_has_them(
    api: Any, emulator: TelnyxEmulator, training: str, epochs: int | str
) -> None:
    await api.fine_tuning.create(BASE, training, n_epochs=epochs)
    sent = json.loads(emulator.requests[-1].body)
    assert sent["hyperparameters"] == {"n_epochs": epochs}


async def test_jobs_are_listed_and_fetched(api: Any, training: str) -> None:
    jobs = [(await api.fine_tuning.create(BASE, training)).id for _ in range(2)]
    assert [job.id for job in await api.fine_tuning.list()] == jobs
    assert (await api.fine_tuning.get(jobs[1])).training_file == "training"
    with pytest.raises(NotFoundError):
        await api.fine_tuning.get("no-job")


async def test_a_cancelled_job_is_an_error(
    api: Any, emulator: TelnyxEmulator, training: str
) -> None:
    emulator.account.jobs.pace = after_polls(1)
    job = await api.fine_tuning.create(BASE, training)
    cancelled = await api.fine_tuning.cancel(job.id)
    assert cancelled.status == "cancelled"
    with pytest.raises(TaskError, match="ended in 'cancelled'") as caught:
        await api.fine_tuning.wait(job.id)
    assert (caught.value.task_id, caught.value.status) == (job.id, "cancelled")


async def test_a_job_that_fails_is_an_error(api: Any) -> None:
    await api.storage.create_bucket("training")
    await api.storage.put_object("training", "junk.bin", bytes(range(256)) * 20)
    job = await api.fine_tuning.create(BASE, "training")
    with pytest.raises(TaskError, match="ended in 'failed'"):
        await api.fine_tuning.wait(job.id)


async def test_a_job_that_takes_too_long_is_an_error(
    api: Any, emulator: TelnyxEmulator, training: str
) -> None:
    emulator.account.jobs.pace = after_polls(9)
    job = await api.fine_tuning.create(BASE, training)
    with pytest.raises(TaskTimeoutError, match="Fine-tuning job") as caught:
        await api.fine_tuning.wait(job.id, timeout=0)
    assert caught.value.status == "queued"


async def test_an_invalid_training_line_is_named_in_the_error(api: Any, training: str) -> None:
    await api.storage.put_object(training, "chats.jsonl", b'{"messages": []}')
    with pytest.raises(BadRequestError, match=r"chats\.jsonl, line 1: an object with a list of"):
        await api.fine_tuning.create(BASE, training)


async def test_a_job_may_lack_its_end_and_have_automatic_epochs(
    as_async: Callable[[Telnyx], Any], serve: Callable[[Callable[..., Any]], str]
) -> None:
    # The schema requires `finished_at`, which may be null; in the vendor's SDK it is optional.
    body = {"id": "m", "model": BASE, "status": "later", "hyperparameters": {"n_epochs": "auto"}}
    url = serve(lambda *_: (200, {"content-type": "application/json"}, json.dumps(body).encode()))
    job = await as_async(Telnyx(api_key="KEY1", base_url=url)).fine_tuning.get("m")
    assert (job.status, job.finished_at, job.hyperparameters.n_epochs) == ("later", None, "auto")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"error": {"code": "x", "message": "line 3 is too long"}}, "'b': line 3 is too long"),
        ({"error": "out of memory"}, "'b': out of memory"),
        ({"error": None}, "the API returns no reason"),
    ],
)
async def test_a_failed_job_has_the_reason_of_the_api(
    as_async: Callable[..., Any], serve: Callable[..., str], fields: dict[str, Any], reason: str
) -> None:
    body = json.dumps({"id": "j", "training_file": "b", "status": "failed", **fields}).encode()
    api = as_async(Telnyx(api_key="KEY", base_url=serve(lambda *_: (200, {}, body))))
    with pytest.raises(TaskError, match=reason):
        await api.fine_tuning.wait("j")
