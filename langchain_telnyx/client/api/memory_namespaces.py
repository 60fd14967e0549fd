"""Namespaces of agent memory: isolated stores of memories, and their summary settings.

API page: https://developers.telnyx.com/api-reference/namespaces/list-your-namespaces
"""

from typing import TypeAlias

from langchain_telnyx.client.api.memory_results import MemoryNamespace, MemorySettings
from langchain_telnyx.client.call import Call, path
from langchain_telnyx.client.decode import check_empty, data, rows
from langchain_telnyx.client.endpoint import M, Resource, endpoint
from langchain_telnyx.client.rows import Rows

DEFAULT = "default"
"""The namespace that every organisation has."""

# Defined here, because `list` is a method inside the class.
_Namespaces: TypeAlias = Rows[MemoryNamespace]


class MemoryNamespaces(Resource[M]):
    """`telnyx.memory_namespaces`: isolated stores of memories."""

    @endpoint
    def list(self) -> Call[_Namespaces]:
        """List the namespaces, `default` among them.

        Endpoint: `GET /ai/memory/namespaces`.
        """
        return Call("GET", "/ai/memory/namespaces", rows(MemoryNamespace))

    @endpoint
    def create(self, name: str) -> Call[MemoryNamespace]:
        """Create a namespace; there can be five.

        Endpoint: `POST /ai/memory/namespaces`.

        Args:
            name: Its name.

        Raises:
            PermissionDeniedError: There are five already.
        """
        return Call("POST", "/ai/memory/namespaces", data(MemoryNamespace), json={"name": name})

    @endpoint
    def delete(self, namespace: str) -> Call[None]:
        """Delete a namespace and its memories, permanently.

        Endpoint: `DELETE /ai/memory/namespaces/{namespace}`.

        Args:
            namespace: Its name; `default` cannot be deleted.
        """
        return Call("DELETE", path("/ai/memory/namespaces/{}", namespace), check_empty)

    @endpoint
    def settings(self, *, namespace: str = DEFAULT) -> Call[MemorySettings]:
        """Fetch the summary settings of a namespace.

        Endpoint: `GET /ai/memory/namespaces/{namespace}/settings`.

        Args:
            namespace: The namespace.
        """
        target = path("/ai/memory/namespaces/{}/settings", namespace)
        return Call("GET", target, data(MemorySettings))

    @endpoint
    def update_settings(
        self, *, summary_instructions: str, namespace: str = DEFAULT
    ) -> Call[MemorySettings]:
        """Change the summary settings of a namespace, for future summaries.

        Endpoint: `PATCH /ai/memory/namespaces/{namespace}/settings`.

        Args:
            summary_instructions: The instructions, 2,000 characters at most; empty for none.
            namespace: The namespace.
        """
        return Call(
            "PATCH",
            path("/ai/memory/namespaces/{}/settings", namespace),
            data(MemorySettings),
            json={"summary": {"instructions": summary_instructions}},
            repeatable=True,
        )
