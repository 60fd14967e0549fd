"""Rules for options of 1.0.0 and other packages that have another name here, or none."""

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
    """An option of the same name that does not accept all of its old values.

    Attributes:
        note: The accepted values.
        convert: Returns the value of an option to use, or raises `ConfigurationError`.
    """

    note: str
    convert: Convert | None = None


@dataclass(frozen=True, slots=True)
class Renamed:
    """An option that has another name here.

    Attributes:
        to: The new name.
        convert: Returns the value of an option to use, or raises `ConfigurationError`.
        field: The attribute to read, if its name differs from the option.
        note: The differences.
        applies: Returns whether the rule applies to a value; other values are sent unchanged.
            Default: it applies to all values.
    """

    to: str
    convert: Convert | None = None
    field: str = ""
    note: str = ""
    applies: Callable[[Any], bool] | None = None


@dataclass(frozen=True, slots=True)
class WithoutEffect:
    """An option without effect in this package.

    Attributes:
        why: The reason.
        value: The value of the attribute.
    """

    why: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Refused:
    """An unsupported option.

    Attributes:
        why: What to do instead, as a sentence.
    """

    why: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A request field without an option here; it is moved to `model_kwargs`.

    Attributes:
        note: A note for users.
    """

    note: str = ""


Rule: TypeAlias = Accepted | Renamed | WithoutEffect | Refused | Sent
OldNames: TypeAlias = Mapping[str, Rule]

_FOREIGN = "sk-"


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A function that returns a key, and raises for a key of OpenAI.

    Attributes:
        name: The option's name.
        get: The passed function.
    """

    name: str
    get: Callable[[], str]

    def __call__(self) -> str:
        """Return the key."""
        key = self.get()
        _refuse_foreign(self.name, key)
        return key


def own_key(name: str, key: Any) -> Any:
    """Check a key that was passed with OpenAI's name, and return it.

    Raises:
        ConfigurationError: It starts like OpenAI's keys, or comes from an async function.
    """
    if callable(key):
        return OwnKey(name, blocking(name, key))
    if isinstance(key, str | SecretStr):
        _refuse_foreign(name, key.get_secret_value() if isinstance(key, SecretStr) else key)
    return key


def blocking(name: str, key: Any) -> Any:
    """Check a key, or a function that returns it, and return it.

    Raises:
        ConfigurationError: It is an async function.
    """
    if inspect.iscoroutinefunction(key):
        raise ConfigurationError(
            f"`{name}` is an `async` function: pass a sync function, which works in sync and async "
            f"calls."
        )
    return key


def seconds(name: str, value: Any) -> Any:
    """Return a number of seconds.

    Raises:
        ConfigurationError: It is a tuple or an `httpx.Timeout`, with a number per phase.
    """
    if isinstance(value, tuple | list) or hasattr(value, "connect"):
        raise ConfigurationError(
            f"`{name}` takes one number, the read timeout in seconds: write `timeout=60`. The "
            f"timeout for connections is 10 s."
        )
    return value


def telnyx_client(name: str, value: Any) -> Any:
    """Return a `Telnyx`.

    Raises:
        ConfigurationError: It has another type, such as a client of the openai package.
    """
    if value is None or isinstance(value, Telnyx):
        return value
    raise ConfigurationError(
        f"`{name}` takes a `Telnyx`, not {type(value).__name__}: pass clients of httpx as "
        f"`http_client` and `http_async_client`, and leave those of the openai package out."
    )


def _refuse_foreign(name: str, key: str) -> None:
    if key.strip().startswith(_FOREIGN):
        raise ConfigurationError(
            f"`{name}` starts with `{_FOREIGN}`, like OpenAI's keys, and is not sent to Telnyx. "
            f"Pass a Telnyx key as `api_key`, or set TELNYX_API_KEY. If `base_url` is a server "
            f"whose own keys start like that, pass its key as `api_key`."
        )
