"""Values of sums of product games: each term is a product over the players, of the row's factor for those
that take part and of a background row's factor for the others.

The value of a player is the integral over (0, 1) of what is left of the product without it, a polynomial,
which Gauss-Legendre nodes give exactly. Several terms share a register; several nodes, a few registers.
Nothing is divided by, so factors may be zero.
"""

from __future__ import annotations

import numba
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from interpret_widget.kernels.machine import terms_per_block

from .lanes import _FUSED, Lanes, _of
from .pointers import count, f64, i32, u8

W = terms_per_block()
TERMS = Lanes(types.float64, W)
load, store, splat, _, _, add_to = _of(TERMS)


@intrinsic
def apart(typing, a, b):
    """|a - b| in each lane."""

    def lower(context, builder, sig, args):
        gap = builder.fsub(*args)
        return builder.select(builder.fcmp_ordered(">=", *args), gap, builder.fneg(gap))

    return TERMS(TERMS, TERMS), lower


@intrinsic
def total(typing, a):
    """The sum over lanes."""

    def lower(context, builder, sig, args):
        lanes = [builder.extract_element(args[0], ir.Constant(ir.IntType(32), i)) for i in range(W)]
        while len(lanes) > 1:
            lanes = [builder.fadd(a, b) for a, b in zip(lanes[::2], lanes[1::2], strict=True)]
        return lanes[0]

    return types.float64(TERMS), lower


def _each(builder, kind, work):
    """A tuple of what ``work`` gives for each node."""
    found = ir.Constant(ir.ArrayType(TERMS.llvm, kind.count), ir.Undefined)
    for node in range(kind.count):
        found = builder.insert_value(found, work(node), node)
    return found


def _at(builder, pointer, index, node):
    """Where the terms of a node are, in an array of nodes."""
    index = builder.add(index, ir.Constant(ir.IntType(64), node * W))
    return builder.bitcast(builder.gep(pointer, [index]), TERMS.llvm.as_pointer())


def _sweep(nodes):
    """The sweep over the players of a product with so many nodes at once, each in registers of its own."""
    kind = types.UniTuple(TERMS, nodes)
    size = W * nodes

    @intrinsic
    def loaded(typing, p, i):
        """Terms of all nodes."""

        def lower(context, builder, sig, args):
            return _each(builder, kind, lambda q: builder.load(_at(builder, *args, q), align=8))

        return kind(f64, types.intp), lower

    @intrinsic
    def kept(typing, p, i, run):
        """Write terms of all nodes."""

        def lower(context, builder, sig, args):
            for q in range(nodes):
                builder.store(builder.extract_value(args[2], q), _at(builder, args[0], args[1], q), align=8)
            return context.get_dummy_value()

        return types.void(f64, types.intp, kind), lower

    @intrinsic
    def scaled(typing, run, a):
        """Times the same terms at every node."""

        def lower(context, builder, sig, args):
            run, a = args
            return _each(
                builder, kind, lambda q: builder.fmul(builder.extract_value(run, q), a, flags=_FUSED)
            )

        return kind(kind, TERMS), lower

    @intrinsic
    def passed(typing, run, t, b, gap):
        """Times ``b + t gap``, the factor of a player at each node."""

        def lower(context, builder, sig, args):
            run, t, b, gap = args

            def factor(q):
                part = builder.fmul(builder.extract_value(t, q), gap, flags=_FUSED)
                part = builder.fadd(b, part, flags=_FUSED)
                return builder.fmul(builder.extract_value(run, q), part, flags=_FUSED)

            return _each(builder, kind, factor)

        return kind(kind, kind, TERMS, TERMS), lower

    @intrinsic
    def met(typing, p, i, run):
        """The sum over nodes of products with what was written."""

        def lower(context, builder, sig, args):
            found = None
            for q in range(nodes):
                part = builder.load(_at(builder, args[0], args[1], q), align=8)
                part = builder.fmul(part, builder.extract_value(args[2], q), flags=_FUSED)
                found = part if found is None else builder.fadd(found, part, flags=_FUSED)
            return found

        return TERMS(f64, types.intp, kind), lower

    @numba.njit(inline="always")
    def sweep(
        d, k, order, at_order, mine, at_mine, theirs, at_theirs, index, at_index, weights, at_weights, nodes,
        shares, at_nodes, shared, ones, left, sums,
    ):  # fmt: skip
        """Add to ``sums`` what the players in ``order`` get in a block of terms."""
        t = loaded(nodes, at_nodes)
        run = scaled(loaded(shares, at_nodes), shared)
        for i in range(d):
            j = order[at_order + i]
            kept(left, i * size, run)
            b = load(theirs, at_theirs + W * index[at_index + j])
            gap = load(mine, at_mine + W * j) - b
            run = passed(run, t, b, gap)
        run = loaded(ones, 0)
        for i in range(d - 1, -1, -1):
            j = order[at_order + i]
            b = load(theirs, at_theirs + W * index[at_index + j])
            gap = load(mine, at_mine + W * j) - b
            part = gap * met(left, i * size, run)
            for o in range(k):
                at = (j * k + o) * W
                store(sums, at, load(sums, at) + part * load(weights, at_weights + o * W))
            run = passed(run, t, b, gap)

    return sweep


