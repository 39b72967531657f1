"""A surrogate that imitates badly says so where nobody can miss it."""

from __future__ import annotations

import re

import pytest

from tests.e2e import scenes
from tests.e2e.eventually import eventually
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.pictures import SCREENSHOTS


def test_a_bad_imitation_is_told_beside_the_numbers(desk: NotebookPage) -> None:
    desk.run_cell(scenes.IMITATION)
    desk.wait_for_dashboard()
    dashboard, kernel, page = desk.dashboard, desk.kernel, desk.page
    assert kernel.value("explanation.fidelity.r2") < 0.5
    banner = dashboard.find("iw-fidelity")
    assert "imitates the model badly" in banner.inner_text()

    kernel.run("dashboard.view = 'row'; dashboard.row = 7")
    eventually(page, lambda: dashboard.waterfall_row() == 7)
    own = float(kernel.value("model(X[7:8])[0]"))
    said = re.search(r"The model itself says ([−\d.]+)", dashboard.find("iw-model-says").inner_text())
    assert said is not None
    assert float(said.group(1).replace("−", "-")) == pytest.approx(own, rel=0.01)

    dashboard.edit("age", "2")
    dashboard.settled_prediction()
    edited = float(kernel.value("model(X[7:8].assign(age=2.0))[0]"))

    def now() -> float:
        text = re.search(r"says ([−\d.]+)", dashboard.find("iw-model-says").inner_text())
        return float(text.group(1).replace("−", "-")) if text else float("nan")

    eventually(page, lambda: now() == pytest.approx(edited, rel=0.01))
    page.wait_for_timeout(300)
    desk.screenshot(SCREENSHOTS / "imitation-light.png")
