"""Write the tables of docs/migrating.md: names of other packages, and their equivalents here.

`python tests/contract/migrating.py` rewrites the tables between the markers of the page.
"""

from __future__ import annotations

import argparse
import re
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import peers
import sdk_calls
import spec
from api_coverage import table
from declarations import declarations, endpoint_of
from pydantic import AliasChoices

from langchain_telnyx import ChatTelnyx, TelnyxEmbeddings
from langchain_telnyx._shared.migration.rules import Accepted, Refused, Renamed, Sent, WithoutEffect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from langchain_telnyx._shared.migration.rules import OldNames

PAGE = spec.ROOT / "docs" / "migrating.md"
OURS: dict[str, type[ChatTelnyx | TelnyxEmbeddings]] = {
    "ChatTelnyx": ChatTelnyx,
    "ChatOpenAI": ChatTelnyx,
    "ChatAnthropic": ChatTelnyx,
    "TelnyxEmbeddings": TelnyxEmbeddings,
    "OpenAIEmbeddings": TelnyxEmbeddings,
}
NO_METHODS = {
    "effort": "not available: an alias of the option",
    "build_extra": "not available: a validator of the constructor",
    "validate_environment": "not available: a validator of the constructor",
    "set_default_max_tokens": "not available: a validator of the constructor",
    "validate_temperature": "not available: a validator of the constructor",
}
"""Methods of the peers that our classes do not have."""

SDK_OPTIONS = {
    "api_key": "`api_key`, or a function that returns it",
    "base_url": "`base_url`",
    "timeout": "`timeout`, in seconds",
    "max_retries": "`max_retries`",
    "default_headers": "`headers`",
    "default_query": "`query`",
    "http_client": "`http_client`; for `telnyx.aio` also `http_async_client`",
    "public_key": "the argument `public_key` of `langchain_telnyx.webhooks.verify`",
    "client_id": "not available: requests use an API key",
    "client_secret": "not available: requests use an API key",
    "websocket_base_url": "not available: this client does not use WebSockets",
}


def options(peer: str, name: str) -> Iterator[tuple[str, str]]:
    """Return the options of a peer's class, and the equivalent of each."""
    found = peers.stored()[peer][name]
    for option in sorted({*found["options"], *found["own"]}):
        yield f"`{option}`", equivalent(OURS[name], option)


def equivalent(model: type[ChatTelnyx | TelnyxEmbeddings], option: str) -> str:
    """Return the equivalent of an option, as text for the page.

    Raises:
        KeyError: The migration rules do not have the option.
    """
    rules: OldNames = model._old_names  # noqa: SLF001 - the table that this page shows
    rule = rules.get(option)
    if option in (named := _canonical(model)):
        note = rule.note if isinstance(rule, Accepted) else ""
        usual = named[option]
        same = "the same" if usual == option else f"the same; usually `{usual}`"
        return f"{same}. {note}" if note else same
    match rule:
        case Renamed(to=to, note=note):
            return f"`{to}`, with a warning{note and f'. {note}'}"
        case WithoutEffect(why=why):
            return f"without effect, with a warning. {why}"
        case Refused(why=why):
            return f"refused. {why}"
        case Sent(note=note):
            sent = "sent as a field of the request, with a warning; usually in `model_kwargs`"
            return f"{sent}. {note}" if note else sent
    raise KeyError(f"{model.__name__} has no rule for {option!r}: add one to _shared/migration/.")


def methods(peer: str, name: str) -> Iterator[tuple[str, str]]:
    """Return the methods of a peer's class, and the equivalent of each."""
    for method in peers.stored()[peer][name]["methods"]:
        yield f"`{method}`", "the same" if hasattr(OURS[name], method) else NO_METHODS[method]