_sweep_4, _sweep_5, _sweep_6, _sweep_7, _sweep_8 = (_sweep(nodes) for nodes in (4, 5, 6, 7, 8))


def values(
    n, n_background, p, k, n_blocks, n_index, mine, theirs, index, same, weights, sizes, reach,
    limits, rules, exact, nodes, shares, ones, order, counts, left, sums, out,
):  # fmt: skip
    """Add values to ``out`` (n, p, k).

    ``mine`` (n, n_blocks, p + 1, W) and ``theirs`` (n_blocks, n_index, W) hold factors, those of a row of the
    background at ``index`` (n_background, p); the last of ``mine`` belongs to nobody. ``same`` (n,
    n_background, p) says where a factor is the same whatever the term. ``weights`` (n_blocks, k, W) are those
    of terms, ``sizes`` (n_blocks, W) their magnitudes.

    A rule is good for a block of terms whose bound is at most its entry of ``limits`` (n_rules,); ``reach``
    has the factors of the middle and of the half width in it. ``rules`` (n_rules, 3) are nodes at once, turns
    and where its ``nodes`` begin; ``exact`` (p + 1,) is the rule that is exact for so many players.
    """
    middle = splat(reach[0])
    half = splat(reach[1])
    zero = splat(0.0)
    for row in range(n * n_background):
        d = 0
        last = p
        for j in range(p):
            if same[row * p + j]:
                last -= 1
                order[row * p + last] = j
            else:
                order[row * p + d] = j
                d += 1
        counts[row] = d
    for block in range(n_blocks):
        at_theirs = block * n_index * W
        at_weights = block * k * W
        for row in range(n):
            at_mine = (row * n_blocks + block) * (p + 1) * W
            nobody = load(mine, at_mine + p * W)
            for i in range(p * k):
                store(sums, i * W, zero)
            for other in range(n_background):
                pair = row * n_background + other
                d = counts[pair]
                if d == 0:
                    continue
                at_order = pair * p
                at_index = other * p
                shared = nobody
                for i in range(d, p):
                    shared = shared * load(mine, at_mine + W * order[at_order + i])
                bound = shared * load(sizes, block * W)
                for i in range(d):
                    j = order[at_order + i]
                    b = load(theirs, at_theirs + W * index[at_index + j])
                    a = load(mine, at_mine + W * j)
                    bound = bound * (middle * (a + b) + half * apart(a, b))
                most = total(bound)
                rule = 0
                while rule < exact[d] and not most <= limits[rule]:
                    rule += 1
                width = rules[rule * 3]
                at_nodes = rules[rule * 3 + 2]
                for _turn in range(rules[rule * 3 + 1]):
                    if width == 4:
                        _sweep_4(
                            d, k, order, at_order, mine, at_mine, theirs, at_theirs, index, at_index,
                            weights, at_weights, nodes, shares, at_nodes, shared, ones, left, sums,
                        )  # fmt: skip
                    elif width == 5:
                        _sweep_5(
                            d, k, order, at_order, mine, at_mine, theirs, at_theirs, index, at_index,
                            weights, at_weights, nodes, shares, at_nodes, shared, ones, left, sums,
                        )  # fmt: skip
                    elif width == 6:
                        _sweep_6(
                            d, k, order, at_order, mine, at_mine, theirs, at_theirs, index, at_index,
                            weights, at_weights, nodes, shares, at_nodes, shared, ones, left, sums,
                        )  # fmt: skip
                    elif width == 7:
                        _sweep_7(
                            d, k, order, at_order, mine, at_mine, theirs, at_theirs, index, at_index,
                            weights, at_weights, nodes, shares, at_nodes, shared, ones, left, sums,
                        )  # fmt: skip
                    else:
                        _sweep_8(
                            d, k, order, at_order, mine, at_mine, theirs, at_theirs, index, at_index,
                            weights, at_weights, nodes, shares, at_nodes, shared, ones, left, sums,
                        )  # fmt: skip
                    at_nodes += width * W
            for i in range(p * k):
                out[row * p * k + i] += total(load(sums, i * W))


KERNELS = {
    "values": (
        types.void(
            *(count,) * 6,
            f64,
            f64,
            i32,
            u8,
            *(f64,) * 4,
            i32,
            i32,
            *(f64,) * 3,
            i32,
            i32,
            *(f64,) * 3,
        ),
        values,
    ),
}
