"""Interventional values behind a link: the margins of all coalitions of the players in which two rows differ.

A link bends the sum of the trees, so that leaves no longer add up and every coalition counts. Leaves still
say for which coalitions they hold: those with all of ``a`` players and none of ``b``; the signed sum over
subsets of the latter, summed over subsets of each coalition, spells them all out.
"""

from __future__ import annotations

import math

import numba
from numba.core import types

from .comparing import goes_left
from .pointers import count, f64, i32, u8

_IDENTITY, _LOGISTIC, _SOFTMAX = 0, 1, 2


@numba.njit(forceinline=True, error_model="numpy")
def _linked(link, k, n, margins):
    """Margins (k, n) of coalitions to what the model answers, in place."""
    if link == _LOGISTIC:
        for i in range(k * n):
            margins[i] = 1.0 / (1.0 + math.exp(-margins[i]))
    elif link == _SOFTMAX:
        for c in range(n):
            largest = margins[c]
            for o in range(1, k):
                largest = max(largest, margins[o * n + c])
            total = 0.0
            for o in range(k):
                margins[o * n + c] = math.exp(margins[o * n + c] - largest)
                total += margins[o * n + c]
            for o in range(k):
                margins[o * n + c] /= total


def coalitions(
    n, n_background, n_features, n_players, k, n_trees, width, link, most, x, codes, background,
    codes_background, weights, start, roots, feature, threshold, left, right, missing, way, category,
    categories, value, output, players, shares, sizes, bit_of, active, side, order, node_at, held_at,
    player_at, side_at, margins, out,
):  # fmt: skip
    """Add values to ``out`` (n, n_players, k).

    ``codes`` tell values apart that some split tells apart; ``shares`` (most + 1, most) holds, for each
    number of players, the weight of a coalition of each size; ``sizes`` (2 ** most,) counts the players of
    coalitions.
    """
    for j in range(n_players):
        side[j] = 0
    for row in range(n):
        for other in range(n_background):
            weight = weights[other]
            for j in range(n_players):
                bit_of[j] = -1
            m = 0
            for f in range(n_features):
                j = players[f]
                if codes[row * n_features + f] != codes_background[other * n_features + f] and bit_of[j] < 0:
                    bit_of[j] = m
                    active[m] = j
                    m += 1
            size = 1 << m
            for i in range(k * size):
                margins[i] = 0.0
            for tree in range(n_trees):
                held = 0
                top = 0
                node_at[0] = roots[tree]
                held_at[0] = 0
                player_at[0] = -1
                while top >= 0:
                    node = node_at[top]
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
                    mine_bits = 0
                    their_bits = 0
                    for i in range(held):
                        bit = 1 << bit_of[order[i]]
                        if side[order[i]] == 1:
                            mine_bits |= bit
                        else:
                            their_bits |= bit
                    subset = their_bits
                    while True:
                        sign = 1.0 - 2.0 * (sizes[subset] & 1)
                        if output[tree] >= 0:
                            margins[output[tree] * size + (mine_bits | subset)] += sign * value[node]
                        else:
                            for o in range(k):
                                margins[o * size + (mine_bits | subset)] += sign * value[node * k + o]
                        if subset == 0:
                            break
                        subset = (subset - 1) & their_bits
                while held > 0:
                    held -= 1
                    side[order[held]] = 0
            for o in range(k):
                for i in range(m):
                    bit = 1 << i
                    for begin in range(0, size, 2 * bit):
                        for c in range(o * size + begin, o * size + begin + bit):
                            margins[c + bit] += margins[c]
                for c in range(size):
                    margins[o * size + c] += start[o]
            _linked(link, k, size, margins)
            for o in range(k):
                for i in range(m):
                    bit = 1 << i
                    total = 0.0
                    for begin in range(0, size, 2 * bit):
                        for c in range(begin, begin + bit):
                            gain = margins[o * size + c + bit] - margins[o * size + c]
                            total += shares[m * most + sizes[c]] * gain
                    out[(row * n_players + active[i]) * k + o] += weight * total


KERNELS = {
    "coalitions": (
        types.void(
            *(count,) * 9,
            f64,
            i32,
            f64,
            i32,
            f64,
            f64,
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
            *(i32,) * 9,
            f64,
            f64,
        ),
        coalitions,
    ),
}
