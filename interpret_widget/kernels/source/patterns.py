"""Interventional values by tables: all that a row, or a row of the background, is to a tree is a few bits.

Trees are cut into groups: a subtree of a few splits, or a leaf. What a group says of a row depends on its
pattern: a bit for each player above the group (does the row follow it down to here?) and a bit for each
split inside (does the row go left?). Patterns of the background are counted once; from the counts follows,
for every pattern that a row may have, what each player receives. After that, rows look their values up.
"""

from __future__ import annotations

from typing import Any

import numba
from numba.core import types

from .comparing import NUMBER, goes_left
from .lanes import BITS_OF_F32, BITS_OF_F64, F32, F64, OF_F32, OF_F64
from .pointers import count, f32, f64, i32, i64, u8

#: Steps through a tree: down to the left, down to the right, a group.
_LEFT, _RIGHT, _GROUP = 0, 1, 2
_TILE = 512  # rows that go through a tree together


def groups(
    n_trees, most_inside, most_bits, tree_first, depth, slot, n_above, up, parent, is_right, ends_left,
    ends_right, player, size, stack, step_start, step, first, inside, above, level, column_start, columns,
    count_start, table_start, fits, counts,
):  # fmt: skip
    """Cut trees into groups, in the order of a walk.

    ``tree_first`` (n_trees + 1,) holds the first split of each tree, ``size`` the splits of each subtree. Of
    each group: its ``first`` split inside (or, where none is ``inside``, ``2 * split + side`` of its leaf),
    the players ``above``, the ``level`` at which its bits lie, its columns (players), where its counts begin
    and its table. ``fits`` says of each tree whether no pattern is longer than ``most_bits``; trees that do
    not have no groups.
    """
    n_splits = tree_first[n_trees]
    for s in range(n_splits):
        size[s] = 1
    for s in range(n_splits - 1, -1, -1):
        if parent[s] >= 0:
            size[parent[s]] += size[s]
    n_steps = 0
    n_groups = 0
    n_columns = 0
    room = numba.int64(0)
    room_of_counts = numba.int64(0)
    for tree in range(n_trees):
        step_start[tree] = n_steps
        fits[tree] = 1
        for s in range(tree_first[tree], tree_first[tree + 1]):
            if n_above[s] + 1 > most_bits:
                fits[tree] = 0
        top = -1
        if fits[tree] and tree_first[tree] < tree_first[tree + 1]:
            top = 0
            stack[0] = 2 * tree_first[tree]
        while top >= 0:
            t = stack[top] >> 1
            side = stack[top] & 1
            top -= 1
            last = -1  # the split whose path the group continues; or none
            k = 0
            if side == 0 and size[t] <= most_inside and n_above[t] + size[t] <= most_bits:
                last = parent[t]
                k = size[t]
                m = n_above[t]
                first[n_groups] = t
                level[n_groups] = depth[t]
            else:
                step[2 * n_steps] = _RIGHT if side else _LEFT
                step[2 * n_steps + 1] = t
                n_steps += 1
                if side == 0:
                    top += 1
                    stack[top] = 2 * t + 1
                if not (ends_right[t] if side else ends_left[t]):
                    top += 1
                    stack[top] = 2 * (t + 1 if side == 0 or ends_left[t] else t + 1 + size[t + 1])
                    continue
                last = t
                m = n_above[t] + (1 if up[t] < 0 else 0)
                first[n_groups] = 2 * t + side
                level[n_groups] = depth[t] + 1
            inside[n_groups] = k
            above[n_groups] = m
            column_start[n_groups] = n_columns
            while last >= 0:
                columns[n_columns + slot[last]] = player[last]
                last = parent[last]
            n_columns += m
            for u in range(t, t + k):
                known = False
                for c in range(column_start[n_groups], n_columns):
                    if columns[c] == player[u]:
                        known = True
                if not known:
                    columns[n_columns] = player[u]
                    n_columns += 1
            count_start[n_groups] = room_of_counts
            table_start[n_groups] = room
            room_of_counts += 1 << (m + k)
            room += (n_columns - column_start[n_groups]) << (m + k)
            step[2 * n_steps] = _GROUP
            step[2 * n_steps + 1] = n_groups
            n_steps += 1
            n_groups += 1
    step_start[n_trees] = n_steps
    column_start[n_groups] = n_columns
    count_start[n_groups] = room_of_counts
    table_start[n_groups] = room
    counts[0] = n_steps
    counts[1] = n_groups
    counts[2] = n_columns


