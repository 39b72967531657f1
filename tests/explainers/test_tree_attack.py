"""What a hostile but honest user does to the explainers of trees."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from interpret_widget import TabularExplainer
from tests.explainers.test_tree_games import definition

lgb = pytest.importorskip("lightgbm")


@pytest.fixture(scope="module")
def wide():
    """A model whose rows differ in more columns than exact probabilities take."""
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(300, 20)), columns=[f"c{i}" for i in range(20)])
    y = (X.sum(axis=1) > 0).astype(int)
    return lgb.LGBMClassifier(n_estimators=60, verbose=-1).fit(X, y), X


def test_other_rows_keep_the_output_and_the_weights_whatever_route_came_before(wide):
    model, X = wide
    explainer = TabularExplainer(
        model,
        X[50:60],
        feature_perturbation="interventional",
        model_output="probability",
        max_evals=200,
    )
    assert explainer.method == "sampling"
    others = pd.concat([X[:1]] * 3, ignore_index=True)
    others.iloc[0, :4] += 1
    others.iloc[1, :3] -= 3
    others.iloc[2, 2:4] = 9
    weights = [3.0, 0.0, 1.0]
    found = explainer.against(others, weights=weights).explain_local(X[:1])
    assert (found.method, found.output_space, found.background) == ("tree", "probability", "3 rows")
    base = np.asarray(weights) / 4 @ model.predict_proba(others)
    np.testing.assert_allclose(found.base_values, base, atol=1e-9)

    def ask(rows):
        whole = pd.concat([X[:1]] * len(rows), ignore_index=True)
        whole.iloc[:, :4] = rows.to_numpy()
        return model.predict_proba(whole)[:, 1]

    truth = definition(ask, X.iloc[:1, :4], others.iloc[:, :4], weights)
    np.testing.assert_allclose(found.values[0, :4, 1], truth, atol=1e-9)
    np.testing.assert_allclose(found.values[0, 4:], 0, atol=1e-12)
