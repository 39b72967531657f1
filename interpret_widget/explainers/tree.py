"""Exact values of tree models: additive against the model's own prediction, or not given.

The comparison is with the rows that the trees were grown on, as the covers of their nodes remember them, or
with rows of a background.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import InterpretWidgetError, UnsupportedModelError
from interpret_widget.tabular import Dataset

from .base import Answer, Explainer, Progress
from .levels import MOST_ENGINEERED, NotAdditiveError, residual, to_raw, tolerance
from .links import apply, scale_of
from .problem import Problem
from .readers import CatBoostReader, LightGBMReader, TreeReader, XGBoostReader
from .sklearn_trees import reader_for as sklearn_reader_for
from .tree_game import PATH_DEPENDENT, TreeGame


class TreeExplainer(Explainer):
    """Exact values of one tree model."""

    method = "tree"
    exact = True

    def __init__(self, problem: Problem, reader: TreeReader) -> None:
        self.problem = problem
        self.reader = reader
        self.background_text = reader.background_text
        Z = problem.checked_columns
        margins = reader.margins(Z)
        self.scale = scale_of(margins, problem.inner, problem.inner.predict(Z), reader.unit)
        self.reason = (
            f"{problem.title} is a tree model; {reader.source} {reader.perturbation} of it are exact."
        )
        lineage = problem.lineage
        is_split = lineage is not None and any(len(children) > 1 for children in lineage.children)
        if is_split and not reader.knows_raw:
            self.notes = ("Values of raw columns are sums of the exact values of their engineered columns.",)
        if self.scale.unit.startswith("log"):
            self.notes += (
                (f"Values add up to the {self.scale.unit}.",) if problem.inner.task == "regression" else ()
            )
        n = reader.affordable()
        if n < len(margins):
            spread = np.linspace(0, len(margins) - 1, n).astype(np.intp)
            Z, margins = problem.columns(problem.checked.take(spread)), margins[spread]
        few = reader.contributions(Z)
        self._withhold_wrong(few[:, :-1], few[0, -1], margins)

    def answer(self, data: Dataset, tick: Progress) -> Answer:
        """See `Explainer.answer`."""
        problem, n = self.problem, data.n_rows
        raw, engineered, margins, probabilities = (_Filling(n) for _ in range(4))
        columns = []
        base: np.ndarray | None = None
        for start in range(0, n, self.reader.block):
            tick(start, n)
            stop = min(start + self.reader.block, n)
            rows = data if stop - start == n else data.take(np.arange(start, stop))
            Z = problem.columns(rows)

            def tell(share: float, start: int = start, stop: int = stop) -> None:
                tick(start + int(share * (stop - start)), n)

            reader = self.reader.watched(tell)
            found = reader.contributions(Z)
            values, own = found[:, :-1], self.reader.margins(Z)
            base = found[0, -1] if base is None else base
            self._withhold_wrong(values, base, own)
            raw.put(start, self._raw(Z, values, reader))
            margins.put(start, own)
            if problem.lineage is not None and n * values[0].size <= MOST_ENGINEERED:
                engineered.put(start, values)
                columns.append(Z)
            if problem.inner.has_probabilities:
                probabilities.put(start, self._probabilities(Z, own))
        tick(n, n)
        assert base is not None
        assert raw.whole is not None
        assert margins.whole is not None
        return Answer(
            raw.whole,
            base,
            margins.whole,
            probabilities.whole,
            engineered=engineered.whole,
            columns=_stacked(columns) if columns else None,
        )

    def answer_row(self, row: Dataset) -> Answer:
        """See `Explainer.answer_row`; no thread teams, probabilities by the link."""
        problem = self.problem
        Z = problem.columns(row)
        found = self.reader.contributions(Z, one_row=True)
        margins = self.reader.margins(Z, one_row=True)
        values, base = found[:, :-1], found[0, -1]
        self._withhold_wrong(values, base, margins)
        probabilities = None
        if problem.inner.has_probabilities:
            probabilities = self._probabilities(Z, margins)
        has_engineered = problem.lineage is not None
        return Answer(
            self._raw(Z, values, self.reader),
            base,
            margins,
            probabilities,
            engineered=values if has_engineered else None,
            columns=Z if has_engineered else None,
        )

    def _probabilities(self, Z: Any, margins: np.ndarray) -> np.ndarray:
        """By the link, proved on a sample: asking the model again takes longer than explaining it."""
        if self.scale.link in ("logistic", "softmax"):
            return apply(self.scale.link, margins)
        return margins if self.scale.space == "probability" else self.problem.inner.predict(Z)

    def _raw(self, Z: Any, values: np.ndarray, reader: TreeReader) -> np.ndarray:
        """Values of raw columns: computed as such where the reader can, else sums over their columns."""
        exact = reader.raw_values(Z, values)
        return to_raw(self.problem, values) if exact is None else exact

    def _withhold_wrong(self, values: np.ndarray, base: np.ndarray, margins: np.ndarray) -> None:
        title, source = self.problem.title, self.reader.source
        if values.shape[2] != margins.shape[1] or values.shape[2] != self.problem.inner.n_outputs:
            raise NotAdditiveError(
                f"{source} values of {title} are for {values.shape[2]} outputs of {margins.shape[1]}"
            )
        off = residual(values, base, margins)
        if not off <= tolerance(values, margins, self.reader.precision):
            raise NotAdditiveError(
                f"{source} values of {title} did not add up to its prediction (off by {off:.2g})"
            )


class _Filling:
    """Rows put together block by block, never held twice."""

    def __init__(self, n: int) -> None:
        self._n = n
        self.whole: np.ndarray | None = None

    def put(self, start: int, block: np.ndarray) -> None:
        """Write a block of rows."""
        if self.whole is None:
            if len(block) == self._n:
                self.whole = block
                return
            self.whole = np.empty((self._n, *block.shape[1:]), dtype=block.dtype)
        self.whole[start : start + len(block)] = block


def build(problem: Problem, game: TreeGame = PATH_DEPENDENT) -> TreeExplainer | str:
    """The explainer, or why the model has no exact tree values."""
    own = None if problem.obstacle is not None else _own(problem, game)
    if isinstance(own, TreeExplainer):
        return own
    if game.is_interventional:
        why = problem.obstacle or "its trees cannot be read here"
        return own or f"{problem.title} has no exact interventional values: {why}"
    try:
        reader = _reader(problem)
        if reader is None:
            return own or f"{problem.title} is not a tree model that is known here"
        if problem.obstacle is not None:
            return f"{problem.title} is a tree model, but {problem.obstacle}"
        made = TreeExplainer(problem, reader)
    except InterpretWidgetError as error:
        return str(error)
    except Exception as error:  # a library that refuses its own model must not stop the explanation
        said = str(error).rstrip(".")
        return f"the tree values of {problem.title} could not be had ({type(error).__name__}: {said})"
    return made


def _own(problem: Problem, game: TreeGame) -> TreeExplainer | str | None:
    """By the package's own kernels, where the trees can be read and give the model's predictions; or why
    not.
    """
    from .own_trees import own_reader

    try:
        reader = own_reader(problem, game)
        return None if reader is None else TreeExplainer(problem, reader)
    except Exception as error:
        # Whatever a library's format holds that is not expected here: its own values are asked for instead.
        return str(error) or type(error).__name__


def against(explainer: Explainer, problem: Problem, weights: np.ndarray | None) -> TreeExplainer | None:
    """The explainer's trees compared with the background of ``problem``; None where it has no trees."""
    from .own_trees import OwnReader

    if not isinstance(explainer, TreeExplainer) or not isinstance(explainer.reader, OwnReader):
        return None
    return TreeExplainer(problem, explainer.reader.against(problem, weights))


