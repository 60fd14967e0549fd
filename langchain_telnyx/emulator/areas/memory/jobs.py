"""Agent memory: background jobs for writes and summaries, and recall by relevance."""

import hashlib
import json
from typing import Any

from langchain_telnyx.emulator.areas.memory import namespaces
from langchain_telnyx.emulator.areas.memory import state as profiles
from langchain_telnyx.emulator.areas.memory.extraction import facts
from langchain_telnyx.emulator.areas.memory.namespaces import Namespaces
from langchain_telnyx.emulator.areas.memory.state import Memory, Profile, Profiles, source_id
from langchain_telnyx.emulator.model.summary import summarise
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.runtime.jobs import Job, Jobs, JobStates
from langchain_telnyx.emulator.search.ranking import ranked
from langchain_telnyx.emulator.storage.database import Store

REMEMBER = "remember"
INGEST = "ingest"
SUMMARISE = "summarise-profile"
_WRITES = (REMEMBER, INGEST)
_ON_A_CARD = 5

SCHEMA = f"{namespaces.SCHEMA};\n{profiles.SCHEMA}"


class AgentMemory:
    """The agent memory of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
        jobs: The background jobs, which run writes and summaries.

    Attributes:
        namespaces: Its namespaces.
        profiles: Its profiles.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids, jobs: Jobs) -> None:
        self._store = store
        self._ids = ids
        self._jobs = jobs
        self.namespaces = Namespaces(store, ids)
        self.profiles = Profiles(store, clock)
        for kind in _WRITES:
            jobs.runners[kind] = self._write
            jobs.states[kind] = JobStates(("pending", "processing"))
        jobs.runners[SUMMARISE] = self._summarise

    def remember(self, profile: Profile, text: str) -> tuple[Job, str]:
        """Start to store a fact verbatim; return the operation and the id of the source."""
        source = source_id(profile, "fact", text)
        return self._submit(REMEMBER, profile, source, None, text), source

    def ingest(self, profile: Profile, content: Any, session: str | None) -> tuple[Job, str, str]:
        """Start to store a session; return the operation, the source's id, and the session's id."""
        session = session or hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]
        source = source_id(profile, "session", session)
        return self._submit(INGEST, profile, source, session, content), source, session

    def operation(self, namespace: str, operation_id: str) -> Job | None:
        """Return a write with its current status, if it exists in a namespace."""
        self._jobs.poll(id=operation_id)
        job = self._jobs.find(operation_id, _WRITES)
        return job if job is not None and job.details["namespace"] == namespace else None

    def recall(self, profile: Profile, query: str, limit: int) -> list[tuple[Memory, float]]:
        """Return a profile's memories with their relevance, best first, then newest first."""
        held = self.profiles.memories(profile)
        best = ranked(query, [memory.text for memory in held])[:limit]
        return [(held[place], score) for place, score in best]

    def card(self, profile: Profile, instructions: str | None) -> str | None:
        """Return a profile's summary for some instructions; `None` without memories.

        Without a language model, the instructions only select the memories of the summary: those
        nearest to them.
        """
        held = [memory.text for memory in reversed(self.profiles.memories(profile))]
        if not held:
            return None
        if instructions:
            best = [place for place, score in ranked(instructions, held)[:_ON_A_CARD] if score > 0]
            held = [held[place] for place in sorted(best)] or held
        return summarise("\n\n".join(held), most=_ON_A_CARD)

    def is_stale(self, profile: Profile) -> bool:
        """Return whether a profile has changed since its summary was written."""
        changed = self.profiles.changed_at(profile)
        summary = self.profiles.summary(profile)
        return changed is not None and (summary is None or summary.generated_at < changed)

    def show_summary(self, profile: Profile) -> None:
        """Count a poll of a profile's summary; see `Jobs.poll`."""
        self._jobs.poll(subject=_subject(profile), kinds=(SUMMARISE,))

    def forget(self, profile: Profile) -> int:
        """Delete a profile, and cancel its writes; return the number of its memories."""
        with self._store.transaction():
            for job in self._jobs.all(_WRITES):
                about = job.details["namespace"], job.details["profile"]
                if job.finished_at is None and about == profile.key:
                    self._jobs.end(job.id, "cancelled")
            return self.profiles.erase(profile)

    def forget_source(self, profile: Profile, source: str) -> int | None:
        """Delete a source; return the number of its memories, `None` if it does not exist."""
        had = self.profiles.erase_source(profile, source)
        if had is not None:
            # Immediately, so that no summary shows deleted memories.
            self.profiles.summarise(profile, self.card(profile, self._instructions(profile)))
        return had

    def _submit(
        self, kind: str, profile: Profile, source: str, session: str | None, content: Any
    ) -> Job:
        return self._jobs.submit(
            kind,
            _subject(profile),
            id=self._ids.uuid("memory-operation"),
            namespace=profile.namespace,
            profile=profile.name,
            source=source,
            session=session,
            content=content,
        )

    def _write(self, job: Job) -> str:
        details = job.details
        profile = Profile(details["namespace"], details["profile"])
        content = details["content"]
        found = [content] if job.kind == REMEMBER else facts(content)
        with self._store.transaction():
            if not any(profile.namespace == each.id for each in self.namespaces.all()):
                return "cancelled"  # its namespace was deleted
            now = self._jobs.find(job.id, _WRITES)
            if now is None or now.finished_at is not None:
                return "cancelled"
            self.profiles.write(profile, details["source"], details["session"], content, found)
        if not self._jobs.waiting((SUMMARISE,), _subject(profile)):
            self._jobs.submit(
                SUMMARISE,
                _subject(profile),
                id=self._ids.uuid(SUMMARISE),
                namespace=profile.namespace,
                profile=profile.name,
            )
        return "completed"

    def _summarise(self, job: Job) -> str:
        profile = Profile(job.details["namespace"], job.details["profile"])
        with self._store.transaction():
            if any(profile.namespace == each.id for each in self.namespaces.all()):
                text = self.card(profile, self._instructions(profile))
                self.profiles.summarise(profile, text)
        return "success"

    def _instructions(self, profile: Profile) -> str | None:
        return next(
            (each.instructions for each in self.namespaces.all() if each.id == profile.namespace),
            None,
        )


def _subject(profile: Profile) -> str:
    return f"{profile.namespace}/{profile.name}"
