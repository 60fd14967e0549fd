"""`langchain-telnyx new voice-agent DIR`: a project to start from."""

import argparse
from importlib.resources import files

from langchain_telnyx.cli.console import print_json, print_status
from langchain_telnyx.cli.failures import UsageError
from langchain_telnyx.cli.parser import folder

EXAMPLES = """
langchain-telnyx new voice-agent shop
"""
_TEMPLATES = {"voice-agent": "voice_agent"}
# Files of a template end in this, so that no tool takes them for the package's own.
_SUFFIX = ".txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("template", choices=sorted(_TEMPLATES), help="the kind of project")
    parser.add_argument("folder", type=folder, metavar="DIR", help="a folder, new or empty")
    parser.add_argument("--json", action="store_true", help="print the files as JSON")


def run(options: argparse.Namespace) -> int:
    """Write the project, and return the exit status.

    Raises:
        UsageError: The folder is not empty.
    """
    target = options.folder
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise UsageError(f"{str(target)!r} is not empty.")
    source = files("langchain_telnyx") / "data" / "templates" / _TEMPLATES[options.template]
    written = []
    for file in sorted(source.iterdir(), key=lambda one: one.name):
        path = target / file.name.removesuffix(_SUFFIX)
        path.write_text(file.read_text("utf-8"), "utf-8")
        written.append(str(path))
        if not options.json:
            print(path)
    if options.json:
        print_json({"folder": str(target), "files": written}, indent=2)
    print_status(f"Next: cd {target} && pip install -r requirements-dev.txt && pytest")
    return 0