def interactions(explainer: Explainer, data: Dataset, tick: Progress) -> np.ndarray:
    """Interaction values of raw columns (n, n_features, n_features, n_outputs).

    Raises
    ------
    UnsupportedModelError
        No trees, or trees that only their library knows.
    """
    from .own_trees import OwnReader

    if not isinstance(explainer, TreeExplainer) or not isinstance(explainer.reader, OwnReader):
        raise UnsupportedModelError(
            f"interaction values are computed for tree models that can be read here; {explainer.reason}"
        )
    return explainer.reader.interactions(explainer.problem.columns(data), tick)


def _reader(problem: Problem) -> TreeReader | None:
    library, name = type(problem.estimator).__module__.split(".")[0], type(problem.estimator).__name__
    if library == "lightgbm" and (name == "Booster" or hasattr(problem.estimator, "booster_")):
        return LightGBMReader(problem)
    if library == "xgboost" and (name == "Booster" or hasattr(problem.estimator, "get_booster")):
        return XGBoostReader(problem)
    if library == "catboost" and hasattr(problem.estimator, "get_feature_importance"):
        return CatBoostReader(problem)
    return sklearn_reader_for(problem)


def _stacked(blocks: list[np.ndarray]) -> np.ndarray:
    from interpret_widget.tabular.lineage import stack

    stacked: np.ndarray = blocks[0] if len(blocks) == 1 else stack(blocks)
    return stacked
