"""The assumptions about the service that no recorded exchange confirms, the oldest first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import spec

from langchain_telnyx.doctor.live import plan
from langchain_telnyx.doctor.live.assumptions import ORIGINS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CASSETTES = spec.ROOT / "tests" / "cassettes"


def assumptions() -> dict[str, str]:
    """Return the assumptions of all probes, each with a sentence that states it."""
    return {name: text for probe in plan().probes for name, text in probe.assumptions.items()}


def recorded(folder: Path = CASSETTES, source: str = "live") -> set[str]:
    """Return the assumptions of the recorded exchanges from a source."""
    lines = [line for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]
    entries = [json.loads(line) for line in lines]
    return {
        name
        for entry in entries
        if entry["provenance"]["source"] == source
        for name in entry["assumptions"]
    }


def unconfirmed(folder: Path = CASSETTES) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a table: month, name, statement, source, evidence.

    Args:
        folder: The folder of the cassettes.
    """
    names = assumptions().keys() - recorded(folder)
    for name in sorted(names, key=lambda name: (ORIGINS[name].since, name)):
        origin = ORIGINS[name]
        yield origin.since, f"`{name}`", assumptions()[name], origin.source, origin.where
