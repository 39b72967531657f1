"""Exact Shapley values of trees as arrays: the fast core, without names, preprocessing or a dashboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .errors import InvalidInputError, UnsupportedModelError
from .explainers.base import ticking
from .kernels.interventional import Interventional
from .kernels.path_dependent import PathDependent
from .kernels.scheduling import available_threads
from .models.trees import Ensemble
from .models.trees.reading import read_trees

__all__ = ["Ensemble", "TreeValues", "read_trees"]

_DTYPES = ("float64", "float32")


class TreeValues:
    """Shapley values of a tree model's columns, or of groups of them.

    Values are in the space of the trees: log-odds of boosting classifiers, probabilities of forests (the
    second class where there are two).

    Parameters
    ----------
    model : estimator, booster or Ensemble
        See `read_trees`.
    background : array (n_background, n_columns), optional
        Rows that take the place of columns which a coalition lacks (interventional values). Without it those
        columns are averaged over the covers of the trees (path-dependent values).
    weights : array (n_background,), optional
        Of the background's rows.
    players : sequence of length n_columns, optional
        Label of each column; columns of one label are one player, and get its exact value together. By
        default each column plays for itself.
    dtype : {"float64", "float32"}
        Of the inner state: single precision takes about half the time and is off by about 1e-7.
    n_threads : int, optional
        All cores by default; values do not depend on it.
    rounds : (int, int), optional
        First and last boosting round. Values of ``(0, n)`` and ``(n, m)`` add up to those of ``(0, m)``.

    Attributes
    ----------
    ensemble : Ensemble
        The trees as plain arrays.
    base_values : ndarray (n_outputs,)
        What values add up from.
    players : tuple
        Labels in the order of the values.

    Raises
    ------
    InvalidInputError
        Arguments that do not fit the model.
    UnsupportedModelError
        No trees that are known here.

    References
    ----------
    Lundberg et al., From local explanations to global understanding with explainable AI for trees, 2020.
    Quadrature-TreeSHAP, arXiv 2605.04497; Woodelf, arXiv 2511.09376.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> trees = TreeValues(RandomForestRegressor(20, random_state=0).fit(X, y))
    >>> values = trees.values(X)
    >>> values.shape
    (442, 10, 1)
    >>> bool(abs(trees.base_values + values.sum(axis=1) - trees.predict(X)).max() < 1e-9)
    True
    """

    def __init__(
        self,
        model: Any,
        *,
        background: Any = None,
        weights: Any = None,
        players: Sequence[Any] | None = None,
        dtype: str = "float64",
        n_threads: int | None = None,
        rounds: tuple[int, int] | None = None,
    ) -> None:
        if dtype not in _DTYPES:
            raise InvalidInputError(f"dtype={dtype!r} is not one of {', '.join(map(repr, _DTYPES))}")
        if n_threads is not None and not n_threads >= 1:
            raise InvalidInputError(f"n_threads={n_threads!r} is not a number of threads; give 1 or more")
        self.ensemble = model if isinstance(model, Ensemble) else read_trees(model, rounds)
        self._n_threads = n_threads or available_threads()
        p = self.ensemble.n_features
        labels = list(range(p)) if players is None else list(players)
        if len(labels) != p:
            raise InvalidInputError(f"players has {len(labels)} labels; the trees know {p} columns")
        self.players = tuple(dict.fromkeys(labels))
        position = {label: at for at, label in enumerate(self.players)}
        of = np.array([position[label] for label in labels], dtype=np.int32)
        self._game: PathDependent | Interventional
        if background is None:
            if weights is not None:
                raise InvalidInputError("weights are of a background, which was not given")
            self._game = PathDependent(self.ensemble, of, len(self.players), dtype)
        else:
            rows = self._rows(background, "background")
            self._game = Interventional(
                self.ensemble, of, len(self.players), rows, _checked(weights, len(rows)), dtype
            )
        self.base_values: np.ndarray = self._game.expected

    def values(
        self, X: Any, *, progress: Callable[[int, int], None] | None = None, cancel: Any = None
    ) -> np.ndarray:
        """Shapley values.

        Parameters
        ----------
        X : array (n_rows, n_columns)
            Numbers as the trees compare them.
        progress : callable, optional
            Called with (done, total) between blocks of rows.
        cancel : callable or Event, optional
            Asked between blocks; when true, `CancelledError` is raised.

        Returns
        -------
        ndarray (n_rows, n_players, n_outputs)
        """
        tick = ticking(progress, cancel)
        return self._game.values(self._rows(X, "X"), tick=tick, n_threads=self._n_threads)

    def interactions(
        self, X: Any, *, progress: Callable[[int, int], None] | None = None, cancel: Any = None
    ) -> np.ndarray:
        """Shapley interaction values; parameters as in `values`.

        Returns
        -------
        ndarray (n_rows, n_players, n_players, n_outputs)
            Off the diagonal half of what two players do together; rows add up to `values`.

        Raises
        ------
        UnsupportedModelError
            With a background.
        """
        if not isinstance(self._game, PathDependent):
            raise UnsupportedModelError("interaction values are computed without a background alone")
        tick = ticking(progress, cancel)
        return self._game.interactions(self._rows(X, "X"), tick=tick, n_threads=self._n_threads)

    def predict(self, X: Any) -> np.ndarray:
        """What the trees add up to (n_rows, n_outputs)."""
        return self.ensemble.margins(self._rows(X, "X"))

    def _rows(self, X: Any, name: str) -> np.ndarray:
        table = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
        if table.dtype.kind not in "fiub":
            try:
                table = table.astype(np.float64)
            except (TypeError, ValueError) as error:
                raise InvalidInputError(
                    f"{name} has values that are not numbers; TabularExplainer explains tables of any kind"
                ) from error
        if table.ndim != 2 or len(table) == 0:
            raise InvalidInputError(f"{name} has shape {table.shape}; give a table with at least one row")
        if table.shape[1] != self.ensemble.n_features:
            raise InvalidInputError(
                f"{name} has {table.shape[1]} columns; the trees know {self.ensemble.n_features}"
            )
        return self.ensemble.table(table)


def _checked(weights: Any, n_rows: int) -> np.ndarray | None:
    if weights is None:
        return None
    shares = np.asarray(weights, dtype=np.float64)
    if shares.shape != (n_rows,) or not shares.sum() > 0 or shares.min() < 0:
        raise InvalidInputError(
            f"weights must be {n_rows} numbers that are not negative, one for each row of background"
        )
    return shares
