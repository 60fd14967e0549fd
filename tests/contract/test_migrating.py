"""docs/migrating.md is up to date with its script and with the installed peers, and true."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import migrating
import peers
import pytest

from langchain_telnyx import ConfigurationError, Telnyx

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = [
    (peer, name, option)
    for peer in (peers.VERSION_1, peers.OPENAI, peers.ANTHROPIC)
    for name, found in peers.stored()[peer].items()
    for option in found["options"]
]
# Options that accept more than strings.
VALUES: dict[str, Any] = {"reasoning": {"effort": "low"}, "thinking": {"type": "adaptive"}}


@pytest.mark.contract
@pytest.mark.parametrize("peer", peers.PEERS)
def test_the_names_are_those_of_the_installed_package(peer: str) -> None:
    assert peers.stored()[peer] == peers.read(peer), (
        f"Run {peers.__file__}, then the page's script."
    )


def test_the_page_is_current() -> None:
    page = migrating.PAGE.read_text("utf-8")
    assert page == migrating.rewritten(page), f"Run {migrating.__file__}."


def test_the_script_rewrites_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    blocks = [f"<!-- {part}: begin -->\nold\n<!-- {part}: end -->" for part in migrating.PARTS]
    page.write_text("Above.\n{}\nBelow.\n".format("\n".join(blocks)))
    migrating.main([str(page)])
    written = page.read_text("utf-8")
    assert written.startswith("Above.\n<!-- version-1: begin -->\n\n| 1.0.0 | 2 |")
    assert written.endswith("\n<!-- sdk: end -->\nBelow.\n")
    assert "old" not in written.splitlines()
    with pytest.raises(ValueError, match="no block between"):
        migrating.rewritten("No markers.\n")


@pytest.mark.parametrize(("peer", "name", "option"), OPTIONS)
def test_an_option_behaves_as_the_page_says(peer: str, name: str, option: str) -> None:
    model = migrating.OURS[name]
    row = dict(migrating.options(peer, name))[f"`{option}`"]
    value = None if row.startswith("refused") else VALUES.get(option, "x")
    given: dict[str, Any] = {"telnyx_api_key": "KEY1", option: value}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            made = model(**given)
        except (ValueError, ConfigurationError):  # an invalid value of a known option
            made = None
    categories = {each.category for each in caught}
    sent, refused = row.startswith("sent"), row.startswith("refused")
    assert (DeprecationWarning in categories) == (refused or ("with a warning" in row and not sent))
    assert (UserWarning in categories) == sent
    if made is not None:
        assert set(made.model_kwargs) == ({option} if sent else set())
    if refused:
        with pytest.raises(ValueError, match=f"`{option}` is not an option of"):
            model(**{**given, option: "x"})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ai.openai.chat.create_completion", "`chat.create`, `chat.stream`"),
        ("ai.conversations.list", "`conversations.list`"),
        ("ai.embeddings.similarity_search", "`bucket_embeddings.similarity_search`"),
        ("storage.kvs.keys.update", "`kvs.put_key`"),
        ("ai.chat.create_completion", "`chat.create_deprecated`"),
    ],
)
def test_the_page_maps_a_method_of_the_sdk_to_ours(old: str, new: str) -> None:
    rows = {name.split(" ")[0]: ours for name, ours in migrating.sdk_methods()}
    assert new in rows[f"`{old}`"]


def test_every_method_that_the_page_names_exists() -> None:
    telnyx = Telnyx(api_key="KEY1")
    named = [ours for _, ours in migrating.sdk_methods() if not ours.startswith("not available")]
    assert len(named) > 90
    for each in ", ".join(named).split(", "):
        found: Any = telnyx
        for part in each.strip("`").split("."):
            found = getattr(found, part)
        assert callable(found)


def test_the_error_for_the_sdks_attribute_ai_explains_the_areas() -> None:
    with pytest.raises(AttributeError, match="The areas are attributes of the client"):
        _ = Telnyx(api_key="KEY1").ai  # type: ignore[attr-defined]  # of the SDK
