"""A surrogate is explained exactly, and how well it imitates is measured and said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from interpret_widget import (
    CancelledError,
    DecisionTreeExplainableModel,
    Explanation,
    LGBMExplainableModel,
    LinearExplainableModel,
    MimicExplainer,
    SGDExplainableModel,
    explain,
)
from interpret_widget.datasets import load_attrition
from interpret_widget.errors import InvalidInputError, UnsupportedModelError

pytest.importorskip("lightgbm")

KINDS = [
    LGBMExplainableModel,
    LinearExplainableModel,
    SGDExplainableModel,
    DecisionTreeExplainableModel,
]


@pytest.fixture(scope="module")
def wine():
    X, y = load_wine(return_X_y=True, as_frame=True)
    names = np.array(["barolo", "grignolino", "barbera"])
    return (
        make_pipeline(StandardScaler(), SVC(probability=True, random_state=0)).fit(X, names[y]),
        X,
        names[y],
    )


@pytest.fixture(scope="module")
def attrition():
    X, _ = load_attrition(return_X_y=True)
    X = X[:400]

    def model(rows):
        score = 2.0 * (rows["OverTime"].astype(str).isin(["Yes", "1"])) + 0.8 * (rows["Age"] < 32) - 1.5
        score = score + (rows["JobRole"].astype(str) == str(X["JobRole"].iloc[0])) * 0.7
        return 1 / (1 + np.exp(-score.to_numpy(float)))

    return model, X


@pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.__name__)
def test_classes_of_a_pipeline(wine, kind):
    model, X, y = wine
    mimic = MimicExplainer(model, X, kind)
    found = mimic.explain_global(X[:60], y[:60])
    assert (found.method, found.exact, found.output_names) == (
        "mimic",
        False,
        ("barbera", "barolo", "grignolino"),
    )
    assert found.residual < 1e-6
    assert found.fidelity.n_rows == 35
    assert found.fidelity.r2 > 0.75
    assert found.fidelity.agreement > 0.85
    np.testing.assert_allclose(found.model_answers, model.predict_proba(X[:60]), atol=1e-12)
    # On the columns of the model's own preprocessing, which are there one click away.
    assert found.engineered is not None
    assert found.get_feature_importance_dict(top_k=3)


@pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.__name__)
def test_any_function_of_text_columns(attrition, kind):
    model, X = attrition
    mimic = MimicExplainer(model, X, kind, classes=["staying", "leaving"])
    found = mimic.explain_global(X)
    assert found.feature_names == tuple(X.columns)
    assert found.engineered is None
    assert found.fidelity.r2 > 0.6
    mean = found.importance[1]
    top = [found.feature_names[at] for at in np.argsort(-mean)[:3]]
    assert {"OverTime", "Age"} <= set(top)
    # Columns that the function does not look at get next to nothing.
    unused = [at for at, name in enumerate(found.feature_names) if name not in ("OverTime", "Age", "JobRole")]
    assert mean[unused].sum() < 0.4 * mean.sum()


def test_a_linear_teacher_is_met_by_a_linear_surrogate():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    teacher = LinearRegression().fit(X, y)
    found = MimicExplainer(teacher.predict, X, LinearExplainableModel).explain_global(X[:20])
    own = explain(teacher, X[:20], background=X)
    np.testing.assert_allclose(found.values, own.values, rtol=1e-3, atol=0.05)
    assert found.fidelity.r2 > 0.9999
    assert found.fidelity.agreement is None


def test_probabilities_are_learned_as_such():
    X, y = load_wine(return_X_y=True, as_frame=True)
    teacher = LogisticRegression(max_iter=5_000, C=0.01).fit(X, y == 1)
    mimic = MimicExplainer(teacher, X, LinearExplainableModel, explainable_model_args={"C": 100.0})
    assert mimic.fidelity.r2 > 0.99  # labels alone would give steps


def test_a_bad_surrogate_is_said_loudly():
    X, _ = load_diabetes(return_X_y=True, as_frame=True)

    def wild(rows):
        return np.sin(400 * rows["bmi"].to_numpy()) * np.sign(rows["bp"].to_numpy())

    mimic = MimicExplainer(wild, X, LinearExplainableModel)
    found = mimic.explain_global(X[:30])
    assert found.fidelity.is_low
    assert "imitates" in found.notes[0]
    assert "R²" in repr(found)
    board = found.dashboard()
    assert board._schema["truth"]["raw"]["fidelity"]["is_low"]
    assert "model_answers" in board._payload


def test_augmentation_makes_few_rows_enough():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    teacher = MLPRegressor(random_state=0, max_iter=300, hidden_layer_sizes=(20,)).fit(X * 10, y)
    few = X[:60]

    def ask(rows):
        return teacher.predict(rows * 10)

    def missed(**options):
        mimic = MimicExplainer(ask, few, LGBMExplainableModel, **options)
        found = mimic.explain_global(X[200:])
        return np.mean((found.predictions[:, 0] - found.model_answers[:, 0]) ** 2)

    assert missed() < missed(augment_data=False)
    assert missed(max_num_of_augmentations=0) == missed(augment_data=False)


def test_slices_and_files_keep_the_fidelity(wine, tmp_path):
    model, X, _ = wine
    found = MimicExplainer(model, X, LGBMExplainableModel).explain_global(X[:30])
    again = Explanation.load(found.save(tmp_path / "explanation"))
    assert again.fidelity == found.fidelity
    np.testing.assert_array_equal(again.model_answers, found.model_answers)
    part = found.select(rows=[3, 5], outputs=["barolo"])
    np.testing.assert_array_equal(part.model_answers[:, 0], found.model_answers[[3, 5], 1])


def test_seeds_cancelling_and_bad_input(wine):
    model, X, _ = wine
    one, again = (
        MimicExplainer(model, X, LGBMExplainableModel).explain_global(X[:5]).values for _ in range(2)
    )
    np.testing.assert_array_equal(one, again)
    with pytest.raises(CancelledError):
        MimicExplainer(model, X, LGBMExplainableModel, cancel=lambda: True)
    with pytest.raises(InvalidInputError, match="LGBMExplainableModel, "):
        MimicExplainer(model, X, "lightgbm")
    with pytest.raises(InvalidInputError, match="max_num_of_augmentations=-1"):
        MimicExplainer(model, X, LGBMExplainableModel, max_num_of_augmentations=-1)
    several = MLPRegressor(max_iter=5).fit(X, np.column_stack([X.alcohol, X.ash]))
    with pytest.raises(UnsupportedModelError, match="one by one"):
        MimicExplainer(several, X, LinearExplainableModel)


def test_polars_comes_in(wine):
    polars = pytest.importorskip("polars")
    X, y = load_wine(return_X_y=True, as_frame=True)
    model = MLPClassifier(max_iter=50, random_state=0).fit(X.to_numpy(), y)
    rows = polars.from_pandas(X)
    found = MimicExplainer(lambda table: model.predict_proba(table.to_numpy()), rows, LGBMExplainableModel)
    assert found.explain_global(rows[:5]).n_rows == 5
    assert isinstance(rows, polars.DataFrame)
    assert pd.notna(found.fidelity.r2)
