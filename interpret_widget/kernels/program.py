"""A tree as a straight-line program: what the sweep does at each split, in order, with its constants.

The game of one leaf is a product over players, so its Shapley values are integrals of polynomials over
(0, 1), which Gauss-Legendre quadrature with half as many nodes as players computes exactly
(Quadrature-TreeSHAP, arXiv 2605.04497).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .compiling import announced

if TYPE_CHECKING:
    from interpret_widget.models.trees import Ensemble


@dataclass(frozen=True, eq=False)
class Program:
    """Splits of the trees in the order of the walk, grouped by tree.

    Attributes
    ----------
    tree_start : ndarray of int32 (n_trees + 1,)
        First event of each tree.
    event : ndarray of int32 (n_events, 2)
        Kind, as `walking` numbers them, and split.
    depth, player, up : ndarray of int32 (n_splits,)
        Depth of a split, whose it is, and the depth of the nearest split above of the same player (-1 none).
    node : ndarray of int32 (n_splits,)
        Its node.
    is_right : ndarray of bool (n_splits,)
        Whether it is the right child of the split above.
    ratio : ndarray of float64 (n_splits,)
        Share of the cover that goes left.
    z_up : ndarray of float64 (n_splits,)
        Product of the player's shares above.
    n_nodes : ndarray of int32 (n_trees,)
        Quadrature nodes that the tree needs.
    max_depth : int
    expected : ndarray (n_outputs,)
        Base value: the mean over the covers.
    """

    tree_start: np.ndarray
    event: np.ndarray
    depth: np.ndarray
    player: np.ndarray
    up: np.ndarray
    node: np.ndarray
    is_right: np.ndarray
    ratio: np.ndarray
    z_up: np.ndarray
    n_nodes: np.ndarray
    max_depth: int
    expected: np.ndarray


@lru_cache(maxsize=64)
def quadratures(most: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on (0, 1) of every rule up to ``most`` nodes: row n holds the rule of n."""
    nodes, weights = np.zeros((most + 1, most)), np.zeros((most + 1, most))
    for n in range(1, most + 1):
        at, weight = np.polynomial.legendre.leggauss(n)
        nodes[n, :n], weights[n, :n] = (at + 1) / 2, weight / 2
    return nodes, weights


def compiled(ensemble: Ensemble, players: np.ndarray) -> Program:
    """Write the walk down.

    Parameters
    ----------
    ensemble : Ensemble
    players : ndarray of int32 (n_features,)
        Player of each column: columns of one raw column share a player, and get its exact value together.
    """
    from .walking import walk

    arrays = announced(walk)(
        ensemble.roots,
        ensemble.feature,
        ensemble.left,
        ensemble.right,
        ensemble.cover,
        np.ascontiguousarray(players, dtype=np.int32),
    )
    tree_start, event, depth, player, up, node, is_right, ratio, z_up, widest, deepest = arrays
    return Program(
        tree_start,
        event,
        depth,
        player,
        up,
        node,
        is_right,
        ratio,
        z_up,
        np.maximum(1, (widest + 1) // 2).astype(np.int32),
        int(deepest),
        _expected(ensemble),
    )


def _expected(ensemble: Ensemble) -> np.ndarray:
    """Mean of the leaves over the covers, per output."""
    from .walking import expectations

    values = ensemble.value if ensemble.has_vectors else ensemble.value[:, None]
    means = expectations(
        ensemble.roots, ensemble.feature, ensemble.left, ensemble.right, ensemble.cover, values
    )
    out = ensemble.base.astype(np.float64).copy()
    if ensemble.has_vectors:
        return np.asarray(out + means.sum(axis=0), dtype=np.float64)
    np.add.at(out, ensemble.output, means[:, 0])
    return np.asarray(out)
