"""Draw the diagram in docs/architecture.md: `python tests/architecture/draw.py`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.architecture.imports import FILES, PACKAGE, ROOT, imported

TOUR = ROOT / "docs" / "architecture.md"
BEGIN = "<!-- drawn by tests/architecture/draw.py from the imports -->\n"
END = "<!-- end of the drawing -->\n"

# The groups of boxes. Every package must be in one of them.
GROUPS = {
    "adapters": (
        "chat_models",
        "embeddings",
        "rate_limiters",
        "vectorstores",
        "retrievers",
        "store",
        "insights",
        "assistants",
        "fine_tuning",
        "speech",
        "transcription",
        "conversations",
        "document_loaders",
        "middleware",
        "tools",
        "transcripts",
        "webhooks",
        "batch",
        "doctor",
        "data",
        "_shared",
    ),
    "client": ("client", "client/api", "client/http"),
    "emulator": ("emulator",),
    "serve": ("serve",),
    "cli": ("cli",),
}
# Single modules, without a box: arrows to and from them would hide the others.
LEAVES = {"__init__", "__main__", "_version", "errors", "types"}


def box_of(module: str) -> str | None:
    """Return the box of a module; `None` for a module without one."""
    parts = module.split(".")[1:]
    if not parts or parts[0] in LEAVES:
        return None
    two = "/".join(parts[:2])
    if two in GROUPS["client"]:
        return two
    if any(parts[0] in boxes for boxes in GROUPS.values()):
        return parts[0]
    raise LookupError(f"{module} is in no group of the drawing: add its package to GROUPS.")


def arrows() -> set[tuple[str, str]]:
    """Return pairs of boxes: the first imports the second."""
    found: set[tuple[str, str]] = set()
    for file in FILES:
        relative = file.relative_to(PACKAGE).with_suffix("")
        start = box_of(".".join(["langchain_telnyx", *relative.parts]))
        for module in imported(file):
            if start is None or module.partition(".")[0] != "langchain_telnyx":
                continue
            end = box_of(module) if "." in module else None
            if end is not None and end != start:
                found.add((start, end))
    return found


def drawing() -> str:
    """Return the diagram in Mermaid's syntax."""
    lines = ["```mermaid", "flowchart TD"]
    for group, boxes in GROUPS.items():
        lines.append(f"  subgraph group_{group}[{group}]")
        lines += [f"    {_id(box)}[{box}]" for box in boxes]
        lines.append("  end")
    lines += [f"  {_id(start)} --> {_id(end)}" for start, end in sorted(arrows())]
    return "\n".join([*lines, "```", ""])


def _id(box: str) -> str:
    return box.replace("/", "_").strip("_")


def drawn(text: str) -> str:
    """Return the text of a page with its diagram replaced."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + drawing() + END + rest.partition(END)[2]


if __name__ == "__main__":
    TOUR.write_text(drawn(TOUR.read_text("utf-8")), "utf-8")
