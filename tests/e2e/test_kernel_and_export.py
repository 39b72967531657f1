"""When no kernel answers: a restart, and a file that was mailed."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e import scenes
from tests.e2e.conftest import OpenNotebook
from tests.e2e.dashboard_page import DashboardPage
from tests.e2e.eventually import eventually
from tests.e2e.notebook_page import NotebookPage


def test_a_restarted_kernel_is_told_and_charts_live_on(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([scenes.CALLABLE])
    dashboard = notebook.show()
    dashboard.open_feature("b")
    notebook.restart_kernel()
    dashboard.go("Row & what-if")

    def told() -> bool:
        dashboard.root.hover()
        return "kernel" in dashboard.banner().lower()

    eventually(notebook.page, told, seconds=20)
    dashboard.go("Overview")
    dashboard.open_feature("a")
    eventually(notebook.page, lambda: dashboard.dependence()[0] == "a")
    notebook.show()
    eventually(notebook.page, lambda: notebook.dashboard.find("iw-banner").count() == 0)


def test_an_exported_file_opens_without_network_and_reacts(
    attrition: NotebookPage, browser: Browser, tmp_path: Path
) -> None:
    target = tmp_path / "dashboard.html"
    attrition.kernel.run(f"dashboard.save_html({str(target)!r})")
    names = list(attrition.dashboard.importances())

    context = browser.new_context(viewport={"width": 1400, "height": 1000}, offline=True)
    try:
        page = context.new_page()
        failures: list[str] = []
        requests: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(target.as_uri())
        dashboard = DashboardPage(page)
        dashboard.root.wait_for()
        assert list(dashboard.importances()) == names
        dashboard.open_feature(names[4])
        eventually(page, lambda: dashboard.dependence()[0] == names[4])
        dashboard.go("Row")
        position, label = dashboard.rows()[5]
        dashboard.pick_row(label)
        eventually(page, lambda: dashboard.waterfall_row() == position)
        assert dashboard.bars()
        assert failures == []
        outside = [url for url in requests if not url.startswith(("file:", "blob:", "data:"))]
        assert outside == [], "a self-contained file asks nobody"
    finally:
        context.close()


def test_what_a_saved_notebook_keeps_is_small_and_readable_without_widgets(attrition: NotebookPage) -> None:
    kept = attrition.outputs()[-1]["data"]
    html = "".join(kept["text/html"])
    assert "<script" not in html, "viewers strip scripts"
    assert next(iter(attrition.dashboard.importances())) in html
    assert len(json.dumps(kept)) < 60_000
