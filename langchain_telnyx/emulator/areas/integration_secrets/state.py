"""Integration secrets. Their values are not stored: no endpoint returns or uses them."""

from dataclasses import dataclass
from sqlite3 import IntegrityError

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store, Value
from langchain_telnyx.emulator.storage.tables import TEXT, UNIQUE, Rows, Table


class IdentifierTakenError(Exception):
    """A secret has this identifier."""


@dataclass(frozen=True)
class Secret:
    """A secret, without its value."""

    id: str
    identifier: str
    type: str
    created_at: str
    updated_at: str


_SECRETS = Table(
    "integration_secrets",
    Secret,
    {
        "id": UNIQUE,
        "identifier": UNIQUE,
        "type": TEXT,
        "created_at": TEXT,
        "updated_at": TEXT,
    },
    numbered=True,
)
SCHEMA = _SECRETS.schema


class Secrets:
    """The integration secrets of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._secrets = Rows(store, _SECRETS)
        self._clock = clock
        self._ids = ids

    def create(self, identifier: str, kind: str) -> Secret:
        """Create a secret.

        Raises:
            IdentifierTakenError: The identifier is taken.
        """
        now = self._clock.stamp()
        secret = Secret(self._ids.uuid("integration-secret"), identifier, kind, now, now)
        try:
            self._secrets.insert(**vars(secret))
        except IntegrityError:
            raise IdentifierTakenError from None
        return secret

    def page(self, limit: int, offset: int, kind: str | None) -> tuple[int, list[Secret]]:
        """Return the number of secrets, of one type if it is given, and some of them."""
        where: dict[str, Value] = {} if kind is None else {"type": kind}
        found = self._secrets.select(limit=limit, offset=offset, **where)
        return self._secrets.count(**where), found

    def exists(self, identifier: str) -> bool:
        """Whether there is a secret with this identifier."""
        return self._secrets.get(identifier=identifier) is not None

    def delete(self, secret_id: str) -> bool:
        """Delete a secret; return whether it existed."""
        return bool(self._secrets.delete(id=secret_id))
