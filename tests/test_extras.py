"""Names of missing extras can be imported; using one raises an error with the pip command."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Every package that only extras install, by its import name.
EXTRAS = {
    "bs4",
    "charset_normalizer",
    "cryptography",
    "fastapi",
    "langchain",
    "langgraph",
    "markdown_it",
    "multipart",
    "networkx",
    "openpyxl",
    "numpy",
    "PIL",
    "pocketsphinx",
    "pypdf",
    "python_multipart",
    "re2",
    "snowballstemmer",
    "soundfile",
    "starlette",
    "tinytag",
    "tqdm",
    "uvicorn",
}

WITHOUT_EXTRAS = f"""
import importlib.abc, inspect, pydoc, sys, unittest.mock

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())
import langchain_telnyx
"""

INSTALL = 'pip install "langchain-telnyx[langgraph]"'


def printed(program: str) -> str:
    """Return the output of a program without any extra installed."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRAS + program], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


# Each runs in a process of its own. They are few, since each imports the whole package.
INTROSPECTION = {
    "names": """
from langchain_telnyx import *

assert set(langchain_telnyx.__all__) <= {*globals()}
assert all(hasattr(langchain_telnyx, name) for name in dir(langchain_telnyx))
assert [name for name, _ in inspect.getmembers(langchain_telnyx)] == langchain_telnyx.__all__
assert inspect.isclass(TelnyxStore)
assert not isinstance(1, TelnyxStore)
assert TelnyxStore is langchain_telnyx.TelnyxStore
assert "TelnyxStore" in repr(TelnyxStore)
assert inspect.getmembers(TelnyxStore)
""",
    "help": """
assert "class TelnyxStore" in pydoc.plain(pydoc.render_doc(langchain_telnyx))
""",
    "specs": """
spec = unittest.mock.create_autospec(langchain_telnyx)
spec.ChatTelnyx(model="m"), spec.TelnyxStore("notes")
for name in langchain_telnyx.__all__:
    thing = getattr(langchain_telnyx, name)
    if inspect.isclass(thing):
        unittest.mock.create_autospec(thing)
""",
}


@pytest.mark.parametrize("program", INTROSPECTION.values(), ids=INTROSPECTION)
def test_a_name_of_a_missing_extra_can_be_inspected(program: str) -> None:
    assert printed(f"{program}\nprint('done')") == "done"


def test_using_it_raises_an_error_with_the_command_to_install() -> None:
    program = """
from langchain_telnyx import TelnyxStore

def subclassed():
    class Mine(TelnyxStore): ...

for use in (lambda: TelnyxStore("notes"), subclassed, lambda: TelnyxStore.put):
    try:
        use()
    except ImportError as error:
        print(error, type(error.__cause__).__name__)
"""
    lines = printed(program).splitlines()
    assert len(lines) == 3
    assert all(INSTALL in line and line.endswith("ModuleNotFoundError") for line in lines)


def test_an_extra_installed_later_is_found() -> None:
    program = (
        "before = langchain_telnyx.TelnyxStore\n"
        "del sys.meta_path[0]\n"
        "assert langchain_telnyx.TelnyxStore is not before\n"
        "print(langchain_telnyx.TelnyxStore.__module__)"
    )
    assert printed(program) == "langchain_telnyx.store.base"


def test_another_import_error_is_raised_at_once() -> None:
    program = (
        "sys.modules['pydantic_core'] = None\n"
        "try:\n    langchain_telnyx.Telnyx\n"
        "except ModuleNotFoundError as error:\n    print(error.name)"
    )
    assert printed(program) == "pydantic_core"
