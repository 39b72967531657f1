"""Regression, many classes, a bare callable and hostile names go through the same dashboard."""

from __future__ import annotations

import pytest

from tests.e2e import scenes
from tests.e2e.dashboard_page import DashboardPage
from tests.e2e.eventually import eventually
from tests.e2e.notebook_page import NotebookPage


def run(desk: NotebookPage, scene: str) -> DashboardPage:
    desk.run_cell(scene)
    desk.wait_for_dashboard()
    return desk.dashboard


def python_importances(desk: NotebookPage) -> dict[str, float]:
    """Importances for the output shown; the getters of old average over classes."""
    found: dict[str, float] = desk.kernel.value(
        "dict(zip(explanation.feature_names, "
        "explanation.importance[explanation.output_names.index(dashboard.output)].tolist()))"
    )
    return found


def test_regression(desk: NotebookPage) -> None:
    dashboard = run(desk, scenes.DIABETES)
    truth = python_importances(desk)
    drawn = dashboard.importances()
    assert drawn == pytest.approx({name: truth[name] for name in drawn}, rel=1e-5)

    dashboard.go("Row & what-if")
    dashboard.edit("bmi", "0.1")
    expected = desk.kernel.value("float(model.predict(X.iloc[[0]].assign(bmi=0.1))[0])")
    eventually(desk.page, lambda: dashboard.prediction().new == pytest.approx(expected, rel=1e-9))


def test_multiclass_with_string_labels(desk: NotebookPage) -> None:
    dashboard = run(desk, scenes.WINE)
    classes = desk.kernel.value("model.classes_")
    assert desk.kernel.value("list(explanation.output_names)") == classes
    for name in classes:
        desk.kernel.run(f"dashboard.output = {name!r}")
        position = classes.index(name)
        truth = desk.kernel.value(
            f"dict(zip(X.columns, abs(explanation.values[:, :, {position}]).mean(axis=0).tolist()))"
        )
        eventually(
            desk.page,
            lambda truth=truth: (
                dashboard.importances()
                == pytest.approx({f: truth[f] for f in dashboard.importances()}, rel=1e-4)
            ),
        )
    dashboard.go("Row & what-if")
    dashboard.edit("alcohol", "12")
    column = classes.index(classes[-1])
    expected = desk.kernel.value(f"float(model.predict_proba(X.iloc[[0]].assign(alcohol=12.0))[0, {column}])")
    eventually(desk.page, lambda: dashboard.prediction().new == pytest.approx(expected, rel=1e-9))


def test_a_bare_callable(desk: NotebookPage) -> None:
    dashboard = run(desk, scenes.CALLABLE)
    drawn = dashboard.importances()
    truth = desk.kernel.value(
        "{'a': float(abs(3 * (X.a - X.a.mean())).mean()), 'b': float(abs(-2 * (X.b - X.b.mean())).mean())}"
    )
    # Estimates: within four of their own standard errors.
    spread = desk.kernel.value("dict(zip('abc', (4 * explanation.std_errors[:, :, 0]).max(axis=0).tolist()))")
    for name, size in truth.items():
        assert drawn[name] == pytest.approx(size, abs=spread[name] + 1e-9)
    assert drawn.get("c", 0) == pytest.approx(0, abs=1e-6)

    dashboard.go("Row & what-if")
    dashboard.edit("b", "0.5")
    expected = desk.kernel.value("float(10 + 3 * X.a.iloc[0] - 1)")
    eventually(desk.page, lambda: dashboard.prediction().new == pytest.approx(expected, abs=1e-9))


def test_hostile_names_are_shown_as_written(desk: NotebookPage) -> None:
    dashboard = run(desk, scenes.HOSTILE)
    drawn = dashboard.importances()
    assert set(drawn) == set(scenes.HOSTILE_NAMES)
    for name in scenes.HOSTILE_NAMES:
        dashboard.open_feature(name)
        eventually(desk.page, lambda name=name: dashboard.dependence()[0] == name)
    dashboard.go("Row & what-if")
    assert dashboard.rows()[0][1].startswith("<b>row ")
    name = scenes.HOSTILE_NAMES[1]
    dashboard.edit(name, "1.5")
    expected = desk.kernel.value("float(model.predict(X.iloc[[0]].assign(**{names[1]: 1.5}))[0])")
    eventually(desk.page, lambda: dashboard.prediction().new == pytest.approx(expected, rel=1e-9))
    assert desk.page.evaluate("window.hacked") is None


@pytest.mark.parametrize("name", scenes.EXTREMES)
def test_extreme_tables_can_be_explored(desk: NotebookPage, name: str) -> None:
    errors = len(desk.errors)
    dashboard = run(desk, scenes.EXTREME.format(extreme=scenes.EXTREMES[name]))
    drawn = dashboard.importances()
    truth = python_importances(desk)
    assert drawn == pytest.approx({feature: truth[feature] for feature in drawn}, rel=1e-4, abs=1e-9)
    dashboard.go("Row & what-if")
    last = desk.kernel.value("X.columns[-1]")
    dashboard.edit(last, "0.25")
    output = desk.kernel.value("list(explanation.output_names).index(dashboard.output)")
    expected = desk.kernel.value(
        f"float(model.predict_proba(X.iloc[[0]].assign(**{{{last!r}: 0.25}}))[0, {output}])"
    )
    eventually(desk.page, lambda: dashboard.prediction().new == pytest.approx(expected, abs=1e-9))
    assert "NaN" not in dashboard.root.inner_text()
    assert desk.errors[errors:] == []
