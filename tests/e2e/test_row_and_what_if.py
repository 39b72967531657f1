"""One row and its what-if, in JupyterLab: every number is what Python computes."""

from __future__ import annotations

import pytest

from tests.e2e import scenes
from tests.e2e.dashboard_page import DashboardPage
from tests.e2e.eventually import eventually
from tests.e2e.notebook_page import NotebookPage


@pytest.fixture
def row_panel(attrition: NotebookPage) -> DashboardPage:
    attrition.kernel.run("dashboard.view = 'row'; dashboard.row = 3")
    dashboard = attrition.dashboard
    eventually(attrition.page, lambda: dashboard.waterfall_row() == 3)
    eventually(attrition.page, lambda: dashboard.prediction().new is None)
    return dashboard


def edited_truth(notebook: NotebookPage, row: int, edits: str) -> tuple[float, dict[str, float]]:
    """Ask LightGBM itself: the probability of leaving and the SHAP values of the edited row."""
    notebook.kernel.run(f"""
edited = X_test.iloc[[{row}]].copy()
for name, value in {edits}.items():
    edited.loc[edited.index[0], name] = value
edited = edited.astype(X_test.dtypes.to_dict())
""")
    probability = notebook.kernel.value("float(model.predict_proba(edited)[0, 1])")
    values = notebook.kernel.value(
        "dict(zip(X_test.columns, model.booster_.predict(edited, pred_contrib=True)[0, :-1].tolist()))"
    )
    return probability, values


def test_a_row_is_found_by_its_label(attrition: NotebookPage) -> None:
    dashboard, kernel = attrition.dashboard, attrition.kernel
    label = kernel.value("X_test.index[200]")
    dashboard.go("Row & what-if")
    dashboard.search(label)
    eventually(attrition.page, lambda: dashboard.rows()[0] == (200, label))
    dashboard.pick_row(label)

    eventually(attrition.page, lambda: kernel.value("dashboard.row") == 200)
    eventually(attrition.page, lambda: dashboard.waterfall_row() == 200)
    truth = kernel.value("float(model.predict_proba(X_test.iloc[[200]])[0, 1])")
    eventually(attrition.page, lambda: dashboard.prediction().old == pytest.approx(truth, abs=1e-9))


def test_waterfall_bars_are_lightgbms_own_shap_values(
    attrition: NotebookPage, row_panel: DashboardPage
) -> None:
    truth = attrition.kernel.value(f"dict(zip(X_test.columns, {scenes.LIGHTGBM_SHAP}[3, :-1].tolist()))")
    bars = row_panel.bars()
    folded = bars.pop("", None)
    assert len(bars) >= 5
    assert {name: bar.value for name, bar in bars.items()} == pytest.approx(
        {name: truth[name] for name in bars}, abs=1e-5
    )
    rest = sum(value for name, value in truth.items() if name not in bars)
    assert folded is not None
    assert folded.value == pytest.approx(rest, abs=1e-4)


def test_edits_change_prediction_and_bars_to_what_python_computes(
    attrition: NotebookPage, row_panel: DashboardPage
) -> None:
    old = attrition.kernel.value("float(model.predict_proba(X_test.iloc[[3]])[0, 1])")
    income, role = 15000, "Research Director"
    row_panel.edit("MonthlyIncome", str(income))
    row_panel.edit("JobRole", role)
    edits = {"MonthlyIncome": income, "JobRole": role}
    probability, values = edited_truth(attrition, 3, repr(edits))

    def answered() -> None:
        seen = row_panel.prediction()
        assert not seen.pending
        assert seen.old == pytest.approx(old, abs=1e-9)
        assert seen.new == pytest.approx(probability, abs=1e-9)
        bars = {name: bar.new_value for name, bar in row_panel.bars().items() if name}
        assert bars == pytest.approx({name: values[name] for name in bars}, abs=1e-5)

    eventually(attrition.page, answered)
    assert attrition.kernel.value("dashboard.scenario") == edits
    assert probability != pytest.approx(old, abs=1e-3)


