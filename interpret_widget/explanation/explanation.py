"""The frozen result of an explainer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpret_widget.errors import InvalidInputError

from .familiar import FamiliarGetters

if TYPE_CHECKING:
    import pandas as pd

    from interpret_widget.plots import Plots


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Explanation(FamiliarGetters):
    """How much each feature moved each prediction, and how true that is.

    Made by `explain`, `TabularExplainer` or `Explanation.from_values`. Frozen: slices are new objects.

    Attributes
    ----------
    values : ndarray (n_rows, n_features, n_outputs)
        Contributions, float64 or float32; NaN where unknown.
    base_values : ndarray (n_outputs,)
        Where the sums start.
    data : Dataset
        The rows explained, with the columns of this level.
    predictions : ndarray (n_rows, n_outputs) or None
        In ``output_space``; base value plus contributions equal it up to ``residual``.
    probabilities : ndarray (n_rows, n_outputs) or None
        Where the model has them.
    std_errors : ndarray (n_rows, n_features, n_outputs) or None
        Standard errors of estimated values.
    output_names : tuple of str
        Classes, or the target.
    output_space : {"probability", "log-odds", "raw"}
        Unit of the values; ``unit`` says it for people.
    task : {"binary", "multiclass", "regression"}
        What the model does.
    method, exact, reason, background, notes
        The route, whether it computes or estimates, why it was taken, what rows were compared with, and what
        else a reader must know.
    is_raw : bool
        Whether the features are the user's columns.
    y : ndarray (n_rows,) or None
        True outcomes as given.
    class_values : tuple or None
        Original class labels by output.
    lineage : Lineage or None
        How engineered columns descend from raw ones.
    engineered : Explanation or None
        The same rows on the columns of the estimator.
    provenance : Provenance
        Versions, seed, seconds, rows.
    explainer : Explainer or None
        Kept for what-if; never saved.
    base_probabilities : ndarray (n_outputs,) or None
        Probabilities at the base values where the link to them is known.
    complete : bool
        False where features were left out, so that values no longer add up to the prediction.
    fidelity : Fidelity or None
        How well the surrogate that is explained stands for the model, where there is one.
    model_answers : ndarray (n_rows, n_outputs) or None
        What the model itself says of the rows, where a surrogate is explained.
    local_r2 : ndarray (n_rows, n_outputs) or None
        R² of the linear models around each row, where there are such.
    """

    # -- slices ------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self.n_rows

    def __iter__(self) -> Iterator[Explanation]:
        return (self[row] for row in range(self.n_rows))

    def __getitem__(self, rows: Any) -> Explanation:
        return self.select(rows=rows)

    def select(self, rows: Any = None, features: Any = None, outputs: Any = None) -> Explanation:
        """Some rows, features or outputs, with the engineered level in step.

        Parameters
        ----------
        rows : int, slice, sequence of int or boolean mask, optional
            Positions; `at` takes labels.
        features, outputs : name, position, slice or sequence of them, optional
            Without some of its features an explanation no longer adds up: ``residual`` is then None and a
            note says so.

        Raises
        ------
        InvalidInputError
            A position or name that does not exist.
        """
        from .slicing import select

        return select(self, rows, features, outputs)

    def at(self, label: Any) -> Explanation:
        """The rows with this label of the row index, or with these labels in their order."""
        from .slicing import positions_of

        return self[positions_of(self.data, label)]

    def get_raw_explanation(self) -> Explanation:
        """The explanation itself, where it is on the user's columns.

        Raises
        ------
        InvalidInputError
            Called on the engineered level: ask the explanation that it came from.
        """
        if self.is_raw:
            return self
        raise InvalidInputError(
            "this is the engineered level, which does not hold the raw columns; "
            "use the explanation whose .engineered it is"
        )

    # -- tables ------------------------------------------------------------------------------------------

    def to_frame(self) -> pd.DataFrame:
        """One line per row, output and feature: the feature's value, its contribution, its error."""
        from .frames import to_frame

        return to_frame(self)

    def global_frame(self) -> pd.DataFrame:
        """One line per output and feature: rank, importance and its standard error."""
        from .frames import global_frame

        return global_frame(self)

    # -- how true it is ----------------------------------------------------------------------------------

    def quality(self, model: Any = None, **options: Any) -> pd.DataFrame:
        """Everything that is known about how true these numbers are, one line per check.

        Parameters
        ----------
        model : estimator or callable, optional
            On raw columns, to measure faithfulness; by default the one explained, where it is known.
        **options
            ``background`` (rows that stand in for what is taken away), ``output``, ``k`` (features at the
            top, 5), ``n_resamples`` (200), ``random_state``, ``progress`` and ``cancel``.

        Returns
        -------
        DataFrame
            Indexed by check (additivity, route, convergence, fidelity, stability, ranking, ties,
            faithfulness, output space, background): ``figure``, ``verdict`` ("good", "fair", "poor",
            "not measured") and
            ``words``.
        """
        from interpret_widget.quality.checks import quality

        return quality(self, model, **options)

    def agreement(self, other: Explanation, *, k: int = 5) -> pd.DataFrame:
        """How far another explanation of the same rows agrees; see `interpret_widget.agreement`."""
        from interpret_widget.quality import agreement

        return agreement(self, other, k=k)

    # -- other libraries ---------------------------------------------------------------------------------

    @classmethod
    def from_values(
        cls,
        values: Any,
        data: Any = None,
        *,
        base_values: Any = None,
        predictions: Any = None,
        probabilities: Any = None,
        std_errors: Any = None,
        y: Any = None,
        feature_names: Sequence[Any] | None = None,
        output_names: Sequence[Any] | None = None,
        output_space: str = "raw",
        unit: str | None = None,
        task: str | None = None,
        method: str = "given",
        exact: bool = False,
        is_raw: bool = True,
    ) -> Explanation:
        """Bring your own contributions.

        Parameters
        ----------
        values : array (n_rows, n_features), (n_rows, n_features, n_outputs) or list of (n_rows, n_features)
            A list holds one array per output.
        data : table (n_rows, n_features), optional
            The rows explained; without them charts have no feature values to show.
        base_values : float or array (n_outputs,), optional
            Zeros otherwise, with a note. One value per row is accepted where all rows agree.
        predictions, probabilities : array (n_rows,) or (n_rows, n_outputs), optional
            Predictions in ``output_space``; with them the residual is known.
        std_errors : as ``values``, optional
        y : array-like (n_rows,), optional
            True outcomes.
        feature_names, output_names : sequence of str, optional
            Two output names with one output mean a binary classifier whose positive class was explained; the
            other class gets the negative values.
        output_space : {"raw", "log-odds", "probability"}
            Unit of values and predictions; ``unit`` names it for people.
        task : {"binary", "multiclass", "regression"}, optional
            Several outputs are classes unless this says "regression".
        exact : bool
            Whether the values are exact rather than estimates.
        is_raw : bool
            Whether the features are the user's columns.

        Raises
        ------
        InvalidInputError
            Shapes that do not fit, with the argument and the mend.
        """
        from .given import from_values

        return from_values(
            values,
            data,
            base_values=base_values,
            predictions=predictions,
            probabilities=probabilities,
            std_errors=std_errors,
            y=y,
            feature_names=feature_names,
            output_names=output_names,
            output_space=output_space,
            unit=unit,
            task=task,
            method=method,
            exact=exact,
            is_raw=is_raw,
        )

    def to_shap(self) -> Any:
        """As a `shap.Explanation`: codes as data and the original values to display, where there is text."""
        from .exchange import to_shap

        return to_shap(self)

    @classmethod
    def from_shap(cls, explanation: Any, data: Any = None, **given: Any) -> Explanation:
        """From a `shap.Explanation`; the original table and what `from_values` takes come on top."""
        from .exchange import from_shap

        return from_shap(explanation, data, given)

    # -- files -------------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> Path:
        """Write a folder of Parquet tables and a JSON manifest; see ``docs/format.md``.

        The data go with it, the model does not. A folder that holds an explanation is replaced; any other
        non-empty folder is refused.
        """
        from .storage import save

        return save(self, path)

    @classmethod
    def load(cls, path: str | Path, top_k: int | None = None) -> Explanation:
        """Read what `save` wrote. What-if then needs ``explanation.dashboard(model=…)``.

        Parameters
        ----------
        top_k : int, optional
            Only the strongest features, strongest first, as ``select(features=…)`` gives them; the files of
            the others are not read. With as many as there are, the whole explanation comes back.

        Raises
        ------
        InvalidInputError
            No explanation, a damaged one, or one of a newer version of the format.
        """
        from .storage import load

        return load(path, top_k)

    # -- pictures ----------------------------------------------------------------------------------------

    @property
    def plot(self) -> Plots:
        """Plotly figures: ``global_bar``, ``beeswarm``, ``waterfall``, ``dependence``."""
        from interpret_widget.plots import Plots

        return Plots(self)

    def dashboard(self, **options: Any) -> Any:
        """The interactive dashboard; options as in `ExplanationDashboard`."""
        from interpret_widget.widget import ExplanationDashboard

        return ExplanationDashboard(self, **options)

    def __repr__(self) -> str:
        from .describe import one_line

        return one_line(self)

    def _repr_html_(self) -> str:
        from .describe import html_table

        return html_table(self)
