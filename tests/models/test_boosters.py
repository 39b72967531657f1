"""LightGBM, XGBoost and CatBoost: scikit-learn faces and native boosters agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from interpret_widget.errors import InvalidInputError
from interpret_widget.models import adapt, title_of
from interpret_widget.tabular import Dataset

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(150, 3)), columns=["a", "b", "c"])
TARGETS: dict[str, Any] = {
    "binary": (X["a"] > 0).astype(int),
    "multiclass": np.digitize(X["a"] + X["b"], [-0.5, 0.5]),
    "regression": X["a"] - X["b"],
}
DATA = Dataset.of(X)


def models(library: str, task: str) -> tuple[Any, Any]:
    """A model by its scikit-learn face, and the native booster in it."""
    kind = "Regressor" if task == "regression" else "Classifier"
    if library == "lightgbm":
        module = pytest.importorskip("lightgbm")
        face = getattr(module, f"LGBM{kind}")(n_estimators=5, verbose=-1, n_jobs=1).fit(X, TARGETS[task])
        return face, face.booster_
    if library == "xgboost":
        module = pytest.importorskip("xgboost")
        face = getattr(module, f"XGB{kind}")(n_estimators=5, n_jobs=1).fit(X, TARGETS[task])
        return face, face.get_booster()
    module = pytest.importorskip("catboost")
    options = {"iterations": 5, "verbose": False, "thread_count": 1, "allow_writing_files": False}
    face = getattr(module, f"CatBoost{kind}")(**options).fit(X, TARGETS[task])
    loss = {"binary": "Logloss", "multiclass": "MultiClass", "regression": "RMSE"}[task]
    rate = face.get_all_params()["learning_rate"]
    native = module.CatBoost({**options, "loss_function": loss, "learning_rate": rate}).fit(X, TARGETS[task])
    return face, native


@pytest.mark.parametrize("task", list(TARGETS))
@pytest.mark.parametrize("library", ["lightgbm", "xgboost", "catboost"])
def test_face_and_native_booster(library: str, task: str) -> None:
    face, native = models(library, task)
    truth = face.predict(X).reshape(-1, 1) if task == "regression" else face.predict_proba(X)
    for model in (face, native):
        adapter = adapt(model, DATA)
        assert adapter.task == task
        assert adapter.has_probabilities == (task != "regression")
        np.testing.assert_allclose(adapter.predict(DATA), truth, rtol=1e-5)
        assert adapter.n_outputs == truth.shape[1]


def test_softmax_objective_gives_probabilities() -> None:
    xgboost = pytest.importorskip("xgboost")
    matrix = xgboost.DMatrix(X, TARGETS["multiclass"])
    soft = xgboost.train({"objective": "multi:softprob", "num_class": 3, "nthread": 1}, matrix, 3)
    hard = xgboost.train({"objective": "multi:softmax", "num_class": 3, "nthread": 1}, matrix, 3)
    np.testing.assert_allclose(adapt(hard, DATA).predict(X), soft.predict(matrix), rtol=1e-5)


def test_native_categories() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    frame = X.assign(city=pd.Categorical(np.where(X["b"] > 0, "Rome", "Oslo")))
    face = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1).fit(frame, TARGETS["binary"])
    data = Dataset.of(frame)
    edited = data.edited(0, {"city": "Oslo"})
    np.testing.assert_allclose(adapt(face.booster_, data).predict(edited), face.predict_proba(edited.native))


def test_a_booster_that_takes_columns_by_position_is_not_misled() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    booster = (
        lightgbm.LGBMRegressor(n_estimators=2, verbose=-1, n_jobs=1).fit(X, TARGETS["regression"]).booster_
    )
    with pytest.raises(InvalidInputError, match="another order"):
        adapt(booster, Dataset.of(X[["b", "a", "c"]]))


def test_white_space_in_names() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    frame = X.rename(columns={"a": "years at work"})
    face = lightgbm.LGBMRegressor(n_estimators=2, verbose=-1, n_jobs=1).fit(frame, TARGETS["regression"])
    for model in (face, face.booster_):
        np.testing.assert_allclose(adapt(model, Dataset.of(frame)).predict(frame)[:, 0], face.predict(frame))


def test_titles() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    face = lightgbm.LGBMRegressor(n_estimators=2, verbose=-1, n_jobs=1).fit(X, TARGETS["regression"])
    assert title_of(face) == "LGBMRegressor"
    assert title_of(face.booster_) == "LightGBM booster"
