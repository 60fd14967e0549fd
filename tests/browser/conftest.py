"""The console in Chromium, with an account that has something in each panel."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from langchain_telnyx.emulator import TelnyxEmulator
from tests.browser import sample_account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Without the group `browser` there is nothing to collect here.
collect_ignore_glob = [] if find_spec("playwright") else ["test_*.py"]

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
SIZES = {"desktop": (1280, 800), "phone": (360, 740)}
# Before the page's own scripts: what its policy refuses, and how much its layout jumps.
_OBSERVE = """
window.__violations = [];
window.__shift = 0;
document.addEventListener("securitypolicyviolation", (event) =>
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI}`));
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import (  # noqa: PLC0415  # pyright: ignore[reportMissingImports]
        expect,
        sync_playwright,
    )

    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        # Chromium does not start as root within its sandbox.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def filled() -> Iterator[TelnyxEmulator]:
    """An account with something in each panel, for tests that change nothing in it."""
    with TelnyxEmulator(real_clock=True) as running:
        sample_account.fill(running)
        yield running


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    """An empty account."""
    with TelnyxEmulator(real_clock=True) as running:
        yield running


@pytest.fixture
def visit(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open the console. After each test: no error, no violation of the policy, no foreign host."""
    contexts: list[Any] = []
    pages: list[Any] = []
    problems: list[str] = []

    def requested(request: Any) -> None:
        if urlsplit(request.url).hostname != "127.0.0.1":
            problems.append(f"request to {request.url}")

    def reported(message: Any) -> None:
        # Chromium reports a response with an error status, which a test may have scripted.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            problems.append(f"{message.type}: {message.text}")

    def visit(
        emulator: TelnyxEmulator, address: str = "", size: str = "desktop", scheme: str = "light"
    ) -> Any:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
            has_touch=size == "phone",
        )
        context.set_default_timeout(30_000)
        context.add_init_script(_OBSERVE)
        context.on("request", requested)
        page = context.new_page()
        page.on("console", reported)
        page.on("pageerror", lambda error: problems.append(f"exception: {error}"))
        page.goto(f"{emulator.storage_url}/{address}")
        page.wait_for_selector("#live[data-state=on]")
        contexts.append(context)
        pages.append(page)
        return page

    yield visit
    for page in pages:
        problems += page.evaluate("window.__violations")
        assert (
            page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])").count("KEY")
            == 0
        )
    for context in contexts:
        context.close()
    assert problems == []
