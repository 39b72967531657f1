"""Walks over trees, compiled: the order of splits with what the sweep needs to know of each."""

from __future__ import annotations

import numba
import numpy as np

#: Events of the walk. A split enters its left child, switches to the right one and is left; where the left
#: child is a leaf it enters the right one at once; a split of two leaves is done in one step.
ENTER, SWITCH, LEAVE, ENTER_RIGHT, PAIR = 0, 1, 2, 3, 4


@numba.njit(cache=True)
def share(cover_left, cover_right):  # type: ignore[no-untyped-def]
    """Share of the left child; an unseen split is divided evenly."""
    total = cover_left + cover_right
    return cover_left / total if total > 0 else 0.5


@numba.njit(cache=True)
def walk(roots, feature, left, right, cover, players):  # type: ignore[no-untyped-def]
    """All splits of all trees in order; see `Program`."""
    n_trees, n_nodes = len(roots), len(feature)
    n_splits = 0
    for node in range(n_nodes):
        if feature[node] >= 0:
            n_splits += 1
    n_players = players.max() + 1 if len(players) else 1
    tree_start = np.zeros(n_trees + 1, dtype=np.int32)
    event = np.empty((3 * n_splits, 2), dtype=np.int32)
    depth = np.empty(n_splits, dtype=np.int32)
    player = np.empty(n_splits, dtype=np.int32)
    up = np.empty(n_splits, dtype=np.int32)
    where = np.empty(n_splits, dtype=np.int32)
    is_right = np.zeros(n_splits, dtype=np.bool_)
    ratio = np.empty(n_splits)
    z_up = np.empty(n_splits)
    widest = np.zeros(n_trees, dtype=np.int32)
    deepest = 0
    # Of each player on the present path: the depth of its last split, and the product of its shares.
    last = np.full(n_players, -1, dtype=np.int32)
    product = np.ones(n_players)
    # A stack of splits with how far each is done.
    stack = np.empty(n_nodes + 1, dtype=np.int32)
    stage = np.empty(n_nodes + 1, dtype=np.int8)
    from_right = np.zeros(n_nodes + 1, dtype=np.bool_)
    split_of = np.full(n_nodes, -1, dtype=np.int32)
    n_events = 0
    n_seen = 0
    for tree in range(n_trees):
        tree_start[tree] = n_events
        on_path = 0
        top = 0 if feature[roots[tree]] >= 0 else -1
        stack[0] = roots[tree]
        stage[0] = 0
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
                where[s] = node
                is_right[s] = from_right[top]
                up[s] = last[j]
                z_up[s] = product[j]
                ratio[s] = share(cover[left[node]], cover[right[node]])
                if last[j] < 0:
                    on_path += 1
                    widest[tree] = max(widest[tree], on_path)
                deepest = max(deepest, top + 1)
                last[j] = top
                if not left_splits and not right_splits:
                    kind = PAIR
                    stage[top] = 3
                elif left_splits:
                    kind = ENTER
                    product[j] = z_up[s] * ratio[s]
                    stage[top] = 1
                    top += 1
                    stack[top] = left[node]
                    stage[top] = 0
                    from_right[top] = False
                else:
                    kind = ENTER_RIGHT
                    product[j] = z_up[s] * (1 - ratio[s])
                    stage[top] = 2
                    top += 1
                    stack[top] = right[node]
                    stage[top] = 0
                    from_right[top] = True
                event[n_events, 0] = kind
                event[n_events, 1] = s
                n_events += 1
                continue
            s = split_of[node]
            if stage[top] == 1 and right_splits:
                product[j] = z_up[s] * (1 - ratio[s])
                last[j] = top
                event[n_events, 0] = SWITCH
                event[n_events, 1] = s
                n_events += 1
                stage[top] = 2
                top += 1
                stack[top] = right[node]
                stage[top] = 0
                from_right[top] = True
                continue
            if stage[top] != 3:
                event[n_events, 0] = LEAVE
                event[n_events, 1] = s
                n_events += 1
            last[j] = up[s]
            product[j] = z_up[s]
            if up[s] < 0:
                on_path -= 1
            top -= 1
        tree_start[tree + 1] = n_events
    return (
        tree_start,
        event[:n_events],
        depth[:n_seen],
        player[:n_seen],
        up[:n_seen],
        where[:n_seen],
        is_right[:n_seen],
        ratio[:n_seen],
        z_up[:n_seen],
        widest,
        deepest,
    )


@numba.njit(cache=True)
def expectations(roots, feature, left, right, cover, values):  # type: ignore[no-untyped-def]
    """Mean of each tree's leaves over the covers (n_trees, n_outputs)."""
    n_trees, k = len(roots), values.shape[1]
    out = np.zeros((n_trees, k))
    stack = np.empty(len(feature) + 1, dtype=np.int32)
    weight = np.empty(len(feature) + 1)
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
                    out[tree, o] += w * values[node, o]
                continue
            part = share(cover[left[node]], cover[right[node]])
            top += 1
            stack[top] = left[node]
            weight[top] = w * part
            top += 1
            stack[top] = right[node]
            weight[top] = w * (1 - part)
    return out
