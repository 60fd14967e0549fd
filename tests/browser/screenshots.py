"""Draw the pictures of docs: `python -m tests.browser.screenshots FOLDER`."""

from __future__ import annotations

import html
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright  # pyright: ignore[reportMissingImports]

from langchain_telnyx.emulator import TelnyxEmulator
from tests.browser import sample_account
from tests.browser.conftest import CHROMIUM

QUESTIONS = ("How do I run the emulator with its data on disk?", "README.md", "docs")
TERMINAL = """
body { margin: 0; background: #16181d }
pre { margin: 0; padding: 20px; color: #e6e6e6; background: #16181d; white-space: pre-wrap;
      font: 14px/1.5 ui-monospace, "DejaVu Sans Mono", monospace }
"""


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
        draw_demo(browser, folder)
        browser.close()


def draw_demo(browser: Browser, folder: Path) -> None:
    """Draw the output of `langchain-telnyx ask` over README.md and docs, as in a terminal."""
    command = ["langchain-telnyx", "ask", *QUESTIONS]
    done = subprocess.run(
        [sys.executable, "-m", *("langchain_telnyx", *command[1:])],
        check=True,
        capture_output=True,
        text=True,
    )
    shown = f'$ {" ".join(command[:2])} "{QUESTIONS[0]}" README.md docs\n\n{done.stdout.strip()}'
    page = browser.new_page(viewport={"width": 900, "height": 200})
    page.set_content(f"<style>{TERMINAL}</style><pre>{html.escape(shown)}</pre>")
    page.locator("pre").screenshot(path=folder / "ask.png")


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
