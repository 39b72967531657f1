"""Pipelines of a vectorizer and an estimator whose values are exact: linear ones and trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.errors import InterpretWidgetError
from interpret_widget.models.pipeline import split

from .analysis import NotLocatedError, locate
from .result import ExplainedText

_MOST_TREE_COLUMNS = 20_000
_VECTORIZERS = ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer")


class RefusedError(Exception):
    """Why a pipeline is not explained exactly."""


@dataclass(frozen=True, eq=False)
class Front:
    """From texts to the estimator's columns.

    Attributes
    ----------
    vectorizer : object
    rest : tuple
        Transformers behind it that keep columns apart: scales and selections.
    columns : ndarray of int
        The vectorizer's column of each of the estimator's columns.
    """

    vectorizer: Any
    rest: tuple[Any, ...]
    columns: np.ndarray

    def matrix(self, texts: list[str]) -> Any:
        """The estimator's columns (n_texts, n_columns), sparse."""
        from scipy import sparse

        out = self.vectorizer.transform(texts)
        for each in self.rest:
            out = each.transform(out)
        return sparse.csr_matrix(out)

    def column_of(self, term: str) -> int | None:
        """The vectorizer's column of a term."""
        if hasattr(self.vectorizer, "vocabulary_"):
            at = self.vectorizer.vocabulary_.get(term)
            return None if at is None else int(at)
        from sklearn.feature_extraction import FeatureHasher

        hasher = FeatureHasher(self.vectorizer.n_features, input_type="string", alternate_sign=False)
        return int(hasher.transform([[term]]).indices[0])


def front_of(model: Any) -> tuple[Front, Any]:
    """The front of a pipeline and its estimator.

    Raises
    ------
    RefusedError
        Another kind of model.
    """
    parts = split(model)
    steps = getattr(parts.preprocessing, "transformers", ())
    if not steps or type(steps[0]).__name__ not in _VECTORIZERS:
        raise RefusedError("the model is no pipeline that begins with a vectorizer of scikit-learn's")
    vectorizer, rest = steps[0], tuple(steps[1:])
    n = len(vectorizer.vocabulary_) if hasattr(vectorizer, "vocabulary_") else vectorizer.n_features
    columns = np.arange(n)
    for each in rest:
        if hasattr(each, "get_support"):
            columns = columns[each.get_support(indices=True)]
        elif type(each).__name__ not in ("TfidfTransformer", "MaxAbsScaler"):
            raise RefusedError(
                f"{type(each).__name__} mixes columns, so that terms cannot be told apart behind it"
            )
    return Front(vectorizer, rest, columns), parts.estimator


