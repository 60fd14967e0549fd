"""Check that each package in an environment has an allowed licence.

Usage: `licences.py FOLDER`, the site-packages of an environment with the package and all its extras
only.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import distributions
from typing import Any

# SPDX identifiers. MPL-2.0 covers changes to its own files only; this package changes none.
ALLOWED = frozenset(
    (
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "CNRI-Python",
        "ISC",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",
        "PSF-2.0",
        "Zlib",
    )
)
# Beginnings of other spellings, in classifiers and texts.
_SPELT = {
    "apache": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "isc": "ISC",
    "mit": "MIT",
    "the mit": "MIT",
    "mozilla public license 2.0": "MPL-2.0",
    "python software foundation": "PSF-2.0",
}


def expression(metadata: Any) -> str:
    """Return a package's licence as an SPDX expression, or as written."""
    if held := metadata["License-Expression"]:
        return str(held)
    classifiers = metadata.get_all("Classifier") or []
    named = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License :: ")]
    # Several classifiers mean OR in some packages, AND in others: all must be allowed.
    ids = [_identified(each) for each in named if each != "OSI Approved"]
    first = (metadata["License"] or "").strip().partition("\n")[0]
    return " AND ".join(ids) or _identified(first) or "no licence"


def is_allowed(written: str) -> bool:
    """Return whether an SPDX expression is allowed; in a choice, one allowed licence is enough."""
    tokens = re.findall(r"[()]|[^\s()]+", written)
    allowed = _choice(tokens)
    return allowed and not tokens


def _choice(tokens: list[str]) -> bool:
    allowed = _all(tokens)
    while tokens[:1] == ["OR"]:
        del tokens[0]
        allowed |= _all(tokens)
    return allowed


def _all(tokens: list[str]) -> bool:
    allowed = _one(tokens)
    while tokens[:1] == ["AND"]:
        del tokens[0]
        allowed &= _one(tokens)
    return allowed


def _one(tokens: list[str]) -> bool:
    if not tokens:
        return False
    name = tokens.pop(0)
    if name != "(":
        return name in ALLOWED
    allowed = _choice(tokens)
    return tokens[:1] == [")"] and bool(tokens.pop(0)) and allowed


def _identified(name: str) -> str:
    if name in ALLOWED:
        return name
    begun = (each for begin, each in _SPELT.items() if name.lower().startswith(begin))
    return next(begun, name)


def main(folder: str) -> int:
    """Print the packages in a folder without an allowed licence; return the exit code."""
    found = {each.name: expression(each.metadata) for each in distributions(path=[folder])}
    wrong = {name: each for name, each in sorted(found.items()) if not is_allowed(each)}
    for name, each in wrong.items():
        print(f"licences: {name} has {each!r}, which tests/supply/licences.py does not allow")
    print(f"licences: {len(found)} packages, {len(wrong)} of them not allowed")
    return 1 if wrong or not found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
