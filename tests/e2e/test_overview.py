"""The overview of the main job, in JupyterLab: what is drawn is what Python says."""

from __future__ import annotations

import pytest

from tests.e2e import scenes
from tests.e2e.eventually import eventually
from tests.e2e.notebook_page import NotebookPage


def test_bars_are_the_mean_magnitudes_of_lightgbms_own_shap_values(attrition: NotebookPage) -> None:
    truth = attrition.kernel.value(
        f"dict(zip(X_test.columns, abs({scenes.LIGHTGBM_SHAP}[:, :-1]).mean(axis=0).tolist()))"
    )
    drawn = eventually(attrition.page, attrition.dashboard.importances)

    ranked = sorted(truth, key=lambda name: -truth[name])[: len(drawn)]
    assert list(drawn) == ranked
    assert drawn == pytest.approx({name: truth[name] for name in ranked}, rel=1e-5)


def test_a_click_on_a_bar_opens_its_dependence_and_python_sees_it(attrition: NotebookPage) -> None:
    dashboard = attrition.dashboard
    third = list(dashboard.importances())[2]
    dashboard.open_feature(third)

    eventually(attrition.page, lambda: dashboard.dependence()[0] == third)
    eventually(attrition.page, lambda: attrition.kernel.value("dashboard.feature") == third)
    colour = dashboard.dependence()[1]
    assert colour != third
    assert colour in attrition.kernel.value("list(X_test.columns)")


def test_python_sets_a_trait_and_the_page_follows(attrition: NotebookPage) -> None:
    dashboard, kernel, page = attrition.dashboard, attrition.kernel, attrition.page

    kernel.run("dashboard.feature = 'Age'; dashboard.color_feature = 'MonthlyIncome'")
    eventually(page, lambda: dashboard.dependence() == ("Age", "MonthlyIncome"))

    kernel.run("dashboard.top_k = 5")
    eventually(page, lambda: len(dashboard.importances()) == 5)

    kernel.run("dashboard.view = 'row'; dashboard.row = 7")
    eventually(page, lambda: dashboard.waterfall_row() == 7)


def test_the_page_sets_a_trait_and_python_sees_it(attrition: NotebookPage) -> None:
    attrition.dashboard.go("Row & what-if")
    eventually(attrition.page, lambda: attrition.kernel.value("dashboard.view") == "row")


def test_a_wrong_trait_is_refused_by_name_and_nothing_moves(attrition: NotebookPage) -> None:
    kernel = attrition.kernel
    kernel.run("""
refused = ""
try:
    dashboard.row = 294
except Exception as error:
    refused = str(error)
""")
    assert "row" in kernel.value("refused")
    assert "293" in kernel.value("refused") or "294" in kernel.value("refused")
    assert kernel.value("dashboard.row") == 0


def test_two_views_of_one_dashboard_agree(desk: NotebookPage) -> None:
    desk.run_cell(
        scenes.CALLABLE.replace("\ndashboard\n", "\nfrom IPython.display import display\n")
        + "display(dashboard)\ndisplay(dashboard)"
    )
    desk.wait_for_dashboard()
    first, second = desk.dashboards(2)
    first.open_feature("b")
    eventually(desk.page, lambda: second.dependence()[0] == "b")
    second.open_feature("a")
    eventually(desk.page, lambda: first.dependence()[0] == "a")


def test_the_chip_says_how_true_the_numbers_are(attrition: NotebookPage) -> None:
    assert "exact" in attrition.dashboard.find("iw-truth").inner_text().lower()
    assert attrition.kernel.value("explanation.residual") < 1e-6