def test_a_scenario_set_from_python_is_answered_on_the_page(
    attrition: NotebookPage, row_panel: DashboardPage
) -> None:
    attrition.kernel.run("dashboard.scenario = {'OverTime': 1 - int(X_test['OverTime'].iloc[3])}")
    probability, _ = edited_truth(attrition, 3, "dashboard.scenario")
    eventually(attrition.page, lambda: row_panel.prediction().new == pytest.approx(probability, abs=1e-9))


def test_a_bad_edit_says_why_in_its_own_row_and_the_next_good_one_works(
    attrition: NotebookPage, row_panel: DashboardPage
) -> None:
    row_panel.edit("Age", "59")
    good = row_panel.settled_prediction().new
    row_panel.edit("Age", "abc")
    eventually(attrition.page, lambda: "number" in row_panel.message("Age"))
    assert row_panel.prediction().new == good, "the last good answer stays"

    row_panel.edit("Age", "19")
    probability, _ = edited_truth(attrition, 3, "{'Age': 19}")
    eventually(attrition.page, lambda: row_panel.prediction().new == pytest.approx(probability, abs=1e-9))
    assert row_panel.control("Age").locator('[data-testid="iw-message"]').count() == 0


def test_a_model_that_raises_says_why_and_the_next_good_edit_works(desk: NotebookPage) -> None:
    desk.run_cell(
        scenes.CALLABLE.replace(
            "    return 10",
            "    if (frame['a'] > 100).any():\n"
            "        raise ValueError('a above 100 is not sold')\n"
            "    return 10",
        )
    )
    desk.wait_for_dashboard()
    dashboard = desk.dashboard
    dashboard.go("Row & what-if")
    dashboard.edit("a", "101")
    eventually(desk.page, lambda: "not sold" in dashboard.find("iw-what-if").inner_text())
    dashboard.edit("a", "2")
    b = desk.kernel.value("float(X['b'].iloc[0])")
    eventually(desk.page, lambda: dashboard.prediction().new == pytest.approx(10 + 6 - 2 * b))


def test_a_kept_scenario_can_be_read_in_python(attrition: NotebookPage, row_panel: DashboardPage) -> None:
    attrition.kernel.run("dashboard.scenarios = []")
    row_panel.edit("Age", "30")
    row_panel.settled_prediction()
    row_panel.find("iw-keep").click()
    eventually(attrition.page, lambda: row_panel.find("iw-scenario").count() == 1)
    kept = eventually(attrition.page, lambda: attrition.kernel.value("dashboard.scenarios[0]"))
    assert kept["row"] == 3
    assert kept["edits"] == {"Age": 30}
    attrition.kernel.run("dashboard.scenarios = []")


def test_an_alternative_leads_to_another_outcome_and_leaves_what_is_held(
    attrition: NotebookPage, row_panel: DashboardPage
) -> None:
    leaving = "int(model.predict_proba(X_test)[:, 1].argmax())"
    row = attrition.kernel.value(leaving)
    attrition.kernel.run(f"dashboard.row = {row}")
    eventually(attrition.page, lambda: row_panel.waterfall_row() == row)
    row_panel.control("OverTime").locator('[data-testid="iw-hold"]').click()
    row_panel.find("iw-alternatives-find").click()
    found = row_panel.find("iw-alternative")
    eventually(attrition.page, lambda: found.count() >= 2, seconds=30)
    changed = found.evaluate_all("all => all.map(e => e.dataset.features.split('|'))")
    assert all("OverTime" not in names for names in changed)
    assert len({frozenset(names) for names in changed}) == len(changed)

    told = float(found.first.get_attribute("data-prediction") or "nan")
    found.first.locator("button").click()
    assert row_panel.settled_prediction().new == pytest.approx(told, abs=1e-6)
    eventually(
        attrition.page, lambda: set(attrition.kernel.value("list(dashboard.scenario)")) == set(changed[0])
    )
    probability, _ = edited_truth(attrition, row, "dashboard.scenario")
    assert told == pytest.approx(probability, abs=1e-6)
    assert probability < 0.5
    row_panel.control("OverTime").locator('[data-testid="iw-hold"]').click()
    attrition.kernel.run("dashboard.scenario = {}")
