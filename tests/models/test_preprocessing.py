"""Pipelines taken apart: what the parts give is what the whole gives, and columns have names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    LabelBinarizer,
    OneHotEncoder,
    PolynomialFeatures,
    StandardScaler,
)
from sklearn.svm import SVC

from interpret_widget.errors import InvalidInputError, ModelCallError
from interpret_widget.models import preprocessing_of, split
from interpret_widget.tabular import Dataset

RNG = np.random.default_rng(0)
X = pd.DataFrame(
    {
        "age": RNG.integers(18, 60, 90),
        "pay": RNG.normal(size=90),
        "city": RNG.choice(["Oslo", "Rome", "Bern"], 90),
    }
)
Y = (X["pay"] > 0).astype(int)
DATA = Dataset.of(X)
COLUMNS = make_column_transformer((StandardScaler(), ["age", "pay"]), (OneHotEncoder(), ["city"]))
NAMES = ("age", "pay", "city_Bern", "city_Oslo", "city_Rome")


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_pipeline(COLUMNS, LogisticRegression()),
        lambda: make_pipeline(COLUMNS, make_pipeline("passthrough", StandardScaler(), LogisticRegression())),
        lambda: make_pipeline(make_pipeline(COLUMNS, None), LogisticRegression()),
        lambda: make_pipeline(COLUMNS, GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2)),
        lambda: GridSearchCV(
            make_pipeline(COLUMNS, LogisticRegression()), {"logisticregression__C": [1]}, cv=2
        ),
    ],
)
def test_parts_make_the_whole(make: Any) -> None:
    model = make().fit(X, Y)
    parts = split(model)
    assert type(parts.estimator) is LogisticRegression
    assert parts.preprocessing is not None
    engineered = parts.preprocessing.transform(X)
    np.testing.assert_allclose(parts.estimator.predict_proba(engineered), model.predict_proba(X))
    assert parts.preprocessing.names(DATA) == NAMES
    assert parts.preprocessing.lineage(DATA).parents == ((0,), (1,), (2,), (2,), (2,))


def test_estimators_without_preprocessing() -> None:
    model = SVC().fit(X[["age", "pay"]], Y)
    assert split(model).preprocessing is None
    assert split(model).estimator is model
    assert split(make_pipeline("passthrough", model)).preprocessing is None
    with pytest.raises(InvalidInputError, match="ends with StandardScaler"):
        split(make_pipeline(StandardScaler()))
    with pytest.raises(InvalidInputError, match="fit it with refit=True"):
        split(GridSearchCV(SVC(), {"C": [1]}, refit=False, cv=2).fit(X[["age", "pay"]], Y))


def test_samplers_do_nothing_when_predicting() -> None:
    class Sampler:
        def fit_resample(self, X: Any, y: Any) -> Any:
            return X, y

    inner = LogisticRegression().fit(COLUMNS.fit_transform(X), Y)
    pipe = Pipeline([("c", COLUMNS), ("s", Sampler()), ("m", inner)])
    assert split(pipe).preprocessing.names(DATA) == NAMES  # type: ignore[union-attr]


def test_pairs() -> None:
    pairs = [
        (["age"], [SimpleImputer().fit(X[["age"]]), StandardScaler().fit(X[["age"]].to_numpy())]),
        (["pay"], None),
        (["city"], OneHotEncoder().fit(X[["city"]])),
        ("city", LabelBinarizer().fit(X["city"])),
    ]
    made = preprocessing_of(pairs, DATA)
    out = made.transform(X)
    dense = out.toarray() if hasattr(out, "toarray") else out
    assert dense.shape == (90, 8)
    np.testing.assert_array_equal(dense[:, 1], X["pay"])
    np.testing.assert_array_equal(dense[:, 2:5], dense[:, 5:])
    lineage = made.lineage(DATA)
    assert lineage.parents == ((0,), (1,), (2,), (2,), (2,), (2,), (2,), (2,))
    assert len(set(lineage.engineered_names)) == 8


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([("age",)], r"transformations\[0\] is"),
        ([(["age"], 3)], r"transformations\[0\]: int has no transform"),
        (3, "transformations is a int"),
        (StandardScaler(), "not fitted"),
        ([(["years"], StandardScaler().fit(X[["age"]]))], "no column 'years'"),
    ],
)
def test_bad_transformations(bad: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        preprocessing_of(bad, DATA)


def test_failing_transformer() -> None:
    fitted = OneHotEncoder().fit(X[["city"]])
    with pytest.raises(ModelCallError, match="unknown categories"):
        preprocessing_of([(["city"], fitted)]).transform(X.assign(city="Paris"))


class Mapper:
    """Like a sklearn_pandas.DataFrameMapper."""

    def __init__(self) -> None:
        self.features = [(["age"], StandardScaler()), ("city", LabelBinarizer())]

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        self.transformed_names_ = ["age", "city_Bern", "city_Oslo", "city_Rome"]
        binary = (frame["city"].to_numpy()[:, None] == np.array(["Bern", "Oslo", "Rome"])).astype(float)
        return np.hstack([frame[["age"]].to_numpy(), binary])


def test_data_frame_mapper() -> None:
    lineage = preprocessing_of(Mapper(), DATA).lineage(DATA)
    assert lineage.engineered_names == ("age", "city_Bern", "city_Oslo", "city_Rome")
    assert lineage.parents == ((0,), (2,), (2,), (2,))


def test_names_that_nobody_tells_come_from_parents() -> None:
    mute = FunctionTransformer(lambda T: np.column_stack([T["age"] ** 2, T["age"] * T["pay"]]))
    ct = ColumnTransformer([("m", mute, ["age", "pay"]), ("c", OneHotEncoder(), ["city"])]).fit(X)
    made = preprocessing_of(ct, DATA)
    assert made.names(DATA) == ("age", "age × pay", "city_Bern", "city_Oslo", "city_Rome")
    assert made.lineage(DATA).engineered_names == made.names(DATA)


def test_prefixes_stay_where_names_would_collide() -> None:
    ct = ColumnTransformer([("raw", "passthrough", ["age"]), ("std", StandardScaler(), ["age", "pay"])]).fit(
        X
    )
    assert preprocessing_of(ct).names(DATA) == ("raw__age", "std__age", "pay")


def test_polynomials_in_a_chain() -> None:
    model = make_pipeline(
        make_column_transformer((StandardScaler(), ["age", "pay"])),
        PolynomialFeatures(2),
        LogisticRegression(),
    ).fit(X, Y)
    lineage = split(model).preprocessing.lineage(DATA)  # type: ignore[union-attr]
    assert lineage.engineered_names == ("1", "age", "pay", "age^2", "age pay", "pay^2")
    assert lineage.parents == ((), (0,), (1,), (0,), (0, 1), (1,))


def test_sparse_output_and_text() -> None:
    frame = X.assign(note=[f"w{k % 7} w{k % 5}" for k in range(90)])
    ct = make_column_transformer(
        (CountVectorizer(token_pattern=r"\w+"), "note"), (OneHotEncoder(), ["city"])
    ).fit(frame)
    lineage = preprocessing_of(ct).lineage(Dataset.of(frame))
    assert lineage.parents == ((3,),) * 7 + ((2,),) * 3


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_other_tables(library: str) -> None:
    ct = make_column_transformer((StandardScaler(), ["age", "pay"]), (OneHotEncoder(), ["city"])).fit(X)
    if library == "polars":
        table: Any = pytest.importorskip("polars").from_pandas(X)
    else:
        import pyarrow as pa

        table = pa.Table.from_pandas(X)
    made = preprocessing_of(ct)
    np.testing.assert_allclose(made.transform(table), ct.transform(X))
    assert made.lineage(Dataset.of(table)).parents == ((0,), (1,), (2,), (2,), (2,))
