"""Kernel machines: exact on the estimator's columns and on raw ones, or refused and why."""

from __future__ import annotations

import threading
import time

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_wine
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, WhiteKernel
from sklearn.impute import SimpleImputer
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM

from interpret_widget import TabularExplainer, explain
from interpret_widget.datasets import load_attrition
from interpret_widget.errors import CancelledError, InvalidInputError, ModelCallError, UnsupportedModelError
from interpret_widget.explainers import kernel_machine

X, Y = load_diabetes(return_X_y=True, as_frame=True)
X = (X[["age", "bmi", "bp", "s1", "s5"]] * 20).round(2)
TWO = np.c_[Y, Y**2 / 100]
PAST = Y > 140
WINE, CLASSES = load_wine(return_X_y=True)
WINE = WINE[:, :4] / WINE[:, :4].std(axis=0)


def fixed(kernel, **settings):
    return GaussianProcessRegressor(kernel, optimizer=None, **settings)


SUMS = 2.0 * RBF([1, 2, 3, 4, 5.0]) + 3.0 * RBF(0.8) * ConstantKernel(2) + ConstantKernel(1) + WhiteKernel(1)


def agrees(explanation, ask, rows, background, brute_force, atol=1e-10):
    """Compare the last outputs of an explanation with the definition."""
    back = np.asarray(background)
    for row in range(len(rows)):
        truth = brute_force(ask, np.asarray(rows)[row], back)
        found = explanation.values[row, :, -truth.shape[1] :]
        np.testing.assert_allclose(found, truth, atol=atol * max(1.0, np.abs(truth).max()))
    assert explanation.residual <= 1e-9 * max(1.0, np.abs(explanation.predictions).max())


@pytest.mark.parametrize("model", [SVC(), SVC(gamma=2.0, C=30), NuSVC(), SVC(class_weight="balanced")])
def test_decision_values_of_two_classes(model, brute_force):
    model = model.fit(X.to_numpy(), PAST)
    explanation = explain(model, X[3:6].to_numpy(), background=X[:25].to_numpy())
    assert (explanation.method, explanation.exact) == ("kernel", True)
    assert (explanation.output_space, explanation.unit) == ("raw", "decision value")
    assert "sum of products" in explanation.reason
    assert (explanation.background, explanation.notes) == ("25 rows", ())
    agrees(explanation, lambda rows: model.decision_function(rows)[:, None], X[3:6], X[:25], brute_force)
    np.testing.assert_allclose(explanation.values[..., 0], -explanation.values[..., 1])
    np.testing.assert_allclose(explanation.predictions[:, 1], model.decision_function(X[3:6].to_numpy()))


@pytest.mark.parametrize(
    "model",
    [
        SVR(C=50),
        NuSVR(C=50),
        KernelRidge(kernel="rbf"),
        KernelRidge(kernel="laplacian", gamma=0.3),
        fixed(RBF() + WhiteKernel(), normalize_y=True),
        fixed(SUMS),
        fixed((RBF(2.0) + ConstantKernel(0.5)) * (RBF([1, 2, 3, 4, 5.0]) + 2.0) + WhiteKernel()),
        TransformedTargetRegressor(SVR(), transformer=StandardScaler()),
        TransformedTargetRegressor(
            make_pipeline(StandardScaler(), MinMaxScaler(), SVR(C=3)), transformer=RobustScaler()
        ),
        GridSearchCV(SVR(), {"C": [1, 10]}, cv=2),
    ],
)
def test_predictions(model, brute_force):
    model = model.fit(X.to_numpy(), Y)
    explanation = explain(model, X[3:5].to_numpy(), background=X[:20].to_numpy())
    assert (explanation.method, explanation.unit) == ("kernel", "prediction")
    agrees(explanation, lambda rows: model.predict(rows)[:, None], X[3:5], X[:20], brute_force)


@pytest.mark.parametrize(
    "model",
    [
        KernelRidge(kernel="rbf", gamma=0.2),
        KernelRidge(kernel="laplacian"),
        fixed(RBF(2.0) + WhiteKernel(), normalize_y=True),
        MultiOutputRegressor(SVR(C=20)),
        TransformedTargetRegressor(KernelRidge(kernel="rbf"), transformer=StandardScaler()),
    ],
)
def test_several_targets(model, brute_force):
    model = model.fit(X, TWO)
    explanation = explain(model, X[3:5], background=X[:20])
    assert (explanation.method, explanation.n_outputs) == ("kernel", 2)
    ask = lambda rows: model.predict(pd.DataFrame(rows, columns=X.columns))  # noqa: E731
    agrees(explanation, ask, X[3:5], X[:20], brute_force)


