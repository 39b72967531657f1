"""To shap and back."""

from __future__ import annotations

import numpy as np
import pytest
import shap
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor

from interpret_widget import Explanation
from interpret_widget.errors import InvalidInputError


def test_what_shap_gets_is_what_there_is(three):
    out = three.to_shap()
    assert isinstance(out, shap.Explanation)
    assert np.array_equal(out.values, three.values)
    assert np.array_equal(out.base_values[0], three.base_values)
    assert out.feature_names == list(three.feature_names)
    assert out.display_data[:, 2].tolist() == three.data.native["role"].tolist()


def test_there_and_back_is_the_same(one, three):
    for explanation in (one, three):
        back = Explanation.from_shap(explanation.to_shap(), explanation.data.native)
        assert np.array_equal(back.values, explanation.values)
        assert np.array_equal(back.base_values, explanation.base_values)
        assert back.feature_names == explanation.feature_names
        assert back.data.labels() == explanation.data.labels()


def test_shaps_own_explanation_is_read():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = RandomForestRegressor(5, max_depth=3, random_state=0).fit(X, y)
    given = shap.TreeExplainer(model)(X[:20])
    found = Explanation.from_shap(given, X[:20], predictions=model.predict(X[:20]))
    assert found.residual < 1e-6
    assert found.get_ranked_global_names() == [
        X.columns[j] for j in np.argsort(-np.abs(given.values).mean(axis=0), kind="stable")
    ]
    single = Explanation.from_shap(given[3], X[3:4])
    assert np.array_equal(single.values[0, :, 0], given.values[3])


def test_something_else_is_refused():
    with pytest.raises(InvalidInputError, match="is a list; give a shap"):
        Explanation.from_shap([1.0])
