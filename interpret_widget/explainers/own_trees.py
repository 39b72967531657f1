"""The package's own exact values of tree models, for engineered columns and for raw ones alike.

A player of the game may be several columns: those that descend from one raw column are explained together,
which gives the exact value of the raw column and not the sum of its parts.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from interpret_widget.errors import UnsupportedModelError
from interpret_widget.kernels.coalitions import Linked
from interpret_widget.kernels.interventional import Interventional
from interpret_widget.kernels.path_dependent import PathDependent
from interpret_widget.kernels.scheduling import available_threads
from interpret_widget.models.feed import fed, library
from interpret_widget.models.trees import Ensemble, catboost, lightgbm, sklearn, xgboost
from interpret_widget.models.trees.frozen import FrozenTrees
from interpret_widget.models.trees.xgboost_rows import rows_of

from .levels import grouping
from .links import Link, scale_of
from .problem import Problem
from .readers import CatBoostReader, LightGBMReader, TreeReader, XGBoostReader, widened
from .sklearn_trees import boosted_margins, dense
from .tree_game import PATH_DEPENDENT, TreeGame

_TOLERANCE = 1e-9
_SOON = 1.0  # seconds in which a route proves itself
_Values = PathDependent | Interventional | Linked


@dataclass(frozen=True, eq=False)
class TreeParts:
    """What exact values of trees come from.

    Attributes
    ----------
    ensemble : Ensemble
    columns : ndarray of int (n_features,)
        The estimator's column behind each that the trees know.
    start : ndarray (n_scores,)
        Added to what they say.
    spelled_out : {"no", "signs", "shares"}
        The second of two classes alone made into both: as the negative, or as the rest of one.
    table : callable
        The estimator's columns as the trees compare them.
    background, weights : ndarray or None
        Rows to compare with, as the trees compare them.
    link : {"identity", "logistic", "softmax", "none"}
        With a background: what values are of.
    """

    ensemble: Ensemble
    columns: np.ndarray
    start: np.ndarray
    spelled_out: Literal["no", "signs", "shares"]
    table: Callable[[Any], np.ndarray]
    background: np.ndarray | None
    weights: np.ndarray | None
    link: Link


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
    game : TreeGame
        Which question values answer.

    Raises
    ------
    UnsupportedModelError
        The trees do not give the model's predictions, or probabilities are asked of a model without them.
    """

    source = "our own"
    _tell: Callable[[float], None] | None = None

    def __init__(
        self,
        problem: Problem,
        ensemble: Ensemble,
        table: Callable[[Any], np.ndarray],
        margins: Callable[..., np.ndarray],
        *,
        columns: Any = None,
        precision: float = _TOLERANCE,
        game: TreeGame = PATH_DEPENDENT,
    ) -> None:
        self._problem = problem
        self._ensemble = ensemble
        self._table = table
        self._margins = margins
        self._game = game
        self.precision = precision
        self.block = _block(ensemble, game)
        self._columns = np.arange(ensemble.n_features) if columns is None else np.asarray(columns)
        few = problem.checked_columns
        own, said = ensemble.predict(table(few)), margins(few)
        start = _one_output(said, own.shape[1], problem) - own
        # What the trees do not say: where boosting starts. It must be the same for every row.
        scale = max(1.0, float(np.abs(said).max(initial=0.0)))
        if not np.ptp(start, axis=0).max(initial=0.0) <= 10 * precision * scale:
            raise UnsupportedModelError(f"the trees of {problem.title} do not give its predictions")
        self._start = start.mean(axis=0)
        self._link = scale_of(said, problem.inner, problem.inner.predict(few), "raw score").link
        if game.model_output == "probability" and (
            self._link == "none" or not problem.inner.has_probabilities
        ):
            raise UnsupportedModelError(f"{problem.title} has no probabilities that follow from its margins")

    def taken_apart(self) -> TreeParts:
        """All that the values come from."""
        problem, game = self._problem, self._game
        spelled: Literal["no", "signs", "shares"] = "no"
        if problem.inner.task == "binary" and self._ensemble.n_outputs == 1:
            spelled = "shares" if self._is_share else "signs"
        rows = self._table(problem.columns(problem.background)) if game.is_interventional else None
        link = self._link if game.model_output == "probability" else "identity"
        return TreeParts(
            self._ensemble, self._columns, self._start, spelled, self._table, rows, game.weights, link
        )

    def against(self, problem: Problem, weights: np.ndarray | None) -> OwnReader:
        """The same trees compared with other rows: the background of ``problem``."""
        other = copy(self)
        for cached in ("_by_column", "_by_raw"):
            other.__dict__.pop(cached, None)
        other.block = _block(self._ensemble, replace(self._game, feature_perturbation="interventional"))
        other._problem = problem
        other._game = replace(self._game, feature_perturbation="interventional", weights=weights)
        return other

    @property
    def unit(self) -> str:
        """See `TreeReader.unit`."""
        is_isolation = type(self._problem.estimator).__name__ == "IsolationForest"
        return "mean depth of isolation" if is_isolation else super().unit

    @property
    def perturbation(self) -> str:
        """See `TreeReader.perturbation`."""
        if not self._game.is_interventional:
            return super().perturbation
        of = " of probabilities" if self._game.model_output == "probability" else ""
        return f"interventional values{of}"

    @property
    def background_text(self) -> str:
        """See `TreeReader.background_text`."""
        if not self._game.is_interventional:
            return super().background_text
        n = self._problem.background.n_rows
        return f"{n:,} row{'' if n == 1 else 's'}"

    def contributions(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.contributions`."""
        tick = self._tick(0.0, 0.5 if self.knows_raw else 1.0)
        values = self._by_column.values(self._table(Z), tick=tick, n_threads=_threads(one_row))
        values = self._both(values)
        base = np.broadcast_to(self._base, (len(values), 1, values.shape[2]))
        return np.concatenate([values, base], axis=1)

    def raw_values(self, Z: Any, values: np.ndarray) -> np.ndarray | None:
        """See `TreeReader.raw_values`: players are raw columns."""
        if not self.knows_raw:
            return None
        assert self._by_raw is not None
        threads = _threads(len(values) == 1)
        found = self._by_raw.values(self._table(Z), tick=self._tick(0.5, 0.5), n_threads=threads)
        return self._both(found)

    def watched(self, tell: Callable[[float], None]) -> OwnReader:
        """See `TreeReader.watched`."""
        if not self._game.is_interventional:
            return self  # fast enough
        _ = self._by_column, self._by_raw  # not to be made again by the next copy
        other = copy(self)
        other._tell = tell
        return other

    def affordable(self) -> int:
        """See `TreeReader.affordable`."""
        n = self._problem.checked.n_rows
        seconds = self._by_column.seconds(self._table(self._problem.checked_columns))
        return n if seconds <= _SOON else max(1, int(n * _SOON / seconds))

    def _tick(self, begin: float, width: float) -> Callable[[int, int], None] | None:
        """From steps of a part of a block's work to a share of the whole of it."""
        tell = self._tell
        return None if tell is None else lambda done, total: tell(begin + width * done / max(1, total))

    def interactions(self, Z: Any, tick: Callable[[int, int], None] | None = None) -> np.ndarray:
        """Interaction values of raw columns (n, n_raw, n_raw, n_outputs)."""
        game = self._by_raw if self._problem.lineage is not None else self._by_column
        if not isinstance(game, PathDependent):
            raise UnsupportedModelError(
                "interaction values are computed for feature_perturbation='tree_path_dependent' alone"
            )
        return self._both(game.interactions(self._table(Z), tick=tick, n_threads=available_threads()))

    def margins(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.margins`."""
        if self._game.model_output == "probability":
            return np.asarray(self._problem.inner.predict(Z), dtype=np.float64)
        return self._margins(Z, one_row=one_row)

    @property
    def knows_raw(self) -> bool:
        """Whether values of raw columns are computed as such: where they differ from sums over columns."""
        lineage = self._problem.lineage
        is_split = lineage is not None and any(len(children) > 1 for children in lineage.children)
        return is_split and self._by_raw is not None

    @property
    def _base(self) -> np.ndarray:
        expected = self._by_column.expected
        if self._game.model_output != "probability":
            expected = expected + self._start
        both = self._both(expected)
        if self._is_share and len(both) != len(expected):
            both[0] += 1.0
        return np.asarray(both, dtype=np.float64)

    def _both(self, found: np.ndarray) -> np.ndarray:
        """The second class alone spelled out into both: what speaks for one speaks against the other."""
        if self._problem.inner.task != "binary" or found.shape[-1] != 1:
            return found
        return np.concatenate([0.0 - found, found], axis=-1)

    @property
    def _is_share(self) -> bool:
        """Whether values of the second class are of a probability, so that the first has the rest of one."""
        model = self._problem.estimator
        if isinstance(model, FrozenTrees):
            return model.link == "identity" and self._problem.inner.has_probabilities
        is_forest = type(model).__name__ in sklearn.CLASSIFIERS
        return is_forest or self._game.model_output == "probability"

    @cached_property
    def _by_column(self) -> _Values:
        lineage = self._problem.lineage
        names = self._problem.background.names if lineage is None else lineage.engineered_names
        return self._values(self._columns, len(names))

    @cached_property
    def _by_raw(self) -> _Values | None:
        lineage = self._problem.lineage
        if lineage is None:
            return None
        players = grouping(lineage)[self._columns]
        used = np.unique(self._ensemble.feature[self._ensemble.feature >= 0])
        if (players[used] < 0).any():
            return None  # a split on a column that no raw column moves
        return self._values(np.maximum(players, 0), len(lineage.raw_names))

    def _values(self, players: np.ndarray, n_players: int) -> _Values:
        if not self._game.is_interventional:
            return PathDependent(self._ensemble, players, n_players)
        background = self._table(self._problem.columns(self._problem.background))
        weights = self._game.weights
        if self._game.model_output == "probability" and self._link != "identity":
            return Linked(self._ensemble, players, n_players, background, weights, self._link, self._start)
        return Interventional(self._ensemble, players, n_players, background, weights)


def _threads(one_row: bool) -> int:
    """A team of threads costs more than one row does."""
    return 1 if one_row else available_threads()


def _block(ensemble: Ensemble, game: TreeGame) -> int:
    """Rows between two reports of progress: about half a second's work, and 16 MB of values."""
    if game.model_output == "probability":
        return 64
    in_memory = 2_000_000 // max(1, ensemble.n_features * ensemble.n_outputs)
    if game.is_interventional:
        return max(256, min(in_memory, 32_768))  # tells within a block; tables are made once for each
    in_time = 250_000_000 // max(1, ensemble.n_splits * (ensemble.n_outputs if ensemble.has_vectors else 1))
    return max(256, min(in_time, in_memory, 32_768))


def own_reader(problem: Problem, game: TreeGame = PATH_DEPENDENT) -> OwnReader | None:
    """Read the model's trees; None where its library is not known here.

    Raises
    ------
    UnsupportedModelError
        Known, but with parts that these trees cannot express, or whose sums are not the model's predictions.
    """
    model = problem.estimator
    if isinstance(model, FrozenTrees):
        return OwnReader(
            problem,
            model.ensemble,
            lambda Z: model.table(problem.feed(Z)),
            lambda Z, one_row=False: _frozen_margins(problem, Z),
            columns=model.columns,
            game=game,
        )
    package = type(model).__module__.split(".")[0]
    if package == "lightgbm":
        asked = LightGBMReader(problem)
        boosted = lightgbm.read(model)

        def coded(Z: Any) -> np.ndarray:
            return lightgbm.rows_of(boosted, _lightgbm_table(asked, Z))

        return OwnReader(problem, boosted, coded, asked.margins, game=game)
    if package == "xgboost":
        asked_too = XGBoostReader(problem)
        ensemble = xgboost.read(asked_too.booster, asked_too.rounds)

        def floats(Z: Any) -> np.ndarray:
            return ensemble.table(rows_of(asked_too.matrix(Z), asked_too.booster))

        return OwnReader(problem, ensemble, floats, asked_too.margins, precision=1e-5, game=game)
    if package == "catboost":
        statistics = CatBoostReader(problem)
        numeric = catboost.read(model)

        def numbers(Z: Any) -> np.ndarray:
            return numeric.table(_numbers(problem, Z))

        return OwnReader(problem, numeric, numbers, statistics.margins, game=game)
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
            game=game,
        )
    name = type(model).__name__
    margins = boosted_margins if name.startswith(("GradientBoosting", "AdaBoost")) else _answers
    if name == "IsolationForest":
        margins = _depths
    return OwnReader(
        problem,
        found,
        lambda Z: found.table(dense(Z)),
        lambda Z, one_row=False: margins(problem, Z),
        game=game,
    )


def _answers(problem: Problem, Z: Any) -> np.ndarray:
    return problem.inner.predict(Z)


def _depths(problem: Problem, Z: Any) -> np.ndarray:
    """Depths at which an isolation forest isolates rows: what is a mean over its trees, unlike its scores."""
    model = problem.estimator
    return sklearn.isolation_depths(model, model.score_samples(problem.feed(Z)))


def _frozen_margins(problem: Problem, Z: Any) -> np.ndarray:
    model = problem.estimator
    if model.link == "identity" and problem.inner.has_probabilities:
        return problem.inner.predict(Z)
    return widened(model.margins(problem.feed(Z)), problem)


def _numbers(problem: Problem, Z: Any) -> np.ndarray:
    table = problem.feed(Z)
    return dense(fed(table, "pandas") if library(table) in ("polars", "pyarrow") else table)


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