@dataclass(frozen=True, eq=False)
class Linear:
    """Margins that are linear in the columns.

    Attributes
    ----------
    estimator : object
        Asked about every row, so that coefficients are never believed unproved.
    coefficients : ndarray (n_outputs, n_columns)
    intercept : ndarray (n_outputs,)
    unit : str
    mean : ndarray (n_columns,)
        Of the background.
    """

    estimator: Any
    coefficients: np.ndarray
    intercept: np.ndarray
    unit: str
    mean: np.ndarray

    def columns(self, X: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values of the columns (n, n_columns, n_outputs), base values and margins."""
        values = (X.toarray() - self.mean)[:, :, None] * self.coefficients.T[None]
        base = self.coefficients @ self.mean + self.intercept
        margins = np.asarray(X @ self.coefficients.T) + self.intercept
        said = _said(self.estimator, X)
        if not _alike(said, margins[:, -said.shape[1] :]):
            raise NotLocatedError(
                f"{type(self.estimator).__name__} does not answer what its coefficients say"
            )
        return values, base, margins


def linear_of(estimator: Any, X: Any, background: Any) -> Linear:
    """Read coefficients, and prove them on rows.

    Raises
    ------
    RefusedError
        No coefficients, or the estimator does not answer what they say.
    """
    name = type(estimator).__name__
    if not hasattr(estimator, "coef_") or not hasattr(estimator, "intercept_"):
        raise RefusedError(f"{name} has no coefficients")
    found = estimator.coef_.toarray() if hasattr(estimator.coef_, "toarray") else estimator.coef_
    coefficients = np.atleast_2d(np.asarray(found, dtype=np.float64))
    if coefficients.shape[1] != X.shape[1]:
        raise RefusedError(f"{name} has coefficients for other columns")
    intercept = np.broadcast_to(np.atleast_1d(np.asarray(estimator.intercept_, float)), len(coefficients))
    margins = np.asarray(X @ coefficients.T) + intercept
    if not _alike(_said(estimator, X), margins):
        raise RefusedError(f"{name} does not answer what its coefficients say")
    unit = "prediction"
    if hasattr(estimator, "decision_function"):
        unit = "log-odds" if _gives_log_odds(estimator, X, margins) else "decision value"
        if len(coefficients) == 1 and len(estimator.classes_) == 2:
            coefficients = np.vstack([-coefficients, coefficients])
            intercept = np.concatenate([-intercept, intercept])
    mean = np.zeros(X.shape[1]) if background is None else np.asarray(background.mean(axis=0)).ravel()
    return Linear(estimator, coefficients, np.asarray(intercept), unit, mean)


def _said(estimator: Any, X: Any) -> np.ndarray:
    """What the estimator answers (n, n_outputs), before a link."""
    ask = estimator.decision_function if hasattr(estimator, "decision_function") else estimator.predict
    return np.asarray(ask(X), dtype=np.float64).reshape(X.shape[0], -1)


def _alike(said: np.ndarray, margins: np.ndarray) -> bool:
    return said.shape == margins.shape and bool(np.allclose(said, margins, rtol=1e-6, atol=1e-8))


def _gives_log_odds(estimator: Any, X: Any, margins: np.ndarray) -> bool:
    from scipy.special import expit, softmax

    if not hasattr(estimator, "predict_proba"):
        return False
    made = np.hstack([expit(-margins), expit(margins)]) if margins.shape[1] == 1 else softmax(margins, axis=1)
    return bool(np.allclose(estimator.predict_proba(X), made, atol=1e-8))


class Trees:
    """An estimator of trees behind the vectorizer, explained by the package's exact route."""

    def __init__(self, estimator: Any, n_columns: int, background: Any) -> None:
        from interpret_widget.explainers import TabularExplainer

        if n_columns > _MOST_TREE_COLUMNS:
            raise RefusedError(f"its trees have {n_columns:,} columns, more than {_MOST_TREE_COLUMNS:,}")
        rows = np.zeros((1, n_columns)) if background is None else background.toarray()
        try:
            self._explainer = TabularExplainer(
                estimator, rows, method="tree", feature_perturbation="interventional"
            )
        except InterpretWidgetError as error:
            raise RefusedError(str(error)) from error
        if not self._explainer.exact:
            raise RefusedError("its trees are not explained exactly")
        self.unit = ""

    def columns(self, X: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values of the columns (n, n_columns, n_outputs), base values and margins."""
        found = self._explainer.explain_local(X.toarray())
        assert found.predictions is not None
        self.unit = found.unit
        return found.values, found.base_values, found.predictions


def in_place(
    front: Front, text: str, values: np.ndarray, base: np.ndarray, margin: np.ndarray
) -> ExplainedText:
    """Hand values of columns to the tokens of a text.

    The value of a column is shared equally by the occurrences of its terms, and of each by its tokens.

    Raises
    ------
    NotLocatedError
        See `analysis.locate`.
    """
    found = locate(front.vectorizer, text)
    occurrences: dict[int, list[tuple[str, tuple[int, ...]]]] = {}
    for term, tokens in found.terms:
        column = front.column_of(term)
        if column is None:
            continue
        at = int(np.searchsorted(front.columns, column))  # in the vectorizer's order
        if at < len(front.columns) and front.columns[at] == column:
            occurrences.setdefault(at, []).append((term, tokens))
    out = np.zeros((len(found.spans), values.shape[1]))
    terms: dict[str, np.ndarray] = {}
    for at, each in occurrences.items():
        share = values[at] / len(each)
        for term, tokens in each:
            terms[term] = terms.get(term, 0.0) + share
            for token in tokens:
                out[token] += share / len(tokens)
    absent = np.delete(values, list(occurrences), axis=0).sum(axis=0)
    return ExplainedText(text, found.spans, out, base.copy(), margin.copy(), absent, None, terms, True)


__all__ = ["Front", "Linear", "NotLocatedError", "RefusedError", "Trees", "front_of", "in_place", "linear_of"]
