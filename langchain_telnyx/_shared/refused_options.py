"""Refuses unknown options that look like credentials or misspelt options.

Other unknown options are sent as request fields, because the vendor may have added them. A key with
another class's name, such as `openai_api_key`, must not get into request bodies, traces and caches.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal, TypeAlias

from pydantic import AliasChoices, BaseModel

from langchain_telnyx._shared.documented_fields import DOCUMENTED
from langchain_telnyx.client.errors import ConfigurationError

Place: TypeAlias = Literal["option", "call", "field"]

# Names are compared without case, underscores and hyphens.
_KEY = re.compile(
    r"apikey|(?<!cache)(?<!extra)(?<!group)(?<!idempotency)(?<!index)(?<!order)(?<!partition)"
    r"(?<!routing)(?<!sort)keys?$"
    r"|(?<!bos)(?<!eos)(?<!pad)(?<!unk)(?<!stop)(?<!start)(?<!end)token$"
    r"|(?:access|api|auth|bearer|refresh)tokens$"
    r"|secret|password|passwd|passphrase|credential|authorization|authorisation|bearer|cookie"
    r"|auth$|jwt$"
)
_ADDRESS = re.compile(r"(?:api|base|server)ur[il]$|apibase$|apihost$|endpoint$")
_PROXY = re.compile(r"proxy|proxies")
_ORGANIZATION = re.compile(r"organi[sz]ation|^org(?:id)?$")
_HEADERS = re.compile(r"headers?$")
# Dicts whose items become fields of the request.
_NESTED = {"modelkwargs", "extrabody"}
_MIN_SIMILARITY = 0.8
_MIN_LENGTH = 5


def refuse(names: Mapping[Any, Any], model: type[BaseModel], place: Place) -> None:
    """Refuse credentials, connection settings and misspellings that would be sent as fields.

    Args:
        names: Options, possibly with nested dicts of request fields. Only the names are checked.
        model: The class with the known options.
        place: Where they were passed: `option` in the constructor; `call` in a call or `bind`;
            `field` in `model_kwargs` or `extra_body`, where names close to an option are allowed.

    Raises:
        ConfigurationError: There are such options. The message has their names, but no values.
    """
    if not (names and names.keys() - DOCUMENTED):  # the common case
        return
    if reasons := [*dict.fromkeys(_reasons(names, model, place))]:
        # Without a context, so that its traceback shows no values.
        raise ConfigurationError(" ".join(reasons))


def field_names(model: type[BaseModel]) -> frozenset[str]:
    """Return all names of a model's fields, with their aliases."""
    return frozenset(_canonical(model))


def _reasons(names: Mapping[Any, Any], model: type[BaseModel], place: Place) -> Iterable[str]:
    for name, value in names.items():
        if not isinstance(name, str):
            continue
        if (reason := _reason(name, model, place)) is not None:
            yield reason
        elif isinstance(value, Mapping) and name not in DOCUMENTED:
            normalized = _normalized(name)
            if normalized in _NESTED:
                yield from _reasons(value, model, "field")
            elif _HEADERS.search(normalized):
                yield from (_of_header(str(each), name) for each in value if _is_secret(str(each)))


@cache
def _reason(name: str, model: type[BaseModel], place: Place) -> str | None:
    if name in DOCUMENTED or name.startswith(("ls_", "lc_")):
        return None
    options = _canonical(model)
    normalized = _normalized(name)
    connects = _connects(normalized)
    right = options.get(name) or _misspelt(normalized, options)
    if right is not None and not _connects(_normalized(right)):
        if name in options or (place == "field" and not connects):
            return None
        return f"`{name}` is not an option of {model.__name__}: write `{right}`."
    if not connects and right is None:
        return None
    return (
        f"`{name}` looks like a credential or a connection setting, and is not sent as a field of "
        f"a request, where traces and caches would show it. "
        f"{_advice(_normalized(right or name), model)}"
    )


def _advice(normalized: str, model: type[BaseModel]) -> str:
    where = f"the constructor of `{model.__name__}`"
    if _PROXY.search(normalized):
        return (
            "Set HTTPS_PROXY, or pass a client that has the proxy as `http_client` and "
            "`http_async_client`."
        )
    if _ORGANIZATION.search(normalized):
        return "Leave it out: the key, `api_key`, identifies the organization."
    if _ADDRESS.search(normalized):
        return f"Pass the address of the API as `base_url` to {where}."
    return (
        f"Pass the key as `api_key` to {where}, or set TELNYX_API_KEY; pass other headers in "
        f"`default_headers`."
    )


def _of_header(header: str, name: str) -> str:
    return (
        f"`{name}` has a header `{header}`, which looks like a credential, and is not sent as a "
        f"field of a request. Pass the key as `api_key`, and other headers in `default_headers`."
    )


def _is_secret(name: str) -> bool:
    return _KEY.search(_normalized(name)) is not None


def _connects(normalized: str) -> bool:
    """Return whether a name looks like a credential or a connection setting."""
    kinds = (_KEY, _ADDRESS, _PROXY, _ORGANIZATION)
    return normalized == "defaultheaders" or any(kind.search(normalized) for kind in kinds)


def _misspelt(normalized: str, names: Iterable[str]) -> str | None:
    """Return the option with a similar name, if it is similar enough."""
    alike = {_normalized(each): each for each in names}
    if normalized in alike:
        return alike[normalized]
    for each, right in alike.items():
        if sorted(each) == sorted(normalized):
            return right
    # Short names that differ in a letter may be other options: `top_n` is not `top_p`.
    if len(normalized) < _MIN_LENGTH:
        return None
    found = difflib.get_close_matches(normalized, alike, n=1, cutoff=_MIN_SIMILARITY)
    return alike[found[0]] if found and len(found[0]) >= _MIN_LENGTH else None


@cache
def _canonical(model: type[BaseModel]) -> dict[str, str]:
    """Return the documented name of each name and alias of a model's fields."""
    names: dict[str, str] = {}
    for name, field in model.model_fields.items():
        best = field.alias or name
        names |= {name: best, best: best}
        if isinstance(field.validation_alias, AliasChoices):
            choices = field.validation_alias.choices
            names |= {choice: choice for choice in choices if isinstance(choice, str)}
    return names


def _normalized(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
