"""Path-dependent values of one row: the nodes of the quadrature lie side by side, where a block has rows.

The same steps as in `sweep`; see there.
"""

from __future__ import annotations

from numba.core import types

from .comparing import goes_left
from .lanes import NODES, OF_NODES
from .pointers import count, f64, i32, u8
from .walks import ENTER_RIGHT, LEAVE, PAIR, SWITCH

load, store, splat, _, _, add_to = OF_NODES
W = NODES.n


def row(
    n_trees, n_players, n_outputs, widest, deepest, width, out_step, out_offset, tree_start, n_nodes,
    output, event, depth, player, up, is_right, feature, threshold, missing, way, category, categories,
    ratio, z_up, ends_left, ends_right, value_left, value_right, nodes, weights, state, follow, phi, x, out,
):  # fmt: skip
    """Add the values of the row ``x`` to ``out``; ``widest`` is a whole number of vectors."""
    levels = deepest + 2
    left_sums = levels * widest
    right_sums = 2 * levels * widest
    factors_of = 3 * levels * widest
    weights_of = 4 * levels * widest
    for i in range(0, n_players * n_outputs * W, W):
        store(phi, i, splat(0.0))
    for tree in range(n_trees):
        Q = (n_nodes[tree] + W - 1) // W * W
        rule = n_nodes[tree] * widest
        target = output[tree]
        for q in range(0, Q, W):
            store(state, q, load(weights, rule + q))
        for e in range(tree_start[tree], tree_start[tree + 1]):
            kind = event[2 * e]
            s = event[2 * e + 1]
            d = depth[s]
            here = d * widest
            below = here + widest
            is_first = up[s] < 0
            above = 1.0 if is_first else follow[up[s]]
            if kind == SWITCH:
                follow[d] = above - follow[d]
                for q in range(0, Q, W):
                    store(state, below + q, load(state, here + q) - load(state, below + q))
                continue
            rho = ratio[s]
            share = splat(rho)
            where = (player[s] * n_outputs + target) * W
            if kind == LEAVE:
                side = (right_sums if is_right[s] else left_sums) + here
                deviation = splat(follow[levels + d])
                for q in range(0, Q, W):
                    tau = load(nodes, rule + q) if is_first else load(state, factors_of + here + q)
                    high = splat(value_left[s]) if ends_left[s] else load(state, left_sums + below + q)
                    low = splat(value_right[s]) if ends_right[s] else load(state, right_sums + below + q)
                    gap = high - low
                    store(state, side + q, low + (share + tau * deviation) * gap)
                    gap = gap * load(state, here + q) * deviation
                    if not is_first:
                        gap = gap * load(state, weights_of + here + q)
                    add_to(phi, where, gap)
                continue
            to_left = goes_left(
                x[feature[s]], threshold[s], missing[s], way[s], category[s], width, categories
            )
            edge = above if to_left else 0.0
            moved = edge - above * rho
            if not is_first:
                z = splat(z_up[s])
                one = splat(1.0)
                for q in range(0, Q, W):
                    t = load(nodes, rule + q)
                    inverse = one / (z + t * (one - z))
                    store(state, factors_of + here + q, t * inverse)
                    store(state, weights_of + here + q, z * inverse * inverse)
            deviation = splat(moved)
            if kind == PAIR:
                side = (right_sums if is_right[s] else left_sums) + here
                gap = splat(value_left[s] - value_right[s])
                low = splat(value_right[s]) + gap * share
                bend = gap * deviation
                for q in range(0, Q, W):
                    tau = load(nodes, rule + q) if is_first else load(state, factors_of + here + q)
                    store(state, side + q, low + tau * bend)
                    part = load(state, here + q) * bend
                    if not is_first:
                        part = part * load(state, weights_of + here + q)
                    add_to(phi, where, part)
                continue
            follow[levels + d] = moved
            follow[d] = edge
            if kind == ENTER_RIGHT:
                follow[d] = above - edge
                share = splat(1.0 - rho)
                deviation = splat(-moved)
            for q in range(0, Q, W):
                tau = load(nodes, rule + q) if is_first else load(state, factors_of + here + q)
                store(state, below + q, load(state, here + q) * (share + tau * deviation))
    for j in range(n_players * n_outputs):
        total = 0.0
        for q in range(W):
            total += phi[j * W + q]
        out[j * out_step + out_offset] += total


_splits = (i32, i32, i32, i32, u8, i32, f64, u8, u8, i32, u8, f64, f64, u8, u8, f64, f64)
KERNELS = {
    "float64": (types.void(*(count,) * 8, i32, i32, i32, *_splits, *(f64,) * 7), row),
}
