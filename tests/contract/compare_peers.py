"""Writes docs/comparison.md: every public name of the packages that ours is compared with.

`python tests/contract/compare_peers.py` writes the tables between the markers of the page, from
the stored surface of the peers and from comparison.toml; with `--read` it first reads the surface
again, in the judges' environment, and rewrites surfaces.json. To take newer peers, raise them in
installed.py. A name of which nothing is decided is an error.
"""

from __future__ import annotations

import argparse
import functools
import inspect
import json
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import installed
import migrating
import peers
import spec
from api_coverage import table

from langchain_telnyx import ChatTelnyx, TelnyxEmbeddings
from langchain_telnyx.chat_models.history_adapter import block_rules
from langchain_telnyx.chat_models.history_adapter.block_table import BLOCKS
from langchain_telnyx.chat_models.history_adapter.content_parts import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

PAGE = spec.ROOT / "docs" / "comparison.md"
SURFACES = Path(__file__).with_name("surfaces.json")
_WORKER = Path(__file__).with_name("surface_worker.py")
_DECIDED = Path(__file__).with_name("comparison.toml")

LEFT_TO_ITS_PROVIDER = "left out, as its provider's own"
LEFT_OUT = "left out"
REFUSED = "refused in your latest turn, left out of others"

_CORE, _YES, _NO = "langchain-core's", "yes", "-"
_CHAT = {"ChatOpenAI": peers.OPENAI, "ChatAnthropic": peers.ANTHROPIC}
_EMBEDDINGS = {"OpenAIEmbeddings": peers.OPENAI}
_MIDDLEWARE = ("langchain.agents", "langchain.agents.middleware")
_MODULES = (*_MIDDLEWARE, "langchain.agents.structured_output")
"""Of langchain, what its documentation has agents' authors import from."""


@functools.cache
def stored() -> dict[str, Any]:
    """Return the peers' surface as the file has it."""
    surface: dict[str, Any] = json.loads(SURFACES.read_text("utf-8"))
    return surface


@functools.cache
def decided() -> dict[str, Any]:
    """Return what was decided of the names that our classes cannot speak for."""
    return tomllib.loads(_DECIDED.read_text("utf-8"))


