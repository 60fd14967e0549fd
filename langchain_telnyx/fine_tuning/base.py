"""Fine tuning from LangChain's data: examples in, a chat model out."""

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
Told: TypeAlias = Callable[[FineTuningJob], None]


def fine_tune(
    examples: Iterable[TrainingExample],
    *,
    model: str,
    bucket: str,
    suffix: str | None = None,
    n_epochs: int | Literal["auto"] | None = None,
    wait_timeout: float | None = 3600.0,
    on_job: Told | None = None,
    show_progress: bool = False,
    client: Telnyx | None = None,
    **options: Unpack[TelnyxOptions],
) -> ChatTelnyx:
    """Train a model on conversations, wait for it, and return it as a chat model.

    Everything is checked before anything is sent: each example, and the base model, where the
    catalogue says that it cannot be tuned. The training file is named after its content, so to
    begin again after an interruption does no harm. A job once begun goes on at the service, whoever
    waits: keep its id, of which `on_job` is told at once, for `resume_fine_tuning`.

    API page: https://developers.telnyx.com/api-reference/fine-tuning/create-a-fine-tuning-job

    Args:
        examples: Conversations that end in the answer to be learnt: lists of messages, prompt
            values, objects of the chat format, or examples of LangSmith, of which `inputs` and
            `outputs` are read.
        model: The base model.
        bucket: A bucket for the training file, made if need be. All that is in it is trained on,
            so it must hold nothing else.
        suffix: What to append to the new model's name.
        n_epochs: How often to go through the data. Default: the API's, which is 3.
        wait_timeout: Seconds to wait for the job at most; `None` waits for ever.
        on_job: Told of the job when it was begun, and at every poll.
        show_progress: Whether to show a progress bar; needs the extra `progress`.
        client: A `Telnyx` to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout` and so on: see `Telnyx`.

    Returns:
        A model whose name is the job's id.

    Raises:
        TrainingDataError: Examples cannot be trained on; `defects` has all that is wrong.
        ConfigurationError: The base model cannot be tuned, or the bucket holds other objects.
        TaskError: The job failed, or was cancelled; `task_id` is its id.
        TaskTimeoutError: It had not ended in time.

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
    with _shown(on_job, show_progress=show_progress) as tell:
        job = telnyx.send(plan.carried_out(wait_timeout, tell))
    return ChatTelnyx(model=job.id, client=telnyx)


async def afine_tune(
    examples: Iterable[TrainingExample],
    *,
    model: str,
    bucket: str,
    suffix: str | None = None,
    n_epochs: int | Literal["auto"] | None = None,
    wait_timeout: float | None = 3600.0,
    on_job: Told | None = None,
    show_progress: bool = False,
    client: Telnyx | None = None,
    **options: Unpack[TelnyxOptions],
) -> ChatTelnyx:
    """Train a model on conversations, wait for it, and return it; see `fine_tune`."""
    telnyx = connect(client, **options)
    plan = _Plan(telnyx.calls, training_jsonl(examples), model, bucket, suffix, n_epochs)
    with _shown(on_job, show_progress=show_progress) as tell:
        job = await telnyx.aio.send(plan.carried_out(wait_timeout, tell))
    return ChatTelnyx(model=job.id, client=telnyx)


def resume_fine_tuning(
    job_id: str,
    *,
    wait_timeout: float | None = 3600.0,
    on_job: Told | None = None,
    show_progress: bool = False,
    client: Telnyx | None = None,
    **options: Unpack[TelnyxOptions],
) -> ChatTelnyx:
    """Wait for a job that was begun before, by this process or another, and return its model.

    Args:
        job_id: The job.
        wait_timeout: Seconds to wait at most; `None` waits for ever.
        on_job: Told of the job at every poll.
        show_progress: Whether to show a progress bar; needs the extra `progress`.
        client: A `Telnyx` to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout` and so on: see `Telnyx`.

    Raises:
        NotFoundError: There is no such job.
        TaskError: It failed, or was cancelled.
        TaskTimeoutError: It had not ended in time.
    """
    telnyx = connect(client, **options)
    with _shown(on_job, show_progress=show_progress) as tell:
        telnyx.fine_tuning.wait(job_id, timeout=wait_timeout, on_progress=tell)
    return ChatTelnyx(model=job_id, client=telnyx)


async def aresume_fine_tuning(
    job_id: str,
    *,
    wait_timeout: float | None = 3600.0,
    on_job: Told | None = None,
    show_progress: bool = False,
    client: Telnyx | None = None,
    **options: Unpack[TelnyxOptions],
) -> ChatTelnyx:
    """Wait for a job that was begun before, and return its model; see `resume_fine_tuning`."""
    telnyx = connect(client, **options)
    with _shown(on_job, show_progress=show_progress) as tell:
        await telnyx.aio.fine_tuning.wait(job_id, timeout=wait_timeout, on_progress=tell)
    return ChatTelnyx(model=job_id, client=telnyx)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be trained, on what, and where that is put."""

    calls: Namespaces[DeferredCalls]
    content: bytes
    model: str
    bucket: str
    suffix: str | None
    n_epochs: int | Literal["auto"] | None

    def carried_out(self, timeout: float | None, tell: Told) -> Flow[FineTuningJob]:
        """Check, upload, begin, and wait."""
        checked_bucket_name(self.bucket)
        yield from self._check_model()
        # Of the content, so that the file of an interrupted attempt is replaced, and not joined.
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
        tell(job)
        waiting = self.calls.fine_tuning.wait(job.id, timeout=timeout, on_progress=tell)
        return (yield from waiting)

    def _check_model(self) -> Flow[None]:
        try:
            models = yield from self.calls.models.list()
        except TelnyxError:
            return  # the service itself will say what it cannot train
        tunable = [info.id for info in models if info.is_fine_tunable]
        # A model that the catalogue does not list, or says nothing about, may be tunable.
        if any(info.id == self.model and info.is_fine_tunable is False for info in models):
            raise ConfigurationError(
                f"The model {self.model!r} cannot be fine-tuned; nothing was sent. These can: "
                f"{', '.join(tunable) or 'none that the catalogue lists'}."
            )

    def _check_bucket(self, key: str) -> Flow[None]:
        there = yield from every(self.calls.storage.list_objects(self.bucket))
        others = [repr(found.key) for found in there if found.key != key]
        if others:
            raise ConfigurationError(
                f"The bucket {self.bucket!r} holds {len(others)} other objects "
                f"({', '.join(others[:3])}{', …' if len(others) > 3 else ''}), on which the model "  # noqa: PLR2004 - as many as are named
                f"would be trained too; nothing was uploaded. Give the training data a bucket of "
                f"its own."
            )


@contextmanager
def _shown(on_job: Told | None, *, show_progress: bool) -> Iterator[Told]:
    """Show how far a job is, and tell of it."""
    with progress("Fine-tuning", _LAST_STAGE, show=show_progress) as bar:

        def tell(job: FineTuningJob) -> None:
            bar.to(_STAGES.get(job.status or "", _LAST_STAGE))
            if on_job is not None:
                on_job(job)

        yield tell
