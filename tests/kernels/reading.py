"""What tests of readers share: rows on the trees' own thresholds, values of the game."""

from __future__ import annotations

import numpy as np

from interpret_widget.kernels.path_dependent import PathDependent


def values_of(ensemble, X):
    """Values (n, n_features, n_outputs) of rows as the trees take them, and the base (n_outputs,)."""
    p = ensemble.n_features
    game = PathDependent(ensemble, np.arange(p), p)
    return game.values(ensemble.table(X)), game.expected


def awkward(ensemble, X, n=400, seed=0, missing=True, infinite=True):
    """Rows of X with cells set to thresholds, their neighbours in both precisions, nothing and infinity."""
    rng = np.random.default_rng(seed)
    out = np.array(X[rng.integers(0, len(X), n)], dtype=np.float64)
    inner = np.flatnonzero((ensemble.feature >= 0) & (ensemble.category_set < 0))
    for row in out:
        for node in rng.choice(inner, min(3, len(inner)), replace=False):
            at = ensemble.threshold[node]
            single = np.float32(at)
            near = [
                at,
                np.nextafter(at, np.inf),
                np.nextafter(at, -np.inf),
                single,
                np.nextafter(single, np.float32(np.inf)),
                (float(single) + float(np.nextafter(single, np.float32(np.inf)))) / 2,
                0.0,
                -0.0,
            ]
            near += [np.nan] if missing else []
            near += [np.inf, -np.inf] if infinite else []
            if not infinite:
                near = [each for each in near if not abs(each) > np.finfo(np.float32).max]
            row[ensemble.feature[node]] = near[rng.integers(len(near))]
    return out
