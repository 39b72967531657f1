"""Take the pictures of the README and of build/screenshots in a real JupyterLab: ``make screenshots``."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e import scenes
from tests.e2e.browser import chromium
from tests.e2e.eventually import eventually
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.server import JupyterServer, jupyter_server

PROJECT = Path(__file__).resolve().parents[2]
SCREENSHOTS = PROJECT / "build" / "screenshots"
WIDTHS = (1400, 800)
README_WIDTH = 1400


def take(notebook: NotebookPage, width: int, dark: bool) -> None:
    """Overview with the beeswarm, and a row with two edits."""
    suffix = f"-{'dark' if dark else 'light'}-{width}"
    kernel, dashboard, page = notebook.kernel, notebook.dashboard, notebook.page
    kernel.run(scenes.RESET)
    kernel.run("dashboard.global_chart = 'beeswarm'; dashboard.feature = 'MonthlyIncome'")
    eventually(page, lambda: dashboard.dependence()[0] == "MonthlyIncome")
    page.mouse.move(1, 1)
    page.wait_for_timeout(300)
    notebook.screenshot(SCREENSHOTS / f"overview{suffix}.png")

    row = kernel.value("int(model.predict_proba(X_test)[:, 1].argmax())")
    kernel.run(f"dashboard.view = 'row'; dashboard.row = {row}")
    eventually(page, lambda: dashboard.waterfall_row() == row)
    kernel.run("dashboard.scenario = {'OverTime': 0, 'StockOptionLevel': 1}")
    dashboard.settled_prediction()
    page.wait_for_timeout(600)
    notebook.screenshot(SCREENSHOTS / f"row{suffix}.png")


def take_training(server: JupyterServer, browser: Browser) -> None:
    """The flight recorder at the end of its notebook."""
    path = "training.ipynb"
    (server.root / path).write_bytes((PROJECT / "notebooks" / "04_watch_training.ipynb").read_bytes())
    notebook = NotebookPage.open_file(server, browser, path, height=2600)
    try:
        dashboard = notebook.show()
        notebook.wait_until_idle()
        notebook.set_theme(False)  # the pictures before may have left another
        state = dashboard.find("iw-training-state")
        eventually(notebook.page, lambda: state.inner_text() == "finished")
        eventually(notebook.page, lambda: dashboard.find("iw-stream").count() == 8)
        notebook.page.wait_for_timeout(500)
        notebook.screenshot(SCREENSHOTS / f"training-light-{README_WIDTH}.png")
    finally:
        notebook.close()


def main() -> None:
    with jupyter_server() as server, chromium() as browser:
        notebook = NotebookPage.open(server, browser, scenes.ATTRITION)
        try:
            notebook.show()
            for width in WIDTHS:
                for dark in (False, True):
                    notebook.set_width(width)
                    notebook.set_theme(dark)
                    take(notebook, width, dark)
        finally:
            notebook.close()
        take_training(server, browser)
    images = PROJECT / "docs" / "images"
    images.mkdir(exist_ok=True)
    for name in ("overview", "row", "training"):
        (images / f"{name}.png").write_bytes((SCREENSHOTS / f"{name}-light-{README_WIDTH}.png").read_bytes())
    print(f"wrote {SCREENSHOTS.relative_to(PROJECT)} and {images.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