def test_outliers_and_classes_beside_the_others(brute_force):
    model = OneClassSVM(nu=0.2).fit(X.to_numpy())
    explanation = explain(model, X[3:5].to_numpy(), background=X[:20].to_numpy())
    assert explanation.method == "kernel"
    agrees(explanation, lambda rows: model.decision_function(rows)[:, None], X[3:5], X[:20], brute_force)
    beside = OneVsRestClassifier(SVC()).fit(WINE, CLASSES)
    explanation = explain(beside, WINE[:2], background=WINE[::9])
    assert (explanation.method, explanation.n_outputs) == ("kernel", 3)
    agrees(explanation, beside.decision_function, WINE[:2], WINE[::9], brute_force)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (SVC(), "votes between pairs"),
        (SVC(decision_function_shape="ovo"), "votes between pairs"),
        (SVR(kernel="poly"), "kernel='poly', which is not a product over columns"),
        (SVR(kernel=lambda A, B: A @ B.T), "a kernel of the user's"),
        (fixed(Matern()), "which is not a product over columns"),
        (TransformedTargetRegressor(SVR(), func=np.log1p, inverse_func=np.expm1), "bends its target"),
    ],
)
def test_others_are_refused_with_a_reason(model, why):
    model = model.fit(WINE, CLASSES)
    explainer = TabularExplainer(model, WINE[:20])
    assert explainer.method == "sampling"
    assert why in explainer.reason
    with pytest.raises(UnsupportedModelError, match=why):
        TabularExplainer(model, WINE[:20], method="kernel")


def test_a_machine_that_does_not_give_the_predictions_is_refused():
    model = SVC().fit(X, PAST)
    honest = model.decision_function
    model.decision_function = lambda rows: honest(rows) + 1e-6 * np.asarray(rows)[:, 0]
    explainer = TabularExplainer(model, X[:30])
    assert explainer.method == "sampling"
    assert "does not give its predictions" in explainer.reason


def test_probabilities_of_a_calibration_are_told_and_not_explained():
    model = SVC(probability=True, random_state=0).fit(X, PAST)
    explanation = explain(model, X[:3], background=X[:20])
    assert (explanation.method, explanation.output_space) == ("kernel", "raw")
    assert "calibration" in explanation.notes[0]
    np.testing.assert_allclose(explanation.predictions[:, 1], model.decision_function(X[:3]))
    np.testing.assert_allclose(explanation.probabilities, model.predict_proba(X[:3]))


def behind(model, staff):
    frame, y = staff
    prepared = ColumnTransformer(
        [
            ("n", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["age", "income"]),
            ("w", OneHotEncoder(handle_unknown="ignore"), ["city", "grade"]),
        ],
        sparse_threshold=0.0 if isinstance(model, GaussianProcessRegressor) else 1.0,
    )
    return make_pipeline(prepared, model).fit(frame, y)


@pytest.mark.parametrize("model", [SVC(), KernelRidge(kernel="laplacian"), fixed(RBF(2.0) + WhiteKernel())])
def test_raw_columns_are_the_players(model, staff, brute_force, as_frame):
    pipeline = behind(model, staff)
    frame = staff[0]
    rows, background = frame[60:63], frame[:25]
    explanation = TabularExplainer(pipeline, background).explain_global(rows)
    assert (explanation.method, explanation.feature_names) == ("kernel", tuple(frame.columns))

    def ask(cells):
        table = as_frame(cells, frame)
        answer = pipeline.decision_function if hasattr(pipeline, "decision_function") else pipeline.predict
        return answer(table)[:, None]

    cells = background.to_numpy(dtype=object)
    for row in range(3):
        truth = brute_force(ask, rows.to_numpy(dtype=object)[row], cells)
        np.testing.assert_allclose(explanation.values[row, :, -1:], truth, atol=1e-11)
    assert (explanation.values[:, 4] == 0).all()  # the constant
    inside = explanation.engineered
    assert inside.residual < 1e-11
    # The parts of a column do not add up to its value: another question.
    assert np.abs(explanation.lineage.to_raw(inside.values) - explanation.values).max() > 1e-6
    Z = pipeline[:-1].transform(rows)
    Z = Z.toarray() if hasattr(Z, "toarray") else Z
    np.testing.assert_allclose(inside.data.codes(), Z)


def test_a_row_answers_as_the_table_does(staff, monkeypatch):
    monkeypatch.setattr(kernel_machine, "_PATIENCE", 0.0)
    pipeline = behind(SVC(probability=True, random_state=0), staff)
    frame = staff[0]
    explainer = TabularExplainer(pipeline, frame)
    assert explainer.explainer.background_text == "100 of 120 rows"
    assert explainer.background.n_rows == 100
    whole = explainer.explain_global(frame)
    alone = explainer.explainer.explain_row(whole.data.take(np.array([7])))
    np.testing.assert_allclose(alone.values[0], whole.values[7], atol=1e-13)
    np.testing.assert_allclose(alone.engineered.values[0], whole.engineered.values[7], atol=1e-13)
    np.testing.assert_allclose(alone.probabilities[0], whole.probabilities[7])
    np.testing.assert_allclose(alone.base_values, whole.base_values)
    assert "100 rows drawn from the background's 120" in whole.notes[0]


