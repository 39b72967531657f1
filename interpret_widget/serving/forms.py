"""What adds up to the prediction: trees or weights, as arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from interpret_widget.kernels.coalitions import Linked
    from interpret_widget.kernels.interventional import Interventional
    from interpret_widget.kernels.path_dependent import PathDependent
    from interpret_widget.models.trees import Ensemble

#: How predictions follow from sums.
Answer = Literal["identity", "logistic", "softmax", "exp"]
ANSWERS: tuple[Answer, ...] = ("identity", "logistic", "softmax", "exp")


def answered(answer: Answer, scores: np.ndarray) -> np.ndarray:
    """Predictions (n_rows, n_outputs) that follow from sums."""
    # Written out: importing scipy takes longer than loading a model does.
    with np.errstate(over="ignore"):
        if answer == "logistic":
            return np.asarray(np.exp(-np.logaddexp(0.0, -scores)))
        if answer == "softmax":
            return np.asarray(np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)))
        return np.exp(scores) if answer == "exp" else scores


class Form(ABC):
    """Sums and their contributions, on the model's columns or on those of the user.

    Attributes
    ----------
    base_values : ndarray (n_outputs,)
    owner : ndarray of int (n_columns,)
        The user's column behind each of the model's; -1 for none.
    """

    base_values: np.ndarray
    owner: np.ndarray

    @abstractmethod
    def scores(self, Z: np.ndarray) -> np.ndarray:
        """Sums (n_rows, n_outputs) of the model's columns (n_rows, n_columns)."""

    @abstractmethod
    def contributions(self, Z: np.ndarray, *, is_raw: bool) -> np.ndarray:
        """Values (n_rows, n_raw or n_columns, n_outputs)."""


@dataclass(frozen=True, eq=False)
class LinearForm(Form):
    """``Z @ weights.T + intercept``, compared with the mean of the background.

    Attributes
    ----------
    weights : ndarray (n_outputs, n_columns)
    intercept : ndarray (n_outputs,)
    means : ndarray (n_columns,)
        Of the background.
    owner : ndarray of int (n_columns,)
        The user's column behind each.
    n_raw : int
    """

    weights: np.ndarray
    intercept: np.ndarray
    means: np.ndarray
    owner: np.ndarray
    n_raw: int

    @cached_property
    def base_values(self) -> np.ndarray:  # type: ignore[override]
        """See `Form`."""
        return np.asarray(self.weights @ self.means + self.intercept)

    def scores(self, Z: np.ndarray) -> np.ndarray:
        """See `Form.scores`."""
        return np.asarray(Z @ self.weights.T + self.intercept)

    def contributions(self, Z: np.ndarray, *, is_raw: bool) -> np.ndarray:
        """See `Form.contributions`."""
        values = (Z - self.means)[:, :, None] * self.weights.T
        if not is_raw:
            return np.asarray(values)
        order, starts, owners = self._groups
        out = np.zeros((len(Z), self.n_raw, len(self.weights)))
        if len(order):
            out[:, owners] = np.add.reduceat(values[:, order], starts, axis=1)
        return out

    @cached_property
    def _groups(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The columns that have an owner, owner by owner; where each begins; the owners."""
        order = np.argsort(self.owner, kind="stable")
        order = order[self.owner[order] >= 0]
        owners, starts = np.unique(self.owner[order], return_index=True)
        return order, starts, owners


@dataclass(frozen=True, eq=False)
class TreeForm(Form):
    """A sum of trees.

    Attributes
    ----------
    ensemble : Ensemble
    columns : ndarray of int (n_features,)
        The model's column behind each that the trees know.
    start : ndarray (n_scores,)
        Added to what they say.
    owner : ndarray of int (n_columns,)
        The user's column behind each of the model's.
    n_raw : int
    is_split : bool
        Whether a column of the user's has become several.
    both : {"no", "signs", "shares"}
        The second class alone spelled out into both: as the negative, or as the rest of one.
    missing : float
        A number that stands for missing; NaN for none.
    is_coarse : bool
        Whether the tiniest numbers count as zero.
    background, shares : ndarray or None
        Rows of the trees' columns to compare with, and their weights.
    link : {"identity", "logistic", "softmax"}
        With a background: what values are of.
    """

    ensemble: Ensemble
    columns: np.ndarray
    start: np.ndarray
    owner: np.ndarray
    n_raw: int
    is_split: bool
    both: Literal["no", "signs", "shares"]
    missing: float
    is_coarse: bool
    background: np.ndarray | None
    shares: np.ndarray | None
    link: Literal["identity", "logistic", "softmax"]

    @cached_property
    def base_values(self) -> np.ndarray:  # type: ignore[override]
        """See `Form`."""
        expected = self._by_column.expected
        base = self._spelled_out(expected if self.link != "identity" else expected + self.start)
        if self.both == "shares":
            base[0] += 1.0
        return base

    def table(self, Z: np.ndarray) -> np.ndarray:
        """The model's columns as the trees compare them."""
        rows = Z[:, self.columns]
        if self.missing == self.missing:
            rows[rows == self.missing] = np.nan
        if self.is_coarse:
            rows[np.abs(rows) <= _TINY] = 0.0
        return self.ensemble.table(rows)

    def scores(self, Z: np.ndarray) -> np.ndarray:
        """See `Form.scores`."""
        found = self.ensemble.margins(self.table(Z)) + self.start
        if self.link != "identity":
            found = answered(self.link, found)
        scores = self._spelled_out(found)
        if self.both == "shares":
            scores[:, 0] += 1.0
        return scores

    def contributions(self, Z: np.ndarray, *, is_raw: bool) -> np.ndarray:
        """See `Form.contributions`."""
        from interpret_widget.kernels.scheduling import available_threads

        game = self._by_raw if is_raw and self.is_split else self._by_column
        table = self.table(Z)
        values = self._spelled_out(
            game.values(table, n_threads=1 if len(table) < 64 else available_threads())
        )
        if not is_raw or self.is_split:
            return values
        out = np.zeros((len(Z), self.n_raw, values.shape[2]))
        known = self.owner >= 0
        out[:, self.owner[known]] = values[:, known]
        return out

    def _spelled_out(self, found: np.ndarray) -> np.ndarray:
        return found if self.both == "no" else np.concatenate([0.0 - found, found], axis=-1)

    @cached_property
    def _by_column(self) -> PathDependent | Interventional | Linked:
        return self._game(self.columns, len(self.owner))

    @cached_property
    def _by_raw(self) -> PathDependent | Interventional | Linked:
        return self._game(np.maximum(self.owner[self.columns], 0), self.n_raw)

    def _game(self, players: np.ndarray, n_players: int) -> PathDependent | Interventional | Linked:
        if self.background is None:
            from interpret_widget.kernels.path_dependent import PathDependent

            return PathDependent(self.ensemble, players, n_players)
        if self.link != "identity":
            from interpret_widget.kernels.coalitions import Linked

            return Linked(
                self.ensemble, players, n_players, self.background, self.shares, self.link, self.start
            )
        from interpret_widget.kernels.interventional import Interventional

        return Interventional(self.ensemble, players, n_players, self.background, self.shares)


#: Numbers that LightGBM takes for zero.
_TINY = 1.0000000180025095e-35
