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


def test_a_drag_over_the_plot_makes_a_cohort_that_python_and_the_table_know(attrition: NotebookPage) -> None:
    dashboard, kernel, page = attrition.dashboard, attrition.kernel, attrition.page
    kernel.run("dashboard.feature = 'MonthlyIncome'")
    eventually(page, lambda: dashboard.dependence()[0] == "MonthlyIncome")
    box = dashboard.find("iw-dependence").locator(".iw-plot").first.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 3
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=5)
    page.mouse.up()

    eventually(page, lambda: len(kernel.value("dashboard.cohort")) == 1)
    condition = kernel.value("dashboard.cohort[0]")
    assert condition["feature"] == "MonthlyIncome"
    assert 1000 < condition["min"] < condition["max"] < 19999
    inside = kernel.value(
        "X_test.MonthlyIncome.between(dashboard.cohort[0]['min'], dashboard.cohort[0]['max'])"
    )
    assert 0 < sum(inside) < 294
    assert kernel.value("len(dashboard.cohort_rows)") == sum(inside)
    dashboard.go("Row & what-if")
    wanted = [label for label, is_in in zip(kernel.value("list(X_test.index)"), inside, strict=True) if is_in]
    eventually(page, lambda: {label for _, label in dashboard.rows()} <= set(wanted))
    kernel.run("dashboard.cohort = []")
    eventually(page, lambda: not {label for _, label in dashboard.rows()} <= set(wanted))


def test_the_keyboard_reaches_features_rows_and_controls(attrition: NotebookPage) -> None:
    dashboard, kernel, page = attrition.dashboard, attrition.kernel, attrition.page
    names = list(dashboard.importances())
    dashboard.find("iw-feature", feature=names[0]).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    eventually(page, lambda: kernel.value("dashboard.feature") == names[2])

    dashboard.root.get_by_role("tab", name="Overview").focus()
    page.keyboard.press("ArrowRight")
    eventually(page, lambda: kernel.value("dashboard.view") == "row")
    eventually(page, lambda: len(dashboard.rows()) > 1)
    first, second = dashboard.rows()[:2]
    dashboard.pick_row(first[1])
    eventually(page, lambda: kernel.value("dashboard.row") == first[0])
    page.keyboard.press("ArrowDown")
    eventually(page, lambda: kernel.value("dashboard.row") == second[0])

    control = dashboard.control("MonthlyIncome")
    control.scroll_into_view_if_needed()
    control.get_by_role("slider").focus()
    before = kernel.value("int(X_test.MonthlyIncome.iloc[dashboard.row])")
    page.keyboard.press("ArrowRight")
    eventually(page, lambda: kernel.value("dashboard.scenario.get('MonthlyIncome', 0)") > before)
    page.keyboard.press("Control+z")
    eventually(page, lambda: kernel.value("dashboard.scenario") == {})
