"""Use an installed package: its names, the command, the emulator, a chain and a phone call.

Usage: `smoke.py README`. `try_distributions.py` runs this file with each Python, outside of the
checkout. The documented example is that of the README.
"""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

# Requirements may warn on a Python that is newer than they are; this package may not.
warnings.filterwarnings("error", module="langchain_telnyx")

import langchain_telnyx  # noqa: E402 - after the filter
from langchain_telnyx.emulator import TelnyxEmulator  # noqa: E402

COMMAND = (sys.executable, "-m", "langchain_telnyx")


def command(*arguments: str) -> str:
    """Return what the command prints."""
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=True).stdout


def main(readme: str) -> None:
    """Use the package.

    Raises:
        AssertionError: Something does not work.
    """
    held = distribution("langchain-telnyx")
    package = Path(langchain_telnyx.__file__).parent
    assert package == Path(str(held.locate_file("langchain_telnyx"))), package
    assert held.version == langchain_telnyx.__version__
    assert files("langchain_telnyx").joinpath("py.typed").is_file()
    for name in langchain_telnyx.__all__:
        assert getattr(langchain_telnyx, name) is not None

    block = re.search(r"```python\n(.*?)```", Path(readme).read_text("utf-8"), re.DOTALL)
    assert block is not None
    exec(block[1], {})  # noqa: S102 - our own document

    assert command("--version").strip() == held.version
    with TemporaryDirectory() as folder:
        Path(folder, "dogs.txt").write_text("Dogs are welcome on Fridays.\n", "utf-8")
        answer = command("ask", "On which day are dogs welcome?", folder)
        assert "Dogs are welcome on Fridays. [1]" in answer, answer
        command("new", "voice-agent", str(Path(folder, "shop")))
        assert Path(folder, "shop", "agent.py").is_file()

    with TelnyxEmulator(sockets=False) as emulator:
        emulator.say("We are open until five.")
        model = langchain_telnyx.ChatTelnyx(**emulator.options())
        call = emulator.call(model, ["When do you close?"])
        assert call.agent_said == ["We are open until five."], call


if __name__ == "__main__":
    main(*sys.argv[1:])
