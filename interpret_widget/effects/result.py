"""Effects, frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["partial dependence", "accumulated local effect"]


@dataclass(frozen=True, eq=False, repr=False)
class FeatureEffect:
    """How predictions move with one feature.

    Attributes
    ----------
    feature : str
    kind : {"partial dependence", "accumulated local effect"}
    grid : ndarray (n_grid,)
        Numbers, milliseconds since 1970, or codes of levels; NaN stands for missing.
    labels : tuple of str
        The same for people.
    is_discrete : bool
        Levels rather than numbers.
    is_time : bool
        Moments rather than plain numbers.
    average : ndarray (n_grid, n_outputs)
        The effect. Accumulated local effects are centred: their mean over the data is zero.
    std_errors : ndarray (n_grid, n_outputs)
        Standard errors of it over rows; NaN of a single row.
    individual : ndarray (n_rows, n_grid, n_outputs) or None
        Individual conditional expectations; partial dependence only.
    counts : ndarray of int (n_grid,)
        Rows of the data near each value: where there are few, an effect is a guess.
    rows : ndarray of int (n_rows,)
        Positions of the rows asked about.
    output_names : tuple of str
    unit : str
        Of the predictions.
    codes : ndarray
        The column in the data, for the rug of a figure.
    """

    feature: str
    kind: Kind
    grid: np.ndarray
    labels: tuple[str, ...]
    is_discrete: bool
    is_time: bool
    average: np.ndarray
    std_errors: np.ndarray
    individual: np.ndarray | None
    counts: np.ndarray
    rows: np.ndarray
    output_names: tuple[str, ...]
    unit: str
    codes: np.ndarray

    @property
    def centred(self) -> np.ndarray | None:
        """Individual curves less their own means over the grid, so that only their shapes differ."""
        if self.individual is None:
            return None
        return np.asarray(self.individual - self.individual.mean(axis=1, keepdims=True))

    @property
    def heterogeneity(self) -> np.ndarray:
        """How much individual curves differ in shape: root mean square distance to their mean (n_outputs,).

        In the unit of the predictions; zero where the feature acts alike on all rows. NaN without individual
        curves. Goldstein, Kapelner, Bleich and Pitkin, "Peeking inside the black box" (2015).
        """
        curves = self.centred
        if curves is None:
            return np.full(len(self.output_names), np.nan)
        return np.asarray(np.sqrt(((curves - curves.mean(axis=0)) ** 2).mean(axis=(0, 1))))

    @property
    def strength(self) -> np.ndarray:
        """How much the effect moves over the data: its standard deviation, weighted by counts (n_outputs,).

        Greenwell, Boehmke and McCarthy, "A simple and effective model-based variable importance measure"
        (2018).
        """
        total = self.counts.sum()
        weights = self.counts / total if total else np.full(len(self.counts), 1 / len(self.counts))
        mean = weights @ self.average
        return np.asarray(np.sqrt(weights @ (self.average - mean) ** 2))

    def to_frame(self) -> pd.DataFrame:
        """One line per output and value: value, label, effect, std_error, count."""
        import pandas as pd

        n, k = self.average.shape
        frame: pd.DataFrame = pd.DataFrame(
            {
                "output": np.repeat(np.array(self.output_names, dtype=object), n),
                "feature": self.feature,
                "value": np.tile(self.grid, k),
                "label": np.tile(np.array(self.labels, dtype=object), k),
                "effect": self.average.T.ravel(),
                "std_error": self.std_errors.T.ravel(),
                "count": np.tile(self.counts, k),
            }
        )
        return frame

    def figure(self, output: str | int | None = None, *, max_curves: int = 60) -> Any:
        """A Plotly figure: the effect with its 95 % band, individual curves, and where the data lie."""
        from .figures import curve

        return curve(self, _position(self.output_names, output), max_curves)

    def __repr__(self) -> str:
        return (
            f"FeatureEffect({self.kind} of {self.feature!r} at {len(self.grid)} values, "
            f"{len(self.rows):,} rows → {', '.join(self.output_names[:4])}; {self.unit})"
        )


@dataclass(frozen=True, eq=False, repr=False)
class PairEffect:
    """How predictions move with two features together.

    Attributes
    ----------
    features : (str, str)
    kind : {"partial dependence", "accumulated local effect"}
        Accumulated local effects of pairs are what the two do beyond the sum of their own effects.
    grids : (ndarray, ndarray)
    labels : (tuple of str, tuple of str)
    are_discrete : (bool, bool)
    average : ndarray (n_first, n_second, n_outputs)
    counts : ndarray of int (n_first, n_second)
        Rows of the data near each pair of values.
    h_statistic : ndarray (n_outputs,)
        Share of the variation of their joint effect that is interaction, 0 to 1 (its square root is
        Friedman's H); NaN for accumulated local effects. Friedman and Popescu, "Predictive learning via rule
        ensembles" (2008).
    rows, output_names, unit
        As of `FeatureEffect`.
    """

    features: tuple[str, str]
    kind: Kind
    grids: tuple[np.ndarray, np.ndarray]
    labels: tuple[tuple[str, ...], tuple[str, ...]]
    are_discrete: tuple[bool, bool]
    average: np.ndarray
    counts: np.ndarray
    h_statistic: np.ndarray
    rows: np.ndarray
    output_names: tuple[str, ...]
    unit: str

    def to_frame(self) -> pd.DataFrame:
        """One line per output and pair of values: both, effect, count."""
        import pandas as pd

        n, m, k = self.average.shape
        one, two = (np.array(names, dtype=object) for names in self.labels)
        frame: pd.DataFrame = pd.DataFrame(
            {
                "output": np.repeat(np.array(self.output_names, dtype=object), n * m),
                self.features[0]: np.tile(np.repeat(one, m), k),
                self.features[1]: np.tile(two, n * k),
                "effect": np.moveaxis(self.average, 2, 0).ravel(),
                "count": np.tile(self.counts.ravel(), k),
            }
        )
        return frame

    def figure(self, output: str | int | None = None) -> Any:
        """A Plotly heat map; cells without data are left out."""
        from .figures import surface

        return surface(self, _position(self.output_names, output))

    def __repr__(self) -> str:
        return (
            f"PairEffect({self.kind} of {self.features[0]!r} and {self.features[1]!r}, "
            f"{self.average.shape[0]} × {self.average.shape[1]} values; {self.unit})"
        )


def _position(names: tuple[str, ...], output: str | int | None) -> int:
    from interpret_widget.errors import InvalidInputError

    if output is None:
        return 1 if len(names) == 2 else 0
    if isinstance(output, str) and output in names:
        return names.index(output)
    if isinstance(output, int) and not isinstance(output, bool) and 0 <= output < len(names):
        return output
    raise InvalidInputError(
        f"output={output!r} is not an output; choose a position below {len(names)} or one of "
        + ", ".join(map(repr, names[:20]))
    )
