"""The explainer that chooses: exact where a route exists, sampling elsewhere, and it says which and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from interpret_widget.errors import InvalidInputError, UnsupportedModelError

from . import linear, tree
from .base import Cancel, Explainer, Progress
from .problem import Problem, pose
from .sampling import SamplingExplainer
from .tree import NotAdditiveError

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation
    from interpret_widget.models import ModelAdapter
    from interpret_widget.tabular import Dataset, Lineage

_METHODS = ("auto", "linear", "tree", "sampling")
_KEYWORDS = ("features", "classes", "transformations", "method", "random_state", "max_evals")


class TabularExplainer:
    """Explain a fitted model on the columns that its user knows.

    Parameters
    ----------
    model : estimator, Pipeline, booster or callable
        A fitted model of raw columns, or, with ``transformations``, of engineered ones.
    initialization_examples : table (n_rows, n_columns)
        Raw rows to compare with, such as the training data: pandas, polars, pyarrow, numpy or scipy sparse.
    features : sequence of str, optional
        Column names where the table has none.
    classes : sequence of str, optional
        Names of the classes in the order of ``model.classes_``.
    transformations : transformer or list of (columns, transformer), optional
        What turns raw columns into the model's, fitted.
    method : {"auto", "linear", "tree", "sampling"}, default "auto"
        The route; "auto" takes the exact one where there is one.
    random_state : int, default 0
        Seed of everything that is drawn.
    max_evals : int, optional
        Predictions for each explained row on the sampling route; by default all rows share about 600,000.

    Attributes
    ----------
    explainer : Explainer
        The route that was chosen.
    method, exact, reason : str, bool, str
        Which it is, and why.

    Raises
    ------
    InvalidInputError
        Arguments that do not fit the model.
    UnsupportedModelError
        Nothing to ask, or ``method`` names a route that this model does not have.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> explainer = TabularExplainer(Ridge().fit(X, y), X)
    >>> explainer.method
    'linear'
    """

    def __init__(
        self,
        model: Any,
        initialization_examples: Any,
        *,
        features: Sequence[Any] | None = None,
        classes: Sequence[Any] | None = None,
        transformations: Any = None,
        method: str = "auto",
        random_state: int = 0,
        max_evals: int | None = None,
        **unknown: Any,
    ) -> None:
        if unknown:
            strange, known = ", ".join(map(repr, unknown)), ", ".join(_KEYWORDS)
            raise TypeError(f"TabularExplainer does not know {strange}; it takes {known}")
        if method not in _METHODS:
            raise InvalidInputError(f"method={method!r} is not one of {', '.join(map(repr, _METHODS))}")
        self._asked = method
        self._max_evals = max_evals
        self._problem = pose(
            model,
            initialization_examples,
            features=features,
            classes=classes,
            transformations=transformations,
            random_state=random_state,
        )
        self.explainer: Explainer = choose(self._problem, method, max_evals)

    @property
    def method(self) -> str:
        """The route: "linear", "tree" or "sampling"."""
        return self.explainer.method

    @property
    def exact(self) -> bool:
        """Whether values are computed rather than estimated."""
        return self.explainer.exact

    @property
    def reason(self) -> str:
        """Why this route."""
        return self.explainer.reason

    @property
    def adapter(self) -> ModelAdapter:
        """Asks the model about rows of raw columns."""
        return self.explainer.adapter

    @property
    def background(self) -> Dataset | None:
        """Rows to compare with."""
        return self.explainer.background

    @property
    def lineage(self) -> Lineage | None:
        """Descent of the model's columns."""
        return self.explainer.lineage

    def explain_global(
        self, X: Any, y: Any = None, *, progress: Progress | None = None, cancel: Cancel = None
    ) -> Explanation:
        """Explain many rows; importances come from all of them.

        Parameters
        ----------
        X : table (n_rows, n_columns)
            Rows with the columns of ``initialization_examples``.
        y : array-like (n_rows,), optional
            True outcomes.
        progress : callable, optional
            Called with (done, total) between batches.
        cancel : callable or Event, optional
            Asked between batches; when true, `CancelledError` is raised.
        """
        try:
            return self.explainer.explain(X, y, progress=progress, cancel=cancel)
        except NotAdditiveError as error:
            # Rows that the check at the start did not hold, such as missing values.
            if self._asked != "auto":
                raise
            self.explainer = SamplingExplainer(self._problem, _because([str(error)]), self._max_evals)
            return self.explainer.explain(X, y, progress=progress, cancel=cancel)

    def explain_local(self, X: Any, y: Any = None) -> Explanation:
        """Explain a few rows; one row is ``X[:1]``."""
        return self.explain_global(X, y)

    def __repr__(self) -> str:
        return f"TabularExplainer({self._problem.title}, method={self.method!r}, reason={self.reason!r})"


def choose(problem: Problem, method: str, max_evals: int | None) -> Explainer:
    """The first route that proves itself on background rows.

    Raises
    ------
    UnsupportedModelError
        The route that was asked for is not to be had; the message says why.
    """
    refusals = []
    for name, build in (("linear", linear.build), ("tree", tree.build)):
        if method not in ("auto", name):
            continue
        made = build(problem)
        if isinstance(made, Explainer):
            return made
        refusals.append(made)
        if method == name:
            raise UnsupportedModelError(
                f"method={name!r} is not to be had: {made}; method='auto' or 'sampling' is"
            )
    reason = "method='sampling' was asked for." if method == "sampling" else _because(refusals)
    return SamplingExplainer(problem, reason, max_evals)


def _because(refusals: list[str]) -> str:
    """One sentence from the refusals; a route that nearly fitted tells more than one that did not."""
    telling = [each for each in refusals if not each.endswith(("has no coef_", "known here"))]
    if telling:
        return f"Estimated on raw columns by sampling: {telling[-1]}."
    subject = refusals[0].removesuffix(" has no coef_")
    return f"Estimated on raw columns by sampling: {subject} is neither linear nor a known tree model."
