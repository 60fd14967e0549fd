"""The tests, examples and README of version 1.0.0 run unchanged with this version.

They are not in this repository: the test downloads the source distribution from the package index,
and runs it in an environment with this package.
"""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import installed
import pytest
import spec
from exchanges import emulated_account

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prerequisites import Account

pytestmark = pytest.mark.contract

EXAMPLES = ("chat_basic", "chat_with_env", "embeddings_basic")
TESTS = 21


@pytest.fixture(scope="module")
def python() -> Path:
    return installed.ours("openai>=2.8", "pytest>=8.3", "pytest-asyncio>=1.5", "pip")


@pytest.fixture(scope="module")
def published(python: Path) -> Path:
    return installed.source(python, installed.VERSION_1, installed.VERSION_1_SHA256)


@pytest.fixture(scope="module")
def emulated() -> Iterator[Account]:
    with emulated_account(sockets=True) as emulated:
        yield emulated


@pytest.fixture
def environment(emulated: Account) -> dict[str, str]:
    emulator = emulated.emulator
    return {
        **installed.environment(),
        "TELNYX_API_KEY": emulator.api_key,
        "TELNYX_API_BASE": f"{emulator.base_url}/ai/openai",
    }


def run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Run a command in a folder, and return its output."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_environment_imports_this_package(
    python: Path, published: Path, environment: dict[str, str]
) -> None:
    program = (
        "import json, langchain_telnyx as it; print(json.dumps([it.__file__, it.__version__]))"
    )
    file, version = json.loads(run([str(python), "-c", program], published, environment))
    assert file == str(spec.ROOT / "langchain_telnyx" / "__init__.py")
    assert version.startswith("2.")
    assert not (published / "langchain_telnyx").exists()


def test_its_own_tests_pass(python: Path, published: Path) -> None:
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    printed = run(command, published, installed.environment())
    # Some of these tests use deprecated names, which warn.
    assert re.fullmatch(rf"{TESTS} passed(, \d+ warnings?)? in .*", printed.splitlines()[-1]), (
        printed
    )


@pytest.mark.parametrize("example", EXAMPLES)
def test_its_examples_run_without_a_warning(
    python: Path, published: Path, environment: dict[str, str], example: str
) -> None:
    command = [str(python), "-W", "error", f"examples/{example}.py"]
    printed = run(command, published, environment)
    if example == "embeddings_basic":
        assert printed.startswith("Vector length: 1024\n")
    else:
        assert printed.strip()


def test_every_example_is_in_the_list(published: Path) -> None:
    assert sorted(EXAMPLES) == sorted(file.stem for file in (published / "examples").glob("*.py"))


def test_its_readme_runs_without_a_warning(
    python: Path, published: Path, environment: dict[str, str], emulated: Account
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (published / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 3
    begun = len(emulated.emulator.requests)
    for block in blocks:
        run([str(python), "-W", "error", "-c", block], published, environment)
    paths = [request.path for request in list(emulated.emulator.requests)[begun:]]
    assert paths == ["/v2/ai/openai/chat/completions", "/v2/ai/openai/embeddings"]
