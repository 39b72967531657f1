"""LIME on raw columns of any model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interpret_widget.arguments import whole_number
from interpret_widget.errors import InvalidInputError
from interpret_widget.explainers.base import Cancel, Explainer, Progress
from interpret_widget.explainers.problem import pose
from interpret_widget.explanation import Explanation

from .fitting import Settings, lime_tabular
from .neighbourhood import Neighbourhood
from .route import LocalRoute

_SELECTIONS = ("auto", "forward_selection", "highest_weights", "lasso_path")


class LIMEExplainer:
    """Explain rows by linear models fitted around them (Ribeiro, Singh, Guestrin 2016), through lime.

    What a local model says is an answer to another question than a Shapley value's: its terms do not add up
    to the prediction, and they hold as far as it fits, which ``explanation.local_r2`` says row by row.

    Parameters
    ----------
    model : estimator, Pipeline, booster or callable
        A fitted model of raw columns, or, with ``transformations``, of engineered ones.
    initialization_examples : table (n_rows, n_columns)
        Raw rows like which others are drawn: their quartiles, levels and how frequent these are.
    features, classes, transformations
        As in `TabularExplainer`.
    categorical_features : sequence of str, optional
        Numeric columns whose values are levels; columns of text, categories and booleans are known as such.
    num_features : int, optional
        At most as many features have a value in a row; all by default.
    num_samples : int, default 5000
        Rows drawn around each row: predictions that it costs.
    kernel_width : float, optional
        How near counts; lime's own default is 0.75 times the root of the number of columns.
    discretize_continuous : bool, default True
        Whether numbers are told as quartiles. Otherwise they are drawn from a normal distribution with the
        mean and spread of the column, and the value of a number is its coefficient times its distance from
        the mean.
    sample_around_instance : bool, default False
        Without quartiles: draw around the row rather than around the mean.
    feature_selection : {"auto", "forward_selection", "highest_weights", "lasso_path"}, default "auto"
        How ``num_features`` are chosen.
    random_state : int, default 0
        Every row is explained with the same draws, so that its explanation does not depend on other rows.

    Attributes
    ----------
    explainer : Explainer
        Answers what-if questions.

    Raises
    ------
    ImportError
        lime is not installed.
    InvalidInputError
        Arguments that do not fit.
    UnsupportedModelError
        Nothing to ask.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> lime = LIMEExplainer(Ridge().fit(X, y), X, num_samples=500)
    >>> lime.explain_local(X[:2]).method
    'lime'
    """

    def __init__(
        self,
        model: Any,
        initialization_examples: Any,
        *,
        features: Sequence[Any] | None = None,
        classes: Sequence[Any] | None = None,
        transformations: Any = None,
        categorical_features: Sequence[str] = (),
        num_features: int | None = None,
        num_samples: int = 5_000,
        kernel_width: float | None = None,
        discretize_continuous: bool = True,
        sample_around_instance: bool = False,
        feature_selection: str = "auto",
        random_state: int = 0,
    ) -> None:
        if num_features is not None:
            whole_number("num_features", num_features, 1)
        whole_number("num_samples", num_samples, 10)
        if kernel_width is not None and not kernel_width > 0:
            raise InvalidInputError(f"kernel_width={kernel_width!r} must be above 0")
        if feature_selection not in _SELECTIONS:
            raise InvalidInputError(
                f"feature_selection={feature_selection!r} is not one of {', '.join(map(repr, _SELECTIONS))}"
            )
        if sample_around_instance and discretize_continuous:
            raise InvalidInputError(
                "sample_around_instance=True needs discretize_continuous=False: quartiles have no distance"
            )
        if isinstance(categorical_features, str):
            categorical_features = [categorical_features]
        lime_tabular()
        problem = pose(
            model,
            initialization_examples,
            features=features,
            classes=classes,
            transformations=transformations,
            random_state=random_state,
        )
        self.explainer: Explainer = LocalRoute(
            problem,
            Neighbourhood(problem.background, categorical_features),
            Settings(
                num_features,
                num_samples,
                kernel_width,
                bool(discretize_continuous),
                bool(sample_around_instance),
                feature_selection,
            ),
        )

    @property
    def method(self) -> str:
        """Always ``"lime"``."""
        return self.explainer.method

    def explain_local(
        self, X: Any, y: Any = None, *, progress: Progress | None = None, cancel: Cancel = None
    ) -> Explanation:
        """Explain rows; one row is ``X[:1]``.

        Parameters
        ----------
        X : table (n_rows, n_columns)
            Each row costs ``num_samples`` predictions.
        y, progress, cancel
            As in `TabularExplainer.explain_global`.

        Returns
        -------
        Explanation
            With ``fidelity`` (the median R² of the local fits) and ``local_r2`` (n_rows, n_outputs).

        Raises
        ------
        InvalidInputError
            Other columns, no rows, or numbers that are missing although none of the examples is.
        CancelledError
            Stopped by ``cancel``.
        """
        return self.explainer.explain(X, y, progress=progress, cancel=cancel)

    def explain_global(
        self, X: Any, y: Any = None, *, progress: Progress | None = None, cancel: Cancel = None
    ) -> Explanation:
        """Explain many rows; ``explanation.importance`` is the mean of absolute values over them."""
        return self.explain_local(X, y, progress=progress, cancel=cancel)

    def __repr__(self) -> str:
        return f"LIMEExplainer({self.explainer.problem.title})"
