"""`langchain-telnyx new voice-agent DIR`: a project to start from."""

import argparse
import sys
from importlib.resources import files
from pathlib import Path

_TEMPLATES = {"voice-agent": "voice_agent"}
# Files of a template end in this, so that no tool takes them for the package's own.
_SUFFIX = ".txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("template", choices=sorted(_TEMPLATES), help="the kind of project")
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder, new or empty")


def run(options: argparse.Namespace) -> int:
    """Write the project; return 0, 1 for a failure, or 2 for a folder that is not empty."""
    folder: Path = options.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            return _fail(f"{folder} is not empty.", 2)
        source = files("langchain_telnyx") / "data" / "templates" / _TEMPLATES[options.template]
        for file in sorted(source.iterdir(), key=lambda one: one.name):
            name = file.name.removesuffix(_SUFFIX)
            (folder / name).write_text(file.read_text("utf-8"), "utf-8")
            print(folder / name)
    except OSError as error:
        return _fail(str(error), 1)
    print(f"Next: cd {folder} && pip install -r requirements-dev.txt && pytest")
    return 0


def _fail(reason: str, status: int) -> int:
    print(f"langchain-telnyx new: {reason}", file=sys.stderr)
    return status
