"""Wait for a page that answers in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page


def eventually(page: Page, check: Callable[[], Any], *, seconds: float = 8) -> Any:
    """Call ``check`` until it neither raises nor returns False; the last failure is the one shown."""
    end = time.monotonic() + seconds
    while True:
        try:
            result = check()
            if result is False:
                raise AssertionError("the condition never held")
            return result
        except Exception:
            if time.monotonic() > end:
                raise
        page.wait_for_timeout(40)
