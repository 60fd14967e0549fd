"""The phone numbers of the account."""

from dataclasses import dataclass

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import TEXT, UNIQUE, Rows, Table


@dataclass(frozen=True)
class Number:
    """A phone number; without a connection its `connection_id` is empty."""

    id: str
    phone_number: str
    connection_id: str
    created_at: str


_NUMBERS = Table(
    "phone_numbers",
    Number,
    {"id": UNIQUE, "phone_number": UNIQUE, "connection_id": TEXT, "created_at": TEXT},
    numbered=True,
)
SCHEMA = _NUMBERS.schema


class PhoneNumbers:
    """The phone numbers of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._rows = Rows(store, _NUMBERS)
        self._clock = clock
        self._ids = ids

    def add(self, phone_number: str, connection_id: str) -> Number:
        """Add a number.

        Raises:
            IntegrityError: The account has the number.
        """
        made = str(self._ids.uuid("phone-number"))
        number = Number(made, phone_number, connection_id, self._clock.stamp())
        self._rows.insert(**vars(number))
        return number

    def containing(self, digits: str) -> list[Number]:
        """Return the numbers that contain these digits, newest first."""
        found = [each for each in self._rows.select() if digits in each.phone_number]
        return found[::-1]

    def get(self, number_id: str) -> Number | None:
        """Return a number, if it exists."""
        return self._rows.get(id=number_id)

    def connect(self, number_id: str, connection_id: str) -> None:
        """Set the connection of a number."""
        self._rows.update({"connection_id": connection_id}, id=number_id)
