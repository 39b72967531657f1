"""Walks over the nodes of trees: leaves that rows reach, means over covers, the order of splits."""

from __future__ import annotations

import numba
from numba.core import types

from .comparing import goes_left
from .pointers import count, f64, i32, u8

#: Events of a sweep. A split enters its left child, switches to the right one and is left; where the left
#: child is a leaf it enters the right one at once; a split of two leaves is done in one step.
ENTER, SWITCH, LEAVE, ENTER_RIGHT, PAIR = 0, 1, 2, 3, 4


@numba.njit(inline="always")
def share(cover_left, cover_right):
    """Share of the left child; an unseen split is divided evenly."""
    total = cover_left + cover_right
    return cover_left / total if total > 0 else 0.5


def leaves(
    n, n_features, n_trees, width, x, roots, feature, threshold, left, right, missing, way, category,
    categories, out,
):  # fmt: skip
    """Nodes of the leaves that rows reach: ``out`` (n, n_trees)."""
    for row in range(n):
        for tree in range(n_trees):
            node = roots[tree]
            while feature[node] >= 0:
                to_left = goes_left(
                    x[row * n_features + feature[node]],
                    threshold[node],
                    missing[node],
                    way[node],
                    category[node],
                    width,
                    categories,
                )
                node = left[node] if to_left else right[node]
            out[row * n_trees + tree] = node


def expectations(n_trees, k, roots, feature, left, right, cover, values, stack, weight, out):
    """Mean of each tree's leaves over the covers: ``out`` (n_trees, k)."""
    for tree in range(n_trees):
        top = 0
        stack[0] = roots[tree]
        weight[0] = 1.0
        while top >= 0:
            node = stack[top]
            w = weight[top]
            top -= 1
            if feature[node] < 0:
                for o in range(k):
                    out[tree * k + o] += w * values[node * k + o]
                continue
            part = share(cover[left[node]], cover[right[node]])
            top += 1
            stack[top] = left[node]
            weight[top] = w * part
            top += 1
            stack[top] = right[node]
            weight[top] = w * (1.0 - part)


def splits(
    n_trees, roots, feature, left, right, cover, players, last, product, stack, stage, from_right, split_of,
    tree_start, event, depth, player, up, node_of, is_right, ratio, z_up, widest, slot, n_above, slot_of,
    parent, tree_first, counts,
):  # fmt: skip
    """The order in which a sweep meets the splits, and what it must know of each.

    ``last`` and ``product`` hold, of each player on the present path, the depth of its last split and the
    product of its shares; ``stack``, ``stage`` and ``from_right`` the splits above and how far each is done.
    ``counts`` gives events, the greatest depth, and splits.
    """
    n_events = 0
    n_seen = 0
    deepest = 0
    for tree in range(n_trees):
        tree_start[tree] = n_events
        tree_first[tree] = n_seen
        on_path = 0
        top = 0 if feature[roots[tree]] >= 0 else -1
        stack[0] = roots[tree]
        stage[0] = 0
        from_right[0] = 0
        widest[tree] = 0
        while top >= 0:
            node = stack[top]
            j = players[feature[node]]
            left_splits = feature[left[node]] >= 0
            right_splits = feature[right[node]] >= 0
            if stage[top] == 0:
                s = n_seen
                n_seen += 1
                split_of[node] = s
                depth[s] = top
                player[s] = j
                node_of[s] = node
                is_right[s] = from_right[top]
                up[s] = last[j]
                z_up[s] = product[j]
                ratio[s] = share(cover[left[node]], cover[right[node]])
                n_above[s] = on_path
                if last[j] < 0:
                    slot_of[j] = on_path
                    on_path += 1
                    widest[tree] = max(widest[tree], on_path)
                slot[s] = slot_of[j]
                parent[s] = split_of[stack[top - 1]] if top > 0 else -1
                deepest = max(deepest, top + 1)
                last[j] = top
                goes_on = True
                if not left_splits and not right_splits:
                    event[2 * n_events] = PAIR
                    stage[top] = 3
                    goes_on = False
                elif left_splits:
                    event[2 * n_events] = ENTER
                    product[j] = z_up[s] * ratio[s]
                    stage[top] = 1
                else:
                    event[2 * n_events] = ENTER_RIGHT
                    product[j] = z_up[s] * (1.0 - ratio[s])
                    stage[top] = 2
                event[2 * n_events + 1] = s
                n_events += 1
                if goes_on:
                    top += 1
                    stack[top] = left[node] if left_splits else right[node]
                    from_right[top] = 0 if left_splits else 1
                    stage[top] = 0
                continue
            s = split_of[node]
            if stage[top] == 1 and right_splits:
                product[j] = z_up[s] * (1.0 - ratio[s])
                last[j] = top
                event[2 * n_events] = SWITCH
                event[2 * n_events + 1] = s
                n_events += 1
                stage[top] = 2
                top += 1
                stack[top] = right[node]
                stage[top] = 0
                from_right[top] = 1
                continue
            if stage[top] != 3:
                event[2 * n_events] = LEAVE
                event[2 * n_events + 1] = s
                n_events += 1
            last[j] = up[s]
            product[j] = z_up[s]
            if up[s] < 0:
                on_path -= 1
            top -= 1
    tree_start[n_trees] = n_events
    tree_first[n_trees] = n_seen
    counts[0] = n_events
    counts[1] = deepest
    counts[2] = n_seen


KERNELS = {
    "leaves": (
        types.void(count, count, count, count, f64, i32, i32, f64, i32, i32, u8, u8, i32, u8, i32),
        leaves,
    ),
    "expectations": (types.void(count, count, i32, i32, i32, i32, f64, f64, i32, f64, f64), expectations),
    "splits": (
        types.void(count, *(i32,) * 4, f64, i32, i32, f64, *(i32,) * 10, u8, f64, f64, *(i32,) * 7),
        splits,
    ),
}
