"""Fine tuning with LangChain's data: from examples to a chat model."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias, Unpack

from langchain_telnyx._shared.connect import connect
from langchain_telnyx._shared.progress import progress
from langchain_telnyx.chat_models import ChatTelnyx
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.fine_tuning import FineTuningJob
from langchain_telnyx.client.api.storage import checked_bucket_name
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.errors import ConfigurationError, TelnyxError
from langchain_telnyx.client.flows import every
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.fine_tuning.examples import TrainingExample, training_jsonl
from langchain_telnyx.types import TelnyxOptions
from langchain_telnyx.vectorstores.bucket_creation import ensure_bucket

__all__ = ["afine_tune", "aresume_fine_tuning", "fine_tune", "resume_fine_tuning", "training_jsonl"]

_CONTENT_TYPE = "application/jsonl"
_STAGES = {"queued": 1, "running": 2}
_LAST_STAGE = 3
OnJob: TypeAlias = Callable[[FineTuningJob], None]


def fine_tune(
    examples: Iterable[TrainingExample],
    *,
    model: str,
    bucket: str,
    suffix: str | None = None,
    n_epochs: int | Literal["auto"] | None = None,
    wait_timeout: float | None = 3600.0,
    on_job: OnJob | None = None,
    show_progress: bool = False,
    client: Telnyx | None = None,
    **options: Unpack[TelnyxOptions],
) -> ChatTelnyx:
    """Train a model on conversations, wait for it, and return it as a chat model.

    All examples are checked before the first request, and the base model, if the catalogue lists it
    as not tunable, before the upload. The training file is named after its content, so it is safe
    to start again after an interruption. A job continues at the service even if nobody waits for
    it: store its id, which `on_job` receives at once, for `resume_fine_tuning`.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/fine-tuning.md

    API page: https://developers.telnyx.com/api-reference/fine-tuning/create-a-fine-tuning-job

    Args:
        examples: Conversations that end with the answer to learn: lists of messages, prompt values,
            objects of the chat format, or examples of LangSmith with `inputs` and `outputs`.
        model: The base model.
        bucket: A bucket for the training file, created if necessary. The service trains on all its
            objects, so it must not contain others.
        suffix: A suffix of the new model's name.
        n_epochs: The number of epochs. Default: the API's, which is 3.
        wait_timeout: Maximum number of seconds to wait for the job; `None` for no limit.
        on_job: Called with the job after its creation, and at every poll.
        show_progress: Whether to show a progress bar; needs the extra `progress`.
        client: A `Telnyx` client to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout` and so on: see `Telnyx`.

    Returns:
        A model whose name is the job's id.

    Raises:
        TrainingDataError: Examples are invalid; `defects` has all errors.
        ConfigurationError: The base model cannot be tuned, or the bucket has other objects.
        TaskError: The job failed, or was cancelled; `task_id` is its id.
        TaskTimeoutError: The job did not finish in time.

    Example:
        ```python
        from langchain_core.messages import AIMessage, HumanMessage
        from langchain_telnyx import fine_tune

        chats = [[HumanMessage("When are you open?"), AIMessage("From six in the morning.")]]
        model = fine_tune(chats, model="meta-llama/Meta-Llama-3.1-8B-Instruct", bucket="bakery-1")
        ```
    """
    telnyx = connect(client, **options)
    plan = _Plan(telnyx.calls, training_jsonl(examples), model, bucket, suffix, n_epochs)
    with _job_reports(on_job, show_progress=show_progress) as report:
        job = telnyx.send(plan.execute(wait_timeout, report))
    return ChatTelnyx(model=job.id, client=telnyx)


async def afine_tune(
    examples: Iterable[TrainingExample],
    *,
    model: str,
    bucket: str,
    suffix: str | None = None,
    n_epochs: int | Literal["auto"] | None = None,
    wait_timeout: float | None = 3600.0,
    on_job: OnJob | None = None,
    show_progress: bool = False,
    client: Telnyx | None = None,
    **options: Unpack[TelnyxOptions],
) -> ChatTelnyx:
    """Train a model on conversations, wait for it, and return it; see `fine_tune`."""
    telnyx = connect(client, **options)
    plan = _Plan(telnyx.calls, training_jsonl(examples), model, bucket, suffix, n_epochs)
    with _job_reports(on_job, show_progress=show_progress) as report:
        job = await telnyx.aio.send(plan.execute(wait_timeout, report))
    return ChatTelnyx(model=job.id, client=telnyx)


def resume_fine_tuning(
    job_id: str,
    *,
    wait_timeout: float | None = 3600.0,
    on_job: OnJob | None = None,
    show_progress: bool = False,
    client: Telnyx | None = None,
    **options: Unpack[TelnyxOptions],
) -> ChatTelnyx:
    """Wait for an existing job, of this process or another, and return its model.

    Args:
        job_id: The id of the job.
        wait_timeout: Maximum number of seconds to wait; `None` for no limit.
        on_job: Called with the job at every poll.
        show_progress: Whether to show a progress bar; needs the extra `progress`.
        client: A `Telnyx` client to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout` and so on: see `Telnyx`.

    Raises:
        NotFoundError: The job does not exist.
        TaskError: The job failed, or was cancelled.
        TaskTimeoutError: The job did not finish in time.
    """
    telnyx = connect(client, **options)
    with _job_reports(on_job, show_progress=show_progress) as report:
        telnyx.fine_tuning.wait(job_id, timeout=wait_timeout, on_progress=report)
    return ChatTelnyx(model=job_id, client=telnyx)


async def aresume_fine_tuning(
    job_id: str,
    *,
    wait_timeout: float | None = 3600.0,
    on_job: OnJob | None = None,
    show_progress: bool = False,
    client: Telnyx | None = None,
    **options: Unpack[TelnyxOptions],
) -> ChatTelnyx:
    """Wait for an existing job, and return its model; see `resume_fine_tuning`."""
    telnyx = connect(client, **options)
    with _job_reports(on_job, show_progress=show_progress) as report:
        await telnyx.aio.fine_tuning.wait(job_id, timeout=wait_timeout, on_progress=report)
    return ChatTelnyx(model=job_id, client=telnyx)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The model to train, the training data, and the bucket."""

    calls: Namespaces[DeferredCalls]
    content: bytes
    model: str
    bucket: str
    suffix: str | None
    n_epochs: int | Literal["auto"] | None

    def execute(self, timeout: float | None, report: OnJob) -> Flow[FineTuningJob]:
        """Check, upload, create the job, and wait."""
        checked_bucket_name(self.bucket)
        yield from self._check_model()
        # Named after the content, so that a second attempt replaces the file of the first.
        key = f"training-{hashlib.sha256(self.content).hexdigest()[:16]}.jsonl"
        yield from ensure_bucket(self.calls, self.bucket)
        yield from self._check_bucket(key)
        storage = self.calls.storage
        yield from storage.put_object(self.bucket, key, self.content, content_type=_CONTENT_TYPE)
        try:
            job = yield from self.calls.fine_tuning.create(
                self.model, self.bucket, suffix=self.suffix, n_epochs=self.n_epochs
            )
        except TelnyxError as error:
            error.add_note(f"The training file is {key!r} in the bucket {self.bucket!r}.")
            raise
        report(job)
        waiting = self.calls.fine_tuning.wait(job.id, timeout=timeout, on_progress=report)
        return (yield from waiting)

    def _check_model(self) -> Flow[None]:
        try:
            models = yield from self.calls.models.list()
        except TelnyxError:
            return  # the service checks the model, too
        tunable = [info.id for info in models if info.is_fine_tunable]
        # A model that is not in the catalogue, or has no value, may be tunable.
        if any(info.id == self.model and info.is_fine_tunable is False for info in models):
            raise ConfigurationError(
                f"The model {self.model!r} cannot be fine-tuned; nothing was uploaded. Tunable "
                f"models: {', '.join(tunable) or 'none in the catalogue'}."
            )

    def _check_bucket(self, key: str) -> Flow[None]:
        objects = yield from every(self.calls.storage.list_objects(self.bucket))
        others = [repr(found.key) for found in objects if found.key != key]
        if others:
            raise ConfigurationError(
                f"The bucket {self.bucket!r} has {len(others)} other objects "
                f"({', '.join(others[:3])}{', …' if len(others) > 3 else ''}), on which the model "  # noqa: PLR2004 - as many as are named
                f"would be trained too; nothing was uploaded. Use a separate bucket for the "
                f"training data."
            )


@contextmanager
def _job_reports(on_job: OnJob | None, *, show_progress: bool) -> Iterator[OnJob]:
    """Show the progress of a job, and call `on_job`."""
    with progress("Fine-tuning", _LAST_STAGE, show=show_progress) as bar:

        def report(job: FineTuningJob) -> None:
            bar.to(_STAGES.get(job.status or "", _LAST_STAGE))
            if on_job is not None:
                on_job(job)

        yield report
