"""Estimates get better while they are looked at, in JupyterLab."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.e2e import scenes
from tests.e2e.eventually import eventually
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.pictures import SCREENSHOTS
from tests.e2e.server import JupyterServer


def test_bars_are_there_at_once_get_better_and_can_be_stopped(
    server: JupyterServer, browser: Browser
) -> None:
    notebook = NotebookPage.open(server, browser, [scenes.LIVE])
    try:
        dashboard = notebook.show()
        kernel, page = notebook.kernel, notebook.page
        chip = dashboard.find("iw-estimate")
        eventually(page, lambda: chip.get_attribute("data-state") == "running")

        def error() -> float:
            return float(chip.get_attribute("data-error") or "nan")

        first = error()
        feature = next(iter(dashboard.importances()))
        box = dashboard.find("iw-feature", feature=feature).bounding_box()
        kernel.run("dashboard.row = 5")
        notebook.screenshot(SCREENSHOTS / "live-light.png")
        eventually(page, lambda: error() < 0.8 * first, seconds=60)
        # The strongest feature has not moved, nor has anything above it; the row in focus is the same.
        assert dashboard.find("iw-feature", feature=feature).bounding_box() == box
        assert kernel.value("dashboard.row") == 5

        dashboard.find("iw-estimate-stop").click()
        eventually(page, lambda: chip.get_attribute("data-state") == "stopped", seconds=60)
        assert kernel.value("dashboard.wait(30).residual < 1e-9")
        assert notebook.errors == []
    finally:
        notebook.close()
