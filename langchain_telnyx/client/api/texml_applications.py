"""TeXML applications: the connections whose voice URL decides what a call does.

API page: https://developers.telnyx.com/api-reference/texml-applications/create-a-texml-application
"""

from typing import Literal

from langchain_telnyx.client.call import Call, Paging, omit_none, path
from langchain_telnyx.client.decode import Model, data
from langchain_telnyx.client.endpoint import M, Resource, endpoint, paged
from langchain_telnyx.client.paging import numbered_pages

_APPLICATIONS = "/texml_applications"
VoiceMethod = Literal["get", "post"]


class TexmlApplication(Model):
    """A TeXML application.

    Attributes:
        id: Its id, which is the `connection_id` of its phone numbers.
        friendly_name: Its name.
        voice_url: The URL that returns the TeXML of a call. It can contain a token: it is not in
            the repr.
        voice_method: The HTTP method of requests to it.
        active: Whether it can be used.
    """

    id: str
    friendly_name: str | None = None
    voice_url: str | None = None
    voice_method: str | None = None
    active: bool | None = None

    def __repr__(self) -> str:
        return f"TexmlApplication(id={self.id!r}, friendly_name={self.friendly_name!r})"

    __str__ = __repr__


class TexmlApplications(Resource[M]):
    """`telnyx.texml_applications`: what calls to a phone number do."""

    @paged
    def list(self, *, page_size: int | None = None) -> Paging[TexmlApplication]:
        """List all TeXML applications.

        Endpoint: `GET /texml_applications`.

        Args:
            page_size: How many to fetch at a time.
        """
        return numbered_pages(_APPLICATIONS, TexmlApplication, page_size=page_size)

    @endpoint
    def get(self, application_id: str) -> Call[TexmlApplication]:
        """Fetch a TeXML application.

        Endpoint: `GET /texml_applications/{id}`.

        Args:
            application_id: Its id.

        Raises:
            NotFoundError: The id does not exist.
        """
        return Call("GET", _path(application_id), data(TexmlApplication))

    @endpoint
    def create(
        self, friendly_name: str, voice_url: str, *, voice_method: VoiceMethod | None = None
    ) -> Call[TexmlApplication]:
        """Create a TeXML application.

        Endpoint: `POST /texml_applications`.

        Args:
            friendly_name: Its name, which need not be unique.
            voice_url: The URL that returns the TeXML of a call.
            voice_method: The HTTP method of requests to it; default: the service's.
        """
        body = omit_none(
            friendly_name=friendly_name, voice_url=voice_url, voice_method=voice_method
        )
        return Call("POST", _APPLICATIONS, data(TexmlApplication), json=body)

    @endpoint
    def update(
        self,
        application_id: str,
        friendly_name: str,
        voice_url: str,
        *,
        voice_method: VoiceMethod | None = None,
    ) -> Call[TexmlApplication]:
        """Change a TeXML application; the API requires its name and voice URL.

        Endpoint: `PATCH /texml_applications/{id}`.

        Args:
            application_id: Its id.
            friendly_name: Its name.
            voice_url: The URL that returns the TeXML of a call.
            voice_method: The HTTP method of requests to it; default: unchanged.

        Raises:
            NotFoundError: The id does not exist.
        """
        body = omit_none(
            friendly_name=friendly_name, voice_url=voice_url, voice_method=voice_method
        )
        return Call("PATCH", _path(application_id), data(TexmlApplication), json=body)

    @endpoint
    def delete(self, application_id: str) -> Call[TexmlApplication]:
        """Delete a TeXML application.

        Endpoint: `DELETE /texml_applications/{id}`.

        Args:
            application_id: Its id.

        Raises:
            NotFoundError: The id does not exist.
        """
        return Call("DELETE", _path(application_id), data(TexmlApplication))


def _path(application_id: str) -> str:
    return path("/texml_applications/{}", application_id)
