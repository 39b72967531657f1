"""Models that travel along: by skops, and nothing that could run code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, QuantileTransformer

from interpret_widget import TabularExplainer, load_scoring_explainer, log_scoring_explainer
from interpret_widget.errors import InvalidInputError
from tests.serving.tracking.logged import files, loaded, logged
from tests.serving.tracking.same import same_answers


def test_an_explainer_that_asks_its_model_needs_it(tracked, asked):
    with pytest.raises(InvalidInputError, match="model=None, but the scoring explainer asks the model"):
        log_scoring_explainer(None, asked.scorer, input_example=asked.X[:3])


def test_a_preprocessing_that_is_no_arithmetic_travels_by_skops(tracked, linear):
    X, y = linear.X[["age", "income"]], linear.X["remote"]
    model = make_pipeline(QuantileTransformer(n_quantiles=20), LogisticRegression()).fit(X, y)
    scorer = TabularExplainer(model, X).for_scoring()
    assert scorer.is_self_contained
    info = log_scoring_explainer(None, scorer, input_example=X[:2])
    same_answers(loaded(info).predict(X[:3]).to_dict("records"), scorer.records(X[:3], top_k=3))
    folder, found = files(info)
    assert Path("artifacts/model.skops") not in found
    told = (folder / "requirements.txt").read_text().split()
    assert {"skops", "scikit-learn"} <= {each.partition("==")[0] for each in told}


def types_told(caught):
    """What a message proposes to trust."""
    return json.loads(str(caught.value).partition("trusted=")[2].replace("'", '"'))


def test_where_only_a_pickle_would_do_it_is_refused(tracked, asked):
    model = make_pipeline(FunctionTransformer(lambda X: X), KNeighborsClassifier(7, algorithm="brute"))
    model.fit(asked.X[["age", "income"]], asked.X["remote"])
    X = asked.X[["age", "income"]]
    scorer = TabularExplainer(model, X[:20]).for_scoring()
    with pytest.raises(InvalidInputError, match="skops") as caught:
        log_scoring_explainer(model, scorer, input_example=X[:3])
    # Trusting it does not help: a function without a name cannot be found again.
    with pytest.raises(InvalidInputError, match=r"skops cannot keep .* pickle"):
        log_scoring_explainer(model, scorer, input_example=X[:3], trusted=types_told(caught))


def test_types_that_skops_does_not_know_must_be_trusted_by_whoever_loads(tracked, boosted):
    with pytest.raises(InvalidInputError, match=r"lightgbm\.basic\.Booster.*trusted=\[") as caught:
        logged(boosted)
    types = types_told(caught)
    info = logged(boosted, trusted=types)
    rows = boosted.X[:2]
    due = boosted.scorer.records(rows, top_k=3)
    same_answers(loaded(info).predict(rows).to_dict("records"), due)
    with pytest.raises(InvalidInputError, match="trusted="):
        load_scoring_explainer(info.model_uri)
    same_answers(load_scoring_explainer(info.model_uri, trusted=types).records(rows, top_k=3), due)
    same_answers(load_scoring_explainer(info.model_uri, model=boosted.model).records(rows, top_k=3), due)