def read() -> dict[str, Any]:
    """Return the peers' surface, from their environment, which is made if need be."""
    done = subprocess.run(
        [str(installed.peers()), "-W", "ignore", str(_WORKER)],
        env=installed.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    surface: dict[str, Any] = json.loads(done.stdout)
    return surface


def options(surface: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Return a row for each option of a chat model: who has it, and what becomes of it here."""
    yield from _rows_of_classes(surface, _CHAT, "BaseChatModel", "options", _option(ChatTelnyx))


def methods(surface: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Return a row for each method of a chat model, and for each argument that is not here."""
    yield from _rows_of_classes(surface, _CHAT, "BaseChatModel", "methods", _method(ChatTelnyx))
    yield from _rows_of_parameters(surface, _CHAT, ChatTelnyx)


def embeddings(surface: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Return a row for each option and method of embeddings."""
    ours = TelnyxEmbeddings
    yield from _rows_of_classes(surface, _EMBEDDINGS, "Embeddings", "options", _option(ours))
    yield from _rows_of_classes(surface, _EMBEDDINGS, "Embeddings", "methods", _method(ours))
    yield from _rows_of_parameters(surface, _EMBEDDINGS, ours)


def names(surface: Mapping[str, Any], package: str) -> Iterator[tuple[str, ...]]:
    """Return a row for each public name of a package.

    Raises:
        KeyError: Nobody decided on one.
    """
    rows = decided()["names"][package.partition(".")[0]]
    for name, module in public(surface, package).items():
        if name not in rows:
            raise KeyError(f"{module}.{name} has no row: decide, in {_DECIDED.name}.")
        yield f"`{name}`", f"`{module}`", rows[name]


def public(surface: Mapping[str, Any], package: str) -> dict[str, str]:
    """Return the public names of a package, each with the module to import it from."""
    found: dict[str, str] = {}
    for module, exported in surface["names"][package].items():
        if package != "langchain.agents" or module in _MODULES:
            for name in exported:
                found.setdefault(name, module)
    return dict(sorted(found.items(), key=lambda each: (each[1], each[0].lower())))


def answers(surface: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Return a row for each of langchain-core's blocks: whether an answer brings it."""
    rows = decided()["answers"]
    yield from ((f"`{kind}`", rows[kind]) for kind in surface["blocks"]["langchain-core"])


def blocks(surface: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Return a row for each kind of block: what becomes of it in each place of a history."""
    makers: dict[str, list[str]] = {}
    for maker, kinds in surface["blocks"].items():
        for kind in kinds:
            makers.setdefault(kind, []).append(maker)
    for kind, made_by in makers.items():
        row = BLOCKS[kind]
        places: tuple[block_rules.Place, ...] = ("user", "assistant", "result")
        fates = (_fate(getattr(row, place), kind, place) for place in places)
        yield f"`{kind}`", ", ".join(made_by), *fates


def markdown(part: str, surface: Mapping[str, Any]) -> str:
    """Return the table of a part of the page."""
    return "\n".join(PARTS[part](surface))


def rewritten(page: str, surface: Mapping[str, Any]) -> str:
    """Return the page with the tables between its markers replaced.

    Raises:
        ValueError: It has no place for one of them.
    """
    for part in PARTS:
        begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
        before, found, rest = page.partition(begin)
        _, ended, after = rest.partition(end)
        if not found or not ended:
            raise ValueError(f"The page has no block between {begin!r} and {end!r}.")
        page = f"{before}{begin}\n\n{markdown(part, surface)}\n\n{end}{after}"
    return page


def _rows_of_classes(
    surface: Mapping[str, Any],
    classes: Mapping[str, str],
    base: str,
    what: str,
    fate: Callable[[str], str],
) -> Iterator[tuple[str, ...]]:
    found = surface["classes"]
    inherited = found[base][what]
    for name in sorted({*inherited, *(each for one in classes for each in found[one][what])}):
        has = tuple(
            _YES if name in found[one][what] else _CORE if name in inherited else _NO
            for one in classes
        )
        # Ours inherits them too, of whatever version.
        yield f"`{name}`", *has, "here" if has == (_CORE,) * len(has) else fate(name)


def _rows_of_parameters(
    surface: Mapping[str, Any], classes: Mapping[str, str], ours: type[Any]
) -> Iterator[tuple[str, ...]]:
    """Return a row for each argument of the peers' own methods that are here, too."""
    found = {one: surface["classes"][one]["methods"] for one in classes}
    arguments = {
        (method, each)
        for methods in found.values()
        for method, named in methods.items()
        if callable(getattr(ours, method, None)) and method not in decided()["methods"]
        for each in named
    }
    for method, each in sorted(arguments):
        has = (_YES if each in found[one].get(method, ()) else _NO for one in classes)
        here = each in inspect.signature(getattr(ours, method)).parameters
        row = f"{method}({each})"
        yield f"`{row}`", *has, "here" if here else decided()["parameters"][row]


def _option(ours: type[ChatTelnyx | TelnyxEmbeddings]) -> Callable[[str], str]:
    def row(option: str) -> str:
        fate = migrating.equivalent(ours, option)
        for word, verdict in _VERDICTS.items():
            if fate.startswith(word):
                rest = fate.removeprefix(word)
                # A sentence goes on after the colon; `A Telnyx` and the like keep their names.
                small = (verdict.endswith(": ") and rest[1:2].islower()) or rest[1:2] == " "
                return verdict + (rest[:1].lower() + rest[1:] if small else rest)
        return f"here as {fate}"  # under another name

    return row


_VERDICTS = {
    "the same; usually": "here; usually",
    "the same": "here",
    "refused. ": "no: ",
    "without effect": "no: without effect",
    "sent": "here, sent",
}


def _method(ours: type[Any]) -> Callable[[str], str]:
    def row(method: str) -> str:
        if method in decided()["methods"]:
            return str(decided()["methods"][method])
        if hasattr(ours, method):
            return "here"
        raise KeyError(f"`{method}` has no row: decide, in {_DECIDED.name}.")

    return row


def _fate(rule: block_rules.Rule, kind: str, place: block_rules.Place) -> str:
    if rule in {block_rules.media, block_rules.result_media}:
        if kind.startswith("video"):
            return "its address, as text"
        # Engines take them in a user's turn only; those of a result are moved there.
        return "its text, if it is text" if place == "assistant" else "image, recording or text"
    if rule.__qualname__.startswith(block_rules.left_out.__qualname__):
        # Whatever it holds.
        if rule({"type": kind}, Form(), place).foreign:
            return LEFT_TO_ITS_PROVIDER
        return REFUSED if place == "user" else LEFT_OUT
    if kind == "non_standard":
        return "as the block that it holds"
    return "a call, or its result" if rule is block_rules.in_other_field else "text"


def _table(*head: str) -> Callable[[Iterable[tuple[str, ...]]], Iterator[str]]:
    return functools.partial(table, head)


_PEERS = tuple(_CHAT.values())
PARTS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "options": lambda found: _table("option", *_PEERS, "`ChatTelnyx`")(options(found)),
    "methods": lambda found: _table("method", *_PEERS, "`ChatTelnyx`")(methods(found)),
    "embeddings": lambda found: _table("option or method", peers.OPENAI, "`TelnyxEmbeddings`")(
        embeddings(found)
    ),
    "langchain": lambda found: _names("langchain.agents", found),
    "langchain-openai": lambda found: _names("langchain_openai", found),
    "langchain-anthropic": lambda found: _names("langchain_anthropic", found),
    "answers": lambda found: _table("block", "in answers")(answers(found)),
    "blocks": lambda found: _table(
        "block", "of", "in a user's turn", "in the model's", "in a tool's result"
    )(blocks(found)),
}


def _names(package: str, surface: Mapping[str, Any]) -> Iterator[str]:
    return _table("name", "of", "langchain-telnyx")(names(surface, package))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the tables into the page."""
    parser = argparse.ArgumentParser(description="Write what is here of the peers into a page.")
    parser.add_argument("page", type=Path, nargs="?", default=PAGE, metavar="PAGE.md")
    parser.add_argument("--read", action="store_true", help="read the peers' surface again")
    given = parser.parse_args(arguments)
    if given.read:
        SURFACES.write_text(json.dumps(read(), indent=1) + "\n", "utf-8")
    given.page.write_text(rewritten(given.page.read_text("utf-8"), stored()), "utf-8")


if __name__ == "__main__":
    main()