@numba.njit(forceinline=True, error_model="numpy")
def _leaf_game(d, hist, nodes, weights, rule, state, phi):
    """Values ``phi`` (d, 2 ** d) of one leaf of value 1, of rows of each pattern, from the background's
    counts.
    """
    n = 1 << d
    for i in range(d * n):
        phi[i] = 0.0
    for q in range(max(1, (d + 1) // 2)):
        t = nodes[rule + q]
        weight = weights[rule + q]
        rest = 1.0 - t
        for o in range(n):
            state[o] = hist[o]
        for i in range(d):
            bit = 1 << i
            for start in range(0, n, 2 * bit):
                for o in range(start, start + bit):
                    off = state[o]
                    on = state[o + bit]
                    state[o] = rest * on
                    state[o + bit] = t * off + on
        for i in range(d):
            bit = 1 << i
            for start in range(0, n, 2 * bit):
                for o in range(start, start + bit):
                    without = state[o] / rest
                    phi[i * n + o] -= weight * without
                    phi[i * n + o + bit] += weight * (state[o + bit] - without) / t


def tables(
    first_group, last_group, widest, counted_from, filled_from, parent, is_right, slot, n_above, up, player,
    ends_left, ends_right, value_left, value_right, first, inside, above, column_start, columns, count_start,
    table_start, hist, nodes, weights, pattern_of, column_of, hist_of_leaf, state, phi, out,
):  # fmt: skip
    """From the counts of patterns of the background to what each player of each pattern receives."""
    for g in range(first_group, last_group):
        m = above[g]
        k = inside[g]
        n = 1 << (m + k)
        counted = count_start[g] - counted_from
        filled = table_start[g] - filled_from
        width = column_start[g + 1] - column_start[g]
        for i in range(width * n):
            out[filled + i] = 0.0
        # Each leaf: of the group's splits on both sides, or the one that the group is.
        for turn in range(2 * k if k else 1):
            side = turn & 1 if k else first[g] & 1
            t = first[g] + (turn >> 1) if k else first[g] >> 1
            if not (ends_right[t] if side else ends_left[t]):
                continue
            value = value_right[t] if side else value_left[t]
            d = n_above[t] + (1 if up[t] < 0 else 0)
            for c in range(m):
                column_of[c] = c
            for o in range(n):
                pattern_of[o] = (o & ((1 << m) - 1)) | (((1 << d) - 1) & ~((1 << m) - 1))
            if k:
                u = t
                to_right = side
                while u >= first[g]:
                    if slot[u] >= m:
                        for c in range(m, width):
                            if columns[column_start[g] + c] == player[u]:
                                column_of[slot[u]] = c
                    bit = m + (u - first[g])
                    for o in range(n):
                        if ((o >> bit) & 1) == to_right:
                            pattern_of[o] &= ~(1 << slot[u])
                    to_right = is_right[u]
                    u = parent[u]
            for o in range(1 << d):
                hist_of_leaf[o] = 0.0
            for o in range(n):
                hist_of_leaf[pattern_of[o]] += hist[counted + o]
            _leaf_game(d, hist_of_leaf, nodes, weights, max(1, (d + 1) // 2) * widest, state, phi)
            for i in range(d):
                column = filled + column_of[i] * n
                for o in range(n):
                    out[column + o] += value * phi[(i << d) + pattern_of[o]]


def _reader(kind: Any, intrinsics: Any, bits_intrinsics: Any, *, counting: bool) -> Any:
    add_to = intrinsics[-1]
    load_bits, store_bits, all_bits, goes, look_up = bits_intrinsics
    B = kind.n

    @numba.njit(forceinline=True, error_model="numpy")
    def side_of(xt, x, s, threshold, missing, way, category, width, categories, scratch, left):
        if way[s] == NUMBER:
            return goes(xt, x, threshold[s], missing[s] != 0, left)
        for r in range(B):
            to_left = goes_left(xt[x + r], threshold[s], missing[s], way[s], category[s], width, categories)
            scratch[r] = -1 if to_left == left else 0
        return load_bits(scratch, 0)

    def read(
        n, stride, first_tree, last_tree, first_group, last_group, n_players, n_outputs, out_row, out_step,
        out_offset, width, begun, xt, step_start, step, output, depth, slot, feature, threshold, missing, way,
        category, categories, first, inside, above, level, column_start, columns, starts, tables, row_weight,
        bits, at, phi, out,
    ):  # fmt: skip
        # Tables are counts of patterns while the background is read, values of columns while rows are.
        for tile in range(0, n, _TILE):
            rows = min(_TILE, n - tile)
            blocks = (rows + B - 1) // B
            if not counting:
                for i in range(0, n_players * n_outputs * _TILE, B):
                    for r in range(B):
                        phi[i + r] = 0.0
            for tree in range(first_tree, last_tree):
                target = output[tree]
                for b in range(blocks):
                    store_bits(bits, b * B, all_bits(-1))
                for e in range(step_start[tree], step_start[tree + 1]):
                    kind_of = step[2 * e]
                    s = step[2 * e + 1]
                    if kind_of != _GROUP:
                        here = depth[s] * _TILE
                        other = all_bits(~(1 << slot[s]))
                        for b in range(blocks):
                            x = feature[s] * stride + tile + b * B
                            way_down = side_of(
                                xt, x, s, threshold, missing, way, category, width, categories, at,
                                kind_of == _LEFT,
                            )  # fmt: skip
                            above_here = load_bits(bits, here + b * B)
                            store_bits(bits, here + _TILE + b * B, above_here & (way_down | other))
                        continue
                    g = s
                    if g < first_group or g >= last_group:
                        continue
                    m = above[g]
                    k = inside[g]
                    only_above = all_bits((1 << m) - 1)
                    start = starts[g] - begun
                    patterns = 1 << (m + k)
                    n_columns = column_start[g + 1] - column_start[g]
                    for b in range(blocks):
                        pattern = load_bits(bits, level[g] * _TILE + b * B) & only_above
                        for i in range(k):
                            t = first[g] + i
                            x = feature[t] * stride + tile + b * B
                            to_left = side_of(
                                xt, x, t, threshold, missing, way, category, width, categories, at, True
                            )
                            pattern = pattern | (to_left & all_bits(1 << (m + i)))
                        store_bits(at, B, pattern)
                        if counting:
                            for r in range(min(B, rows - b * B)):
                                tables[start + at[B + r]] += row_weight[tile + b * B + r]
                        else:
                            for c in range(n_columns):
                                j = columns[column_start[g] + c]
                                found = look_up(tables, start + c * patterns, at, B)
                                add_to(phi, (j * n_outputs + target) * _TILE + b * B, found)
            if not counting:
                for r in range(rows):
                    for j in range(n_players * n_outputs):
                        out[(tile + r) * out_row + j * out_step + out_offset] += phi[j * _TILE + r]

    return read


def _signature(real: Any) -> Any:
    steps = (i32, i32, i32)
    splits = (i32, i32, i32, f64, u8, u8, i32, u8)
    of_groups = (i32, i32, i32, i32, i32, i32, i64)
    return types.void(*(count,) * 13, f64, *steps, *splits, *of_groups, real, f64, i32, i32, f64, f64)


KERNELS = {
    "groups": (
        types.void(*(count,) * 3, *(i32,) * 6, u8, u8, u8, *(i32,) * 11, i64, i64, u8, i32),
        groups,
    ),
    "tables": (
        types.void(
            *(count,) * 5,
            i32,
            u8,
            i32,
            i32,
            i32,
            i32,
            u8,
            u8,
            f64,
            f64,
            *(i32,) * 5,
            i64,
            i64,
            f64,
            f64,
            f64,
            i32,
            i32,
            f64,
            f64,
            f64,
            f64,
        ),
        tables,
    ),
    "count": (_signature(f64), _reader(F64, OF_F64, BITS_OF_F64, counting=True)),
    "read_float64": (_signature(f64), _reader(F64, OF_F64, BITS_OF_F64, counting=False)),
    "read_float32": (_signature(f32), _reader(F32, OF_F32, BITS_OF_F32, counting=False)),
}
