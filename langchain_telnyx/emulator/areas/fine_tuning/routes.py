"""Fine tuning: create, list, fetch and cancel jobs. Their bodies are not wrapped in `data`."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.fine_tuning.examples import TrainingDataError
from langchain_telnyx.emulator.areas.fine_tuning.jobs import CANCELLED
from langchain_telnyx.emulator.runtime.jobs import Job
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError, resource_not_found
from langchain_telnyx.emulator.serving.request_body import RequestBody

router = APIRouter(prefix="/ai/fine_tuning/jobs")

_DEFAULT_EPOCHS = 3


class Hyperparameters(RequestBody):
    """The number of epochs: 1 to 10 in the schema; its text and the emulator have 1 to 50."""

    n_epochs: Annotated[int, Field(ge=1, le=50)] | Literal["auto"] = _DEFAULT_EPOCHS


class CreateJob(RequestBody):
    """The body of `POST /ai/fine_tuning/jobs`."""

    model: str
    training_file: str
    suffix: str = ""
    hyperparameters: Hyperparameters = Hyperparameters()


@router.get("")
def list_jobs(account: CurrentAccount) -> dict[str, Any]:
    """List the jobs, oldest first."""
    return {"data": [_shown(job, account) for job in account.training.all()]}


@router.post("")
def create_job(body: CreateJob, account: CurrentAccount) -> dict[str, Any]:
    """Start to train a model."""
    base = account.models.get(body.model)
    if base is None:
        raise ApiError(404, "10005", None, f"The model {body.model!r} does not exist.")
    if not base.is_fine_tunable:
        raise ApiError(400, "10015", None, f"The model {body.model!r} cannot be fine-tuned.")
    epochs = body.hyperparameters.n_epochs
    try:
        job = account.training.begin(
            base,
            body.training_file,
            suffix=body.suffix,
            epochs=_DEFAULT_EPOCHS if epochs == "auto" else epochs,
        )
    except TrainingDataError as error:
        raise ApiError(400, "10015", None, str(error)) from error
    if job is None:
        raise ApiError(
            404,
            "10005",
            None,
            f"{body.training_file!r} is neither a bucket with objects nor an object.",
        )
    return _shown(job, account)


@router.get("/{job_id}")
def get_job(job_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Return a job."""
    return _shown(_found(account.training.find(job_id)), account)


@router.post("/{job_id}/cancel")
def cancel_job(job_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Cancel a job that has not ended; cancelling again has no effect."""
    job = _found(account.training.cancel(job_id))
    if job.status != CANCELLED:
        raise ApiError(400, "10015", None, f"The job {job_id!r} has {job.status} already.")
    return _shown(job, account)


def _found(job: Job | None) -> Job:
    if job is None:
        raise resource_not_found()
    return job


def _shown(job: Job, account: Account) -> dict[str, Any]:
    ended = job.finished_at is not None
    return {
        "id": job.id,
        "model": job.details["model"],
        "training_file": job.subject,
        "status": job.status,
        "created_at": _unix(job.created_at),
        "finished_at": _unix(job.finished_at) if job.finished_at else None,
        "hyperparameters": {"n_epochs": job.details["epochs"]},
        "organization_id": account.organization_id,
        "trained_tokens": account.models.trained_tokens(job.id) if ended else None,
    }


def _unix(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).timestamp())
