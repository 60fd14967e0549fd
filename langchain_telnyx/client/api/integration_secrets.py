"""Integration secrets: credentials of other services, which assistants refer to by name.

API page: https://developers.telnyx.com/api-reference/integration-secrets/create-a-secret
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import SecretStr

from langchain_telnyx.client.call import JSON, Call, Flow, Paging, omit_none, path, query
from langchain_telnyx.client.decode import Model, check_empty, data
from langchain_telnyx.client.endpoint import M, Resource, endpoint, paged
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.paging import numbered_pages
from langchain_telnyx.client.redaction import redactor

SecretType = Literal["bearer", "basic"]


class IntegrationSecret(Model):
    """A stored secret; the API does not return its value.

    Attributes:
        id: Its id, for `delete`.
        identifier: Its name, for fields such as `llm_api_key_ref`.
        record_type: `integration_secret`.
        created_at: When it was created.
        updated_at: When it was changed.
    """

    id: str
    identifier: str
    record_type: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class _Secret(JSON):
    """A request body with a secret: its repr has no values."""

    def __repr__(self) -> str:
        return f"<{', '.join(self)}>"


class IntegrationSecrets(Resource[M]):
    """`telnyx.integration_secrets`: credentials that assistants refer to by name."""

    @paged
    def list(
        self,
        *,
        type: SecretType | None = None,  # noqa: A002 - the API's name
        page_size: int | None = None,
    ) -> Paging[IntegrationSecret]:
        """List all secrets, without their values.

        Endpoint: `GET /integration_secrets`.

        Args:
            type: Only secrets of this type.
            page_size: How many to fetch at a time.
        """
        return numbered_pages(
            "/integration_secrets",
            IntegrationSecret,
            page_size=page_size,
            parameters=query(**{"filter[type]": type}),
        )

    @endpoint
    def create(
        self,
        identifier: str,
        *,
        token: str | SecretStr | None = None,
        username: str | None = None,
        password: str | SecretStr | None = None,
    ) -> Flow[IntegrationSecret]:
        """Store a secret: a bearer token, or a username and a password.

        Its value is in no log and no error, also if the server quotes it. Values of fewer than 7
        characters are not redacted in what a server quotes.

        Endpoint: `POST /integration_secrets`.

        Args:
            identifier: Its name, which is unique.
            token: The token of a `bearer` secret.
            username: The username of a `basic` secret.
            password: The password of a `basic` secret.

        Raises:
            ValueError: There is neither a token nor a username with a password, or there are both.
        """
        return _create(identifier, _hidden(token), username, _hidden(password))

    @endpoint
    def delete(self, secret_id: str) -> Call[None]:
        """Delete a secret.

        Endpoint: `DELETE /integration_secrets/{id}`.

        Args:
            secret_id: Its id, which is not its identifier.

        Raises:
            NotFoundError: The id does not exist.
        """
        return Call("DELETE", path("/integration_secrets/{}", secret_id), check_empty)


def _hidden(value: str | SecretStr | None) -> SecretStr | None:
    return SecretStr(value) if isinstance(value, str) else value


def _create(
    identifier: str, token: SecretStr | None, username: str | None, password: SecretStr | None
) -> Flow[IntegrationSecret]:
    basic = username is not None and password is not None
    if (token is None) != basic or (token is not None and (username or password)):
        raise ValueError("Pass either `token`, or `username` and `password`.")
    kind: SecretType = "basic" if basic else "bearer"
    values = {
        name: secret.get_secret_value()
        for name, secret in (("token", token), ("password", password))
        if secret is not None
    }
    body = _Secret(omit_none(identifier=identifier, type=kind, username=username, **values))
    call: Call[Any] = Call("POST", "/integration_secrets", data(IntegrationSecret), json=body)
    try:
        stored: IntegrationSecret = yield from call
    except TelnyxError as error:
        for value in values.values():
            redactor(value).error(error)
        raise
    return stored
