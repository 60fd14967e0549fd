"""What can become of an option that has another name here, or none."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import SecretStr

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import ConfigurationError

Convert: TypeAlias = Callable[[str, Any], Any]


@dataclass(frozen=True, slots=True)
class Accepted:
    """An option of the same name, which does not take every value that it took there.

    Attributes:
        note: What it takes here.
        convert: Returns the value of an option to use, or raises `ConfigurationError`.
    """

    note: str
    convert: Convert | None = None


@dataclass(frozen=True, slots=True)
class Renamed:
    """An option that has another name here.

    Attributes:
        to: The name to write.
        convert: Returns the value of an option to use, or raises `ConfigurationError`.
        field: The attribute to read, where it has another name than the option.
        note: What is different about it.
        applies: Says which values are meant by the old name; others are sent as they are. By
            default all are.
    """

    to: str
    convert: Convert | None = None
    field: str = ""
    note: str = ""
    applies: Callable[[Any], bool] | None = None


@dataclass(frozen=True, slots=True)
class WithoutEffect:
    """An option about something that is not done here.

    Attributes:
        why: Why it has no effect.
        value: What reading it returns.
    """

    why: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Refused:
    """An option that cannot be kept.

    Attributes:
        why: What to do instead, as a sentence.
    """

    why: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A field of the request that has no option here; it goes to `model_kwargs`.

    Attributes:
        note: What to know about it.
    """

    note: str = ""


Rule: TypeAlias = Accepted | Renamed | WithoutEffect | Refused | Sent
OldNames: TypeAlias = Mapping[str, Rule]

_FOREIGN = "sk-"


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A function that returns a key, and refuses OpenAI's.

    Attributes:
        name: The option that it was given as.
        get: The function that was given.
    """

    name: str
    get: Callable[[], str]

    def __call__(self) -> str:
        """Return the key."""
        key = self.get()
        _refuse_foreign(self.name, key)
        return key


def own_key(name: str, key: Any) -> Any:
    """Return a key that was given under OpenAI's name.

    Raises:
        ConfigurationError: It begins as OpenAI's keys do, or comes from an `async` function.
    """
    if callable(key):
        return OwnKey(name, blocking(name, key))
    if isinstance(key, str | SecretStr):
        _refuse_foreign(name, key.get_secret_value() if isinstance(key, SecretStr) else key)
    return key


def blocking(name: str, key: Any) -> Any:
    """Return a key, or a function that returns it at once.

    Raises:
        ConfigurationError: It is an `async` function.
    """
    if inspect.iscoroutinefunction(key):
        raise ConfigurationError(
            f"`{name}` is an `async` function: give one that returns the key at once, which both "
            f"faces can call."
        )
    return key


def seconds(name: str, value: Any) -> Any:
    """Return a number of seconds.

    Raises:
        ConfigurationError: It is a tuple or an `httpx.Timeout`, which has a number for each phase.
    """
    if isinstance(value, tuple | list) or hasattr(value, "connect"):
        raise ConfigurationError(
            f"`{name}` takes one number, the seconds of silence to bear while waiting for the "
            f"server: write `timeout=60`. Connecting never takes longer than 10 s."
        )
    return value


def telnyx_client(name: str, value: Any) -> Any:
    """Return a `Telnyx`.

    Raises:
        ConfigurationError: It is something else, such as a client of the openai package.
    """
    if value is None or isinstance(value, Telnyx):
        return value
    raise ConfigurationError(
        f"`{name}` takes a `Telnyx`, and got {type(value).__name__}: pass clients of httpx as "
        f"`http_client` and `http_async_client`, and leave those of the openai package out."
    )


def _refuse_foreign(name: str, key: str) -> None:
    if key.strip().startswith(_FOREIGN):
        raise ConfigurationError(
            f"`{name}` begins with `{_FOREIGN}`, as OpenAI's keys do, and is not sent to Telnyx. "
            f"Pass a Telnyx key as `api_key`, or set TELNYX_API_KEY. Where `base_url` is a server "
            f"whose own keys begin so, pass its key as `api_key`."
        )
