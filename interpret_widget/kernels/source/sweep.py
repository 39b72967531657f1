"""Path-dependent values of a block of rows: one pass over the splits of every tree.

At a split, the left child has a factor ``lam`` in the product of the path; the right one has ``1 - lam``,
also where the player has been met before. Both exits of a split collapse into one term, so that nothing is
divided by anything small and deep trees stay accurate.
"""

from __future__ import annotations

from typing import Any

import numba
from numba.core import types

from interpret_widget.kernels.machine import BLOCKS_PER_TILE

from .comparing import NUMBER, goes_left
from .lanes import F32, F64, OF_F32, OF_F64
from .pointers import count, f32, f64, i32, u8
from .walks import ENTER_RIGHT, LEAVE, PAIR, SWITCH


def _sweep(kind: Any, intrinsics: Any, with_pairs: bool) -> Any:
    load, store, splat, spread, follows, add_to = intrinsics
    B = kind.n
    # Rows that go through a tree together, so that it is read from memory once for all of them.
    T = B * (1 if with_pairs else BLOCKS_PER_TILE)

    @numba.njit(forceinline=True, error_model="numpy")
    def remember(state, where, nodes, rule, Q, way, z):
        """``(o - z) / g`` of a player on the present path, for the pairs with players below."""
        for q in range(Q):
            t = nodes[rule + q]
            off = -1.0 / (1.0 - t)
            on = (1.0 - z) / (z + t * (1.0 - z))
            store(state, where + q * B, splat(off) + way * splat(on - off))

    @numba.njit(forceinline=True, error_model="numpy")
    def pair(
        state, parts, slots, widest, Q, slot, n_above, players_above, j, n_swept, target, deviation, phi, row
    ):
        """Add the terms of a split's player with every other player above it."""
        for k in range(n_above):
            if k == slot:
                continue
            total = splat(0.0)
            other = slots + k * widest * B
            for q in range(0, Q * B, B):
                total = total + load(state, parts + q) * load(state, other + q)
            i = players_above[k]
            at = j * (j - 1) // 2 + i if i < j else i * (i - 1) // 2 + j
            add_to(phi, (at * n_swept + target) * T + row, deviation * total)

    def sweep(
        n,
        stride,
        n_trees,
        n_players,
        n_outputs,
        out_row,
        out_step,
        out_offset,
        widest,
        deepest,
        width,
        xt,
        tree_start,
        n_nodes,
        output,
        event,
        depth,
        player,
        up,
        is_right,
        feature,
        threshold,
        missing,
        way,
        category,
        categories,
        ratio,
        z_up,
        ends_left,
        ends_right,
        value_left,
        value_right,
        nodes,
        weights,
        state,
        follow,
        phi,
        out,
        slot,
        n_above,
        players_above,
        phi_of_pairs,
        touched,
    ):
        levels = deepest + 2
        per_level = widest * B
        # Sums behind the left and the right child, after the products of the paths.
        left_sums = levels * per_level
        right_sums = 2 * levels * per_level
        # Of each level: factors and weights of a player that is met again.
        again = 3 * levels * per_level
        # Of each level: the deviation of a split, after whether the row is on the player's way so far.
        deviations = levels * B
        # Of each player on the path: ``(o - z) / g``; and the parts of the split at hand.
        slots = again + 2 * levels * widest
        parts = slots + n_players * per_level
        n_pairs = n_players * (n_players - 1) // 2
        # A few trees ask about a few players; the others' values stay as they are.
        for i in range(n_players * n_outputs):
            touched[i] = 1 if with_pairs else 0
        for tree in range(n_trees):
            for e in range(tree_start[tree], tree_start[tree + 1]):
                touched[player[event[2 * e + 1]] * n_outputs + output[tree]] = 1
        for tile in range(0, n, T):
            for i in range(n_players * n_outputs):
                if touched[i] == 0:
                    continue
                for r in range(T):
                    phi[i * T + r] = 0.0
            if with_pairs:
                for i in range(n_pairs * n_outputs * T):
                    phi_of_pairs[i] = 0.0
            for tree in range(n_trees):
                for start in range(tile, min(tile + T, n), B):
                    Q = n_nodes[tree]
                    target = output[tree]
                    t_of = Q * widest
                    for q in range(Q):
                        store(state, q * B, spread(weights, t_of + q))
                    for e in range(tree_start[tree], tree_start[tree + 1]):
                        kind_of = event[2 * e]
                        s = event[2 * e + 1]
                        d = depth[s]
                        here = d * per_level
                        below = here + per_level
                        factors = again + d * 2 * widest
                        is_first = up[s] < 0
                        if kind_of == SWITCH:
                            above = splat(1.0) if is_first else load(follow, up[s] * B)
                            other = above - load(follow, d * B)
                            store(follow, d * B, other)
                            if with_pairs:
                                z = z_up[s] * (1.0 - ratio[s])
                                remember(state, slots + slot[s] * per_level, nodes, t_of, Q, other, z)
                            for i in range(0, Q * B, B):
                                store(state, below + i, load(state, here + i) - load(state, below + i))
                            continue
                        share = splat(ratio[s])
                        if kind_of == LEAVE:
                            side = (right_sums if is_right[s] else left_sums) + here
                            deviation = load(follow, deviations + d * B)
                            total = splat(0.0)
                            if with_pairs:
                                for q in range(Q):
                                    tau = spread(nodes, t_of + q) if is_first else spread(state, factors + q)
                                    if ends_right[s]:
                                        low = splat(value_right[s])
                                    else:
                                        low = load(state, right_sums + below + q * B)
                                    if ends_left[s]:
                                        high = splat(value_left[s])
                                    else:
                                        high = load(state, left_sums + below + q * B)
                                    gap = high - low
                                    store(state, side + q * B, low + (share + tau * deviation) * gap)
                                    part = load(state, here + q * B) * gap
                                    if not is_first:
                                        part = part * spread(state, factors + widest + q)
                                    store(state, parts + q * B, part)
                                    total = total + part
                                pair(
                                    state, parts, slots, widest, Q, slot[s], n_above[s], players_above,
                                    player[s], n_outputs, target, deviation, phi_of_pairs,
                                    start - tile,
                                )  # fmt: skip
                                if not is_first:
                                    above = load(follow, up[s] * B)
                                    remember(
                                        state, slots + slot[s] * per_level, nodes, t_of, Q, above, z_up[s]
                                    )
                            elif is_first:
                                if ends_left[s]:
                                    high = splat(value_left[s])
                                    for q in range(Q):
                                        lam = share + spread(nodes, t_of + q) * deviation
                                        low = load(state, right_sums + below + q * B)
                                        gap = high - low
                                        store(state, side + q * B, low + lam * gap)
                                        total = total + load(state, here + q * B) * gap
                                elif ends_right[s]:
                                    low = splat(value_right[s])
                                    for q in range(Q):
                                        lam = share + spread(nodes, t_of + q) * deviation
                                        gap = load(state, left_sums + below + q * B) - low
                                        store(state, side + q * B, low + lam * gap)
                                        total = total + load(state, here + q * B) * gap
                                else:
                                    for q in range(Q):
                                        lam = share + spread(nodes, t_of + q) * deviation
                                        low = load(state, right_sums + below + q * B)
                                        gap = load(state, left_sums + below + q * B) - low
                                        store(state, side + q * B, low + lam * gap)
                                        total = total + load(state, here + q * B) * gap
                            else:
                                for q in range(Q):
                                    lam = share + spread(state, factors + q) * deviation
                                    if ends_right[s]:
                                        low = splat(value_right[s])
                                    else:
                                        low = load(state, right_sums + below + q * B)
                                    if ends_left[s]:
                                        high = splat(value_left[s])
                                    else:
                                        high = load(state, left_sums + below + q * B)
                                    gap = high - low
                                    store(state, side + q * B, low + lam * gap)
                                    weight = spread(state, factors + widest + q)
                                    total = total + load(state, here + q * B) * (weight * gap)
                            add_to(
                                phi, (player[s] * n_outputs + target) * T + start - tile, deviation * total
                            )
                            continue
                        x = feature[s] * stride + start
                        if way[s] == NUMBER:
                            edge = follows(xt, x, threshold[s], missing[s] != 0)
                        else:
                            for r in range(B):
                                to_left = goes_left(
                                    xt[x + r],
                                    threshold[s],
                                    missing[s],
                                    way[s],
                                    category[s],
                                    width,
                                    categories,
                                )
                                follow[deviations + d * B + r] = 1.0 if to_left else 0.0
                            edge = load(follow, deviations + d * B)
                        above = splat(1.0)
                        deviation = edge - share
                        if not is_first:
                            above = load(follow, up[s] * B)
                            edge = above * edge
                            deviation = edge - above * share
                            z = z_up[s]
                            for q in range(Q):
                                t = nodes[t_of + q]
                                inverse = 1.0 / (z + t * (1.0 - z))
                                state[factors + q] = t * inverse
                                state[factors + widest + q] = z * inverse * inverse
                        if kind_of == PAIR:
                            side = (right_sums if is_right[s] else left_sums) + here
                            low = splat(value_right[s])
                            gap = splat(value_left[s] - value_right[s])
                            low = low + gap * share
                            bend = gap * deviation
                            total = splat(0.0)
                            if with_pairs:
                                for q in range(Q):
                                    tau = spread(nodes, t_of + q) if is_first else spread(state, factors + q)
                                    store(state, side + q * B, low + tau * bend)
                                    part = load(state, here + q * B)
                                    if not is_first:
                                        part = part * spread(state, factors + widest + q)
                                    store(state, parts + q * B, part)
                                    total = total + part
                                pair(
                                    state, parts, slots, widest, Q, slot[s], n_above[s], players_above,
                                    player[s], n_outputs, target, bend, phi_of_pairs,
                                    start - tile,
                                )  # fmt: skip
                            elif is_first:
                                for q in range(Q):
                                    store(state, side + q * B, low + spread(nodes, t_of + q) * bend)
                                    total = total + load(state, here + q * B)
                            else:
                                for q in range(Q):
                                    store(state, side + q * B, low + spread(state, factors + q) * bend)
                                    weight = spread(state, factors + widest + q)
                                    total = total + weight * load(state, here + q * B)
                            of = (player[s] * n_outputs + target) * T
                            add_to(phi, of + start - tile, bend * total)
                            continue
                        store(follow, deviations + d * B, deviation)
                        if kind_of == ENTER_RIGHT:
                            # The right child comes first: its share and its way.
                            store(follow, d * B, above - edge)
                            share = splat(1.0 - ratio[s])
                            deviation = splat(0.0) - deviation
                        else:
                            store(follow, d * B, edge)
                        if with_pairs:
                            players_above[slot[s]] = player[s]
                            z = z_up[s] * (1.0 - ratio[s] if kind_of == ENTER_RIGHT else ratio[s])
                            remember(
                                state, slots + slot[s] * per_level, nodes, t_of, Q, load(follow, d * B), z
                            )
                        if is_first:
                            for q in range(Q):
                                lam = share + spread(nodes, t_of + q) * deviation
                                store(state, below + q * B, load(state, here + q * B) * lam)
                        else:
                            for q in range(Q):
                                lam = share + spread(state, factors + q) * deviation
                                store(state, below + q * B, load(state, here + q * B) * lam)
            if with_pairs:
                for r in range(min(T, n - tile)):
                    at = (tile + r) * out_row + out_offset
                    for o in range(n_outputs):
                        for j in range(n_players):
                            rest = phi[(j * n_outputs + o) * T + r]
                            for i in range(n_players):
                                if i == j:
                                    continue
                                of = j * (j - 1) // 2 + i if i < j else i * (i - 1) // 2 + j
                                half = 0.5 * phi_of_pairs[(of * n_outputs + o) * T + r]
                                out[at + ((j * n_players + i) * n_outputs + o) * out_step] = half
                                rest -= half
                            out[at + ((j * n_players + j) * n_outputs + o) * out_step] = rest
                continue
            for j in range(n_players * n_outputs):
                if touched[j] == 0:
                    continue
                at = tile * out_row + j * out_step + out_offset
                for r in range(min(T, n - tile)):
                    out[at + r * out_row] += phi[j * T + r]

    return sweep


def _signature(real: Any) -> Any:
    splits = (i32, i32, i32, i32, u8, i32, f64, u8, u8, i32, u8, f64, f64, u8, u8, f64, f64)
    return types.void(
        *(count,) * 11, f64, i32, i32, i32, *splits, real, real, real, real, f64, f64, i32, i32, i32, f64, i32
    )


KERNELS = {
    "float64": (_signature(f64), _sweep(F64, OF_F64, with_pairs=False)),
    "float32": (_signature(f32), _sweep(F32, OF_F32, with_pairs=False)),
    "pairs_float64": (_signature(f64), _sweep(F64, OF_F64, with_pairs=True)),
    "pairs_float32": (_signature(f32), _sweep(F32, OF_F32, with_pairs=True)),
}
