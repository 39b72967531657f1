"""What changed between two explanations, in JupyterLab."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.e2e import scenes
from tests.e2e.eventually import eventually
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.pictures import SCREENSHOTS
from tests.e2e.server import JupyterServer


def test_from_what_changed_to_why(server: JupyterServer, browser: Browser) -> None:
    notebook = NotebookPage.open(server, browser, [scenes.CHANGES])
    try:
        dashboard = notebook.show()
        kernel, page = notebook.kernel, notebook.page
        eventually(page, lambda: dashboard.find("iw-change").count() == 15)
        lines = kernel.value(
            "found.to_frame().query('output == @found.default_output')"
            "[['feature', 'share_after']].head(15).to_dict('list')"
        )
        shown = [dashboard.find("iw-change").nth(i) for i in range(15)]
        assert [each.get_attribute("data-feature") for each in shown] == lines["feature"]
        drawn = [float(each.get_attribute("data-after") or "nan") for each in shown]
        assert drawn == pytest.approx(lines["share_after"])
        assert lines["feature"][0] == "OverTime"
        assert "drifted" in shown[0].inner_text()
        page.wait_for_timeout(300)
        notebook.screenshot(SCREENSHOTS / "changes-light.png")

        flipped = kernel.value("found.to_frame('rows').query('flipped').index[0]")
        first = dashboard.find("iw-changed-row").first
        assert flipped in first.inner_text()
        first.click()
        eventually(page, lambda: kernel.value("dashboard.view") == "row")
        eventually(page, lambda: kernel.value("dashboard.row_label") == flipped)

        dashboard.go("Changes")
        shown[1].get_by_role("button").click()
        eventually(page, lambda: dashboard.dependence()[0] == lines["feature"][1])
        assert notebook.errors == []
    finally:
        notebook.close()
