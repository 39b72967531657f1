"""The lime package, asked for the numbers behind its explanations."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Settings:
    """What LIME does around a row; see `LIMEExplainer`."""

    num_features: int | None
    num_samples: int
    kernel_width: float | None
    discretize_continuous: bool
    sample_around_instance: bool
    feature_selection: str


@dataclass(frozen=True, eq=False)
class LocalFit:
    """Linear models around one row, one for each output.

    Attributes
    ----------
    values : ndarray (n_features, n_outputs)
        Coefficients times what the row has there: 1 for its quartile or level, else a number in standard
        deviations from the mean. Zero for features that were not chosen.
    r2 : ndarray (n_outputs,)
        Of the fits on the rows that they were fitted to, weighted alike.
    """

    values: np.ndarray
    r2: np.ndarray


class LocalFitter:
    """One lime explainer for many rows, each of which sees the same draws.

    lime itself has the R² of the last output alone, and goes on drawing from row to row, so that a row's
    explanation would depend on those before it: here each fit is recorded, and each row starts from the seed.

    Parameters
    ----------
    numbers : ndarray (n_rows, n_features)
        The background as `Neighbourhood` codes it.
    categorical : list of int
        Positions of columns that hold codes.
    n_outputs : int
    is_binary : bool
        Whether what speaks for one output speaks against the other.
    settings : Settings
    seed : int
    """

    def __init__(
        self,
        numbers: np.ndarray,
        categorical: list[int],
        n_outputs: int,
        is_binary: bool,
        settings: Settings,
        seed: int,
    ) -> None:
        tabular = lime_tabular()
        self._settings, self._seed, self._n_outputs = settings, seed, n_outputs
        self._is_binary = is_binary
        self._random = np.random.RandomState(seed)
        # What-if asks from a thread of its own, and lime keeps its draws in one place.
        self._alone = threading.Lock()
        names = [str(at) for at in range(numbers.shape[1])]
        self._lime = tabular.LimeTabularExplainer(
            numbers,
            mode="regression" if n_outputs == 1 else "classification",
            feature_names=names,
            categorical_features=categorical,
            kernel_width=settings.kernel_width,
            feature_selection="none" if settings.num_features is None else settings.feature_selection,
            discretize_continuous=settings.discretize_continuous,
            discretizer=_quartiles(numbers, categorical, names, self._random)
            if settings.discretize_continuous
            else "quartile",
            sample_around_instance=settings.sample_around_instance,
            random_state=self._random,
        )
        self._record = _Recorder(self._lime.base)
        self._lime.base = self._record

    def fit(self, row: np.ndarray, ask: Callable[[np.ndarray], np.ndarray]) -> LocalFit:
        """Fit around a coded row.

        Parameters
        ----------
        row : ndarray (n_features,)
        ask : callable
            Takes perturbed rows (num_samples, n_features) of which the first is the row itself, gives answers
            (num_samples, n_outputs).
        """
        with self._alone:
            return self._fitted(row, ask)

    def _fitted(self, row: np.ndarray, ask: Callable[[np.ndarray], np.ndarray]) -> LocalFit:
        k, p = self._n_outputs, len(row)
        labels = (1,) if self._is_binary else tuple(range(k))
        self._random.seed(self._seed)
        self._record.fits.clear()

        def predict(numbers: np.ndarray) -> np.ndarray:
            answers = ask(numbers)
            return answers[:, 0] if k == 1 else answers

        with warnings.catch_warnings():
            # Decision values and several targets are fitted as classes are, each for itself.
            warnings.filterwarnings("ignore", message=r"\s*Prediction probabilties do not sum to 1")
            self._lime.explain_instance(
                row,
                predict,
                labels=labels,
                num_features=self._settings.num_features or p,
                num_samples=self._settings.num_samples,
            )
        values, r2 = np.zeros((p, k)), np.zeros(k)
        for label, (here, coefficients, score) in zip(labels, self._record.fits, strict=True):
            for at, coefficient in coefficients:
                values[at, label] = coefficient * here[at]
            r2[label] = score
        if self._is_binary:
            values[:, 0], r2[0] = 0.0 - values[:, 1], r2[1]
        return LocalFit(values, r2)


class _Recorder:
    """Stands in for lime's fitting of one output and keeps what it found."""

    def __init__(self, base: Any) -> None:
        self._base = base
        self.fits: list[tuple[np.ndarray, Any, float]] = []

    def explain_instance_with_data(self, data: Any, *arguments: Any, **named: Any) -> Any:
        found = self._base.explain_instance_with_data(data, *arguments, **named)
        _, coefficients, score, _ = found
        self.fits.append((np.array(data[0], dtype=np.float64), coefficients, float(score)))
        return found


def lime_tabular() -> Any:
    """The module ``lime.lime_tabular``.

    Raises
    ------
    ImportError
        lime is not installed; the message says how to install it.
    """
    try:
        from lime import lime_tabular as found
    except ImportError as error:
        raise ImportError("LIMEExplainer needs lime: pip install 'interpret-widget[lime]'") from error
    return found


def _quartiles(
    numbers: np.ndarray, categorical: list[int], names: list[str], random: np.random.RandomState
) -> Any:
    """The bins of lime, whose rows stay in their bin.

    Where all rows of a bin have the same number, lime 0.2.0.1 asks about 0 in its place: the standardised
    number is never turned back. Columns with few values, such as counts, have many such bins.
    """
    lime_tabular()
    from lime.discretize import QuartileDiscretizer

    class Quartiles(QuartileDiscretizer):  # type: ignore[misc]
        def get_undiscretize_values(self, feature: int, values: np.ndarray) -> np.ndarray:
            lowest: np.ndarray = np.asarray(self.mins[feature])[values]
            is_wide = lowest != np.asarray(self.maxs[feature])[values]
            if not is_wide.any():
                return lowest
            out = np.array(lowest, dtype=np.float64)
            out[is_wide] = super().get_undiscretize_values(feature, values[is_wide])
            return out

    return Quartiles(numbers, categorical, names, random_state=random)
