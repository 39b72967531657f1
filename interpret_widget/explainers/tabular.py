"""The explainer that chooses: exact where a route exists, sampling elsewhere, and it says which and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.errors import InvalidInputError, UnsupportedModelError

from . import additive, correlated, gradients, kernel_machine, linear, tree
from .base import Cancel, Explainer, Progress, ticking
from .problem import Problem, pose
from .sampling import Limits, SamplingExplainer
from .tree_game import PATH_DEPENDENT, TreeGame

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation
    from interpret_widget.models import ModelAdapter
    from interpret_widget.serving import ScoringExplainer
    from interpret_widget.tabular import Dataset, Lineage

_METHODS = ("auto", "linear", "additive", "tree", "kernel", "gradients", "sampling")
_KEYWORDS = (
    "features",
    "classes",
    "transformations",
    "method",
    "feature_perturbation",
    "model_output",
    "random_state",
    "max_evals",
    "max_seconds",
    "tolerance",
)


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
    method : {"auto", "linear", "additive", "tree", "kernel", "gradients", "sampling"}, default "auto"
        The route; "auto" takes the exact one where there is one.
    feature_perturbation : {"tree_path_dependent", "interventional", "correlation_dependent"}
        What becomes of the columns that a coalition lacks. By default a tree model is asked what it remembers
        of the rows that it was grown on ("tree_path_dependent"); with "interventional" these columns come
        from the rows of ``initialization_examples``, as on every other route. "correlation_dependent" is for
        linear models: they are guessed from the columns that are known, under a Gaussian fitted to
        ``initialization_examples`` (Chen, Janizek, Lundberg, Lee 2020; Aas, Jullum, Løland 2021); exact for
        up to 12 columns that vary, else estimated with standard errors.
    model_output : {"raw", "probability"}, default "raw"
        What is explained of a tree model: the sum of its trees, such as log-odds, or with
        ``"interventional"`` the probability that the model makes of it. Exact either way.
    random_state : int, default 0
        Seed of everything that is drawn.
    max_evals : int, optional
        Predictions for each explained row on the sampling route; by default all rows share about 600,000.
    max_seconds : float, optional
        Time for an explanation on the sampling route; a first rough answer is always finished.
    tolerance : float, optional
        The sampling route stops once no standard error exceeds this share of the standard deviation of the
        background's predictions, or at ``max_evals``.

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
        feature_perturbation: str = "tree_path_dependent",
        model_output: str = "raw",
        random_state: int = 0,
        max_evals: int | None = None,
        max_seconds: float | None = None,
        tolerance: float | None = None,
        **unknown: Any,
    ) -> None:
        if unknown:
            strange, known = ", ".join(map(repr, unknown)), ", ".join(_KEYWORDS)
            raise TypeError(f"TabularExplainer does not know {strange}; it takes {known}")
        if method not in _METHODS:
            raise InvalidInputError(f"method={method!r} is not one of {', '.join(map(repr, _METHODS))}")
        self._game = TreeGame(feature_perturbation, model_output)
        self._asked = method
        self._limits = Limits(max_evals, max_seconds, tolerance)
        self._problem = pose(
            model,
            initialization_examples,
            features=features,
            classes=classes,
            transformations=transformations,
            random_state=random_state,
        )
        self.explainer: Explainer = choose(self._problem, method, self._limits, self._game)

    @property
    def method(self) -> str:
        """The route: "linear", "additive", "tree", "kernel", "gradients" or "sampling"."""
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

    @property
    def settings(self) -> dict[str, Any]:
        """Keywords that make this explainer again of the same model and rows; plain values."""
        limits, classes = self._limits, self.adapter.class_values
        return {
            "features": list(self._problem.background.names),
            "classes": None if classes is None else list(self.adapter.output_names),
            "method": self._asked,
            "feature_perturbation": self._game.feature_perturbation,
            "model_output": self._game.model_output,
            "random_state": self._problem.random_state,
            "max_evals": limits.max_evals,
            "max_seconds": limits.max_seconds,
            "tolerance": limits.tolerance,
        }

    def for_scoring(self) -> ScoringExplainer:
        """A small explainer for inference: predictions with ranked reasons.

        Of trees and linear models it is arrays alone: neither the training data nor the library of the model
        is needed, and a preprocessing of scalers, imputers and encoders is written down too (others travel
        with skops). Any other model is asked again, and must be at hand.

        Returns
        -------
        ScoringExplainer
            `TreeScoringExplainer`, `LinearScoringExplainer` or `KernelScoringExplainer`; its ``reason`` says
            which, and why.
        """
        from interpret_widget.serving import scoring_explainer

        return scoring_explainer(self)

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
        except UnsupportedModelError as error:
            # Rows that the check at the start did not hold, such as missing values.
            if self._asked != "auto" or self._game.is_correlated:
                raise
            self.explainer = SamplingExplainer(self._problem, _because([str(error)]), self._limits)
            return self.explainer.explain(X, y, progress=progress, cancel=cancel)

    def explain_anytime(
        self, X: Any, y: Any = None, *, progress: Progress | None = None, cancel: Cancel = None
    ) -> Iterator[Explanation]:
        """Explanations of the same rows, each better than the one before: rough at once, then refined.

        Routes that are exact have one. On the sampling route each is a whole explanation with standard
        errors, and the last is as good as the limits allow; leave the loop to stop earlier. Parameters as in
        `explain_global`.
        """
        if isinstance(self.explainer, SamplingExplainer):
            yield from self.explainer.explain_anytime(X, y, progress=progress, cancel=cancel)
        else:
            yield self.explain_global(X, y, progress=progress, cancel=cancel)

    def dashboard(self, X: Any, y: Any = None, **options: Any) -> Any:
        """A dashboard of these rows; estimates are rough at once and get better while it is looked at.

        Parameters
        ----------
        X : table (n_rows, n_columns)
            Rows to explain.
        y : array-like (n_rows,), optional
            True outcomes.
        **options
            As in `ExplanationDashboard`.

        Returns
        -------
        ExplanationDashboard
            On the sampling route one that also has ``state``, ``stop()`` and ``wait()``.
        """
        from interpret_widget.widget import ExplanationDashboard, LiveDashboard

        if self.exact or not isinstance(self.explainer, SamplingExplainer):
            return ExplanationDashboard(self.explain_global(X, y), **options)
        return LiveDashboard(self, X, y, **options)

    def explain_local(self, X: Any, y: Any = None) -> Explanation:
        """Explain a few rows; one row is ``X[:1]``."""
        return self.explain_global(X, y)

    def against(self, background: Any, *, weights: Any = None) -> TabularExplainer:
        """The same model, its rows compared with others: "why higher than *these*?".

        Tree models are explained by interventional values against these rows, however many there are; the
        trees are not read again. With "correlation_dependent" a Gaussian is fitted to these rows.

        Parameters
        ----------
        background : table (n_rows, n_columns)
            Rows to compare with: a cohort, or one row.
        weights : array-like (n_rows,), optional
            Of these rows, for tree models.

        Returns
        -------
        TabularExplainer

        Raises
        ------
        InvalidInputError
            No rows, other columns, or weights that do not fit the rows or the model's route.
        """
        data = self._problem.dataset(background)
        shares = None if weights is None else _checked_weights(weights, data.n_rows)
        other = copy(self)
        other._problem = replace(self._problem, background=data)
        perturbation = "correlation_dependent" if self._game.is_correlated else "interventional"
        other._game = replace(self._game, feature_perturbation=perturbation, weights=shares)
        other.explainer = tree.against(self.explainer, other._problem, shares) or choose(
            other._problem, self._asked, self._limits, other._game
        )
        if shares is not None and not isinstance(other.explainer, tree.TreeExplainer):
            raise InvalidInputError(f"weights are known for tree models; here the route is {other.method!r}")
        return other

    def interaction_values(
        self, X: Any, *, progress: Progress | None = None, cancel: Cancel = None
    ) -> np.ndarray:
        """Shapley interaction values of the columns of a tree model, exact.

        Parameters
        ----------
        X : table (n_rows, n_columns)
        progress, cancel
            As in `explain_global`.

        Returns
        -------
        ndarray (n_rows, n_features, n_features, n_outputs)
            Symmetric; off the diagonal half of what two columns do together, on it what is left of a column's
            value, so that ``values.sum(axis=2)`` are the values of `explain_global`.

        Raises
        ------
        UnsupportedModelError
            Another route than the package's own for trees.
        """
        return tree.interactions(self.explainer, self._problem.dataset(X), ticking(progress, cancel))

    def __repr__(self) -> str:
        return f"TabularExplainer({self._problem.title}, method={self.method!r}, reason={self.reason!r})"


def choose(problem: Problem, method: str, limits: Limits, game: TreeGame = PATH_DEPENDENT) -> Explainer:
    """The first route that proves itself on background rows.

    Raises
    ------
    UnsupportedModelError
        The route that was asked for is not to be had; the message says why.
    """
    if game.is_correlated:
        return _correlated(problem, method)
    routes: dict[str, Callable[[], Explainer | str]] = {
        "linear": lambda: linear.build(problem),
        "additive": lambda: additive.build(problem),
        "tree": lambda: tree.build(problem, game),
        "kernel": lambda: kernel_machine.build(problem),
        "gradients": lambda: gradients.build(problem, limits.max_evals),
    }
    refusals = []
    for name, build in routes.items():
        if method not in ("auto", name):
            continue
        made = build()
        if isinstance(made, Explainer):
            return made
        refusals.append(made)
        if method == name:
            raise UnsupportedModelError(
                f"method={name!r} is not to be had: {made}; method='auto' or 'sampling' is"
            )
    reason = "method='sampling' was asked for." if method == "sampling" else _because(refusals)
    return SamplingExplainer(problem, reason, limits)


def _correlated(problem: Problem, method: str) -> Explainer:
    made = correlated.build(problem) if method in ("auto", "linear") else f"method={method!r} was asked for"
    if isinstance(made, str):
        raise InvalidInputError(
            f"feature_perturbation='correlation_dependent' is for linear models: {made}. Take "
            "'interventional' or, for trees, 'tree_path_dependent'"
        )
    return made


def _checked_weights(weights: Any, n_rows: int) -> np.ndarray:
    shares = np.asarray(weights, dtype=np.float64)
    if shares.shape != (n_rows,):
        raise InvalidInputError(
            f"weights has shape {shares.shape}; background has {n_rows} rows: give one for each"
        )
    if not np.isfinite(shares).all() or (shares < 0).any() or not shares.sum() > 0:
        raise InvalidInputError("weights must be finite, not negative, and not all zero")
    return shares


def _because(refusals: list[str]) -> str:
    """One sentence from the refusals; a route that nearly fitted tells more than one that did not."""
    telling = [each for each in refusals if not each.endswith(("has no coef_", "known here"))]
    if telling:
        return f"Estimated on raw columns by sampling: {telling[-1]}."
    subject = refusals[0].removesuffix(" has no coef_")
    return (
        f"Estimated on raw columns by sampling: {subject} is neither linear nor a known tree model or "
        "kernel machine."
    )
