"""Draw the pictures of docs/console.md: `python -m tests.browser.screenshots FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright  # pyright: ignore[reportMissingImports]

from langchain_telnyx.emulator import TelnyxEmulator
from tests.browser import sample_account
from tests.browser.conftest import CHROMIUM


def draw(folder: Path) -> None:
    """Draw a request in the list, and a search on a phone in the dark."""
    folder.mkdir(parents=True, exist_ok=True)
    with TelnyxEmulator(real_clock=True) as emulator, sync_playwright() as playwright:
        sample_account.fill(emulator)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        chat = emulator.requests.chat[2].number
        page = browser.new_page(viewport={"width": 1200, "height": 680})
        page.goto(f"{emulator.storage_url}/#/requests/{chat}")
        page.wait_for_selector("[role=tabpanel] .message")
        page.screenshot(path=folder / "console.png")
        phone = browser.new_page(viewport={"width": 360, "height": 680}, color_scheme="dark")
        phone.goto(f"{emulator.storage_url}/#/buckets/handbook")
        phone.get_by_role("searchbox").fill("refund days")
        phone.wait_for_selector(".hit")
        phone.screenshot(path=folder / "console-phone.png")
        browser.close()


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