def test_small_machines_are_compared_with_more_rows(monkeypatch):
    model = SVR().fit(X[:40], Y[:40])
    assert TabularExplainer(model, X).explainer.background_text == "442 rows"
    monkeypatch.setattr(kernel_machine, "_MOST_BACKGROUND", 200)
    assert TabularExplainer(model, X).explainer.background_text == "200 of 442 rows"


def test_polars_in(staff):
    polars = pytest.importorskip("polars")
    model = SVR().fit(X, Y)
    table = polars.from_pandas(X)
    found = explain(model, table[:4], background=table[:30])
    assert found.method == "kernel"
    np.testing.assert_allclose(found.values, explain(model, X[:4], background=X[:30]).values, atol=1e-12)


def test_columns_and_rows_that_do_not_fit():
    explainer = TabularExplainer(SVC().fit(X, PAST), X)
    with pytest.raises(InvalidInputError, match="bmi"):
        explainer.explain_global(X.drop(columns="bmi"))
    with pytest.raises(InvalidInputError, match="no rows"):
        explainer.explain_global(X[:0])
    with pytest.raises(ModelCallError, match="NaN"):
        explainer.explain_global(X[:2] * np.nan)


def test_one_row_one_feature_and_rows_alike(brute_force):
    one = X[["bmi"]]
    model = SVR().fit(one, Y)
    explanation = explain(model, one[:1], background=one[1:2])
    gap = model.predict(one[:2])
    np.testing.assert_allclose(explanation.values[0, 0, 0], gap[0] - gap[1], atol=1e-12)
    assert explanation.background == "1 row"
    assert (explain(model, one[:1], background=one[:1]).values == 0).all()
    # Far from everything the machine has nothing to say.
    far = TabularExplainer(model, one[:30]).explain_local(one[:1] + 1e6)
    np.testing.assert_allclose(far.values.sum() + far.base_values[0], model.intercept_[0], atol=1e-12)


def test_why_higher_than_these():
    explainer = TabularExplainer(SVR().fit(X, Y), X)
    other = explainer.against(X[7:8]).explain_local(X[:1])
    gap = explainer.adapter.predict(X[:1]) - explainer.adapter.predict(X[7:8])
    np.testing.assert_allclose(other.values.sum(axis=1), gap, atol=1e-10)
    assert other.background == "1 row"
    with pytest.raises(InvalidInputError, match="weights"):
        explainer.against(X[:2], weights=[1, 2])


def test_progress_and_cancel(monkeypatch):
    monkeypatch.setattr(kernel_machine, "_BLOCK", 8)
    explainer = TabularExplainer(SVC().fit(X, PAST), X)
    steps = []
    explainer.explain_global(X[:30], progress=lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[0] == (0, 30)
    assert steps[-1] == (30, 30)
    stop = threading.Event()

    def stop_soon(done, total):
        if done:
            stop.set()

    with pytest.raises(CancelledError):
        explainer.explain_global(X[:30], progress=stop_soon, cancel=stop)


def test_values_do_not_depend_on_threads(monkeypatch):
    explainer = TabularExplainer(SVC().fit(X, PAST), X)
    values = []
    for n_threads in (1, 2, 5):
        monkeypatch.setattr(kernel_machine, "available_threads", lambda n=n_threads: n)
        values.append(explainer.explain_global(X[:300]).values)
    assert (values[0] == values[1]).all()
    assert (values[0] == values[2]).all()


@pytest.fixture(scope="module")
def attrition():
    """The pipeline that the issue of speed is about."""
    table, y = load_attrition(return_X_y=True)
    numbers = [name for name in table if table[name].dtype.kind in "iuf"]
    words = [name for name in table if name not in numbers]
    prepared = ColumnTransformer([("n", StandardScaler(), numbers), ("w", OneHotEncoder(), words)])
    return make_pipeline(prepared, SVC()).fit(table, y), table


def test_attrition_is_soon_explained_and_adds_up(attrition):
    model, table = attrition
    explainer = TabularExplainer(model, table)
    explainer.explain_local(table[:1])
    start = time.process_time()
    explanation = explainer.explain_global(table[:100])
    assert time.process_time() - start < 100 * 0.1  # 4 ms where nothing else runs
    assert explanation.residual < 1e-10
    assert explanation.engineered.residual < 1e-10


def test_shap_estimates_the_same_values(attrition):
    shap = pytest.importorskip("shap")
    _, table = attrition
    few = table[["Age", "MonthlyIncome", "DistanceFromHome", "JobLevel", "WorkLifeBalance"]]
    inside = make_pipeline(StandardScaler(), SVC()).fit(few, table.Age > 35)
    background = few[::60]
    explanation = explain(inside, few[:3], background=background)
    ask = lambda rows: inside.decision_function(pd.DataFrame(rows, columns=few.columns))  # noqa: E731
    # With five columns all coalitions are asked about, and the estimate is the value.
    peer = shap.KernelExplainer(ask, background.to_numpy()).shap_values(
        few[:3].to_numpy(), silent=True, l1_reg=False
    )
    np.testing.assert_allclose(explanation.values[..., 1], peer, atol=1e-8)
