"""Assistants and their versions. A deleted assistant is not found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.emulator.model.request import DEFAULT_MODEL
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import TEXT, UNIQUE, Rows, Table

_NOT_CLONED = {"telephony_settings", "messaging_settings"}


@dataclass(frozen=True)
class Version:
    """One version of an assistant.

    Attributes:
        fields: Its settings, as in a response.
    """

    assistant_id: str
    version_id: str
    created_at: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Assistant:
    """An assistant.

    Attributes:
        version_id: The version in use.
    """

    id: str
    created_at: str
    version_id: str


_ASSISTANTS = Table(
    "assistants",
    Assistant,
    {"id": UNIQUE, "created_at": TEXT, "version_id": TEXT},
    numbered=True,
)
_VERSIONS = Table(
    "assistant_versions",
    Version,
    {
        "assistant_id": f"{TEXT} REFERENCES assistants (id) ON DELETE CASCADE",
        "version_id": UNIQUE,
        "created_at": TEXT,
        "fields": TEXT,
    },
    numbered=True,
    indexes={"versions_of_assistant": ["assistant_id", "number"]},
    json=["fields"],
)
SCHEMA = f"{_ASSISTANTS.schema};\n{_VERSIONS.schema}"


class Assistants:
    """The assistants of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._assistants = Rows(store, _ASSISTANTS)
        self._versions = Rows(store, _VERSIONS)
        self._clock = clock
        self._ids = ids

    def all(self) -> list[dict[str, Any]]:
        """Return all assistants as in a response, oldest first."""
        with self._store.snapshot():
            return [self._shown(assistant) for assistant in self._assistants.select()]

    def find(self, assistant_id: str) -> dict[str, Any] | None:
        """Return an assistant as in a response, if it exists."""
        with self._store.snapshot():
            found = self._assistants.get(id=assistant_id)
            return None if found is None else self._shown(found)

    def create(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Create an assistant, with its TeXML application and its messaging profile."""
        assistant_id = f"assistant-{self._ids.uuid('assistant')}"
        telephony = {"default_texml_app_id": self._ids.uuid("texml-application")}
        messaging = {"default_messaging_profile_id": self._ids.uuid("messaging-profile")}
        settings = {
            "model": DEFAULT_MODEL,
            **fields,
            "telephony_settings": {**telephony, **fields.get("telephony_settings", {})},
            "messaging_settings": {**messaging, **fields.get("messaging_settings", {})},
        }
        with self._store.transaction():
            version = self._version(assistant_id, settings)
            created = Assistant(assistant_id, version.created_at, version.version_id)
            self._assistants.insert(**vars(created))
            self._versions.insert(**vars(version))
        return _shown(created, version)

    def update(
        self, assistant_id: str, changes: Mapping[str, Any], *, promote: bool
    ) -> dict[str, Any] | None:
        """Store a new version, and use it if `promote`; `None` if there is no such assistant."""
        with self._store.transaction():
            found = self._assistants.get(id=assistant_id)
            if found is None:
                return None
            before = self._current(found).fields
            name = {"version_name": changes.get("version_name")}
            version = self._version(assistant_id, {**before, **changes, **name})
            self._versions.insert(**vars(version))
            if promote:
                self._assistants.update({"version_id": version.version_id}, id=assistant_id)
            return _shown(found, version)

    def clone(self, assistant_id: str) -> dict[str, Any] | None:
        """Copy an assistant, without its telephony and messaging settings."""
        with self._store.transaction():
            found = self._assistants.get(id=assistant_id)
            if found is None:
                return None
            fields = self._current(found).fields
            return self.create({k: v for k, v in fields.items() if k not in _NOT_CLONED})

    def delete(self, assistant_id: str) -> bool:
        """Delete an assistant with its versions; return whether it existed."""
        return bool(self._assistants.delete(id=assistant_id))

    def versions(self, assistant_id: str) -> list[dict[str, Any]] | None:
        """Return the versions of an assistant, oldest first; `None` if it does not exist."""
        with self._store.snapshot():
            found = self._assistants.get(id=assistant_id)
            if found is None:
                return None
            return [
                _shown(found, version)
                for version in self._versions.select(assistant_id=assistant_id)
            ]

    def promote(self, assistant_id: str, version_id: str) -> dict[str, Any] | None:
        """Use a version from now on; `None` if the assistant does not have it."""
        with self._store.transaction():
            found = self._assistants.get(id=assistant_id)
            version = self._versions.get(assistant_id=assistant_id, version_id=version_id)
            if found is None or version is None:
                return None
            self._assistants.update({"version_id": version_id}, id=assistant_id)
            return _shown(found, version)

    def _version(self, assistant_id: str, fields: Mapping[str, Any]) -> Version:
        version_id = self._ids.uuid("assistant-version")
        return Version(assistant_id, version_id, self._clock.stamp(), dict(fields))

    def _current(self, assistant: Assistant) -> Version:
        [version] = self._versions.select(version_id=assistant.version_id)
        return version

    def _shown(self, assistant: Assistant) -> dict[str, Any]:
        return _shown(assistant, self._current(assistant))


def _shown(assistant: Assistant, version: Version) -> dict[str, Any]:
    return {
        "id": assistant.id,
        "created_at": assistant.created_at,
        **version.fields,
        "version_id": version.version_id,
        "version_created_at": version.created_at,
    }
