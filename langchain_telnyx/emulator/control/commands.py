"""The commands: methods of `Script` and `TelnyxEmulator` that have a path of the control plane.

```console
$ curl --json '{"text": "Hello!"}' http://127.0.0.1:8787/_emulator/say
```
"""

import inspect
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.account_methods import AccountMethods
from langchain_telnyx.emulator.control import bodies
from langchain_telnyx.emulator.control.errors import InvalidFieldError
from langchain_telnyx.emulator.messaging import MessagingMethods
from langchain_telnyx.emulator.script import Script
from langchain_telnyx.emulator.serving.current_account import CurrentAccount

router = APIRouter()


class Methods(AccountMethods, MessagingMethods):
    """The methods of `TelnyxEmulator` that act on its account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    @property
    def account(self) -> Account:
        """The account."""
        return self._account


@dataclass(frozen=True)
class Command:
    """A method and its JSON body.

    Attributes:
        name: The name of the method.
        body: Its arguments.
        tag: What it is about.
        owner: The class that has it.
    """

    name: str
    body: type[bodies.Body]
    tag: Literal["answers", "faults", "content"]
    owner: type[Script | Methods] = Script

    @property
    def path(self) -> str:
        """Its path, after the prefix."""
        return f"/{self.name.replace('_', '-')}"

    @property
    def method(self) -> Callable[..., Any]:
        """The function, without its object."""
        function: Callable[..., Any] = getattr(self.owner, self.name)
        return function


COMMANDS = (
    Command("say", bodies.Say, "answers"),
    Command("call_tool", bodies.CallTool, "answers"),
    Command("call_tools", bodies.CallTools, "answers"),
    Command("fail", bodies.Fail, "faults"),
    Command("flaky", bodies.Flaky, "faults"),
    Command("drop_connection", bodies.DropConnection, "faults"),
    Command("latency", bodies.Latency, "faults"),
    Command("cut_stream", bodies.CutStream, "faults"),
    Command("stall_stream", bodies.StallStream, "faults"),
    Command("stream_error", bodies.StreamError, "faults"),
    Command("raw_stream", bodies.RawStream, "faults"),
    Command("transcript", bodies.Transcript, "content", Methods),
    Command("add_web_page", bodies.AddWebPage, "content", Methods),
    Command("add_phone_number", bodies.AddPhoneNumber, "content", Methods),
    Command("add_recording_transcription", bodies.AddRecordingTranscription, "content", Methods),
    Command("end_conversation", bodies.EndConversation, "content", Methods),
    Command("receive_message", bodies.ReceiveMessage, "content", Methods),
)
"""All commands. A test compares them with the methods."""


class Done(BaseModel):
    """The outcome of a command."""

    done: str = Field(description="the command", examples=["say"])
    id: str | None = Field(None, description="the id of what it created, if it has one")


def run(command: Command, account: Account, body: bodies.Body) -> Done:
    """Run a command.

    Raises:
        InvalidFieldError: The method refuses an argument.
    """
    owner = account.script if command.owner is Script else Methods(account)
    positional, keywords = body.arguments()
    try:
        result = getattr(owner, command.name)(*positional, **keywords)
    except (ValueError, TypeError, LookupError, sqlite3.IntegrityError) as error:
        raise InvalidFieldError.of(error, type(body).model_fields) from error
    return Done(done=command.name, id=result)


def _handler(command: Command) -> Callable[..., Done]:
    def handle(account: Account, body: bodies.Body | None) -> Done:
        return run(command, account, body or command.body())

    is_required = any(field.is_required() for field in command.body.model_fields.values())
    parameters = [
        inspect.Parameter("account", inspect.Parameter.KEYWORD_ONLY, annotation=CurrentAccount),
        inspect.Parameter(
            "body",
            inspect.Parameter.KEYWORD_ONLY,
            annotation=command.body if is_required else command.body | None,
            default=inspect.Parameter.empty if is_required else None,
        ),
    ]
    handle.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # FastAPI reads it
    return handle


for _command in COMMANDS:
    _summary = (inspect.getdoc(_command.method) or "").partition("\n")[0]
    router.add_api_route(
        _command.path,
        _handler(_command),
        methods=["POST"],
        name=_command.name,
        operation_id=_command.name,
        summary=_summary,
        tags=[_command.tag],
        response_model=Done,
        response_model_exclude_none=True,
    )
