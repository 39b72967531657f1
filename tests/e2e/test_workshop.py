"""The workshop's model: raw columns that unfold into engineered ones, edits through the preprocessing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e import scenes
from tests.e2e.eventually import eventually
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.server import JupyterServer


@pytest.fixture(scope="module")
def workshop(server: JupyterServer, browser: Browser) -> Iterator[NotebookPage]:
    notebook = NotebookPage.open(server, browser, [scenes.WORKSHOP])
    try:
        notebook.show()
        yield notebook
    finally:
        notebook.close()


def test_a_raw_bar_unfolds_into_its_engineered_columns(workshop: NotebookPage) -> None:
    dashboard, kernel = workshop.dashboard, workshop.kernel
    kernel.run("dashboard.global_chart = 'bar'; dashboard.feature = 'JobRole'; dashboard.view = 'overview'")
    before = len(dashboard.importances())
    dashboard.find("iw-feature", feature="JobRole").locator('[data-testid="iw-unfold"]').click()
    children = kernel.value(
        "[explanation.engineered.feature_names[e] for e in "
        "explanation.lineage.children[explanation.feature_names.index('JobRole')]]"
    )
    assert len(children) == 9
    eventually(workshop.page, lambda: set(children) <= set(dashboard.importances()))
    drawn = dashboard.importances()
    assert len(drawn) > before
    truth = kernel.value(
        "dict(zip(explanation.engineered.feature_names, explanation.engineered.importance[1].tolist()))"
    )
    assert {name: drawn[name] for name in children} == pytest.approx(
        {n: truth[n] for n in children}, rel=1e-6
    )


def test_the_engineered_level_shows_the_estimators_columns(workshop: NotebookPage) -> None:
    dashboard, kernel = workshop.dashboard, workshop.kernel
    kernel.run("dashboard.view = 'overview'; dashboard.level = 'engineered'; dashboard.top_k = 8")
    names = kernel.value(
        "explanation.engineered.select(outputs=['leaving']).get_ranked_global_names(top_k=8)"
    )
    eventually(workshop.page, lambda: list(dashboard.importances())[:8] == names)
    kernel.run("dashboard.level = 'raw'; dashboard.top_k = 12")
    top = kernel.value("explanation.select(outputs=['leaving']).get_ranked_global_names(top_k=1)")[0]
    eventually(workshop.page, lambda: next(iter(dashboard.importances())) == top)


def test_an_edit_of_text_goes_through_the_preprocessing(workshop: NotebookPage) -> None:
    dashboard, kernel = workshop.dashboard, workshop.kernel
    kernel.run("dashboard.row = 7; dashboard.view = 'row'")
    eventually(workshop.page, lambda: dashboard.waterfall_row() == 7)
    dashboard.edit("OverTime", "1")
    dashboard.edit("JobRole", "Research Director")
    expected = kernel.value(
        "float(model.decision_function(x_test.iloc[[7]].assign(OverTime=1, JobRole='Research Director'))[0])"
    )
    eventually(workshop.page, lambda: dashboard.prediction().new == pytest.approx(expected, abs=1e-6))
    bars = dashboard.bars()
    truth = kernel.value(
        "dict(zip(X.columns, explainer.explain_local("
        "x_test.iloc[[7]].assign(OverTime=1, JobRole='Research Director')).values[0, :, 1].tolist()))"
    )
    shown = {name: bar.new_value for name, bar in bars.items() if name and bar.new_value is not None}
    assert "JobRole" in shown
    assert shown == pytest.approx({name: truth[name] for name in shown}, abs=1e-6)
    kernel.run("dashboard.scenario = {}")


def test_the_nearest_other_outcome_is_another_outcome(workshop: NotebookPage) -> None:
    dashboard, kernel = workshop.dashboard, workshop.kernel
    kernel.run("dashboard.row = 11; dashboard.view = 'row'")
    eventually(workshop.page, lambda: dashboard.waterfall_row() == 11)
    own = kernel.value("float(model.decision_function(x_test.iloc[[11]])[0])")
    eventually(workshop.page, lambda: dashboard.prediction().old == pytest.approx(own, abs=1e-6))
    dashboard.find("iw-counterfactual").click()
    found = dashboard.settled_prediction(seconds=15).new
    assert found is not None
    assert (found > 0) != (own > 0)
    eventually(workshop.page, lambda: kernel.value("len(dashboard.scenario)") > 0)
    asked = "x_test.iloc[[11]].assign(**dashboard.scenario)"
    truth = kernel.value(f"float(model.decision_function({asked})[0])")
    assert found == pytest.approx(truth, abs=1e-6)
    kernel.run("dashboard.scenario = {}")
