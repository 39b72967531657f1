"""One headless Chromium for all browser tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoBrowserError(RuntimeError):
    """No Chromium on this machine."""


def find_chromium(playwright: Playwright) -> str:
    """Return the path of a Chromium: $CHROMIUM, the system's, or the one Playwright fetched."""
    named = os.environ.get("CHROMIUM")
    for candidate in (named, *map(shutil.which, NAMES), playwright.chromium.executable_path):
        if candidate and Path(candidate).exists():
            return candidate
    raise NoBrowserError(
        "no Chromium found: apt-get install chromium, or python -m playwright install chromium, "
        "or name one in $CHROMIUM"
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(playwright), headless=True, args=ARGUMENTS
        )
        try:
            yield browser
        finally:
            browser.close()
