"""Tables that the tree benchmarks use: Adult where it is at hand, one of its shape elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

_ADULT = Path(__file__).parents[2] / "shared" / "data" / "adult.csv.gz"


def adult() -> tuple[np.ndarray, np.ndarray]:
    """Adult with codes for words (about 30,000 × 14) and whether income is high."""
    if not _ADULT.exists():
        return _like_adult()
    frame = pd.read_csv(_ADULT)
    income = frame.pop("income")
    codes = frame.apply(
        lambda column: column if column.dtype.kind in "if" else column.astype("category").cat.codes
    )
    return codes.to_numpy(float), (income == income.unique()[-1]).to_numpy(int)


def _like_adult() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = np.column_stack(
        [rng.integers(0, high, 30_000) for high in (73, 8, 20_000, 16, 16, 7, 14, 6, 5, 2, 100, 90, 94, 41)]
    ).astype(float)
    score = X[:, 0] / 30 + X[:, 4] / 5 + (X[:, 5] == 2) * 2 + X[:, 10] / 50 * (X[:, 9] > 0)
    return X, (score + rng.logistic(size=len(X)) > np.median(score) + 1).astype(int)


def fifty_columns() -> tuple[np.ndarray, np.ndarray]:
    """20,000 × 50 numbers with a target that fills trees to depth 8."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 50)).astype(np.float32)
    score = X[:, :20].sum(axis=1) + 2 * X[:, 20] * X[:, 21] + np.sin(3 * X[:, 22:40]).sum(axis=1)
    return X, score
