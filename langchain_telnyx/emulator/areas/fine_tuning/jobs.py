"""The jobs that train a model: start, run, cancel. The job's id is the new model's name."""

import logging
import re

from langchain_telnyx.emulator.areas.fine_tuning.examples import TrainingDataError
from langchain_telnyx.emulator.areas.fine_tuning.state import SUCCEEDED, Models
from langchain_telnyx.emulator.areas.fine_tuning.training_files import Source
from langchain_telnyx.emulator.model.catalogue import ModelCard
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.runtime.jobs import Job, Jobs, JobStates

logger = logging.getLogger(__name__)

FINE_TUNE = "fine-tune"
CANCELLED = "cancelled"
_FAILED = "failed"
_LONGEST_SUFFIX = 40
_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


class Training:
    """Trains the account's models.

    Args:
        jobs: Its background jobs.
        source: Its training data.
        models: Its models.
        ids: The source of names.
    """

    def __init__(self, jobs: Jobs, source: Source, models: Models, ids: Ids) -> None:
        self._jobs = jobs
        self._source = source
        self._models = models
        self._ids = ids
        jobs.states[FINE_TUNE] = JobStates(stages=("queued", "running"), failed=_FAILED)
        jobs.runners[FINE_TUNE] = self._run

    def begin(self, base: ModelCard, training_file: str, *, suffix: str, epochs: int) -> Job | None:
        """Queue a job; `None` if `training_file` does not exist.

        Args:
            base: The base model.
            training_file: A bucket or an object.
            suffix: The suffix of the new model's name.
            epochs: The number of epochs.

        Raises:
            TrainingDataError: The training data is invalid.
        """
        objects = self._source.named(training_file)
        if not objects:
            return None
        self._source.check(objects)
        return self._jobs.submit(
            FINE_TUNE, training_file, id=self._name(base, suffix), model=base.id, epochs=epochs
        )

    def all(self) -> list[Job]:
        """Return all jobs, oldest first."""
        self._jobs.poll(kinds=(FINE_TUNE,))
        return self._jobs.all((FINE_TUNE,))

    def find(self, job_id: str) -> Job | None:
        """Return a job, if it exists."""
        self._jobs.poll(id=job_id)
        return self._jobs.find(job_id, (FINE_TUNE,))

    def cancel(self, job_id: str) -> Job | None:
        """Cancel a job, and return it; it may have ended already."""
        if self._jobs.find(job_id, (FINE_TUNE,)) is not None:
            self._jobs.end(job_id, CANCELLED)
        return self._jobs.find(job_id, (FINE_TUNE,))

    def _run(self, job: Job) -> str:
        try:
            examples = self._source.examples(self._source.named(job.subject))
        except TrainingDataError as reason:
            logger.warning("The fine-tuning job %s failed: %s", job.id, reason)
            return _FAILED
        self._models.train(job.id, job.details["model"], examples, epochs=job.details["epochs"])
        return SUCCEEDED

    def _name(self, base: ModelCard, suffix: str) -> str:
        short = base.id.rpartition("/")[2]
        # A slash would split the path of the job's URL.
        ending = _NO_NAME.sub("-", suffix).strip("-.")[:_LONGEST_SUFFIX]
        parts = (short, self._ids.uuid(FINE_TUNE)[:8], ending)
        return "-".join(part for part in parts if part)
