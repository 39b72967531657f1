"""Path-dependent Shapley values: one sweep over the splits for a block of rows at a time.

At a split, ``lam`` is the factor that the left child has in the product of the path; the right one has
``1 - lam``, also where the player has been met before. Both exits of a split collapse into one term, so that
nothing is divided by anything small and deep trees stay accurate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numba
import numpy as np

from .compiling import announced
from .program import Program, quadratures
from .scoring import goes_left
from .walking import ENTER, ENTER_RIGHT, LEAVE, PAIR, SWITCH

if TYPE_CHECKING:
    from interpret_widget.models.trees import Ensemble

_BLOCK = 128


def path_dependent(
    ensemble: Ensemble,
    program: Program,
    X: np.ndarray,
    n_players: int,
    tick: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Shapley values (n, n_players, n_outputs) of rows from `Ensemble.table`.

    Parameters
    ----------
    ensemble : Ensemble
    program : Program
        Of this ensemble and its players.
    X : ndarray of float64 (n, n_features)
    n_players : int
    tick : callable, optional
        Called with (done, total) between blocks of rows; may raise to stop.
    """
    n, k = len(X), ensemble.n_outputs
    out = np.zeros((n, n_players, k))
    nodes, weights = quadratures(int(program.n_nodes.max(initial=1)))
    step = max(_BLOCK, 16_384 // _BLOCK * _BLOCK)
    leaves = ensemble.value if ensemble.has_vectors else ensemble.value[:, None]
    for start in range(0, n, step):
        if tick is not None:
            tick(start, n)
        for o in range(leaves.shape[1]):
            announced(_sweep)(
                np.ascontiguousarray(X[start : start + step].T),
                program.tree_start,
                program.event,
                program.depth,
                program.player,
                program.up,
                program.node,
                program.is_right,
                program.ratio,
                program.z_up,
                program.n_nodes,
                program.max_depth,
                nodes,
                weights,
                ensemble.feature,
                ensemble.threshold,
                ensemble.left,
                ensemble.right,
                ensemble.missing_left,
                ensemble.zero_missing,
                ensemble.category_set,
                ensemble.categories,
                np.ascontiguousarray(leaves[:, o]),
                np.full(ensemble.n_trees, o, np.int32) if ensemble.has_vectors else ensemble.output,
                out[start : start + step],
                min(_BLOCK, n),
            )
    return out


@numba.njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz", "arcp"})
def _sweep(  # type: ignore[no-untyped-def]
    XT,
    tree_start,
    event,
    depth,
    player,
    up,
    where,
    is_right,
    ratio,
    z_up,
    n_nodes,
    max_depth,
    nodes,
    weights,
    feature,
    threshold,
    left,
    right,
    missing_left,
    zero_missing,
    category_set,
    categories,
    value,
    output,
    out,
    B,
):
    n = XT.shape[1]
    widest = nodes.shape[1]
    n_players = out.shape[1]
    # Per depth: product of the path, left factor, sums behind the left and the right child.
    C = np.empty((max_depth + 2, widest, B))
    lam = np.empty((max_depth + 2, widest, B))
    S = np.empty((2, max_depth + 2, widest, B))
    # Per depth: whether the row follows the player's splits above, those and this one, this one.
    o_up = np.empty((max_depth + 2, B))
    o_edge = np.empty((max_depth + 2, B))
    c = np.empty((max_depth + 2, B))
    acc = np.empty(B)
    phi = np.zeros((n_players, out.shape[2], B))
    C[0] = 1.0
    for start in range(0, n, B):
        m = min(B, n - start)
        phi[:] = 0.0
        for tree in range(len(output)):
            Q = n_nodes[tree]
            target = output[tree]
            for e in range(tree_start[tree], tree_start[tree + 1]):
                kind = event[e, 0]
                s = event[e, 1]
                d = depth[s]
                rho = ratio[s]
                node = where[s]
                if kind == SWITCH:
                    for q in range(Q):
                        for r in range(B):
                            C[d + 1, q, r] = C[d, q, r] - C[d, q, r] * lam[d, q, r]
                    for r in range(B):
                        o_edge[d, r] = o_up[d, r] - o_edge[d, r]
                    continue
                z = z_up[s]
                if kind != LEAVE:
                    x = XT[feature[node]]
                    if category_set[node] < 0 and not zero_missing[node]:
                        at = threshold[node]
                        if missing_left[node]:
                            for r in range(m):
                                c[d, r] = 0.0 if x[start + r] > at else 1.0
                        else:
                            for r in range(m):
                                c[d, r] = 1.0 if x[start + r] <= at else 0.0
                    else:
                        for r in range(m):
                            to_left = goes_left(
                                x[start + r],
                                threshold[node],
                                missing_left[node],
                                zero_missing[node],
                                category_set[node],
                                categories,
                            )
                            c[d, r] = 1.0 if to_left else 0.0
                    for r in range(m, B):
                        c[d, r] = 0.0
                    if up[s] < 0:
                        for r in range(B):
                            o_up[d, r] = 1.0
                    else:
                        u = up[s]
                        for r in range(B):
                            o_up[d, r] = o_edge[u, r]
                if kind == PAIR:
                    high = value[left[node]]
                    low = value[right[node]]
                    gap = high - low
                    side = 1 if is_right[s] else 0
                    for r in range(B):
                        acc[r] = 0.0
                    for q in range(Q):
                        t = nodes[Q, q]
                        inverse = 1.0 if z == 1.0 else 1.0 / (z + t * (1.0 - z))
                        w = weights[Q, q] * z * inverse * inverse
                        miss = z * rho * (1.0 - t) * inverse - rho
                        hit = t * inverse
                        for r in range(B):
                            factor = rho + o_up[d, r] * (miss + c[d, r] * hit)
                            acc[r] += w * C[d, q, r]
                            S[side, d, q, r] = low + gap * factor
                    j = player[s]
                    for r in range(B):
                        phi[j, target, r] += o_up[d, r] * (c[d, r] - rho) * acc[r] * gap
                elif kind == ENTER:
                    for r in range(B):
                        o_edge[d, r] = o_up[d, r] * c[d, r]
                    for q in range(Q):
                        t = nodes[Q, q]
                        inverse = 1.0 if z == 1.0 else 1.0 / (z + t * (1.0 - z))
                        miss = z * rho * (1.0 - t) * inverse - rho
                        hit = t * inverse
                        for r in range(B):
                            factor = rho + o_up[d, r] * (miss + c[d, r] * hit)
                            lam[d, q, r] = factor
                            C[d + 1, q, r] = C[d, q, r] * factor
                elif kind == ENTER_RIGHT:
                    for r in range(B):
                        o_edge[d, r] = o_up[d, r] - o_up[d, r] * c[d, r]
                    for q in range(Q):
                        t = nodes[Q, q]
                        inverse = 1.0 if z == 1.0 else 1.0 / (z + t * (1.0 - z))
                        miss = z * rho * (1.0 - t) * inverse - rho
                        hit = t * inverse
                        for r in range(B):
                            factor = rho + o_up[d, r] * (miss + c[d, r] * hit)
                            lam[d, q, r] = factor
                            C[d + 1, q, r] = C[d, q, r] - C[d, q, r] * factor
                else:
                    side = 1 if is_right[s] else 0
                    for r in range(B):
                        acc[r] = 0.0
                    left_leaf = feature[left[node]] < 0
                    right_leaf = feature[right[node]] < 0
                    for q in range(Q):
                        t = nodes[Q, q]
                        inverse = 1.0 if z == 1.0 else 1.0 / (z + t * (1.0 - z))
                        w = weights[Q, q] * z * inverse * inverse
                        if left_leaf:
                            high = value[left[node]]
                            for r in range(B):
                                low = S[1, d + 1, q, r]
                                gap = high - low
                                acc[r] += w * C[d, q, r] * gap
                                S[side, d, q, r] = low + lam[d, q, r] * gap
                        elif right_leaf:
                            low = value[right[node]]
                            for r in range(B):
                                gap = S[0, d + 1, q, r] - low
                                acc[r] += w * C[d, q, r] * gap
                                S[side, d, q, r] = low + lam[d, q, r] * gap
                        else:
                            for r in range(B):
                                low = S[1, d + 1, q, r]
                                gap = S[0, d + 1, q, r] - low
                                acc[r] += w * C[d, q, r] * gap
                                S[side, d, q, r] = low + lam[d, q, r] * gap
                    j = player[s]
                    for r in range(B):
                        phi[j, target, r] += o_up[d, r] * (c[d, r] - rho) * acc[r]
        for r in range(m):
            for j in range(n_players):
                for o in range(out.shape[2]):
                    out[start + r, j, o] += phi[j, o, r]
