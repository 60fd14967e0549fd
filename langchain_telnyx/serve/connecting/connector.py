"""Connects a phone number at Telnyx to a served agent, and undoes it.

Resources are recognised by a name of ours, such as `langchain-telnyx: my_app:agent`. What was there
before is recorded in a file before the first change. So a run that a crash interrupts is completed
by the next one, and removing restores the former state from any point.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.assistant_results import Assistant
from langchain_telnyx.client.api.phone_numbers import PhoneNumber
from langchain_telnyx.client.api.texml_applications import TexmlApplication
from langchain_telnyx.client.errors import NotFoundError
from langchain_telnyx.serve.connecting.state import StateFile
from langchain_telnyx.serve.connecting.target import ConnectError, Target

_INSTRUCTIONS = "The agent behind the custom LLM has its own instructions."


@dataclass(frozen=True, slots=True)
class Change:
    """A change that a run makes.

    Attributes:
        text: What it changes, from what to what; without tokens.
        run: Makes it.
    """

    text: str
    run: Callable[[], object]


class Connector:
    """Connects a number to an agent, and disconnects it.

    Args:
        telnyx: The client.
        target: What is to be connected.
        state: Where the former state is recorded.
    """

    def __init__(self, telnyx: Telnyx, target: Target, state: StateFile) -> None:
        self._telnyx = telnyx
        self._target = target
        self._state = state
        self._number = _number(telnyx, target.number)

    # Connecting

    def changes(self) -> list[Change]:
        """Return what is to be changed; empty if the number is connected already.

        Raises:
            ConnectError: The account does not have the number.
        """
        if self._target.door == "assistant":
            return list(self._assistant_changes())
        return list(self._relay_changes())

    def apply(self, changes: list[Change], *, record: bool) -> Iterator[str]:
        """Make changes; yield the text of each when it is made.

        Args:
            changes: The changes.
            record: Whether to record first what is there, unless that was done before.
        """
        if record and self._state.read(self._target) is None:
            assistant, application = self._assistant(), self._application()
            former = {
                "connection_id": self._number.connection_id or "",
                "connection_name": self._number.connection_name,
                "assistant_existed": assistant is not None,
                "llm": _fields_of(assistant),
                "application_existed": application is not None,
            }
            self._state.write(self._target, former)
        for change in changes:
            change.run()
            yield change.text

    def _assistant_changes(self) -> Iterator[Change]:
        target, telnyx = self._target, self._telnyx
        secrets = self._secrets()
        assistant = self._assistant()
        if target.secret_name not in secrets:
            yield Change(
                f"integration secret {target.secret_name}: new, with the server's token",
                lambda: telnyx.integration_secrets.create(target.secret_name, token=target.token),
            )
        url = f"{target.llm['base_url']}, model {target.model!r}"
        if assistant is None:
            yield Change(f"assistant {target.name!r}: new, with {url}", self._create_assistant)
        elif (fields := _fields_of(assistant)) != target.llm:
            present = "no custom LLM" if fields is None else str(fields.get("base_url"))
            yield Change(
                f"assistant {target.name!r}: {present} -> {url}",
                lambda: telnyx.assistants.update(
                    assistant.id, external_llm=target.llm, promote_to_main=True
                ),
            )
        application = None if assistant is None else _application_of(assistant)
        yield from self._number_change(application, lambda: _application_of(self._made()))
        for name in sorted(set(secrets) - {target.secret_name}):
            yield Change(
                f"integration secret {name}: deleted, as the token has changed",
                lambda name=name: self._delete_secret(secrets[name]),  # type: ignore[misc]
            )

    def _relay_changes(self) -> Iterator[Change]:
        target, telnyx = self._target, self._telnyx
        application = self._application()
        if application is None:
            yield Change(
                f"TeXML application {target.name!r}: new, with {self._masked(target.voice_url)}",
                lambda: telnyx.texml_applications.create(target.name, target.voice_url),
            )
        elif application.voice_url != target.voice_url:
            present = self._masked(application.voice_url or "no voice URL")
            yield Change(
                f"TeXML application {target.name!r}: {present} -> {self._masked(target.voice_url)}",
                lambda: telnyx.texml_applications.update(
                    application.id, target.name, target.voice_url
                ),
            )

        def made() -> str:
            found = self._application()
            if found is None:
                raise ConnectError(f"The TeXML application {target.name!r} is gone.")
            return found.id

        yield from self._number_change(None if application is None else application.id, made)

    def _number_change(self, connection: str | None, find: Callable[[], str]) -> Iterator[Change]:
        number = self._number
        if connection is not None and number.connection_id == connection:
            return
        present = number.connection_name or number.connection_id or "no connection"
        yield Change(
            f"number {number.phone_number}: {present} -> {self._target.name!r}",
            lambda: self._telnyx.phone_numbers.update(number.id, connection_id=find()),
        )

    def _create_assistant(self) -> None:
        self._telnyx.assistants.create(
            self._target.name,
            _INSTRUCTIONS,
            external_llm=self._target.llm,
            enabled_features=["telephony"],
        )

    def _made(self) -> Assistant:
        assistant = self._assistant()
        if assistant is None:
            raise ConnectError(f"The assistant {self._target.name!r} is gone.")
        return assistant

    # Removing

    def removals(self) -> list[Change]:
        """Return what is to be undone; empty if nothing is connected.

        What was changed elsewhere since is left as it is: a number with another connection.
        """
        record = self._state.read(self._target) or {}
        telnyx, target, number = self._telnyx, self._target, self._number
        assistant, application = self._assistant(), self._application()
        ours = {application.id} if application is not None else set()
        if assistant is not None:
            ours.add(_application_of(assistant))
        changes: list[Change] = []
        former = record.get("connection_id", "")
        if number.connection_id in ours:
            name = record.get("connection_name") or former or "no connection"
            changes.append(
                Change(
                    f"number {number.phone_number}: {target.name!r} -> {name}",
                    lambda: telnyx.phone_numbers.update(number.id, connection_id=former),
                )
            )
        if application is not None and not record.get("application_existed"):
            changes.append(
                Change(
                    f"TeXML application {target.name!r}: deleted",
                    lambda: _ignore_missing(telnyx.texml_applications.delete, application.id),
                )
            )
        former_llm = record.get("llm")
        if assistant is not None and not record.get("assistant_existed"):
            changes.append(
                Change(
                    f"assistant {target.name!r}: deleted",
                    lambda: _ignore_missing(telnyx.assistants.delete, assistant.id),
                )
            )
        elif assistant is not None and former_llm and _fields_of(assistant) != former_llm:
            changes.append(
                Change(
                    f"assistant {target.name!r}: {target.llm['base_url']} -> "
                    f"{former_llm.get('base_url')}",
                    lambda: telnyx.assistants.update(
                        assistant.id, external_llm=former_llm, promote_to_main=True
                    ),
                )
            )
        former_secret = (former_llm or {}).get("llm_api_key_ref")
        for name, secret_id in sorted(self._secrets().items()):
            if name != former_secret:
                changes.append(
                    Change(
                        f"integration secret {name}: deleted",
                        lambda secret_id=secret_id: self._delete_secret(secret_id),  # type: ignore[misc]
                    )
                )
        return changes

    def forget(self) -> None:
        """Remove the record, when everything is undone."""
        self._state.write(self._target, None)

    # The account

    def _assistant(self) -> Assistant | None:
        found = self._telnyx.assistants.list()
        return next((one for one in found if one.name == self._target.name), None)

    def _application(self) -> TexmlApplication | None:
        found = self._telnyx.texml_applications.list()
        return next((one for one in found if one.friendly_name == self._target.name), None)

    def _secrets(self) -> dict[str, str]:
        """Return the ids of this agent's secrets, by name."""
        return {
            secret.identifier: secret.id
            for secret in self._telnyx.integration_secrets.list()
            if secret.identifier is not None
            and secret.id is not None
            and secret.identifier.startswith(self._target.secret_prefix)
        }

    def _delete_secret(self, secret_id: str) -> None:
        _ignore_missing(self._telnyx.integration_secrets.delete, secret_id)

    def _masked(self, url: str) -> str:
        """Return a voice URL without the token, and without the token of another run."""
        return re.sub(r"/[^/]+/texml$", "/…/texml", url)


def _number(telnyx: Telnyx, number: str) -> PhoneNumber:
    digits = re.sub(r"\D", "", number)
    for found in telnyx.phone_numbers.list(phone_number=digits):
        if re.sub(r"\D", "", found.phone_number) == digits:
            return found
    raise ConnectError(f"The account has no number {number!r}.")


def _application_of(assistant: Assistant) -> str:
    settings = assistant.telephony_settings
    if settings is None or settings.default_texml_app_id is None:
        raise ConnectError(f"The assistant {assistant.name!r} has no TeXML application for calls.")
    return settings.default_texml_app_id


def _fields_of(assistant: Assistant | None) -> dict[str, Any] | None:
    if assistant is None or assistant.external_llm is None:
        return None
    return assistant.external_llm.model_dump(exclude_none=True)


def _ignore_missing(delete: Callable[[str], object], resource_id: str) -> None:
    try:
        delete(resource_id)
    except NotFoundError:
        return
