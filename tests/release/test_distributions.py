"""The built distributions, and their metadata on the package index."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import langchain_telnyx

if TYPE_CHECKING:
    from email.message import Message

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REPOSITORY = "https://github.com/team-telnyx/langchain-telnyx"
LINK = re.compile(r"\]\(([^)\s]+)\)")


def run(*command: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False, cwd=cwd
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def checkout() -> set[str]:
    """Return the files of the checkout that git does not ignore."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.check_output(listed, cwd=ROOT, text=True)
    return {name for name in names.splitlines() if (ROOT / name).exists()}


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution, built by the project's own backend."""
    folder = tmp_path_factory.mktemp("dist")
    # Once per test process, outside of the repository.
    run("-m", "hatchling", "build", "-d", str(folder))
    return folder


@pytest.fixture(scope="module")
def metadata(distributions: Path) -> Message:
    (wheel,) = distributions.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        return email.message_from_string(archive.read(name).decode())


def test_the_index_accepts_both_distributions(distributions: Path) -> None:
    files = sorted(map(str, distributions.iterdir()))
    assert len(files) == 2
    run("-m", "twine", "check", "--strict", *files)


def test_the_description_has_absolute_links_only(metadata: Message) -> None:
    text = metadata.get_payload()
    assert isinstance(text, str)
    readme = (ROOT / "README.md").read_text("utf-8")
    shown, written = LINK.findall(text), LINK.findall(readme)
    assert len(shown) == len(written) > 20
    for link, source in zip(shown, written, strict=True):
        relative = "://" not in source
        assert link == (f"{REPOSITORY}/blob/main/{source}" if relative else source)
    assert metadata["Description-Content-Type"] == "text/markdown"


def test_the_metadata_has_links_to_documents_changes_and_issues(metadata: Message) -> None:
    urls = dict(url.split(", ") for url in metadata.get_all("Project-URL", []))
    assert urls == {
        "Homepage": "https://telnyx.com",
        "Documentation": f"{REPOSITORY}/tree/main/docs",
        "Repository": REPOSITORY,
        "Changelog": f"{REPOSITORY}/blob/main/CHANGELOG.md",
        "Issues": f"{REPOSITORY}/issues",
    }
    assert metadata["Author"] == "langchain-telnyx contributors"


def test_the_source_distribution_has_the_documents_and_no_caches(distributions: Path) -> None:
    (sdist,) = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    files = {"CHANGELOG.md", "README.md", "SECURITY.md", "LICENSE", "Makefile", "docs/chat.md"}
    assert files <= names
    assert names - checkout() <= {"PKG-INFO"}


# What the wheel has besides modules and stubs. A new data file needs a line here.
CONSOLE = re.compile(r"data/console/[a-z-]+\.(js|css|html|svg)")
DATA = {
    "py.typed",
    "data/templates/voice_agent/Dockerfile.txt",
    "data/templates/voice_agent/README.md.txt",
    "data/templates/voice_agent/agent.py.txt",
    "data/templates/voice_agent/requirements-dev.txt.txt",
    "data/templates/voice_agent/requirements.txt.txt",
    "data/templates/voice_agent/test_agent.py.txt",
    "doctor/live/speech.wav",
    "transcripts/abbreviations.toml",
}


def test_the_wheel_has_the_package_and_nothing_else(distributions: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    # No tests, no caches, and nothing is left out.
    assert held == {name for name in checkout() if name.startswith("langchain_telnyx/")}
    modules = {name for name in held if name.endswith((".py", ".pyi"))}
    others = {name.removeprefix("langchain_telnyx/") for name in held - modules}
    page = {
        name for name in others if re.fullmatch(r"data/console/[a-z-]+\.(js|css|html|svg)", name)
    }
    assert others - page == DATA
    assert "data/console/index.html" in page


def test_the_source_distribution_builds_the_same_wheel(distributions: Path, tmp_path: Path) -> None:
    (sdist,) = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    run("-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "built"), cwd=source)
    (built,) = (tmp_path / "built").iterdir()
    (wheel,) = distributions.glob("*.whl")
    assert built.name == wheel.name
    assert built.read_bytes() == wheel.read_bytes()


def test_the_extra_all_has_all_other_extras_but_ray() -> None:
    extras = dict(PROJECT["optional-dependencies"])
    (everything,) = extras.pop("all")
    assert extras.pop("ray")  # 480 MB, which few users of all the others need
    assert everything == f"langchain-telnyx[{','.join(sorted(extras))}]"


def test_every_requirement_has_a_lower_bound() -> None:
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    requirements = {requirement for group in groups for requirement in group}
    itself = {r for r in requirements if r.startswith("langchain-telnyx[")}
    assert [r for r in requirements - itself if ">=" not in r] == []


def test_the_readme_names_every_extra() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|", readme, re.MULTILINE)
    assert sorted(rows) == sorted(PROJECT["optional-dependencies"])


def test_the_extras_in_documents_exist() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    named = {
        extra
        for document in documents
        for extras in re.findall(
            r"(?:langchain-telnyx|\.)\[([a-z,-]+)\]", document.read_text("utf-8")
        )
        for extra in extras.split(",")
    }
    assert {"emulator", "progress"} <= named <= PROJECT["optional-dependencies"].keys()


def test_python_m_runs_the_command(tmp_path: Path) -> None:
    printed = run("-W", "error", "-m", "langchain_telnyx", "--version", cwd=tmp_path)
    assert printed == f"{langchain_telnyx.__version__}\n"
    shown = run("-m", "langchain_telnyx", "--help", cwd=tmp_path)
    assert shown.startswith("usage: langchain-telnyx ")
    command = Path(sys.executable).with_name("langchain-telnyx")
    assert os.access(command, os.X_OK)
    assert subprocess.check_output([command, "--help"], text=True) == shown
