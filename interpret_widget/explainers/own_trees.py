"""The package's own exact values of tree models, for engineered columns and for raw ones alike.

A player of the game may be several columns: those that descend from one raw column are explained together,
which gives the exact value of the raw column and not the sum of its parts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError
from interpret_widget.kernels.path_dependent import PathDependent
from interpret_widget.kernels.scheduling import available_threads
from interpret_widget.models.feed import fed, library
from interpret_widget.models.trees import Ensemble, lightgbm, sklearn, xgboost

from .levels import grouping
from .problem import Problem
from .readers import LightGBMReader, TreeReader, XGBoostReader
from .sklearn_trees import boosted_margins, dense

_TOLERANCE = 1e-9


class OwnReader(TreeReader):
    """Values computed from the model's own trees.

    Parameters
    ----------
    problem : Problem
    ensemble : Ensemble
        Its trees.
    table : callable
        The estimator's columns as the trees compare them.
    margins : callable
        The model's own sums, asked of the model.
    columns : sequence of int
        Position in the estimator's columns of each column of the table.
    precision : float
        Relative residual that the library's arithmetic explains.
    """

    source = "our own"

    def __init__(
        self,
        problem: Problem,
        ensemble: Ensemble,
        table: Callable[[Any], np.ndarray],
        margins: Callable[..., np.ndarray],
        *,
        columns: Any = None,
        precision: float = _TOLERANCE,
    ) -> None:
        self._problem = problem
        self._ensemble = ensemble
        self._table = table
        self._margins = margins
        self.precision = precision
        self.block = _block(ensemble)
        width = ensemble.n_features
        self._columns = np.arange(width) if columns is None else np.asarray(columns, dtype=np.intp)
        few = problem.checked_columns
        own, said = ensemble.predict(table(few)), margins(few)
        start = _one_output(said, own.shape[1], problem) - own
        # What the trees do not say: where boosting starts. It must be the same for every row.
        scale = max(1.0, float(np.abs(said).max(initial=0.0)))
        if not np.ptp(start, axis=0).max(initial=0.0) <= 10 * precision * scale:
            raise UnsupportedModelError(f"the trees of {problem.title} do not give its predictions")
        self._start = start.mean(axis=0)

    def contributions(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.contributions`."""
        return self._swept(Z, self._by_column, self._columns_of_players(Z.shape[1]))

    def raw_values(self, Z: Any, values: np.ndarray) -> np.ndarray | None:
        """See `TreeReader.raw_values`: players are raw columns."""
        if self._by_raw is None:
            return None
        assert self._problem.lineage is not None
        return self._swept(Z, self._by_raw, np.arange(len(self._problem.lineage.raw_names)))[:, :-1]

    def margins(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.margins`."""
        return self._margins(Z, one_row=one_row)

    @property
    def knows_raw(self) -> bool:
        """Whether values of raw columns are computed as such."""
        return self._by_raw is not None

    def _columns_of_players(self, n_columns: int) -> np.ndarray:
        """Player of each of the estimator's columns; -1 for one that the trees do not know."""
        where = np.full(n_columns, -1, dtype=np.intp)
        where[self._columns] = np.arange(len(self._columns))
        return where

    def _swept(self, Z: Any, game: PathDependent, which: np.ndarray) -> np.ndarray:
        """Values and base (n, n_wanted + 1, n_outputs) of the players wanted."""
        phi = game.values(self._table(Z), n_threads=available_threads())
        values = np.where(which[None, :, None] >= 0, phi[:, which], 0.0)
        base = np.broadcast_to(game.expected + self._start, (len(values), 1, phi.shape[2]))
        return _both_classes(np.concatenate([values, base], axis=1), self._problem, self._is_share)

    @property
    def _is_share(self) -> bool:
        """Whether the second class's values are of a probability, so that the first has the rest of one."""
        return type(self._problem.estimator).__name__ in sklearn.CLASSIFIERS

    @cached_property
    def _by_column(self) -> PathDependent:
        p = self._ensemble.n_features
        return PathDependent(self._ensemble, np.arange(p), p)

    @cached_property
    def _by_raw(self) -> PathDependent | None:
        lineage = self._problem.lineage
        if lineage is None or not any(len(children) > 1 for children in lineage.children):
            return None
        players = grouping(lineage)[self._columns]
        used = np.unique(self._ensemble.feature[self._ensemble.feature >= 0])
        if (players[used] < 0).any():
            return None  # a split on a column that no raw column moves
        return PathDependent(self._ensemble, np.maximum(players, 0), len(lineage.raw_names))


def _block(ensemble: Ensemble) -> int:
    """Rows between two reports of progress: half a second's work at most, and 16 MB of values."""
    in_time = 250_000_000 // max(1, ensemble.n_splits * (ensemble.n_outputs if ensemble.has_vectors else 1))
    in_memory = 2_000_000 // max(1, ensemble.n_features * ensemble.n_outputs)
    return max(256, min(in_time, in_memory, 32_768))


def own_reader(problem: Problem) -> OwnReader | None:
    """Read the model's trees; None where its library is not known here.

    Raises
    ------
    UnsupportedModelError
        Known, but with parts that these trees cannot express, or whose sums are not the model's predictions.
    """
    model = problem.estimator
    package = type(model).__module__.split(".")[0]
    if package == "lightgbm":
        asked = LightGBMReader(problem)
        return OwnReader(problem, lightgbm.read(model), lambda Z: _lightgbm_table(asked, Z), asked.margins)
    if package == "xgboost":
        asked_too = XGBoostReader(problem)
        ensemble = xgboost.read(asked_too.booster, asked_too.rounds)

        def floats(Z: Any) -> np.ndarray:
            return ensemble.table(_numbers(problem, Z))

        return OwnReader(problem, ensemble, floats, asked_too.margins, precision=1e-5)
    found = sklearn.read(model) if package == "sklearn" else None
    if found is None:
        return None
    if type(model).__name__.startswith("HistGradientBoosting"):
        return OwnReader(
            problem,
            found,
            lambda Z: found.table(sklearn.histogram_table(model, problem.feed(Z))),
            lambda Z, one_row=False: boosted_margins(problem, Z),
            columns=sklearn.histogram_columns(model, found.n_features),
        )
    margins = boosted_margins if type(model).__name__.startswith("GradientBoosting") else _answers
    return OwnReader(
        problem, found, lambda Z: found.table(dense(Z)), lambda Z, one_row=False: margins(problem, Z)
    )


def _answers(problem: Problem, Z: Any) -> np.ndarray:
    return problem.inner.predict(Z)


def _numbers(problem: Problem, Z: Any) -> np.ndarray:
    table = problem.feed(Z)
    if library(table) in ("polars", "pyarrow"):
        table = fed(table, "pandas")
    if hasattr(table, "toarray"):
        # What a sparse matrix does not store is missing to XGBoost.
        raise UnsupportedModelError("sparse rows leave out zeros, which XGBoost takes for missing")
    return np.asarray(table, dtype=np.float32)


def _lightgbm_table(asked: LightGBMReader, Z: Any) -> np.ndarray:
    """Numbers as LightGBM makes them of a table: levels by their position in the training data."""
    table = asked.table(Z)
    if not hasattr(table, "iloc"):
        return np.ascontiguousarray(dense(table))
    known = iter(asked.booster.pandas_categorical or [])
    out = np.empty(table.shape)
    for position in range(table.shape[1]):
        column = table.iloc[:, position]
        if str(column.dtype) == "category":
            codes = column.cat.set_categories(next(known)).cat.codes.to_numpy()
            out[:, position] = np.where(codes < 0, np.nan, codes)
        else:
            out[:, position] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return out


def _one_output(margins: np.ndarray, k: int, problem: Problem) -> np.ndarray:
    """The second of two classes, where the trees speak of it alone."""
    return margins[:, 1:] if k == 1 and problem.inner.task == "binary" else margins


def _both_classes(found: np.ndarray, problem: Problem, is_share: bool) -> np.ndarray:
    """The second class alone spelled out into both: what speaks for one speaks against the other."""
    if problem.inner.task != "binary" or found.shape[2] != 1:
        return found
    other = 0.0 - found
    if is_share:
        other[:, -1] += 1.0
    return np.concatenate([other, found], axis=2)
