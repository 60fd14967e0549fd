"""Agent memory: facts that an assistant stores about a caller between calls, by profile.

API page: https://developers.telnyx.com/api-reference/memory/recall-a-profiles-memories-ranked
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from langchain_telnyx.client.api.memory_namespaces import DEFAULT
from langchain_telnyx.client.api.memory_results import (
    Erased,
    Memory,
    MemoryOperation,
    MemorySource,
    MemorySummary,
    MemoryWrite,
    Profile,
    Recollection,
)
from langchain_telnyx.client.call import Call, Flow, Paging, omit_none, path, query
from langchain_telnyx.client.decode import data, rows
from langchain_telnyx.client.endpoint import M, Resource, endpoint, paged
from langchain_telnyx.client.paging import numbered_pages
from langchain_telnyx.client.rows import Rows
from langchain_telnyx.client.waiting import wait_until_done

Content: TypeAlias = dict[str, Any] | list[Any] | str | float | bool
"""Any JSON value but null."""


class AgentMemory(Resource[M]):
    """`telnyx.memory`: memories, by namespace and profile."""

    @paged
    def profiles(
        self, *, namespace: str = DEFAULT, page_size: int | None = None
    ) -> Paging[Profile]:
        """List the profiles with memories, those with the most first.

        Endpoint: `GET /ai/memory/namespaces/{namespace}/profiles`.

        Args:
            namespace: The namespace.
            page_size: Profiles per request.
        """
        target = path("/ai/memory/namespaces/{}/profiles", namespace)
        return numbered_pages(target, Profile, page_size=page_size)

    @endpoint
    def delete_profile(self, profile_id: str, *, namespace: str = DEFAULT) -> Call[Erased]:
        """Delete all memories of a profile, permanently.

        Endpoint: `DELETE /ai/memory/namespaces/{namespace}/profiles/{profile_id}`.

        Args:
            profile_id: The profile.
            namespace: Its namespace.
        """
        return Call("DELETE", _profile(namespace, profile_id), data(Erased))

    @endpoint
    def remember(
        self, profile_id: str, text: str, *, namespace: str = DEFAULT
    ) -> Call[MemoryWrite]:
        """Store a fact unchanged; storing it again creates no second memory.

        Endpoint: `POST /ai/memory/namespaces/{namespace}/profiles/{profile_id}/remember`.

        Args:
            profile_id: Your identifier of a caller, user or agent.
            text: The fact.
            namespace: The namespace.

        Returns:
            The write; it can be recalled once `wait(written.operation_id)` returns.
        """
        return Call(
            "POST",
            _profile(namespace, profile_id, "remember"),
            data(MemoryWrite),
            json={"text": text},
            repeatable=True,
        )

    @endpoint
    def ingest(
        self,
        profile_id: str,
        content: Content,
        *,
        session_id: str | None = None,
        namespace: str = DEFAULT,
    ) -> Call[MemoryWrite]:
        """Store a session: the service extracts facts from it in the background.

        Endpoint: `POST /ai/memory/namespaces/{namespace}/profiles/{profile_id}/ingest`.

        Args:
            profile_id: Your identifier of a caller, user or agent.
            content: Any JSON; usual is `{"messages": [{"role": …, "content": …}]}`.
            session_id: The session's identifier; storing it again replaces its content. Default:
                derived from the content.
            namespace: The namespace.

        Returns:
            The write; it can be recalled once `wait(written.operation_id)` returns.
        """
        return Call(
            "POST",
            _profile(namespace, profile_id, "ingest"),
            data(MemoryWrite),
            query=query(session_id=session_id),
            json=content,
            repeatable=True,
        )

    @endpoint
    def operation(self, operation_id: str, *, namespace: str = DEFAULT) -> Call[MemoryOperation]:
        """Fetch the progress of a write.

        Endpoint: `GET /ai/memory/namespaces/{namespace}/operations/{operation_id}`.

        Args:
            operation_id: The write's `operation_id`.
            namespace: The namespace.
        """
        return _operation(namespace, operation_id)

    @endpoint
    def wait(
        self,
        operation_id: str,
        *,
        namespace: str = DEFAULT,
        timeout: float | None = 600.0,
        on_progress: Callable[[MemoryOperation], None] | None = None,
    ) -> Flow[MemoryOperation]:
        """Wait until a write can be recalled.

        Args:
            operation_id: The write's `operation_id`.
            namespace: The namespace.
            timeout: Seconds to wait at most; `None` waits for ever.
            on_progress: Called with the result of every poll.

        Raises:
            TaskError: It failed, or was cancelled.
            TaskTimeoutError: It has not ended in time.
        """
        return wait_until_done(
            lambda: _operation(namespace, operation_id),
            what="Memory operation",
            id=operation_id,
            status=lambda operation: operation.status,
            succeeded={"completed"},
            failed={"failed", "cancelled"},
            timeout=timeout,
            on_progress=on_progress,
        )

    @endpoint
    def recall(
        self, profile_id: str, query: str, *, top_k: int | None = None, namespace: str = DEFAULT
    ) -> Call[Rows[Recollection]]:
        """Find the memories that answer a question, the best first.

        Endpoint: `POST /ai/memory/namespaces/{namespace}/profiles/{profile_id}/recall`.

        Args:
            profile_id: The profile.
            query: The question.
            top_k: How many memories.
            namespace: The namespace.
        """
        return Call(
            "POST",
            _profile(namespace, profile_id, "recall"),
            rows(Recollection),
            json=omit_none(query=query, top_k=top_k),
            repeatable=True,
        )

    @endpoint
    def summary(self, profile_id: str, *, namespace: str = DEFAULT) -> Call[MemorySummary]:
        """Fetch the whole profile as one card, for the start of a session.

        Endpoint: `GET /ai/memory/namespaces/{namespace}/profiles/{profile_id}/summary`.

        Args:
            profile_id: The profile.
            namespace: The namespace.
        """
        return Call("GET", _profile(namespace, profile_id, "summary"), data(MemorySummary))

    @endpoint
    def preview_summary(
        self, profile_id: str, instructions: str = "", *, namespace: str = DEFAULT
    ) -> Call[MemorySummary]:
        """Create a summary with other instructions, as a preview; this may take two minutes.

        Endpoint: `POST /ai/memory/namespaces/{namespace}/profiles/{profile_id}/summary/preview`.

        Args:
            profile_id: The profile.
            instructions: The instructions, 2,000 characters at most; empty for none.
            namespace: The namespace.
        """
        return Call(
            "POST",
            _profile(namespace, profile_id, "summary/preview"),
            data(MemorySummary),
            json={"instructions": instructions},
            repeatable=True,
        )

    @paged
    def memories(
        self,
        profile_id: str,
        *,
        source_id: str | None = None,
        session_id: str | None = None,
        namespace: str = DEFAULT,
        page_size: int | None = None,
    ) -> Paging[Memory]:
        """List the memories of a profile.

        Endpoint: `GET /ai/memory/namespaces/{namespace}/profiles/{profile_id}/memories`.

        Args:
            profile_id: The profile.
            source_id: Only what was extracted from this source; not with `session_id`.
            session_id: Only what was extracted from this session.
            namespace: The namespace.
            page_size: Memories per request.
        """
        return numbered_pages(
            _profile(namespace, profile_id, "memories"),
            Memory,
            page_size=page_size,
            parameters=query(source_id=source_id, session_id=session_id),
        )

    @endpoint
    def get_memory(
        self, profile_id: str, memory_id: str, *, namespace: str = DEFAULT
    ) -> Call[Memory]:
        """Fetch a memory and its source.

        Endpoint: `GET /ai/memory/namespaces/{namespace}/profiles/{profile_id}/memories/{memory_id}`.

        Args:
            profile_id: The profile.
            memory_id: Its id.
            namespace: The namespace.
        """  # noqa: E501 - the path is that long
        target = f"{_profile(namespace, profile_id, 'memories')}{path('/{}', memory_id)}"
        return Call("GET", target, data(Memory))

    @paged
    def sources(
        self,
        profile_id: str,
        *,
        session_id: str | None = None,
        namespace: str = DEFAULT,
        page_size: int | None = None,
    ) -> Paging[MemorySource]:
        """List the sources of a profile's memories, without their content, the newest first.

        Endpoint: `GET /ai/memory/namespaces/{namespace}/profiles/{profile_id}/sources`.

        Args:
            profile_id: The profile.
            session_id: Only this session.
            namespace: The namespace.
            page_size: Sources per request.
        """
        return numbered_pages(
            _profile(namespace, profile_id, "sources"),
            MemorySource,
            page_size=page_size,
            parameters=query(session_id=session_id),
        )

    @endpoint
    def get_source(
        self, profile_id: str, source_id: str, *, namespace: str = DEFAULT
    ) -> Call[MemorySource]:
        """Fetch a source with its content, as it was sent.

        Endpoint: `GET /ai/memory/namespaces/{namespace}/profiles/{profile_id}/sources/{source_id}`.

        Args:
            profile_id: The profile.
            source_id: Its id.
            namespace: The namespace.

        Raises:
            NotFoundError: It does not exist, or is not stored yet.
        """
        return Call("GET", _source(namespace, profile_id, source_id), data(MemorySource))

    @endpoint
    def delete_source(
        self, profile_id: str, source_id: str, *, namespace: str = DEFAULT
    ) -> Call[Erased]:
        """Delete a source and the memories extracted from it, permanently.

        Endpoint: `DELETE /ai/memory/namespaces/{namespace}/profiles/{profile_id}/sources/{source_id}`.

        Args:
            profile_id: The profile.
            source_id: Its id.
            namespace: The namespace.
        """  # noqa: E501 - the path is that long
        return Call("DELETE", _source(namespace, profile_id, source_id), data(Erased))


def _operation(namespace: str, operation_id: str) -> Call[MemoryOperation]:
    target = path("/ai/memory/namespaces/{}/operations/{}", namespace, operation_id)
    return Call("GET", target, data(MemoryOperation))


def _profile(namespace: str, profile_id: str, part: str = "") -> str:
    profile = path("/ai/memory/namespaces/{}/profiles/{}", namespace, profile_id)
    return f"{profile}/{part}" if part else profile


def _source(namespace: str, profile_id: str, source_id: str) -> str:
    return f"{_profile(namespace, profile_id, 'sources')}{path('/{}', source_id)}"
