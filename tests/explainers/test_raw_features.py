"""Linear models behind every transformer come out exact on raw columns, additive on both levels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import SVC

from interpret_widget.explainers import TabularExplainer, explain

NUMBERS, WORDS = ["age", "income", "always"], ["city", "grade"]


def columns(words, numbers=None, **options):
    numbers = numbers if numbers is not None else make_pipeline(SimpleImputer(), StandardScaler())
    return ColumnTransformer([("numbers", numbers, NUMBERS), ("words", words, WORDS)], **options)


one_hot = OneHotEncoder(handle_unknown="ignore")
simple = make_pipeline(SimpleImputer(), StandardScaler())
CASES = {
    "one-hot": columns(one_hot),
    "one-hot dense": columns(OneHotEncoder(sparse_output=False)),
    "one-hot drop first": columns(OneHotEncoder(drop="first")),
    "one-hot drop array": columns(OneHotEncoder(drop=np.array(["Oslo", "b"], dtype=object))),
    "one-hot min_frequency": columns(OneHotEncoder(min_frequency=30, handle_unknown="infrequent_if_exist")),
    "one-hot max_categories": columns(OneHotEncoder(max_categories=2)),
    "imputer with indicator": columns(
        one_hot, make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    ),
    "k-bins one-hot": columns(
        one_hot,
        make_pipeline(SimpleImputer(), KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"))
        if "quantile_method" in KBinsDiscretizer().get_params()
        else make_pipeline(SimpleImputer(), KBinsDiscretizer(3)),
    ),
    "passthrough": ColumnTransformer(
        [("age", SimpleImputer(), ["age"]), ("kept", "passthrough", ["income"]), ("words", one_hot, WORDS)]
    ),
    "remainder": ColumnTransformer(
        [("age", SimpleImputer(), ["age"]), ("words", one_hot, WORDS)], remainder=StandardScaler()
    ),
    "nested": ColumnTransformer(
        [
            (
                "all",
                make_column_transformer((simple, ["age", "income"]), (one_hot, ["city"])),
                ["age", "income", "city"],
            ),
            ("grade", OrdinalEncoder(), ["grade"]),
        ]
    ),
    "feature union": ColumnTransformer(
        [
            (
                "numbers",
                FeatureUnion(
                    [
                        ("linear", simple),
                        ("root", make_pipeline(SimpleImputer(), FunctionTransformer(np.sqrt))),
                    ]
                ),
                NUMBERS,
            ),
            ("words", one_hot, WORDS),
        ]
    ),
    "function of several columns": columns(
        one_hot, make_pipeline(SimpleImputer(), FunctionTransformer(np.log1p), StandardScaler())
    ),
    "target encoder": columns(TargetEncoder(random_state=0)),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("estimator", [SVC(kernel="linear"), LogisticRegression(max_iter=2000)])
def test_is_exact_and_additive_on_both_levels(name, estimator, staff, brute_force, as_frame):
    frame, y = staff
    model = make_pipeline(CASES[name], estimator).fit(frame, y)
    background, rows = frame[:40], frame[100:106]

    explanation = TabularExplainer(model, background).explain_global(rows)

    assert (explanation.method, explanation.exact, explanation.is_raw) == ("linear", True, True)
    margins = model.decision_function(rows)
    np.testing.assert_allclose(explanation.predictions[:, 1], margins, atol=1e-9)
    for level in (explanation, explanation.engineered):
        totals = level.base_values + level.values.sum(axis=1)
        np.testing.assert_allclose(totals[:, 1], margins, atol=1e-8)
        np.testing.assert_allclose(totals[:, 0], -margins, atol=1e-8)
    assert explanation.feature_names == tuple(frame.columns)

    def ask(cells):
        return model.decision_function(as_frame(cells, frame)).reshape(-1, 1)

    for position in (0, 3):
        truth = brute_force(ask, rows.to_numpy(dtype=object)[position], background.to_numpy(dtype=object))
        np.testing.assert_allclose(explanation.values[position, :, 1], truth[:, 0], atol=1e-8)
    assert np.all(explanation.values[:, list(frame.columns).index("always")] == 0)


@pytest.mark.parametrize("estimator", [SVC(kernel="linear"), LogisticRegression(max_iter=2000)])
def test_columns_with_several_parents_go_to_the_whole_pipeline(estimator, staff, brute_force, as_frame):
    frame, y = staff
    numbers = make_pipeline(SimpleImputer(), StandardScaler(), PolynomialFeatures(2, include_bias=False))
    model = make_pipeline(columns(one_hot, numbers), estimator).fit(frame, y)

    explanation = TabularExplainer(model, frame[:20]).explain_global(frame[:3])

    assert (explanation.method, explanation.exact) == ("sampling", True)  # 20 rows, 2 ** 5 coalitions
    assert explanation.is_raw
    assert explanation.engineered is None
    assert "several raw parents" in explanation.reason
    assert "age" in explanation.reason
    assert "income" in explanation.reason
    assert explanation.residual < 1e-10

    def ask(cells):
        table = as_frame(cells, frame)
        return (
            model.predict_proba(table)
            if explanation.output_space == "probability"
            else np.c_[-model.decision_function(table), model.decision_function(table)]
        )

    truth = brute_force(ask, frame.to_numpy(dtype=object)[1], frame[:20].to_numpy(dtype=object))
    off = np.abs(explanation.values[1] - truth)
    assert np.all(off <= 4 * explanation.std_errors[1] + 1e-9)


def test_workshop_call_with_transformations(staff):
    frame, y = staff
    transformations = columns(one_hot).fit(frame)
    clf = make_pipeline(transformations, SVC(kernel="linear")).fit(frame, y)

    explainer = TabularExplainer(
        clf.steps[-1][1],
        initialization_examples=frame,
        features=frame.columns,
        classes=["Not leaving", "leaving"],
        transformations=clf.steps[0][1],
    )
    explanation = explainer.explain_global(frame[:30])

    assert explanation.output_names == ("Not leaving", "leaving")
    whole = explain(clf, frame[:30], background=frame)
    np.testing.assert_allclose(explanation.values, whole.values, atol=1e-10)
    np.testing.assert_allclose(explanation.predictions[:, 1], clf.decision_function(frame[:30]), atol=1e-9)
    assert explainer.explain_local(frame[:1]).n_rows == 1
    # what-if asks about raw rows
    np.testing.assert_allclose(
        explanation.explainer.adapter.predict(frame[:4])[:, 1], clf.decision_function(frame[:4]), atol=1e-9
    )


def test_transformations_as_pairs(staff):
    frame, y = staff
    pairs = [
        (["age", "income"], simple.fit(frame[["age", "income"]])),
        (["city"], OneHotEncoder().fit(frame[["city"]])),
    ]
    Z = np.hstack(
        [pairs[0][1].transform(frame[["age", "income"]]), pairs[1][1].transform(frame[["city"]]).toarray()]
    )
    model = LogisticRegression().fit(Z, y)

    explanation = TabularExplainer(model, frame, transformations=pairs).explain_global(frame)

    np.testing.assert_allclose(explanation.predictions[:, 1], model.decision_function(Z), atol=1e-10)
    assert explanation.residual < 1e-10
    city = explanation.values[:, 2, 1]
    weights = model.coef_[0, 2:]
    np.testing.assert_allclose(city, (Z[:, 2:] - Z[:, 2:].mean(axis=0)) @ weights, atol=1e-10)
    assert not explanation.values[:, 3].any()  # grade feeds nothing


def test_engineered_columns_have_names_and_lineage(staff):
    frame, y = staff
    model = make_pipeline(columns(one_hot), LogisticRegression(max_iter=2000)).fit(frame, y)
    explanation = TabularExplainer(model, frame).explain_global(frame[:10])
    detail = explanation.engineered
    assert not detail.is_raw
    assert len(set(detail.feature_names)) == len(detail.feature_names) == 3 + 4 + 3
    assert any("Rome" in name for name in detail.feature_names)
    city = list(frame.columns).index("city")
    children = explanation.lineage.children[city]
    np.testing.assert_allclose(
        explanation.values[:, city], detail.values[:, list(children)].sum(axis=1), atol=1e-12
    )


def test_rows_with_a_level_that_the_background_lacks(staff):
    frame, y = staff
    model = make_pipeline(columns(one_hot), LogisticRegression(max_iter=2000)).fit(frame, y)
    rows = frame[:3].assign(city="Atlantis")
    explanation = TabularExplainer(model, frame).explain_global(rows)
    np.testing.assert_allclose(explanation.predictions[:, 1], model.decision_function(rows), atol=1e-10)
    assert explanation.residual < 1e-10


def test_pandas_output_of_transformers_is_quiet(staff, recwarn):
    frame, y = staff
    prepared = columns(OneHotEncoder(sparse_output=False)).set_output(transform="pandas")
    model = make_pipeline(prepared, LogisticRegression(max_iter=2000)).fit(frame, y)
    explanation = TabularExplainer(model, frame).explain_global(frame)
    assert explanation.method == "linear"
    assert not [w for w in recwarn if "feature names" in str(w.message)]
    assert isinstance(frame, pd.DataFrame)
