"""Interventional values of deep trees: a row against each row of the background, along the nodes where they
part.

Where both go the same way at a split there is nothing to decide; where they part, the split's player
decides, and has decided for all splits of it below. A leaf reached by ``a`` players of the row and ``b`` of
the background is the prediction of exactly the coalitions that hold the first and lack the others (Lundberg
et al. 2020).
"""

from __future__ import annotations

from numba.core import types

from .comparing import goes_left
from .pointers import count, f64, i32, u8


def duels(
    n, n_background, n_features, n_players, n_outputs, n_trees, width, most, x, background, weights, trees,
    roots, feature, threshold, left, right, missing, way, category, categories, value, output, players, gains,
    side, order, node_at, held_at, player_at, side_at, out,
):  # fmt: skip
    """Add values to ``out`` (n, n_players, n_outputs).

    ``gains`` (most + 1, most + 1), with the most players of a path, holds ``(a - 1)! b! / (a + b)!``; leaves
    of ``trees`` hold ``n_outputs`` values where ``output`` is -1 and one otherwise.
    """
    for j in range(n_players):
        side[j] = 0
    for row in range(n):
        for other in range(n_background):
            weight = weights[other]
            for which in range(n_trees):
                tree = trees[which]
                held = 0
                top = 0
                node_at[0] = roots[tree]
                held_at[0] = 0
                player_at[0] = -1
                while top >= 0:
                    node = node_at[top]
                    # Decisions of the branch just left are taken back; the one that led here is made.
                    while held > held_at[top]:
                        held -= 1
                        side[order[held]] = 0
                    if player_at[top] >= 0:
                        order[held] = player_at[top]
                        side[player_at[top]] = side_at[top]
                        held += 1
                    top -= 1
                    while feature[node] >= 0:
                        f = feature[node]
                        j = players[f]
                        mine = goes_left(
                            x[row * n_features + f], threshold[node], missing[node], way[node],
                            category[node], width, categories,
                        )  # fmt: skip
                        theirs = goes_left(
                            background[other * n_features + f], threshold[node], missing[node], way[node],
                            category[node], width, categories,
                        )  # fmt: skip
                        if mine != theirs and side[j] == 0:
                            top += 1
                            node_at[top] = left[node] if theirs else right[node]
                            held_at[top] = held
                            player_at[top] = j
                            side_at[top] = 2
                            order[held] = j
                            side[j] = 1
                            held += 1
                        goes = theirs if side[j] == 2 else mine
                        node = left[node] if goes else right[node]
                    if held == 0:
                        continue
                    a = 0
                    for i in range(held):
                        if side[order[i]] == 1:
                            a += 1
                    b = held - a
                    gain = weight * gains[a * (most + 1) + b]
                    loss = weight * gains[b * (most + 1) + a]
                    for i in range(held):
                        j = order[i]
                        part = gain if side[j] == 1 else -loss
                        at = (row * n_players + j) * n_outputs
                        if output[tree] >= 0:
                            out[at + output[tree]] += part * value[node]
                        else:
                            for o in range(n_outputs):
                                out[at + o] += part * value[node * n_outputs + o]
                while held > 0:
                    held -= 1
                    side[order[held]] = 0


KERNELS = {
    "duels": (
        types.void(
            *(count,) * 8,
            f64,
            f64,
            f64,
            i32,
            i32,
            i32,
            f64,
            i32,
            i32,
            u8,
            u8,
            i32,
            u8,
            f64,
            i32,
            i32,
            f64,
            *(i32,) * 6,
            f64,
        ),
        duels,
    ),
}
