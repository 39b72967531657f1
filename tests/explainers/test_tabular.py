"""The chooser: which route, why, and what it says to bad arguments."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from interpret_widget.errors import InvalidInputError, UnsupportedModelError
from interpret_widget.explainers import TabularExplainer, explain

X, Y = load_diabetes(return_X_y=True, as_frame=True)
MODEL = Ridge().fit(X, Y)


def test_says_which_route_and_why():
    forest = RandomForestClassifier(3, random_state=0).fit(X, Y > 100)
    for model, method, exact in (
        (MODEL, "linear", True),
        (forest, "tree", True),
        (lambda t: t["bmi"] ** 2, "sampling", False),
    ):
        explainer = TabularExplainer(model, X[:50])
        assert (explainer.method, explainer.exact) == (method, exact)
        explanation = explainer.explain_global(X[:3])
        assert explanation.reason == explainer.reason
        assert explanation.reason.endswith(".")
        assert explanation.explainer is not None


def test_the_user_chooses():
    forest = RandomForestClassifier(3, random_state=0).fit(X, Y > 100)
    assert TabularExplainer(forest, X, method="sampling").explain_global(X[:2]).method == "sampling"
    assert TabularExplainer(MODEL, X, method="sampling").reason == "method='sampling' was asked for."
    with pytest.raises(UnsupportedModelError, match=r"method='linear' is not to be had.*coef_"):
        TabularExplainer(forest, X, method="linear")
    with pytest.raises(UnsupportedModelError, match="method='tree' is not to be had"):
        TabularExplainer(MODEL, X, method="tree")
    with pytest.raises(InvalidInputError, match=r"method='deep'.*'sampling'"):
        TabularExplainer(MODEL, X, method="deep")


def test_unknown_keywords_name_the_known_ones():
    with pytest.raises(TypeError, match=r"allow_all_transformations.*transformations, method"):
        TabularExplainer(MODEL, X, allow_all_transformations=True)


def test_bad_rows_and_outcomes():
    explainer = TabularExplainer(MODEL, X)
    with pytest.raises(InvalidInputError, match="bmi"):
        explainer.explain_global(X.drop(columns="bmi"))
    with pytest.raises(InvalidInputError, match="no rows"):
        explainer.explain_global(X[:0])
    with pytest.raises(InvalidInputError, match="no rows"):
        TabularExplainer(MODEL, X[:0])
    with pytest.raises(InvalidInputError, match="y has"):
        explainer.explain_global(X, Y[:5])
    with pytest.raises(InvalidInputError, match="classes"):
        TabularExplainer(MODEL, X, classes=["a", "b"])


def test_outcomes_and_classes_travel():
    frame, y = load_wine(return_X_y=True, as_frame=True)
    labels = pd.Series(np.array(["a", "b", "c"])[y], index=frame.index, name="kind")
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, labels)
    explanation = explain(model, frame, labels, classes=["Alba", "Barolo", "Cuneo"])
    assert explanation.output_names == ("Alba", "Barolo", "Cuneo")
    assert tuple(explanation.class_values) == ("a", "b", "c")
    assert list(explanation.y[:3]) == list(labels[:3])
    assert explanation.task == "multiclass"


@pytest.mark.parametrize("kind", ["pandas", "polars", "numpy", "sparse"])
def test_every_kind_of_table(kind):
    make = {
        "pandas": lambda t: t,
        "polars": lambda t: pytest.importorskip("polars").from_pandas(t.reset_index(drop=True)),
        "numpy": lambda t: t.to_numpy(),
        "sparse": lambda t: sparse.csr_matrix(t.to_numpy()),
    }[kind]
    table = make(X)
    model = make_pipeline(StandardScaler(with_mean=False), Ridge()).fit(table, Y)
    explainer = TabularExplainer(model, make(X), features=list(X.columns))
    explanation = explainer.explain_global(make(X[:20]))
    assert explanation.feature_names == tuple(X.columns)
    np.testing.assert_allclose(explanation.predictions[:, 0], model.predict(make(X[:20])), rtol=1e-9)
    assert explanation.residual < 1e-8


def test_search_wrapper_and_nested_pipeline():
    search = GridSearchCV(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [0.1, 1]}, cv=2).fit(
        X, Y
    )
    explanation = explain(search, X)
    assert explanation.method == "linear"
    np.testing.assert_allclose(explanation.predictions[:, 0], search.predict(X), rtol=1e-10)
    assert explanation.engineered is not None


def test_model_that_is_a_pipeline_behind_transformations(staff):
    frame, y = staff
    encoder = OneHotEncoder(handle_unknown="ignore").fit(frame[["city", "grade"]])
    Z = encoder.transform(frame[["city", "grade"]])
    model = make_pipeline(StandardScaler(with_mean=False), LogisticRegression()).fit(Z, y)
    explanation = explain(model, frame[["city", "grade"]], transformations=encoder)
    assert (explanation.method, explanation.feature_names) == ("linear", ("city", "grade"))
    np.testing.assert_allclose(explanation.predictions[:, 1], model.decision_function(Z), atol=1e-10)
    assert explanation.residual < 1e-10


def test_row_index_is_kept():
    renamed = X.set_index(pd.Index([f"p{i}" for i in range(len(X))]))
    explanation = explain(MODEL, renamed)
    assert explanation.data.labels()[:2] == ["p0", "p1"]
    assert explanation.n_rows == len(X)


@pytest.mark.parametrize("method", ["linear", "tree", "sampling"])
def test_what_if_answers_like_explain(method, staff):
    frame, y = staff
    model = {
        "linear": LogisticRegression(max_iter=500),
        "tree": RandomForestClassifier(5, random_state=0),
        "sampling": LogisticRegression(max_iter=500),
    }[method]
    from sklearn.compose import make_column_transformer

    prepared = make_column_transformer((OneHotEncoder(), ["city", "grade"]), (StandardScaler(), ["income"]))
    pipeline = make_pipeline(prepared, model).fit(frame, y)
    explanation = TabularExplainer(pipeline, frame, method=method).explain_global(frame[:5])
    edited = explanation.data.edited(1, {"city": "Lima", "income": 5000})
    answer = explanation.explainer.explain_row(edited)
    same = explanation.explainer.explain(edited)
    assert answer.feature_names == explanation.feature_names
    np.testing.assert_allclose(answer.base_values, explanation.base_values, atol=1e-12)
    np.testing.assert_allclose(answer.predictions, same.predictions, atol=1e-12)
    np.testing.assert_allclose(answer.probabilities, pipeline.predict_proba(edited.native), atol=1e-9)
    assert answer.residual < 1e-10
    if method != "sampling":
        np.testing.assert_allclose(answer.values, same.values, atol=1e-12)
        np.testing.assert_allclose(answer.engineered.values, same.engineered.values, atol=1e-12)


def test_the_linear_route_does_not_import_shap():
    code = textwrap.dedent(
        """
        import sys
        import numpy as np
        from sklearn.linear_model import LogisticRegression
        from interpret_widget.explainers import explain
        X = np.random.default_rng(0).normal(size=(50, 3))
        assert explain(LogisticRegression().fit(X, X[:, 0] > 0), X).method == "linear"
        assert not {"shap", "numba", "lightgbm", "plotly"} & set(sys.modules)
        """
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
