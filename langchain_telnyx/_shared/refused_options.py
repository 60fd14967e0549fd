"""Options that a model must not send as fields of a request: credentials, and misspellings of ours.

An option that is unknown is sent, since the vendor may have added it. A key under another class's
name, such as `openai_api_key`, would then stand in the request's body, in traces and in caches.
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
# Dicts whose items end up beside, or as, fields of the request.
_NESTED = {"modelkwargs", "extrabody"}
_ALIKE = 0.8
_SHORT = 5


def refuse(names: Mapping[Any, Any], model: type[BaseModel], place: Place) -> None:
    """Refuse credentials, connection settings and misspellings that would be sent as fields.

    Args:
        names: Options, of which only the names are looked at, and dicts of further fields inside.
        model: Whose options are the right ones.
        place: Where they were given: `option`, in the constructor; `call`, with a call or `bind`;
            `field`, in `model_kwargs` or `extra_body`, where what is misspelt may be meant so.

    Raises:
        ConfigurationError: There are such options. The message names them, and no value.
    """
    if not (names and names.keys() - DOCUMENTED):  # as of nearly every call
        return
    if reasons := [*dict.fromkeys(_reasons(names, model, place))]:
        # From no other error: a traceback of this one shows no values.
        raise ConfigurationError(" ".join(reasons))


def field_names(model: type[BaseModel]) -> frozenset[str]:
    """Return all names by which a model's fields may be given."""
    return frozenset(_canonical(model))


def _reasons(names: Mapping[Any, Any], model: type[BaseModel], place: Place) -> Iterable[str]:
    for name, value in names.items():
        if not isinstance(name, str):
            continue
        if (reason := _reason(name, model, place)) is not None:
            yield reason
        elif isinstance(value, Mapping) and name not in DOCUMENTED:
            squashed = _squashed(name)
            if squashed in _NESTED:
                yield from _reasons(value, model, "field")
            elif _HEADERS.search(squashed):
                yield from (_of_header(str(each), name) for each in value if _is_secret(str(each)))


@cache
def _reason(name: str, model: type[BaseModel], place: Place) -> str | None:
    if name in DOCUMENTED or name.startswith(("ls_", "lc_")):
        return None
    ours = _canonical(model)
    squashed = _squashed(name)
    connects = _connects(squashed)
    right = ours.get(name) or _misspelt(squashed, ours)
    if right is not None and not _connects(_squashed(right)):
        if name in ours or (place == "field" and not connects):
            return None
        return f"`{name}` is no option of {model.__name__}: write `{right}`."
    if not connects and right is None:
        return None
    return (
        f"`{name}` looks like a credential or a connection setting, and is not sent as a field of "
        f"a request, where traces and caches would show it. "
        f"{_advice(_squashed(right or name), model)}"
    )


def _advice(squashed: str, model: type[BaseModel]) -> str:
    where = f"the constructor of `{model.__name__}`"
    if _PROXY.search(squashed):
        return (
            "Set HTTPS_PROXY, or pass a client that has the proxy as `http_client` and "
            "`http_async_client`."
        )
    if _ORGANIZATION.search(squashed):
        return "Leave it out: Telnyx knows the organization by the key, which is `api_key`."
    if _ADDRESS.search(squashed):
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
    return _KEY.search(_squashed(name)) is not None


def _connects(squashed: str) -> bool:
    """Whether a name looks like a credential's, or like that of a connection setting."""
    kinds = (_KEY, _ADDRESS, _PROXY, _ORGANIZATION)
    return squashed == "defaultheaders" or any(kind.search(squashed) for kind in kinds)


def _misspelt(squashed: str, names: Iterable[str]) -> str | None:
    """Return the name that is meant, where it is certain enough."""
    alike = {_squashed(each): each for each in names}
    if squashed in alike:
        return alike[squashed]
    for each, right in alike.items():
        if sorted(each) == sorted(squashed):
            return right
    # Of short names a letter makes another one: `top_n` may be new, and is not `top_p`.
    if len(squashed) < _SHORT:
        return None
    found = difflib.get_close_matches(squashed, alike, n=1, cutoff=_ALIKE)
    return alike[found[0]] if found and len(found[0]) >= _SHORT else None


@cache
def _canonical(model: type[BaseModel]) -> dict[str, str]:
    """Return the names of a model's fields, each with the one that the documentation uses."""
    names: dict[str, str] = {}
    for name, field in model.model_fields.items():
        best = field.alias or name
        names |= {name: best, best: best}
        if isinstance(field.validation_alias, AliasChoices):
            choices = field.validation_alias.choices
            names |= {choice: choice for choice in choices if isinstance(choice, str)}
    return names


def _squashed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
