"""shapiq, where it is installed: beside the package or in a folder of its own.

``uv pip install --target FOLDER shapiq`` keeps what it brings apart; the folder comes last on the path, so
that numpy and scikit-learn stay those of the package.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import metadata, util

import numpy as np

NAME = "shapiq.TabularExplainer"


def found(folder: str | None) -> bool:
    """Whether shapiq can be asked."""
    if folder is not None and folder not in sys.path:
        sys.path.append(folder)
    return util.find_spec("shapiq") is not None


def version() -> str:
    return metadata.version("shapiq")


def values(
    ask: Callable[[np.ndarray], np.ndarray], rows: np.ndarray, background: np.ndarray, budget: int
) -> np.ndarray:
    """Shapley values (n_rows, n_columns) by its default approximator, from so many coalitions.

    Every row of the background stands for what a coalition lacks, as everywhere else here.
    """
    import shapiq

    made = shapiq.TabularExplainer(
        model=ask, data=background, index="SV", max_order=1, sample_size=len(background), random_state=0
    )
    out = np.empty(rows.shape)
    for at, row in enumerate(rows):
        told = made.explain(row, budget=budget)
        out[at] = [told[(column,)] for column in range(rows.shape[1])]
    return out
