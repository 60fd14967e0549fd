"""Checks of what is installed."""

import platform
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import Requirement

from langchain_telnyx._version import __version__
from langchain_telnyx.doctor.findings import Finding

_PACKAGE = "langchain-telnyx"
# What changes the behaviour of this package where it is installed.
_OPTIONAL = (
    "langchain",
    "langgraph",
    "langsmith",
    "httpcore",
    "httpcore2",
    "httptools",
    "httpx2",
    "anyio",
)


def check_versions() -> Iterator[Finding]:
    """Yield the versions in use, and those that the requirements exclude."""
    versions: dict[str, str | None] = {"python": platform.python_version(), _PACKAGE: __version__}
    wrong: list[str] = []
    for requirement in _requirements():
        installed = _version(requirement.name)
        versions[requirement.name] = installed
        if installed is None:
            wrong.append(f"{requirement} is not installed")
        elif not requirement.specifier.contains(installed, prereleases=True):
            wrong.append(f"{requirement} is required, {installed} is installed")
    for name in _OPTIONAL:
        if (installed := _version(name)) is not None:
            versions[name] = installed
    shown = ", ".join(f"{name} {version}" for name, version in versions.items())
    if not wrong:
        yield Finding("versions", "ok", shown, data=versions)
        return
    advice = f"Run `pip install --upgrade {_PACKAGE}`."
    yield Finding("versions", "failure", f"{'; '.join(wrong)}. {shown}", advice, versions)


def _requirements() -> list[Requirement]:
    """Return the requirements without extras, for this Python."""
    try:
        texts = metadata.requires(_PACKAGE) or []
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return []
    requirements = [Requirement(text) for text in texts]
    return [each for each in requirements if each.marker is None or each.marker.evaluate()]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
