"""The dashboard: an explanation to explore in a notebook cell, and to read and steer from Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interpret_widget.comparison import Comparison
from interpret_widget.errors import InvalidInputError
from interpret_widget.explanation import Explanation

from . import changes
from .board import PUBLIC, Board
from .sources import Sources, gather


class ExplanationDashboard(Board):
    """Explore an explanation: what matters, why this row, what if.

    Parameters
    ----------
    explanation : Explanation
        From `explain`, `TabularExplainer` or `Explanation.from_values`.
    model : estimator, pipeline, booster or callable, optional
        Who answers what-if questions, on raw columns; by default the model that was explained, where the
        explanation still knows it.
    dataset : table (n_rows, n_features), optional
        The rows explained, where the explanation should show yours instead of its own copy. Where only some
        features are kept, the table may have further columns.
    true_y : array-like (n_rows,), optional
        True outcomes, as the model's labels or numbers.
    classes : sequence of str, optional
        Names of the outputs for people.
    features : sequence of str, optional
        Names of the columns of a ``dataset`` without names.
    title : str, optional
        Top left; by default the model's name.
    max_points : int, default 2000
        Most rows drawn as points; importances, histograms and densities come from all rows.
    random_state : int, default 0
        Seed of the drawn sample.
    comparison : Comparison, optional
        What changed on the way to this explanation, from `compare`: a panel of its own.
    **traits
        Initial values of `view`, `output`, `feature`, `row`, `top_k`, … and of ipywidgets' ``layout``.

    Attributes
    ----------
    view : {"overview", "row"}
        And ``"changes"`` where there is a comparison.
    output : str
        The output explained; takes a name, a class label or a position.
    feature, color_feature : str or None
        The feature in focus and the one that colours it; None lets the dashboard choose.
    row : int
        Position of the row in focus; `row_label` is its label and `go_to` finds one.
    selection : ndarray of uint32
        Positions of the selected rows; `selected_rows` are the rows themselves.
    cohort : list of dict
        Conditions that all hold: ``{"feature": "Age", "min": 30, "max": 40}`` or
        ``{"feature": "JobRole", "values": ["Manager"]}``.
    threshold : float
        Probability from which the second class is predicted.
    top_k : int
        Features shown in the overview.
    level : {"raw", "engineered"}
    global_chart : {"bar", "beeswarm", "by-class"}
    scenario : dict
        What-if edits of the row in focus.
    scenarios : list of dict
        Kept ones: name, row, edits, prediction.

    Raises
    ------
    InvalidInputError
        Arguments that do not fit together; the message says which and how to mend it.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from interpret_widget import explain
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> dashboard = ExplanationDashboard(explain(Ridge().fit(X, y), X, y))
    >>> dashboard.feature = "bmi"
    >>> dashboard.row_label
    '0'
    """

    def __init__(
        self,
        explanation: Explanation,
        model: Any = None,
        dataset: Any = None,
        true_y: Any = None,
        *,
        classes: Sequence[Any] | None = None,
        features: Sequence[Any] | None = None,
        title: str | None = None,
        max_points: int = 2000,
        random_state: int = 0,
        comparison: Comparison | None = None,
        **traits: Any,
    ) -> None:
        unknown = set(traits) - set(PUBLIC) - {"layout"}
        if unknown:
            known = "model, dataset, true_y, classes, features, title, max_points, random_state, comparison"
            raise TypeError(
                f"ExplanationDashboard does not know {', '.join(map(repr, sorted(unknown)))}; "
                f"it takes {known}, layout and the traits {', '.join(PUBLIC)}"
            )
        if comparison is not None:
            _refuse_another(comparison, explanation)
            self._views = (*self._views, "changes")
        self._comparison = comparison
        super().__init__(
            gather(explanation, model, dataset, true_y, classes, features),
            title=title,
            max_points=max_points,
            random_state=random_state,
            given=traits,
        )

    @property
    def explanation(self) -> Explanation:
        """What is shown. Setting another one keeps the traits that still make sense."""
        return self._shown

    @explanation.setter
    def explanation(self, explanation: Explanation) -> None:
        # What changed was about the explanation shown before.
        self._comparison = None
        if self.view == "changes":
            self.view = "overview"
        self._show(gather(explanation, None, None, None, None, None))

    def _take(self, sources: Sources) -> None:
        super()._take(sources)
        if self._comparison is not None:
            self._prepared.schema["changes"] = changes.facts(self._comparison, sources.explanation)

    def __repr__(self) -> str:
        explanation = self.explanation
        return (
            f"ExplanationDashboard({self._prepared.schema['title']!r}, {explanation.n_rows} rows × "
            f"{explanation.n_features} features, output={self.output!r}, row={self.row})"
        )


def _refuse_another(comparison: Any, explanation: Any) -> None:
    if not isinstance(comparison, Comparison):
        raise InvalidInputError(
            f"comparison is a {type(comparison).__name__}; give what compare(before, after) returned"
        )
    if comparison.after is not explanation:
        raise InvalidInputError(
            "comparison is about another explanation; show its second one: comparison.dashboard()"
        )
