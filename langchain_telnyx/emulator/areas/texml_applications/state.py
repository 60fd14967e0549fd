"""The TeXML applications of the account."""

from dataclasses import dataclass

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import TEXT, UNIQUE, Rows, Table


@dataclass(frozen=True)
class Application:
    """A TeXML application."""

    id: str
    friendly_name: str
    voice_url: str
    voice_method: str
    created_at: str
    updated_at: str


_APPLICATIONS = Table(
    "texml_applications",
    Application,
    {
        "id": UNIQUE,
        "friendly_name": TEXT,
        "voice_url": TEXT,
        "voice_method": TEXT,
        "created_at": TEXT,
        "updated_at": TEXT,
    },
    numbered=True,
)
SCHEMA = _APPLICATIONS.schema


class TexmlApplications:
    """The TeXML applications of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._rows = Rows(store, _APPLICATIONS)
        self._clock = clock
        self._ids = ids

    def create(self, friendly_name: str, voice_url: str, voice_method: str) -> Application:
        """Create an application."""
        now = self._clock.stamp()
        made = str(self._ids.uuid("texml-application"))
        application = Application(made, friendly_name, voice_url, voice_method, now, now)
        self._rows.insert(**vars(application))
        return application

    def page(self, limit: int, offset: int) -> tuple[int, list[Application]]:
        """Return the number of applications, and some of them, oldest first."""
        return self._rows.page(limit, offset)

    def get(self, application_id: str) -> Application | None:
        """Return an application, if it exists."""
        return self._rows.get(id=application_id)

    def update(self, application_id: str, **changes: str) -> Application | None:
        """Change an application; return it, if it exists."""
        self._rows.update({**changes, "updated_at": self._clock.stamp()}, id=application_id)
        return self.get(application_id)

    def delete(self, application_id: str) -> Application | None:
        """Delete an application; return it, if it existed."""
        found = self.get(application_id)
        self._rows.delete(id=application_id)
        return found
