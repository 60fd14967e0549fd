"""Namespaces of agent memory: `default`, and up to four more."""

from dataclasses import dataclass
from sqlite3 import IntegrityError

from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import UNIQUE, Rows, Table

DEFAULT = "default"
MOST = 5


class NameTakenError(Exception):
    """The name is taken."""


class TooManyError(Exception):
    """The number of namespaces is at its limit."""


@dataclass(frozen=True)
class Namespace:
    """A namespace.

    Attributes:
        instructions: The instructions for its summaries.
    """

    id: str
    name: str
    instructions: str | None = None


_NAMESPACES = Table(
    "memory_namespaces",
    Namespace,
    {"id": UNIQUE, "name": UNIQUE, "instructions": "TEXT"},
    numbered=True,
)
SCHEMA = _NAMESPACES.schema


class Namespaces:
    """The namespaces of the account.

    Args:
        store: The database.
        ids: The source of ids.
    """

    def __init__(self, store: Store, ids: Ids) -> None:
        self._store = store
        self._namespaces = Rows(store, _NAMESPACES)
        self._ids = ids

    def all(self) -> list[Namespace]:
        """Return all namespaces, `default` first."""
        self._need_default()
        return self._namespaces.select()

    def find(self, name: str) -> Namespace | None:
        """Return a namespace, if it exists."""
        if name == DEFAULT:
            self._need_default()
        return self._namespaces.get(name=name)

    def create(self, name: str) -> Namespace:
        """Create a namespace.

        Raises:
            NameTakenError: The name is taken.
            TooManyError: There are five already.
        """
        with self._store.transaction():
            everything = self.all()
            if any(namespace.name == name for namespace in everything):
                raise NameTakenError
            if len(everything) >= MOST:
                raise TooManyError
            return self._add(name)

    def delete(self, namespace: Namespace) -> None:
        """Delete a namespace with its contents."""
        self._namespaces.delete(id=namespace.id)

    def instruct(self, namespace: Namespace, instructions: str | None) -> Namespace:
        """Set the instructions for a namespace's summaries."""
        self._namespaces.update({"instructions": instructions}, id=namespace.id)
        return Namespace(namespace.id, namespace.name, instructions)

    def _need_default(self) -> None:
        if self._namespaces.get(name=DEFAULT) is None:
            try:
                self._add(DEFAULT)
            except IntegrityError:
                return  # another request has created it

    def _add(self, name: str) -> Namespace:
        new = Namespace(self._ids.uuid("memory-namespace"), name)
        self._namespaces.insert(**vars(new))
        return new
