"""Phone numbers of the account: find them, and set the connection that gets their calls.

API page: https://developers.telnyx.com/api-reference/phone-number-configurations/list-phone-numbers
"""

from langchain_telnyx.client.call import Call, Paging, path, query
from langchain_telnyx.client.decode import Model, data
from langchain_telnyx.client.endpoint import M, Resource, endpoint, paged
from langchain_telnyx.client.paging import numbered_pages


class PhoneNumber(Model):
    """A phone number of the account.

    Attributes:
        id: Its id.
        phone_number: The number, such as `+13125550100`.
        status: Such as `active`.
        connection_id: The connection that gets its calls.
        connection_name: The name of that connection.
    """

    id: str
    phone_number: str
    status: str | None = None
    connection_id: str | None = None
    connection_name: str | None = None


class PhoneNumbers(Resource[M]):
    """`telnyx.phone_numbers`: which connection gets the calls to a number."""

    @paged
    def list(
        self, *, phone_number: str | None = None, page_size: int | None = None
    ) -> Paging[PhoneNumber]:
        """List the phone numbers of the account.

        Endpoint: `GET /phone_numbers`.

        Args:
            phone_number: Only numbers with these digits, at least three, also as a part.
            page_size: How many to fetch at a time.
        """
        return numbered_pages(
            "/phone_numbers",
            PhoneNumber,
            page_size=page_size,
            parameters=query(**{"filter[phone_number]": phone_number}),
        )

    @endpoint
    def get(self, phone_number_id: str) -> Call[PhoneNumber]:
        """Fetch a phone number.

        Endpoint: `GET /phone_numbers/{id}`.

        Args:
            phone_number_id: Its id.

        Raises:
            NotFoundError: The id does not exist.
        """
        return Call("GET", path("/phone_numbers/{}", phone_number_id), data(PhoneNumber))

    @endpoint
    def update(self, phone_number_id: str, *, connection_id: str) -> Call[PhoneNumber]:
        """Set the connection that gets the calls to a number.

        Endpoint: `PATCH /phone_numbers/{phone_number_id}`.

        Args:
            phone_number_id: Its id.
            connection_id: The connection, such as the id of a TeXML application; empty for none.

        Raises:
            NotFoundError: The id does not exist.
        """
        target = path("/phone_numbers/{}", phone_number_id)
        return Call("PATCH", target, data(PhoneNumber), json={"connection_id": connection_id})
