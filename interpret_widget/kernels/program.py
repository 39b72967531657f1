"""A tree as a straight-line program: what a sweep does at each split, in order, with its constants.

The game of one leaf is a product over players, so its Shapley values are integrals of polynomials over
(0, 1), which Gauss-Legendre quadrature with half as many nodes as players computes exactly
(Quadrature-TreeSHAP, arXiv 2605.04497).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .machine import kernel
from .scoring import flags, way_of

if TYPE_CHECKING:
    from interpret_widget.models.trees import Ensemble


@dataclass(frozen=True, eq=False)
class Program:
    """Splits of the trees in the order of the walk, grouped by tree.

    Attributes
    ----------
    tree_start : ndarray of int32 (n_trees + 1,)
        First event of each tree.
    tree_first : ndarray of int32 (n_trees + 1,)
        First split of each tree.
    event : ndarray of int32 (n_events, 2)
        Kind, as `source.walks` numbers them, and split.
    depth, player, up : ndarray of int32 (n_splits,)
        Depth of a split, whose it is, and the depth of the nearest split above of the same player (-1 none).
    is_right : ndarray of uint8 (n_splits,)
        Whether it is the right child of the split above.
    ratio : ndarray of float64 (n_splits,)
        Share of the cover that goes left.
    z_up : ndarray of float64 (n_splits,)
        Product of the player's shares above.
    feature, threshold, missing, way, category : ndarray (n_splits,)
        The comparison, as `Ensemble` has it.
    ends_left, ends_right : ndarray of uint8 (n_splits,)
        Whether the child is a leaf.
    left, right : ndarray of int32 (n_splits,)
        Nodes of the children.
    slot : ndarray of int32 (n_splits,)
        Position of the player among those on the path, in the order in which they were met.
    n_above : ndarray of int32 (n_splits,)
        Players on the path above.
    parent : ndarray of int32 (n_splits,)
        The split above; -1 at roots.
    widest : ndarray of int32 (n_trees,)
        Most players on a path.
    max_depth : int
    """

    tree_start: np.ndarray
    tree_first: np.ndarray
    event: np.ndarray
    depth: np.ndarray
    player: np.ndarray
    up: np.ndarray
    is_right: np.ndarray
    ratio: np.ndarray
    z_up: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    missing: np.ndarray
    way: np.ndarray
    category: np.ndarray
    ends_left: np.ndarray
    ends_right: np.ndarray
    left: np.ndarray
    right: np.ndarray
    slot: np.ndarray
    n_above: np.ndarray
    parent: np.ndarray
    widest: np.ndarray
    max_depth: int

    @property
    def n_splits(self) -> int:
        """Number of splits."""
        return len(self.depth)


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
    players : ndarray of int (n_features,)
        Player of each column: columns of one raw column share a player, and get its exact value together.
    """
    players = np.ascontiguousarray(players, dtype=np.int32)
    n_trees, n_nodes = ensemble.n_trees, len(ensemble.feature)
    n_splits = int((ensemble.feature >= 0).sum())
    n_players = int(players.max(initial=0)) + 1

    def room(n: int) -> np.ndarray:
        return np.empty(n, dtype=np.int32)

    last, product = np.full(n_players, -1, dtype=np.int32), np.ones(n_players)
    stack, stage, from_right = room(n_nodes + 1), room(n_nodes + 1), room(n_nodes + 1)
    split_of, event = room(n_nodes), room(6 * n_splits)
    tree_start, tree_first = room(n_trees + 1), room(n_trees + 1)
    depth, player, up, node, slot, n_above, parent = (room(n_splits) for _ in range(7))
    is_right = np.empty(n_splits, dtype=np.uint8)
    ratio, z_up = np.empty(n_splits), np.empty(n_splits)
    widest, counts = room(n_trees), np.zeros(3, dtype=np.int32)
    kernel("walks", "splits")(
        n_trees, ensemble.roots, ensemble.feature, ensemble.left, ensemble.right, ensemble.cover, players,
        last, product, stack, stage, from_right, split_of, tree_start, event, depth, player, up, node,
        is_right, ratio, z_up, widest, slot, n_above, room(n_players), parent, tree_first, counts,
    )  # fmt: skip
    n_events, deepest, seen = counts.tolist()
    node = node[:seen]
    left, right = ensemble.left[node], ensemble.right[node]
    return Program(
        tree_start,
        tree_first,
        event[: 2 * n_events].reshape(-1, 2),
        depth[:seen],
        player[:seen],
        up[:seen],
        is_right[:seen],
        ratio[:seen],
        z_up[:seen],
        ensemble.feature[node],
        ensemble.threshold[node],
        flags(ensemble.missing_left[node]),
        way_of(ensemble)[node],
        ensemble.category_set[node],
        flags(ensemble.feature[left] < 0),
        flags(ensemble.feature[right] < 0),
        left,
        right,
        slot[:seen],
        n_above[:seen],
        parent[:seen],
        widest,
        deepest,
    )