def sdk_methods() -> Iterator[tuple[str, str]]:
    """Return the SDK's methods and ours; areas without an equivalent have one row each."""
    ours = _of_sdk()
    known = peers.stored()[peers.SDK]["methods"]
    older = {call.method for call in sdk_calls.CALLS.values()} - {*known}
    for method in sorted({*known, *older} & ours.keys()):
        since = f" (until {sdk_calls.WITH_DEPRECATED})" if method in older else ""
        yield f"`{method}`{since}", ", ".join(f"`{each}`" for each in ours[method])
    for area, left in groupby((each for each in known if each not in ours), _area):
        one, *others = left
        shown = f"`{area}…`, {1 + len(others)} methods" if others else f"`{one}`"
        yield shown, "not available: use `send` with a `Call`, or the SDK in addition"


def version_1() -> Iterator[tuple[str, str]]:
    """Return the names of 1.0.0, and the equivalent of each."""
    for name, found in peers.stored()[peers.VERSION_1].items():
        module = found["module"]
        yield f"`{module}.{name}`, `langchain_telnyx.{name}`", "the same"
        for constant in found["constants"]:
            yield f"`{module}.{constant}`", "the same"
        for option in found["own"]:
            yield f"`{name}({option}=…)`", equivalent(OURS[name], option)


def markdown(part: str) -> str:
    """Return the tables of a part of the page."""
    return "\n".join(PARTS[part]())


def rewritten(page: str) -> str:
    """Return the page with the tables between its markers replaced.

    Raises:
        ValueError: A marker is missing.
    """
    for part in PARTS:
        begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
        block = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        if not block.search(page):
            raise ValueError(f"The page has no block between {begin!r} and {end!r}.")
        tables = f"{begin}\n\n{markdown(part)}\n\n{end}"
        page = block.sub(lambda _, tables=tables: tables, page)  # type: ignore[misc]  # bound now
    return page


def _tables_of_version_1() -> Iterator[str]:
    yield from table(("1.0.0", "2"), version_1())


def _tables_of(peer: str) -> Iterator[str]:
    for name in peers.stored()[peer]:
        ours = OURS[name].__name__
        yield f"### {name}"
        yield ""
        yield from table((f"option of `{name}`", f"`{ours}`"), options(peer, name))
        yield ""
        yield from table((f"method of `{name}`", f"`{ours}`"), methods(peer, name))
        yield ""


def _tables_of_sdk() -> Iterator[str]:
    known = peers.stored()[peers.SDK]["options"]
    yield from table(
        ("option of the SDK's `Telnyx`", "our `Telnyx`"),
        ((f"`{option}`", SDK_OPTIONS[option]) for option in known),
    )
    yield ""
    yield from table(("method of the SDK", "our `Telnyx`"), sdk_methods())


PARTS: Mapping[str, Callable[[], Iterable[str]]] = {
    "version-1": _tables_of_version_1,
    "langchain-openai": partial(_tables_of, peers.OPENAI),
    "langchain-anthropic": partial(_tables_of, peers.ANTHROPIC),
    "sdk": _tables_of_sdk,
}


def _canonical(model: type[Any]) -> dict[str, str]:
    """Return each name and alias of an option, with the preferred one."""
    names: dict[str, str] = {}
    for name, field in model.model_fields.items():
        best = field.alias or name
        choices = field.validation_alias
        others = choices.choices if isinstance(choices, AliasChoices) else ()
        names |= {each: best for each in (name, best, *others) if isinstance(each, str)}
    return names


def _of_sdk() -> dict[str, list[str]]:
    """Return our methods by the SDK's."""
    found: dict[str, list[str]] = {}
    for operation, call in sdk_calls.CALLS.items():
        endpoint = endpoint_of(operation)
        found.setdefault(call.method, []).extend(
            each.method for each in declarations() if endpoint_of(each.claim) == endpoint
        )
    return {method: list(dict.fromkeys(ours)) for method, ours in found.items()}


def _area(method: str) -> str:
    """Return the first two names of a method, such as `ai.assistants.`."""
    return "".join(f"{each}." for each in method.split(".")[:2])


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the tables into the page."""
    parser = argparse.ArgumentParser(description="Write the migration tables into a page.")
    parser.add_argument("page", type=Path, nargs="?", default=PAGE, metavar="PAGE.md")
    page = parser.parse_args(arguments).page
    page.write_text(rewritten(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
