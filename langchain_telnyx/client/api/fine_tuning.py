"""Fine tuning: train a custom model on a bucket's conversations or documents.

API page: https://developers.telnyx.com/api-reference/fine-tuning/create-a-fine-tuning-job
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from langchain_telnyx.client.call import Call, Flow, omit_none, path
from langchain_telnyx.client.decode import Model, data, rows
from langchain_telnyx.client.endpoint import M, Resource, endpoint
from langchain_telnyx.client.rows import Rows
from langchain_telnyx.client.waiting import wait_until_done

_SUCCEEDED = {"succeeded", "success", "completed"}
# A cancelled job has ended without a model, so `wait` raises an error.
_FAILED = {"failed", "failure", "cancelled"}


class Hyperparameters(Model):
    """How a model is trained.

    Attributes:
        n_epochs: The number of passes over the training data.
    """

    n_epochs: int | str | None = None


class FineTuningJob(Model):
    """A fine-tuning job.

    Attributes:
        id: The job's id, which is also the name of the new model.
        model: The base model.
        training_file: The bucket or object it is trained on.
        status: `queued`, `running`, `succeeded`, `failed` or `cancelled`.
        created_at: When it was created.
        finished_at: When it ended.
        trained_tokens: Tokens billed; known at the end.
        hyperparameters: How it is trained.
        organization_id: The organization it belongs to.
    """

    id: str
    model: str | None = None
    training_file: str | None = None
    status: str | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None
    hyperparameters: Hyperparameters | None = None
    organization_id: str | None = None
    trained_tokens: int | None = None


# Defined here, because `list` is a method inside the class.
Jobs: TypeAlias = Rows[FineTuningJob]


class FineTuning(Resource[M]):
    """`telnyx.fine_tuning`: train custom models."""

    @endpoint
    def list(self) -> Call[Jobs]:
        """List all jobs.

        Operation: `get_finetuningjob_public_finetuning_get`.
        """
        return Call("GET", "/ai/fine_tuning/jobs", rows(FineTuningJob))

    @endpoint
    def create(
        self,
        model: str,
        training_file: str,
        *,
        suffix: str | None = None,
        n_epochs: int | Literal["auto"] | None = None,
    ) -> Call[FineTuningJob]:
        """Start to train a model.

        Operation: `create_new_finetuningjob_public_finetuning_post`.

        Args:
            model: The base model, one with `is_fine_tunable` in `models.list`.
            training_file: A bucket or an object in it. Lines of a `.jsonl` object are chats,
                `{"messages": […]}`; the service converts documents to such chats.
            suffix: What to append to the new model's name.
            n_epochs: The number of passes over the data; the API's default is 3. Its documentation
                allows 1 to 10 in one place, and 1 to 50 or `auto` in another.

        Returns:
            The job, to be waited for with `wait`; its id is the new model's name.
        """
        request = omit_none(
            model=model,
            training_file=training_file,
            suffix=suffix,
            hyperparameters=None if n_epochs is None else {"n_epochs": n_epochs},
        )
        return Call("POST", "/ai/fine_tuning/jobs", data(FineTuningJob), json=request)

    @endpoint
    def get(self, job_id: str) -> Call[FineTuningJob]:
        """Fetch a job.

        Operation: `get_finetuningjob_public_finetuning__job_id__get`.

        Args:
            job_id: Its id.
        """
        return _get(job_id)

    @endpoint
    def cancel(self, job_id: str) -> Call[FineTuningJob]:
        """Cancel a job that has not ended.

        Operation: `cancel_new_finetuningjob_public_finetuning_post`.

        Args:
            job_id: Its id.
        """
        return Call(
            "POST",
            path("/ai/fine_tuning/jobs/{}/cancel", job_id),
            data(FineTuningJob),
            repeatable=True,
        )

    @endpoint
    def wait(
        self,
        job_id: str,
        *,
        timeout: float | None = 3600.0,
        on_progress: Callable[[FineTuningJob], None] | None = None,
    ) -> Flow[FineTuningJob]:
        """Wait until a job has succeeded: then its id is the name of a model.

        Args:
            job_id: The job.
            timeout: Seconds to wait at most; `None` waits for ever.
            on_progress: Called with the result of every poll.

        Raises:
            TaskError: It failed, or was cancelled; `reasons` say why, if the API returns them.
            TaskTimeoutError: It has not ended in time.
        """
        return wait_until_done(
            lambda: _get(job_id),
            what="Fine-tuning job",
            id=job_id,
            status=lambda job: job.status,
            succeeded=_SUCCEEDED,
            failed=_FAILED,
            timeout=timeout,
            on_progress=on_progress,
            reasons=_reasons,
            advice="the API returns no reason; check the training data, and the job in the portal",
        )


def _reasons(job: FineTuningJob) -> Flow[Mapping[str, str]]:
    yield from ()  # the job has all data about a failure
    # Not documented; OpenAI's jobs, which these resemble, have an object there.
    error = (job.model_extra or {}).get("error")
    reason = error.get("message") if isinstance(error, Mapping) else error
    return {job.training_file or job.id: str(reason)} if reason else {}


def _get(job_id: str) -> Call[FineTuningJob]:
    return Call("GET", path("/ai/fine_tuning/jobs/{}", job_id), data(FineTuningJob))
