"""When no kernel answers: a restart, and a file that was mailed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
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


def test_a_reloaded_page_brings_the_living_dashboard_back(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([scenes.CALLABLE])
    dashboard = notebook.show()
    dashboard.open_feature("b")
    eventually(notebook.page, lambda: notebook.kernel.value("dashboard.feature") == "b")
    notebook.command("docmanager:save")
    notebook.page.wait_for_timeout(1500)
    notebook.page.reload()
    notebook.wait_for_dashboard()
    eventually(notebook.page, lambda: dashboard.dependence()[0] == "b")
    dashboard.go("Row & what-if")
    dashboard.edit("b", "0.5")
    expected = notebook.kernel.value("float(10 + 3 * X.a.iloc[0] - 1)")
    eventually(notebook.page, lambda: abs((dashboard.prediction().new or 0) - expected) < 1e-9)


@pytest.mark.parametrize("busy", ["time.sleep(9)", "dashboard.row = 1; time.sleep(9)"], ids=["plain", "tied"])
def test_a_busy_kernel_answers_or_is_told(open_notebook: OpenNotebook, busy: str) -> None:
    """A kernel with subshells answers during a cell, unless that cell itself spoke to the dashboard last."""
    notebook = open_notebook([scenes.CALLABLE, f"import time\nif 'again' in globals(): {busy}\nagain = 1"])
    dashboard = notebook.show()
    notebook.wait_until_idle()
    row = 1 if "row" in busy else 0
    expected = notebook.kernel.value(f"float(10 + 3 * X.a.iloc[{row}] - 1)")
    dashboard.go("Row & what-if")
    eventually(notebook.page, lambda: dashboard.waterfall_row() == 0)
    notebook.run_nth(1)
    eventually(notebook.page, lambda: dashboard.waterfall_row() == row)
    dashboard.edit("b", "0.5")

    def answered() -> bool:
        return abs((dashboard.prediction().new or 0) - expected) < 1e-9

    def told() -> bool:
        return dashboard.find("iw-banner").count() > 0 and "busy" in dashboard.banner().lower()

    eventually(notebook.page, lambda: answered() or told(), seconds=7)
    # Charts live on meanwhile.
    dashboard.go("Overview")
    dashboard.open_feature("a")
    eventually(notebook.page, lambda: dashboard.dependence()[0] == "a", seconds=2)
    dashboard.go("Row & what-if")
    eventually(notebook.page, answered, seconds=20)
    eventually(notebook.page, lambda: dashboard.find("iw-banner").count() == 0)


def test_a_cell_run_again_gives_a_new_dashboard(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([scenes.CALLABLE])
    notebook.show()
    notebook.dashboard.open_feature("c")
    notebook.run_cell(scenes.CALLABLE.replace("10 +", "20 +"))
    notebook.wait_until_idle()
    notebook.wait_for_dashboard()
    dashboard = notebook.dashboard
    dashboard.go("Row & what-if")
    expected = notebook.kernel.value("float(20 + 3 * X.a.iloc[0] - 2 * X.b.iloc[0])")
    eventually(notebook.page, lambda: abs(dashboard.prediction().old - expected) < 1e-9)
    assert notebook.errors == []
