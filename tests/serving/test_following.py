"""Preprocessings written down as arrays make the columns that scikit-learn makes."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest, VarianceThreshold, f_classif
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    LabelBinarizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from interpret_widget.errors import InvalidInputError
from interpret_widget.models import preprocessing_of
from interpret_widget.serving.following import follow
from interpret_widget.serving.inputs import InputColumn, InputSchema
from interpret_widget.serving.symbols import NotExpressibleError, Symbol, recipe_of

NUMBERS, WORDS = ["a", "b"], ["c", "d"]
SCHEMA = InputSchema(
    (
        InputColumn("a", "numeric"),
        InputColumn("b", "integer"),
        InputColumn("c", "categorical", "object", ("u", "v", "w")),
        InputColumn("d", "categorical", "object", ("x", "y")),
    )
)


def table(seed=0, n=60, gaps=0.2):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "a": rng.normal(3, 2, n),
            "b": rng.integers(0, 5, n).astype(float),
            "c": rng.choice(["u", "v", "w"], n, p=[0.6, 0.35, 0.05]),
            "d": rng.choice(["x", "y"], n),
        }
    ).astype({"c": object, "d": object})
    frame = frame.mask(rng.random(frame.shape) < gaps)
    return frame, (rng.random(n) < 0.5).astype(int)


def written_down(transformations):
    symbols = [Symbol(j, column.is_number) for j, column in enumerate(SCHEMA)]
    return recipe_of(follow(preprocessing_of(transformations), symbols, SCHEMA.names))


def compare(fitted, X):
    """Each row is made alike, or refused by both."""
    recipe = written_down(fitted)
    for at in range(len(X)):
        row = X.iloc[[at]]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs = preprocessing_of(fitted).transform(row)
        except Exception:
            theirs = None
        try:
            ours = recipe.apply(SCHEMA.read(row), SCHEMA)
        except InvalidInputError:
            ours = None
        if theirs is None or ours is None:
            assert theirs is None, f"the arrays refuse {row}"
            assert ours is None, f"the arrays take {row}"
        else:
            dense = theirs.toarray() if hasattr(theirs, "toarray") else np.asarray(theirs)
            np.testing.assert_allclose(ours, dense.astype(float), rtol=1e-12, atol=1e-12)


def strange():
    """Rows with every kind of surprise in them."""
    X = pd.DataFrame(
        {
            "a": [1e6, -1e6, np.nan, 0.0, 2.5],
            "b": [3.0, 99.0, 2.0, np.nan, 2.0],
            "c": ["u", "never seen", "w", np.nan, "v"],
            "d": ["x", "y", np.nan, "x", "never seen"],
        }
    )
    return X.astype({"c": object, "d": object})


SCALERS = [
    StandardScaler(),
    StandardScaler(with_mean=False),
    StandardScaler(with_std=False),
    MinMaxScaler(),
    MinMaxScaler((-1, 2), clip=True),
    MaxAbsScaler(),
    RobustScaler(),
    FunctionTransformer(np.square),
    FunctionTransformer(),
    Binarizer(threshold=1.5),
    VarianceThreshold(),
]
IMPUTERS = [
    SimpleImputer(),
    SimpleImputer(strategy="median", add_indicator=True),
    SimpleImputer(strategy="constant", fill_value=-1.0),
    None,
]
ENCODERS = [
    OneHotEncoder(),
    OneHotEncoder(handle_unknown="ignore"),
    OneHotEncoder(drop="first", handle_unknown="ignore"),
    OneHotEncoder(drop="if_binary", sparse_output=False),
    OneHotEncoder(min_frequency=0.1, handle_unknown="infrequent_if_exist"),
    OneHotEncoder(max_categories=2, handle_unknown="infrequent_if_exist", drop="first"),
    OrdinalEncoder(),
    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2),
    TargetEncoder(),
]
FILLERS = [
    SimpleImputer(strategy="most_frequent"),
    SimpleImputer(strategy="constant", fill_value="none"),
    None,
]


def chain(*steps):
    return make_pipeline(*[step for step in steps if step is not None])


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    imputer=st.sampled_from(IMPUTERS),
    scaler=st.sampled_from(SCALERS),
    filler=st.sampled_from(FILLERS),
    encoder=st.sampled_from(ENCODERS),
    remainder=st.sampled_from(["drop", "passthrough"]),
    seed=st.integers(0, 3),
)
def test_what_is_fitted_is_what_is_written_down(imputer, scaler, filler, encoder, remainder, seed):
    from sklearn.base import clone

    assume(imputer is not None or not isinstance(scaler, Binarizer))  # which refuses to be fitted
    X, y = table(seed)
    parts = [
        ("numbers", chain(*(None if each is None else clone(each) for each in (imputer, scaler))), NUMBERS),
        ("words", chain(*(None if each is None else clone(each) for each in (filler, encoder))), ["c", "d"]),
    ]
    fitted = ColumnTransformer(parts, remainder=remainder).fit(X, y)
    compare(fitted, pd.concat([X[:4], strange()], ignore_index=True))


@pytest.mark.parametrize("encoder", ENCODERS[:8], ids=str)
def test_numbers_are_levels_too(encoder):
    X, y = table(gaps=0)
    fitted = ColumnTransformer([("b", encoder, ["b"]), ("n", StandardScaler(), ["a"])]).fit(X, y)
    compare(fitted, pd.concat([X[:4], strange()], ignore_index=True))


def test_scaled_levels_and_selected_columns():
    X, y = table(gaps=0)
    fitted = make_pipeline(
        ColumnTransformer([("w", OneHotEncoder(sparse_output=False), WORDS), ("n", "passthrough", NUMBERS)]),
        StandardScaler(),
        SelectKBest(f_classif, k=4),
    ).fit(X, y)
    compare(fitted, X[:15])


def test_unions_with_weights_and_indicators():
    X, _ = table()
    union = FeatureUnion(
        [("s", make_pipeline(SimpleImputer(), StandardScaler())), ("m", MissingIndicator(features="all"))],
        transformer_weights={"s": 2.0},
    )
    compare(ColumnTransformer([("n", union, NUMBERS)]).fit(X), X[:15])


def test_pairs_of_columns_and_transformers():
    X, _ = table(gaps=0)
    pairs = [
        (["a", "b"], StandardScaler().fit(X[["a", "b"]].to_numpy())),
        ("c", LabelBinarizer().fit(X["c"])),
        ("d", LabelBinarizer().fit(X["d"])),
    ]
    compare(pairs, X[:15])


class Mapper:
    """Has what a fitted DataFrameMapper of sklearn-pandas has."""

    def __init__(self, built_features, built_default=False):
        self.built_features, self.built_default = built_features, built_default

    def transform(self, X):
        parts = [
            np.asarray(transformer.transform(X[columns])) for columns, transformer, _ in self.built_features
        ]
        return np.hstack(parts)


def test_a_data_frame_mapper():
    X, _ = table(gaps=0)
    built = [
        (["b", "a"], make_pipeline(SimpleImputer(), StandardScaler()).fit(X[["b", "a"]]), {}),
        ("d", LabelBinarizer().fit(X["d"]), {}),
    ]
    compare(Mapper(built), X[:15])
    with pytest.raises(NotExpressibleError, match="passes columns on that it does not name"):
        written_down(Mapper(built, None))


def test_columns_picked_in_every_way():
    X, _ = table(gaps=0)
    for columns in ([1, 0], slice(0, 2), [True, True, False, False], np.array([0, -3]), ["b", "a"]):
        fitted = ColumnTransformer([("n", StandardScaler(), columns)]).fit(X)
        compare(fitted, X[:5])


def test_frames_between_steps_are_followed_by_name():
    X, _ = table(gaps=0)
    first = ColumnTransformer(
        [("n", StandardScaler(), NUMBERS), ("w", OneHotEncoder(sparse_output=False), ["d"])]
    )
    second = ColumnTransformer([("again", MinMaxScaler(), ["n__b", "w__d_x"])])
    fitted = make_pipeline(first.set_output(transform="pandas"), second).fit(X)
    compare(fitted, X[:15])


@pytest.mark.parametrize(
    ("transformer", "said"),
    [
        (Normalizer(), "Normalizer is neither arithmetic on single numbers nor a table of levels"),
        (KBinsDiscretizer(3), "KBinsDiscretizer"),
        (FunctionTransformer(lambda x: x + 1), "FunctionTransformer calls <lambda>"),
        (SimpleImputer(missing_values=0), "SimpleImputer takes 0 for missing"),
    ],
)
def test_what_cannot_be_written_down_is_said(transformer, said):
    X, _ = table(gaps=0)
    with pytest.raises(NotExpressibleError) as raised:
        written_down(ColumnTransformer([("n", transformer, NUMBERS)]).fit(X))
    assert said in str(raised.value)


def test_words_that_nothing_encodes_are_said():
    X, _ = table(gaps=0)
    with pytest.raises(NotExpressibleError, match="words reach the model as they are"):
        written_down(ColumnTransformer([("w", "passthrough", ["c"])]).fit(X))
